/** The checks themselves: each finds the one thing that was broken on purpose. */
import { describe, expect, it } from "vitest";
import { checkDelta, checkState } from "../../../src/state/invariants.js";
import type {
  ClusterState,
  DanglingShard,
  ShardCopy,
  ShardRecord,
} from "../../../src/state/model.js";
import { TestCluster } from "../../support/state/test-cluster.js";

/** A primary on n1, moving to n3, and a replica on n2. */
function sound(): TestCluster {
  const cluster = TestCluster.withNodes(4);
  cluster.startedIndex("logs", 1);
  const move = { action: "relocate", slot: 0, nodeId: "n3", allocationId: "moved" } as const;
  cluster.ok(cluster.decide("logs", move));
  return cluster;
}

function withShard(cluster: TestCluster, change: Partial<ShardRecord>): ClusterState {
  const index = cluster.index("logs");
  const shards = [{ ...cluster.shard("logs"), ...change }];
  const indices = cluster.state.indices.set("logs", { ...index, shards });
  return { ...cluster.state, indices };
}

function withSlot(cluster: TestCluster, slot: number, change: Partial<ShardCopy>): ClusterState {
  const copies = cluster
    .shard("logs")
    .copies.map((copy) => (copy.slot === slot ? ({ ...copy, ...change } as ShardCopy) : copy));
  return withShard(cluster, { copies });
}

describe("checkState", () => {
  it("finds nothing in a sound state", () => {
    expect(checkState(sound().state)).toEqual([]);
  });

  const broken: readonly (readonly [string, (cluster: TestCluster) => ClusterState])[] = [
    ["does not have one primary", (c) => withSlot(c, 0, { role: "replica" })],
    ["does not have one primary", (c) => withSlot(c, 1, { role: "primary" })],
    ["has a target as primary", (c) => withSlot(c, 2, { role: "primary" })],
    ["has unsorted or equal slots", (c) => withSlot(c, 2, { slot: 1 })],
    ["has a move without a target", (c) => withSlot(c, 0, { targetSlot: 1 })],
    ["has a target without a move", (c) => withSlot(c, 2, { relocatesSlot: 1 })],
    ["has two copies on a node", (c) => withSlot(c, 1, { nodeId: "n1" })],
    [
      "has an allocation id twice",
      (c) => withSlot(c, 2, { allocationId: c.copy("logs", 1).allocationId }),
    ],
    ["is in-sync exactly when ever started", (c) => withShard(c, { inSync: [] })],
    ["is in-sync exactly when ever started", (c) => withShard(c, { everStarted: false })],
    [
      "has an active copy that is not in-sync",
      (c) => withShard(c, { inSync: [c.copy("logs", 0).allocationId] }),
    ],
    [
      "counts a copy as in-sync that it does not have",
      (c) => withShard(c, { inSync: [...c.shard("logs").inSync, "z"] }),
    ],
    [
      "has an unsorted in-sync set",
      (c) => withShard(c, { inSync: [...c.shard("logs").inSync].reverse() }),
    ],
    ["has a primary without a term", (c) => withShard(c, { primaryTerm: 0 })],
    ["is newer than the state", (c) => withShard(c, { version: c.state.version + 1 })],
    ["has another number", (c) => withShard(c, { number: 3 })],
    [
      "has a wrong number of copies",
      (c) => withShard(c, { copies: c.shard("logs").copies.slice(0, 1) }),
    ],
    ["which is unknown", (c) => ({ ...c.state, nodes: c.state.nodes.delete("n2") })],
    ["which is offline", (c) => withNode(c, { status: "offline" })],
    ["is under another id", (c) => withNode(c, { nodeId: "n7" })],
    [
      "has unsorted capabilities",
      (c) => withNode(c, { capabilities: ["peer_recovery", "fencing"] }),
    ],
    [
      "has unsorted dangling shards",
      (c) => withNode(c, { dangling: [dangling("b"), dangling("a")] }),
    ],
    ["has no holder", (c) => withTombstone(c, {})],
    ["is not sorted", (c) => withTombstone(c, { n1: [2, 1] })],
    ["is deleted too", (c) => withTombstone(c, { n1: [0] })],
  ];
  it.each(broken)("finds a state that %s", (text, breakIt) => {
    expect(checkState(breakIt(sound())).join("; ")).toContain(text);
  });

  it("finds a shard that is served without its primary", () => {
    const cluster = TestCluster.withNodes(2);
    cluster.startedIndex("logs", 1);
    const { nodeId, allocationId } = cluster.copy("logs", 0);
    const lost = {
      state: "UNASSIGNED",
      reason: "node_left",
      sinceMs: 1,
      failedAttempts: 0,
    } as const;
    const copy: ShardCopy = { slot: 0, role: "primary", nodeId, allocationId, detail: "", ...lost };
    const state = withSlot(cluster, 0, copy);
    expect(checkState(state)).toEqual(["shard logs/0 is served without its primary"]);
  });
});

describe("checkDelta", () => {
  const step = (cluster: TestCluster, change: Partial<ShardRecord>): string => {
    const before = cluster.state;
    const after = { ...withShard(cluster, change), version: before.version + 1 };
    return checkDelta({ before, after, changes: [{ kind: "cluster" }] }).join("; ");
  };
  const promoted = (cluster: TestCluster, slot: number): readonly ShardCopy[] =>
    cluster.shard("logs").copies.map((copy): ShardCopy => {
      const role = copy.slot === slot ? "primary" : "replica";
      const { nodeId, allocationId } = copy;
      if (copy.slot === slot) return { slot, role, state: "STARTED", nodeId, allocationId };
      return { ...copy, role };
    });

  it("accepts a promotion from the in-sync set in a new term only", () => {
    const cluster = sound();
    const copies = promoted(cluster, 1);
    expect(step(cluster, { copies, primaryTerm: 2 })).toBe("");
    expect(step(cluster, { copies })).toContain("same term");
    expect(step(cluster, { primaryTerm: 0 })).toContain("earlier term");
    expect(step(cluster, { everStarted: false })).toContain("forgot");
    const inSync = [cluster.copy("logs", 0).allocationId];
    const indices = withShard(cluster, { inSync }).indices;
    cluster.state = { ...cluster.state, indices };
    expect(step(cluster, { copies, primaryTerm: 2 })).toContain("not in-sync");
  });

  it("finds versions and changes that do not belong together", () => {
    const { state } = sound();
    const after = { ...state, version: state.version + 2 };
    const change = { kind: "cluster" } as const;
    expect(checkDelta({ before: state, after, changes: [change] })).toHaveLength(1);
    expect(checkDelta({ before: state, after: state, changes: [change] })).toHaveLength(1);
    const next = { ...state, version: state.version + 1 };
    expect(checkDelta({ before: state, after: next, changes: [] })).toHaveLength(1);
    expect(checkDelta({ before: state, after: state, changes: [] })).toEqual([]);
  });
});

function withNode(cluster: TestCluster, change: object): ClusterState {
  const nodes = cluster.state.nodes;
  const node = nodes.get("n2");
  if (node === undefined) throw new Error("n2");
  return { ...cluster.state, nodes: nodes.set("n2", { ...node, ...change }) };
}

function withTombstone(
  cluster: TestCluster,
  holders: Readonly<Record<string, readonly number[]>>,
): ClusterState {
  const indexUuid = cluster.index("logs").uuid;
  const tombstone = { indexUuid, indexName: "logs", deletedAtMs: 1, holders };
  return { ...cluster.state, tombstones: cluster.state.tombstones.set(indexUuid, tombstone) };
}

function dangling(indexName: string): DanglingShard {
  return { indexName, indexUuid: "", shard: 0 };
}
