/** The view that followed every change equals one made from the end state. */
import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/base/random.js";
import { ClusterView } from "../../../src/allocation/cluster-view.js";
import { noKnowledge } from "../../../src/allocation/knowledge.js";
import { planAllocation } from "../../../src/allocation/plan.js";
import type { Command } from "../../../src/state/commands.js";
import { indexCreate, nodeOffline, nodeRegister } from "../../support/state/commands.js";
import { TestCluster } from "../../support/state/test-cluster.js";

function picture(view: ClusterView): unknown {
  const loads = [...view.state.nodes.sortedKeys(), "gone"].map((nodeId) => {
    const load = view.load(nodeId);
    return {
      nodeId,
      ...load,
      held: [...load.held].sort(),
      returning: [...load.returning].sort(),
      superseded: [...load.superseded].sort(),
      tombstones: [...load.tombstones].sort(),
      indices: [...load.indices].sort(),
      deletedNames: [...load.deletedNames].sort(),
    };
  });
  return {
    loads,
    unassigned: [...view.unassigned].sort(),
    relocations: view.relocations,
    initializing: view.initializing,
    dataNodes: view.dataNodes,
  };
}

/** Lives through a random history; the relocations seen under way, summed over its steps. */
function live(seed: number): { readonly view: ClusterView; readonly relocations: number } {
  const random = createRandom(seed);
  const cluster = new TestCluster();
  const view = new ClusterView(cluster.state, 0);
  const follow = (command: Command): void => {
    const before = cluster.state;
    const { state, changes } = cluster.apply(command);
    if (state !== before) view.apply({ before, after: state, changes }, cluster.nowMs);
  };
  const step = (): void => {
    const nodeId = `n${String(1 + random.below(4))}`;
    const name = `i${String(random.below(3))}`;
    const incarnation = cluster.state.nodes.get(nodeId)?.incarnation ?? 1;
    switch (random.below(8)) {
      case 0:
        follow(nodeRegister(nodeId));
        return;
      case 1:
        follow(nodeOffline(nodeId, { incarnation }));
        return;
      case 2:
        follow(indexCreate(name, { numberOfShards: 3, numberOfReplicas: random.below(3) }));
        return;
      case 3:
        if (random.below(3) === 0) follow({ kind: "index.delete", name });
        return;
      case 4:
        follow({
          kind: "index.settings",
          name,
          patch: { numberOfReplicas: random.below(3) },
        });
        return;
      case 5:
        followStarted();
        return;
      default:
        followPlan();
    }
  };
  const followPlan = (): void => {
    const knowledge = { ...noKnowledge, nowMs: cluster.nowMs + 1_000_000 };
    const inputs = { knowledge, newId: () => cluster.freshId() };
    for (const { reason, assignments } of planAllocation(view, inputs).batches) {
      follow({ kind: "shard.assign", epoch: 1, reason, assignments });
    }
  };
  const followStarted = (): void => {
    for (const index of cluster.state.indices.sortedValues()) {
      for (const { number, copies, primaryTerm } of index.shards) {
        const copy = copies.find((one) => one.state === "INITIALIZING");
        if (copy === undefined || random.below(2) === 0) continue;
        const ref = { indexName: index.name, indexUuid: index.uuid, shard: number };
        const item = { ...ref, allocationId: copy.allocationId, primaryTerm };
        follow({ kind: "shard.started", items: [item] });
      }
    }
  };
  let relocations = 0;
  for (let i = 0; i < 300; i += 1) {
    step();
    relocations += view.relocations;
  }
  return { view, relocations };
}

describe("the cluster view", () => {
  it("follows random histories", () => {
    let relocations = 0;
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const lived = live(seed);
      relocations += lived.relocations;
      expect(picture(lived.view)).toEqual(picture(new ClusterView(lived.view.state, 0)));
    }
    expect(relocations).toBeGreaterThan(5);
  });

  it("keeps since when a copy waits while other things about its shard change", () => {
    const cluster = TestCluster.withNodes(3);
    cluster.ok(indexCreate("logs", { numberOfReplicas: 2 }));
    const view = new ClusterView(cluster.state, 5);
    const follow = (nowMs: number, act: () => void): void => {
      const before = cluster.state;
      act();
      const index = cluster.state.indices.get("logs");
      const change = {
        kind: "shard",
        indexName: "logs",
        indexUuid: index?.uuid ?? "",
        shard: 0,
        before: before.indices.get("logs")?.shards[0],
        after: index?.shards[0],
      } as const;
      view.apply({ before, after: cluster.state, changes: [change] }, nowMs);
    };
    follow(100, () => {
      cluster.assign("logs", 0, "n1");
    });
    expect(view.unassignedSinceMs("logs/0", 1)).toBe(5);
    follow(200, () => {
      cluster.start("logs", 0);
    });
    follow(300, () => {
      cluster.assign("logs", 1, "n2");
    });
    follow(400, () => {
      cluster.ok({
        kind: "shard.failed",
        epoch: 1,
        items: [
          {
            ...cluster.ref("logs"),
            allocationId: cluster.copy("logs", 1).allocationId,
            reason: "allocation_failed",
            detail: "",
          },
        ],
      });
    });
    expect(view.unassignedSinceMs("logs/0", 1)).toBe(400);
    expect(view.unassignedSinceMs("logs/0", 2)).toBe(5);
  });
});
