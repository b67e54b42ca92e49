/** Decisions about copies: what each makes of a shard, and everything that refuses one. */
import { describe, expect, it } from "vitest";
import type { Assignment, Command } from "../../../src/state/commands.js";
import { limits } from "../../../src/state/limits.js";
import {
  indexCreate,
  nodeOffline,
  nodeRegister,
  failedItem,
} from "../../support/state/commands.js";
import { TestCluster, type Decision } from "../../support/state/test-cluster.js";

const toNode = (slot: number, nodeId: string, source: "empty" | "peer" = "peer"): Decision => ({
  action: "assign",
  slot,
  nodeId,
  allocationId: `id-${nodeId}-${String(slot)}`,
  source,
});
const move = (slot: number, nodeId: string): Decision => ({
  action: "relocate",
  slot,
  nodeId,
  allocationId: `moved-to-${nodeId}`,
});

/** Two nodes, and one index of a primary and a replica that nobody ordered yet. */
function fresh(): TestCluster {
  const cluster = TestCluster.withNodes(2);
  cluster.ok(indexCreate("logs", { numberOfReplicas: 1 }));
  return cluster;
}

function started(replicas = 1, nodes = 3): TestCluster {
  const cluster = TestCluster.withNodes(nodes);
  cluster.startedIndex("logs", replicas);
  return cluster;
}

describe("assign", () => {
  it("orders an empty primary in a term of its own", () => {
    const cluster = fresh();
    cluster.ok(cluster.decide("logs", toNode(0, "n1", "empty")));
    expect(cluster.shard("logs")).toMatchObject({
      primaryTerm: 1,
      version: cluster.state.version,
      inSync: [],
      everStarted: false,
    });
    expect(cluster.copy("logs", 0)).toEqual({
      slot: 0,
      role: "primary",
      state: "INITIALIZING",
      nodeId: "n1",
      allocationId: "id-n1-0",
      source: "empty",
      relocatesSlot: -1,
      sinceMs: cluster.nowMs,
      failedAttempts: 0,
    });
  });

  it("gives each new try of a primary a new term and keeps evidence of the old one", () => {
    const cluster = fresh();
    const allocationId = cluster.assign("logs", 0, "n1");
    cluster.ok(nodeOffline("n1"));
    expect(cluster.copy("logs", 0)).toMatchObject({ state: "UNASSIGNED", allocationId });
    cluster.assign("logs", 0, "n2");
    expect(cluster.shard("logs")).toMatchObject({
      primaryTerm: 2,
      superseded: [{ nodeId: "n1", allocationId }],
    });
  });

  it("keeps evidence when the same node gets the copy again, and only so much of it", () => {
    const cluster = fresh();
    for (let n = 0; n < limits.supersededPerShardCountMax + 3; n += 1) {
      const id = cluster.assign("logs", 0, "n1");
      const items = [failedItem(cluster.ref("logs"), id)];
      cluster.ok({ kind: "shard.failed", epoch: 0, items });
    }
    const { superseded } = cluster.shard("logs");
    expect(superseded).toHaveLength(limits.supersededPerShardCountMax);
    expect(superseded.at(-1)?.nodeId).toBe("n1");
    expect(cluster.copy("logs", 0)).toMatchObject({
      failedAttempts: limits.supersededPerShardCountMax + 3,
    });
  });

  it("copies a replica from its peer", () => {
    const cluster = fresh();
    cluster.assign("logs", 0, "n1");
    cluster.start("logs", 0);
    cluster.ok(cluster.decide("logs", toNode(1, "n2")));
    expect(cluster.copies("logs")).toEqual(["0 primary STARTED n1", "1 replica INITIALIZING n2"]);
    expect(cluster.shard("logs").primaryTerm).toBe(1);
  });

  it("refuses what the rules forbid", () => {
    const cluster = fresh();
    cluster.ok(nodeRegister("go", { capabilities: [] }));
    cluster.ok(nodeRegister("ingest", { nodeType: "ingest" }));
    cluster.ok(nodeRegister("gone"));
    cluster.ok(nodeOffline("gone"));
    const rejects = (decision: Decision, code: Parameters<typeof cluster.rejects>[1]): string =>
      cluster.rejects(cluster.decide("logs", decision), code).message;
    expect(rejects(toNode(0, "n1", "peer"), "wrong_state")).toContain("no peer");
    expect(rejects(toNode(1, "n1", "peer"), "wrong_state")).toContain("no active primary");
    expect(rejects(toNode(0, "n9", "empty"), "node_not_found")).toContain("n9");
    expect(rejects(toNode(0, "gone", "empty"), "wrong_state")).toContain("offline");
    expect(rejects(toNode(0, "ingest", "empty"), "wrong_state")).toContain("holds no shards");
    expect(rejects(toNode(5, "n1", "empty"), "shard_not_found")).toContain("slot 5");
    cluster.assign("logs", 0, "n1");
    expect(rejects(toNode(0, "n2", "empty"), "wrong_state")).toContain("INITIALIZING");
    cluster.start("logs", 0);
    expect(rejects(toNode(1, "n2", "empty"), "wrong_state")).toContain("never empty");
    expect(rejects(toNode(1, "go"), "wrong_state")).toContain("cannot recover from peers");
    expect(rejects(toNode(1, "n1"), "wrong_state")).toContain("has a copy of it already");
  });

  it("never creates a primary again that was started once", () => {
    const cluster = started(0);
    cluster.ok(nodeOffline("n1"));
    for (const source of ["empty", "peer"] as const) {
      for (const nodeId of ["n1", "n2"]) {
        cluster.ok(nodeRegister(nodeId));
        cluster.rejects(cluster.decide("logs", toNode(0, nodeId, source)), "wrong_state");
      }
    }
    expect(cluster.shard("logs").inSync).toHaveLength(1);
  });

  it("refuses an allocation id that the shard has or had", () => {
    const cluster = started();
    const { allocationId } = cluster.copy("logs", 0);
    cluster.ok(nodeOffline("n2"));
    const old = cluster.copy("logs", 1).allocationId;
    for (const used of [allocationId, old]) {
      const decision = { ...toNode(1, "n3"), allocationId: used };
      cluster.rejects(cluster.decide("logs", decision), "wrong_state");
    }
    cluster.assign("logs", 1, "n3");
    cluster.start("logs", 1);
    const again = { ...move(0, "n2"), allocationId: old };
    cluster.ok(nodeRegister("n2"));
    cluster.rejects(cluster.decide("logs", again), "wrong_state");
  });

  it("judges each item by itself, and versions within one entry too", () => {
    const cluster = fresh();
    cluster.ok(indexCreate("books"));
    const item = (name: string, decision: Decision): Assignment =>
      cluster.decide(name, decision).assignments[0] as Assignment;
    const version = cluster.state.version;
    const { result } = cluster.apply({
      kind: "shard.assign",
      epoch: 1,
      reason: "test",
      assignments: [
        item("logs", toNode(0, "n1", "empty")),
        item("logs", toNode(1, "n2")),
        item("books", toNode(0, "n2", "empty")),
        { ...item("books", toNode(0, "n2", "empty")), indexUuid: "old" },
        { ...item("books", toNode(0, "n2", "empty")), shard: 4 },
        { ...item("books", toNode(0, "n2", "empty")), indexName: "none" },
      ],
    });
    const outcomes = result.ok ? result.items.map((each) => (each.ok ? "ok" : each.code)) : [];
    expect(outcomes).toEqual([
      "ok",
      "version_conflict",
      "ok",
      "index_not_found",
      "shard_not_found",
      "index_not_found",
    ]);
    expect(cluster.state.version).toBe(version + 1);
  });

  it("is fenced by the epoch, except an operator's", () => {
    const cluster = fresh();
    cluster.epoch = 5;
    const command = cluster.decide("logs", toNode(0, "n1", "empty"));
    const rejection = cluster.rejects({ ...command, epoch: 4 }, "wrong_state");
    expect(rejection.details).toEqual({ epoch: 4, currentEpoch: 5 });
    cluster.rejects({ ...command, epoch: 6 }, "wrong_state");
    cluster.ok({ ...command, epoch: 0 });
  });
});

describe("resume", () => {
  it("starts the last in-sync copy on its returned node, in a new term", () => {
    const cluster = started(0);
    const { allocationId } = cluster.copy("logs", 0);
    cluster.ok(nodeOffline("n1"));
    cluster.rejects(cluster.decide("logs", { action: "resume", slot: 0 }), "wrong_state");
    cluster.ok(nodeRegister("n1"));
    cluster.ok(cluster.decide("logs", { action: "resume", slot: 0 }));
    expect(cluster.shard("logs")).toMatchObject({ primaryTerm: 2, inSync: [allocationId] });
    expect(cluster.copies("logs")).toEqual(["0 primary STARTED n1"]);
  });

  it("refuses a copy that is not in-sync, not unassigned, or whose node has gone", () => {
    const cluster = started();
    cluster.rejects(cluster.decide("logs", { action: "resume", slot: 0 }), "wrong_state");
    cluster.rejects(cluster.decide("logs", { action: "resume", slot: 8 }), "shard_not_found");
    cluster.ok({ kind: "node.unregister", nodeId: "n2" });
    const stale = cluster.decide("logs", { action: "resume", slot: 1 });
    expect(cluster.rejects(stale, "wrong_state").message).toContain("not in-sync");
    cluster.ok({ kind: "node.unregister", nodeId: "n1" });
    cluster.rejects(cluster.decide("logs", { action: "resume", slot: 0 }), "node_not_found");
  });
});

describe("relocate", () => {
  it("hands a replica over", () => {
    const cluster = started();
    const source = cluster.copy("logs", 1);
    cluster.ok(cluster.decide("logs", move(1, "n3")));
    expect(cluster.copies("logs")).toEqual([
      "0 primary STARTED n1",
      "1 replica RELOCATING n2",
      "2 replica INITIALIZING n3",
    ]);
    cluster.start("logs", 2);
    expect(cluster.copies("logs")).toEqual(["0 primary STARTED n1", "2 replica STARTED n3"]);
    const { inSync, superseded, primaryTerm } = cluster.shard("logs");
    expect(inSync).toContain("moved-to-n3");
    expect(inSync).not.toContain(source.allocationId);
    expect(superseded).toEqual([{ nodeId: "n2", allocationId: source.allocationId }]);
    expect(primaryTerm).toBe(1);
  });

  it("hands a primary over in a new term", () => {
    const cluster = started(0);
    cluster.ok(cluster.decide("logs", move(0, "n2")));
    expect(cluster.copies("logs")).toEqual([
      "0 primary RELOCATING n1",
      "1 replica INITIALIZING n2",
    ]);
    cluster.start("logs", 1);
    expect(cluster.copies("logs")).toEqual(["1 primary STARTED n2"]);
    expect(cluster.shard("logs")).toMatchObject({ primaryTerm: 2, inSync: ["moved-to-n2"] });
  });

  it("refuses a copy that is not started, a node with a copy, and nodes that cannot copy", () => {
    const cluster = started();
    cluster.ok(nodeRegister("go", { capabilities: ["fencing"] }));
    cluster.rejects(cluster.decide("logs", move(7, "n3")), "shard_not_found");
    cluster.rejects(cluster.decide("logs", move(1, "n1")), "wrong_state");
    cluster.rejects(cluster.decide("logs", move(1, "n2")), "wrong_state");
    cluster.rejects(cluster.decide("logs", move(1, "go")), "wrong_state");
    cluster.ok(cluster.decide("logs", move(1, "n3")));
    cluster.ok(nodeRegister("n4"));
    cluster.rejects(cluster.decide("logs", move(1, "n4")), "wrong_state");
    cluster.rejects(cluster.decide("logs", move(2, "n4")), "wrong_state");
    cluster.ok(nodeRegister("n1", { capabilities: [] }));
    const stuck = cluster.rejects(cluster.decide("logs", move(0, "n4")), "wrong_state");
    expect(stuck.message).toContain("n1");
  });
});

describe("swapPrimary", () => {
  it("swaps the roles in a new term", () => {
    const cluster = started();
    const { inSync } = cluster.shard("logs");
    cluster.ok(cluster.decide("logs", { action: "swapPrimary", slot: 1 }));
    expect(cluster.copies("logs")).toEqual(["0 replica STARTED n1", "1 primary STARTED n2"]);
    expect(cluster.shard("logs")).toMatchObject({ primaryTerm: 2, inSync });
  });

  it("refuses the primary itself, a copy that is not started, and a moving primary", () => {
    const cluster = started(2, 4);
    const swap = (slot: number): Command => cluster.decide("logs", { action: "swapPrimary", slot });
    cluster.rejects(swap(0), "wrong_state");
    cluster.rejects(swap(9), "shard_not_found");
    cluster.ok(nodeOffline("n3"));
    cluster.rejects(swap(2), "wrong_state");
    cluster.ok(cluster.decide("logs", move(0, "n4")));
    cluster.rejects(swap(1), "wrong_state");
  });
});
