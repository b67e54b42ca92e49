/** What is placed where and when, and that planning comes to rest. */
import { describe, expect, it } from "vitest";
import { ClusterView } from "../../../src/allocation/cluster-view.js";
import { limits } from "../../../src/allocation/limits.js";
import { planAllocation } from "../../../src/allocation/plan.js";
import { noKnowledge } from "../../../src/allocation/knowledge.js";
import { nodeOffline, nodeRegister } from "../../support/state/commands.js";
import { TestCluster } from "../../support/state/test-cluster.js";
import {
  createIndex,
  goCluster,
  planOnce,
  runPlans,
  spread,
  startAll,
  startedOn,
} from "../../support/controller/pictures.js";

describe("placing a new index", () => {
  it("gives 5 copies to each of 4 nodes, primaries 2 or 3, without a single move", () => {
    const cluster = TestCluster.withNodes(4);
    createIndex(cluster, "logs", { numberOfShards: 10, numberOfReplicas: 1 });
    runPlans(cluster);
    for (const [copies, primaries] of Object.values(spread(cluster, "logs"))) {
      expect(copies).toBe(5);
      expect([2, 3]).toContain(primaries);
    }
  });

  it("places all primaries of 1000 shards on 4 nodes in one plan", () => {
    const cluster = goCluster(4);
    createIndex(cluster, "logs", { numberOfShards: 1000 });
    const plan = planOnce(cluster);
    expect(plan.batches.map((batch) => batch.assignments.length)).toEqual([1000]);
    expect(plan.more).toBe(false);
  });

  it("orders primaries before replicas and decides about a shard once", () => {
    const cluster = TestCluster.withNodes(3);
    startedOn(cluster, "old", "n1");
    cluster.ok({
      kind: "index.settings",
      name: "old",
      patch: { numberOfReplicas: 2 },
    });
    createIndex(cluster, "new", { numberOfReplicas: 1 });
    const decided = planOnce(cluster).batches.flatMap((batch) => batch.assignments);
    expect(decided.map((one) => `${one.indexName} ${one.action}`)).toEqual([
      "new assign",
      "old assign",
    ]);
  });

  it("balances over indices and gives equal plans for equal states", () => {
    const place = (): unknown => {
      const cluster = TestCluster.withNodes(3);
      for (const name of ["a", "b", "c"]) createIndex(cluster, name, { numberOfReplicas: 1 });
      runPlans(cluster);
      return ["a", "b", "c"].map((name) => spread(cluster, name));
    };
    expect(place()).toEqual(place());
    const cluster = TestCluster.withNodes(3);
    for (const name of ["a", "b", "c"]) createIndex(cluster, name, { numberOfReplicas: 1 });
    runPlans(cluster);
    const totals = ["n1", "n2", "n3"].map((id) =>
      ["a", "b", "c"].reduce((sum, name) => sum + (spread(cluster, name)[id]?.[0] ?? 0), 0),
    );
    expect(totals).toEqual([2, 2, 2]);
  });
});

describe("after a node left", () => {
  function withLostReplica(delayedTimeoutMs = 60_000): TestCluster {
    const cluster = TestCluster.withNodes(3);
    createIndex(cluster, "logs", { numberOfReplicas: 1, delayedTimeoutMs });
    cluster.assign("logs", 0, "n1");
    cluster.start("logs", 0);
    cluster.assign("logs", 1, "n2");
    cluster.start("logs", 1);
    cluster.ok(nodeOffline("n2"));
    return cluster;
  }

  it("waits out the delay on the leader's own clock, then places the replica elsewhere", () => {
    const cluster = withLostReplica(20_000);
    const early = planOnce(cluster, { nowMs: 19_999 });
    expect(early.batches).toEqual([]);
    expect(early.nextWakeMs).toBe(20_000);
    const late = planOnce(cluster, { nowMs: 20_000 });
    expect(late.batches[0]?.assignments).toMatchObject([{ action: "assign", nodeId: "n3" }]);
    expect(late.batches[0]?.reason).toBe("node n2 left");
  });

  it("goes back to the same node at once when that returns and has reported", () => {
    const cluster = withLostReplica();
    cluster.ok(nodeRegister("n2"));
    const unreported = planOnce(cluster, { isReady: (id) => id !== "n2" });
    expect(unreported.batches).toEqual([]);
    const reported = planOnce(cluster);
    expect(reported.batches[0]?.assignments).toMatchObject([
      { action: "assign", nodeId: "n2", source: "peer" },
    ]);
  });

  it("resumes an in-sync copy only when a report confirms it, and creates it nowhere", () => {
    const cluster = TestCluster.withNodes(2);
    startedOn(cluster, "logs", "n1");
    cluster.ok(nodeOffline("n1"));
    expect(planOnce(cluster, { nowMs: 999_999 }).batches).toEqual([]);
    cluster.ok(nodeRegister("n1"));
    expect(planOnce(cluster).batches).toEqual([]);
    const confirmed = planOnce(cluster, { holds: (id) => id === "n1" });
    expect(confirmed.batches[0]?.assignments).toMatchObject([{ action: "resume", slot: 0 }]);
    const unready = planOnce(cluster, { holds: () => true, isReady: () => false });
    expect(unready.batches).toEqual([]);
  });
});

describe("after failures", () => {
  function failOnce(cluster: TestCluster): void {
    const item = { ...cluster.ref("logs"), reason: "allocation_failed" as const, detail: "no" };
    const { allocationId } = cluster.copy("logs", 0);
    cluster.ok({ kind: "shard.failed", epoch: 1, items: [{ ...item, allocationId }] });
  }

  it("backs off, prefers another node, and gives up after some tries until something changes", () => {
    const cluster = TestCluster.withNodes(2);
    createIndex(cluster, "logs");
    cluster.assign("logs", 0, "n1");
    failOnce(cluster);
    const early = planOnce(cluster, { nowMs: 0 });
    expect(early.batches).toEqual([]);
    expect(early.nextWakeMs).toBeGreaterThanOrEqual(limits.retryBaseMs / 2);
    expect(early.nextWakeMs).toBeLessThanOrEqual(limits.retryBaseMs);
    const later = planOnce(cluster, { nowMs: limits.retryBaseMs });
    expect(later.batches[0]?.assignments).toMatchObject([{ nodeId: "n2" }]);
    for (let tries = 1; tries < limits.attemptsCountMax; tries += 1) {
      cluster.assign("logs", 0, "n2");
      failOnce(cluster);
    }
    const view = new ClusterView(cluster.state, 0);
    const inputs = (nowMs: number): Parameters<typeof planAllocation>[1] => ({
      knowledge: { ...noKnowledge, nowMs },
      newId: () => cluster.freshId(),
    });
    expect(planAllocation(view, inputs(9_999_999)).batches).toEqual([]);
    const before = cluster.state;
    const { state, changes } = cluster.apply(nodeRegister("n3"));
    view.apply({ before, after: state, changes }, 10_000_000);
    const retried = planAllocation(view, inputs(10_100_000));
    expect(retried.batches[0]?.assignments).toHaveLength(1);
  });
});

describe("balancing", () => {
  it("does nothing in a balanced cluster, nor between nodes without capabilities", () => {
    const cluster = TestCluster.withNodes(3);
    createIndex(cluster, "logs", { numberOfShards: 6, numberOfReplicas: 1 });
    runPlans(cluster);
    expect(planOnce(cluster, { nowMs: 1_000 }).batches).toEqual([]);
    const go = goCluster(1);
    createIndex(go, "logs", { numberOfShards: 6 });
    runPlans(go);
    go.ok(nodeRegister("g2", { capabilities: [] }));
    expect(planOnce(go, { nowMs: 1_000 }).batches).toEqual([]);
  });

  it("moves to a node that joined, two at a time and no more than needed", () => {
    const cluster = TestCluster.withNodes(2);
    createIndex(cluster, "logs", { numberOfShards: 6, numberOfReplicas: 1 });
    runPlans(cluster);
    cluster.ok(nodeRegister("n3"));
    const first = planOnce(cluster, { nowMs: 1_000 });
    expect(first.batches.flatMap((batch) => batch.assignments.map((one) => one.action))).toEqual([
      "relocate",
      "relocate",
    ]);
    let moves = 0;
    for (;;) {
      const plan = planOnce(cluster, { nowMs: 1_000 });
      if (plan.batches.length === 0) break;
      for (const { reason, assignments } of plan.batches) {
        moves += assignments.filter((one) => one.action === "relocate").length;
        cluster.ok({ kind: "shard.assign", epoch: 1, reason, assignments });
      }
      startAll(cluster);
    }
    expect(moves).toBe(4);
    expect(spread(cluster, "logs")).toEqual({ n1: [4, 2], n2: [4, 2], n3: [4, 2] });
  });

  it("waits for quiet, and for copies that will be placed soon", () => {
    const cluster = TestCluster.withNodes(2);
    createIndex(cluster, "logs", { numberOfShards: 6, numberOfReplicas: 1 });
    runPlans(cluster);
    cluster.ok(nodeRegister("n3"));
    const early = planOnce(cluster, { nowMs: limits.rebalanceQuietMs - 1 });
    expect(early.batches).toEqual([]);
    expect(early.nextWakeMs).toBe(limits.rebalanceQuietMs);
    cluster.ok(nodeOffline("n2"));
    const waiting = planOnce(cluster, { nowMs: 1_000 });
    expect(waiting.batches.flatMap((batch) => batch.assignments)).toEqual([]);
  });

  it("hands over primary roles in place before it moves anything", () => {
    const cluster = TestCluster.withNodes(2);
    createIndex(cluster, "logs", { numberOfShards: 4, numberOfReplicas: 1 });
    for (let shard = 0; shard < 4; shard += 1) {
      for (const [slot, node] of [
        [0, "n1"],
        [1, "n2"],
      ] as const) {
        cluster.assign("logs", slot, node, shard);
        cluster.start("logs", slot, shard);
      }
    }
    const plan = planOnce(cluster, { nowMs: 1_000 });
    expect(plan.batches.flatMap((batch) => batch.assignments.map((one) => one.action))).toEqual([
      "swapPrimary",
      "swapPrimary",
    ]);
    runPlans(cluster);
    expect(spread(cluster, "logs")).toEqual({ n1: [4, 2], n2: [4, 2] });
  });

  it("hands roles on along a chain of nodes that share no shard", () => {
    const cluster = TestCluster.withNodes(3);
    createIndex(cluster, "logs", { numberOfShards: 3, numberOfReplicas: 1 });
    const places = [
      ["n1", "n2"],
      ["n1", "n2"],
      ["n2", "n3"],
    ] as const;
    for (const [shard, nodes] of places.entries()) {
      for (const [slot, node] of nodes.entries()) {
        cluster.assign("logs", slot, node, shard);
        cluster.start("logs", slot, shard);
      }
    }
    runPlans(cluster);
    for (const [, primaries] of Object.values(spread(cluster, "logs"))) expect(primaries).toBe(1);
  });
});
