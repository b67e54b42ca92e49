/** Builders for tests of the pure parts: states by commands, and what a node reports. */
import { ClusterView } from "../../../src/allocation/cluster-view.js";
import { noKnowledge, type Knowledge } from "../../../src/allocation/knowledge.js";
import { planAllocation, type Plan } from "../../../src/allocation/plan.js";
import type { ReportedShard } from "../../../src/controller/data-node.js";
import { HeldShards } from "../../../src/controller/held-shards.js";
import type { NodePicture } from "../../../src/controller/shard-reconciler.js";
import type { IndexSettings } from "../../../src/state/model.js";
import { indexCreate, nodeRegister } from "../state/commands.js";
import { TestCluster } from "../state/test-cluster.js";

/** A cluster of nodes without any capability: g1, g2, … */
export function goCluster(count: number): TestCluster {
  const cluster = new TestCluster();
  for (let n = 1; n <= count; n += 1) {
    cluster.ok(nodeRegister(`g${String(n)}`, { capabilities: [] }));
  }
  return cluster;
}

/** Creates an index that may live on any tier. */
export function createIndex(
  cluster: TestCluster,
  name: string,
  settings: Partial<IndexSettings> = {},
): void {
  cluster.ok(indexCreate(name, { tiering: { defaultTier: "", tierRules: {} }, ...settings }));
}

/** Creates an index of one shard, started on the node. */
export function startedOn(cluster: TestCluster, name: string, nodeId: string): void {
  createIndex(cluster, name);
  cluster.assign(name, 0, nodeId);
  cluster.start(name, 0);
}

/** Plans on a fresh view of the cluster as it was seen at time 0. */
export function planOnce(cluster: TestCluster, knowledge: Partial<Knowledge> = {}): Plan {
  return planAllocation(new ClusterView(cluster.state, 0), {
    knowledge: { ...noKnowledge, ...knowledge },
    newId: () => cluster.freshId(),
  });
}

/** Plans, applies and starts what was planned, again and again until nothing is planned. */
export function runPlans(cluster: TestCluster, knowledge: Partial<Knowledge> = {}): number {
  let rounds = 0;
  for (;;) {
    const plan = planOnce(cluster, { nowMs: 1_000, ...knowledge });
    if (plan.batches.length === 0) return rounds;
    rounds += 1;
    if (rounds > 200) throw new Error("planning does not come to rest");
    for (const { reason, assignments } of plan.batches) {
      cluster.ok({ kind: "shard.assign", epoch: cluster.epoch, reason, assignments });
    }
    startAll(cluster);
  }
}

/** Reports every initializing copy as started. */
export function startAll(cluster: TestCluster): void {
  for (const index of cluster.state.indices.sortedValues()) {
    for (const shard of index.shards) {
      for (const copy of shard.copies) {
        if (copy.state === "INITIALIZING") cluster.start(index.name, copy.slot, shard.number);
      }
    }
  }
}

/** Active copies of an index, and of them the primaries, by node id. */
export function spread(
  cluster: TestCluster,
  name: string,
): Readonly<Record<string, readonly [copies: number, primaries: number]>> {
  const counts: Record<string, [number, number]> = {};
  for (const node of cluster.state.nodes.sortedValues()) counts[node.nodeId] = [0, 0];
  for (const { copies } of cluster.index(name).shards) {
    for (const copy of copies) {
      const count = counts[copy.nodeId];
      if (count === undefined || copy.state !== "STARTED") continue;
      count[0] += 1;
      if (copy.role === "primary") count[1] += 1;
    }
  }
  return counts;
}

/** One shard as reported; by default as a node without allocation ids would. */
export function reported(
  indexName: string,
  shard: number,
  more: Partial<ReportedShard> = {},
): ReportedShard {
  return {
    indexName,
    shard,
    indexUuid: "",
    allocationId: "",
    primaryTerm: 0,
    isPrimary: false,
    phase: "unknown",
    shardVersion: 0,
    failure: "",
    docsCount: 0,
    sizeBytes: 0,
    ...more,
  };
}

/** What the copy in a slot reports when all is well with it. */
export function reportedCopy(
  cluster: TestCluster,
  name: string,
  slot: number,
  more: Partial<ReportedShard> = {},
): ReportedShard {
  const copy = cluster.copy(name, slot);
  const shard = cluster.shard(name);
  return reported(name, 0, {
    indexUuid: cluster.index(name).uuid,
    allocationId: copy.allocationId,
    primaryTerm: shard.primaryTerm,
    isPrimary: copy.role === "primary",
    phase: copy.state === "INITIALIZING" ? "initializing" : "started",
    shardVersion: shard.version,
    ...more,
  });
}

/** A node with a report that was asked for now, or `behind` versions ago. */
export function pictureOf(
  cluster: TestCluster,
  nodeId: string,
  shards: readonly ReportedShard[],
  more: { readonly behind?: number; readonly ordered?: readonly string[] } = {},
): NodePicture {
  const { state } = cluster;
  const node = state.nodes.get(nodeId);
  if (node === undefined) throw new Error(`no node ${nodeId}`);
  return {
    state,
    node,
    held: new HeldShards(shards, state.version - (more.behind ?? 0), undefined),
    tombstones: state.tombstones
      .sortedValues()
      .filter((tombstone) => Object.hasOwn(tombstone.holders, nodeId)),
    maybeOrdered: (allocationId) => more.ordered?.includes(allocationId) ?? true,
  };
}
