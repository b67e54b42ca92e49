/** Reports about copies, and what the loss of a node or a copy makes of a shard. */
import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../../src/base/errors.js";
import type { ShardFailedItem, ShardStarted } from "../../../src/state/commands.js";
import {
  failedItem,
  indexCreate,
  nodeOffline,
  nodeRegister,
} from "../../support/state/commands.js";
import { TestCluster } from "../../support/state/test-cluster.js";

function started(replicas = 1, nodes = 4): TestCluster {
  const cluster = TestCluster.withNodes(nodes);
  cluster.startedIndex("logs", replicas);
  return cluster;
}

function failure(
  cluster: TestCluster,
  slot: number,
  overrides: Partial<ShardFailedItem> = {},
): { kind: "shard.failed"; epoch: number; items: readonly ShardFailedItem[] } {
  const { allocationId } = cluster.copy("logs", slot);
  const item = failedItem(cluster.ref("logs"), allocationId, overrides);
  return { kind: "shard.failed", epoch: cluster.epoch, items: [item] };
}

/** The report of the present primary that a replica failed. */
function primaryFails(cluster: TestCluster, slot: number): ReturnType<typeof failure> {
  const primary = cluster.shard("logs").copies.find((copy) => copy.role === "primary");
  const byPrimary = {
    allocationId: primary?.allocationId ?? "",
    primaryTerm: cluster.shard("logs").primaryTerm,
  };
  return failure(cluster, slot, { reason: "primary_failed", byPrimary });
}

function relocate(cluster: TestCluster, slot: number, nodeId: string): void {
  const decision = { action: "relocate", slot, nodeId, allocationId: `to-${nodeId}` } as const;
  cluster.ok(cluster.decide("logs", decision));
}

describe("shard.started", () => {
  const report = (cluster: TestCluster, slot: number, primaryTerm: number): ShardStarted => {
    const { allocationId } = cluster.copy("logs", slot);
    const item = { ...cluster.ref("logs"), allocationId, primaryTerm };
    return { kind: "shard.started", items: [item] };
  };

  it("starts a new primary, whose node need not know the term", () => {
    for (const primaryTerm of [0, 1]) {
      const cluster = TestCluster.withNodes(1);
      cluster.ok(indexCreate("logs"));
      const allocationId = cluster.assign("logs", 0, "n1");
      cluster.ok(report(cluster, 0, primaryTerm));
      expect(cluster.shard("logs")).toMatchObject({
        everStarted: true,
        primaryTerm: 1,
        inSync: [allocationId],
        copies: [{ slot: 0, role: "primary", state: "STARTED", nodeId: "n1", allocationId }],
      });
    }
  });

  it("may be repeated", () => {
    const cluster = started();
    cluster.unchanged(report(cluster, 0, 1));
    cluster.unchanged(report(cluster, 1, 0));
  });

  it("adds a replica to the in-sync set only under the present term", () => {
    const cluster = started(1);
    cluster.ok({ kind: "index.settings", name: "logs", patch: { numberOfReplicas: 2 } });
    cluster.assign("logs", 2, "n3");
    cluster.ok(cluster.decide("logs", { action: "swapPrimary", slot: 1 }));
    for (const term of [0, 1, 3]) cluster.rejects(report(cluster, 2, term), "wrong_state");
    cluster.ok(report(cluster, 2, 2));
    expect(cluster.shard("logs").inSync).toHaveLength(3);
  });

  it("starts no replica while its primary is lost", () => {
    const cluster = started(0);
    cluster.ok({ kind: "index.settings", name: "logs", patch: { numberOfReplicas: 1 } });
    cluster.assign("logs", 1, "n2");
    cluster.ok(nodeOffline("n1"));
    expect(cluster.copies("logs")).toEqual([
      "0 primary UNASSIGNED n1 node_left",
      "1 replica INITIALIZING n2",
    ]);
    cluster.rejects(report(cluster, 1, 1), "wrong_state");
  });

  it("refuses an unknown or unassigned copy", () => {
    const cluster = started(1);
    const item = { ...cluster.ref("logs"), allocationId: "other", primaryTerm: 1 };
    cluster.rejects({ kind: "shard.started", items: [item] }, "shard_not_found");
    cluster.ok(nodeOffline("n2"));
    cluster.rejects(report(cluster, 1, 1), "wrong_state");
  });
});

describe("shard.failed: allocation_failed", () => {
  it("counts tries and keeps why, cut to its bound", () => {
    const cluster = TestCluster.withNodes(1);
    cluster.ok(indexCreate("logs"));
    cluster.assign("logs", 0, "n1");
    cluster.ok(failure(cluster, 0, { detail: "x".repeat(3_000) }));
    expect(cluster.copy("logs", 0)).toMatchObject({
      state: "UNASSIGNED",
      reason: "allocation_failed",
      failedAttempts: 1,
      detail: "x".repeat(1_024),
      nodeId: "n1",
    });
    cluster.assign("logs", 0, "n1");
    cluster.ok(failure(cluster, 0));
    expect(cluster.copy("logs", 0)).toMatchObject({ failedAttempts: 2 });
    cluster.unchanged(failure(cluster, 0));
  });

  it("ends a move and keeps its source", () => {
    const cluster = started();
    relocate(cluster, 0, "n3");
    cluster.ok(failure(cluster, 2));
    expect(cluster.copies("logs")).toEqual(["0 primary STARTED n1", "1 replica STARTED n2"]);
    expect(cluster.shard("logs")).toMatchObject({
      primaryTerm: 1,
      superseded: [{ nodeId: "n3", allocationId: "to-n3" }],
    });
  });

  it("is refused for a started copy, an unknown copy, and an old epoch", () => {
    const cluster = started();
    cluster.rejects(failure(cluster, 0), "wrong_state");
    const item = failedItem(cluster.ref("logs"), "other");
    cluster.rejects({ kind: "shard.failed", epoch: 0, items: [item] }, "shard_not_found");
    cluster.rejects({ ...failure(cluster, 0), epoch: 9 }, "wrong_state");
  });
});

describe("shard.failed: copy_missing", () => {
  it("promotes an in-sync copy at once when a primary is missing", () => {
    const cluster = started(2);
    const missing = cluster.copy("logs", 0).allocationId;
    cluster.ok(failure(cluster, 0, { reason: "copy_missing" }));
    expect(cluster.copies("logs")).toEqual([
      "0 replica UNASSIGNED n1 copy_missing",
      "1 primary STARTED n2",
      "2 replica STARTED n3",
    ]);
    expect(cluster.shard("logs").primaryTerm).toBe(2);
    expect(cluster.shard("logs").inSync).not.toContain(missing);
  });

  it("keeps the last in-sync copy in the set, to be resumed only", () => {
    const cluster = started(0);
    const { allocationId } = cluster.copy("logs", 0);
    cluster.ok(failure(cluster, 0, { reason: "copy_missing" }));
    expect(cluster.shard("logs").inSync).toEqual([allocationId]);
    expect(cluster.copies("logs")).toEqual(["0 primary UNASSIGNED n1 copy_missing"]);
    cluster.ok(cluster.decide("logs", { action: "resume", slot: 0 }));
    expect(cluster.copies("logs")).toEqual(["0 primary STARTED n1"]);
  });

  it("says that a node came back without the copy that was waited for", () => {
    const cluster = started(0);
    cluster.ok(nodeOffline("n1"));
    cluster.ok(nodeRegister("n1"));
    cluster.ok(failure(cluster, 0, { reason: "copy_missing", detail: "empty disk" }));
    expect(cluster.copy("logs", 0)).toMatchObject({ reason: "copy_missing", detail: "empty disk" });
    cluster.unchanged(failure(cluster, 0, { reason: "copy_missing" }));
  });

  it("changes nothing about a stale copy, and is no case for one that initializes", () => {
    const cluster = started(1);
    cluster.ok(nodeOffline("n2"));
    cluster.unchanged(failure(cluster, 1, { reason: "copy_missing" }));
    cluster.assign("logs", 1, "n3");
    cluster.rejects(failure(cluster, 1, { reason: "copy_missing" }), "wrong_state");
  });

  it("lets the target of a moving replica take its place", () => {
    const cluster = started();
    relocate(cluster, 1, "n3");
    cluster.ok(failure(cluster, 1, { reason: "copy_missing" }));
    expect(cluster.copies("logs")).toEqual(["0 primary STARTED n1", "2 replica INITIALIZING n3"]);
    cluster.start("logs", 2);
    expect(cluster.shard("logs").inSync).toHaveLength(2);
  });
});

describe("shard.failed: primary_failed", () => {
  it("takes a replica out of the in-sync set, and its next assignment supersedes it", () => {
    const cluster = started();
    const { allocationId } = cluster.copy("logs", 1);
    cluster.ok(primaryFails(cluster, 1));
    expect(cluster.copies("logs")[1]).toBe("1 replica UNASSIGNED n2 primary_failed");
    expect(cluster.shard("logs").inSync).not.toContain(allocationId);
    cluster.assign("logs", 1, "n3");
    expect(cluster.shard("logs").superseded).toEqual([{ nodeId: "n2", allocationId }]);
  });

  it("is refused from anyone but the present primary in its term", () => {
    const cluster = started(2);
    const old = primaryFails(cluster, 2);
    cluster.ok(cluster.decide("logs", { action: "swapPrimary", slot: 1 }));
    const cases: readonly (readonly [ReturnType<typeof failure>, ErrorCode])[] = [
      [old, "wrong_state"],
      [failure(cluster, 2, { reason: "primary_failed" }), "wrong_state"],
      [primaryFails(cluster, 1), "wrong_state"],
    ];
    for (const [command, code] of cases) cluster.rejects(command, code);
    cluster.ok(primaryFails(cluster, 2));
  });

  it("ends a recovery or a move", () => {
    const cluster = started();
    relocate(cluster, 1, "n3");
    cluster.ok(primaryFails(cluster, 2));
    expect(cluster.copies("logs")).toEqual(["0 primary STARTED n1", "1 replica STARTED n2"]);
    cluster.ok(nodeOffline("n2"));
    cluster.assign("logs", 1, "n4");
    cluster.ok(primaryFails(cluster, 1));
    expect(cluster.copy("logs", 1)).toMatchObject({ reason: "primary_failed", failedAttempts: 1 });
  });
});

describe("a lost node", () => {
  it("promotes the active in-sync copy of the lowest slot, in a new term", () => {
    const cluster = started(2);
    const lost = cluster.copy("logs", 0).allocationId;
    cluster.ok(nodeOffline("n1"));
    expect(cluster.copies("logs")).toEqual([
      "0 replica UNASSIGNED n1 node_left",
      "1 primary STARTED n2",
      "2 replica STARTED n3",
    ]);
    expect(cluster.shard("logs")).toMatchObject({ primaryTerm: 2 });
    expect(cluster.shard("logs").inSync).not.toContain(lost);
  });

  it("never promotes a copy that still recovers", () => {
    const cluster = started(0);
    cluster.ok({ kind: "index.settings", name: "logs", patch: { numberOfReplicas: 1 } });
    cluster.assign("logs", 1, "n2");
    const { inSync } = cluster.shard("logs");
    cluster.ok(nodeOffline("n1"));
    expect(cluster.copies("logs")[0]).toBe("0 primary UNASSIGNED n1 node_left");
    expect(cluster.shard("logs")).toMatchObject({ primaryTerm: 1, inSync });
  });

  it("keeps the last in-sync copy when one after the other goes", () => {
    const cluster = started(1);
    const survivor = cluster.copy("logs", 1).allocationId;
    cluster.ok(nodeOffline("n1"));
    cluster.ok(nodeOffline("n2"));
    expect(cluster.copies("logs")).toEqual([
      "0 replica UNASSIGNED n1 node_left",
      "1 primary UNASSIGNED n2 node_left",
    ]);
    expect(cluster.shard("logs").inSync).toEqual([survivor]);
    cluster.ok(nodeRegister("n1"));
    cluster.rejects(cluster.decide("logs", { action: "resume", slot: 0 }), "wrong_state");
  });

  it("ends the move whose target it was", () => {
    const cluster = started();
    relocate(cluster, 0, "n3");
    cluster.ok(nodeOffline("n3"));
    expect(cluster.copies("logs")).toEqual(["0 primary STARTED n1", "1 replica STARTED n2"]);
    expect(cluster.shard("logs").superseded).toEqual([{ nodeId: "n3", allocationId: "to-n3" }]);
  });

  it("leaves the target of a lost replica as a plain replica", () => {
    const cluster = started();
    const lost = cluster.copy("logs", 1).allocationId;
    relocate(cluster, 1, "n3");
    cluster.ok(nodeOffline("n2"));
    expect(cluster.copies("logs")).toEqual(["0 primary STARTED n1", "2 replica INITIALIZING n3"]);
    expect(cluster.copy("logs", 2)).toMatchObject({ relocatesSlot: -1 });
    expect(cluster.shard("logs").superseded).toEqual([{ nodeId: "n2", allocationId: lost }]);
  });

  it("drops the target of a lost primary and promotes another copy", () => {
    const cluster = started();
    relocate(cluster, 0, "n3");
    cluster.ok(nodeOffline("n1"));
    expect(cluster.copies("logs")).toEqual([
      "0 replica UNASSIGNED n1 node_left",
      "1 primary STARTED n2",
    ]);
  });

  it("drops the target of a lost primary that was alone, which waits for its node", () => {
    const cluster = started(0);
    relocate(cluster, 0, "n3");
    const { inSync } = cluster.shard("logs");
    cluster.ok(nodeOffline("n1"));
    expect(cluster.copies("logs")).toEqual(["0 primary UNASSIGNED n1 node_left"]);
    expect(cluster.shard("logs").inSync).toEqual(inSync);
  });

  it("promotes a replica that is itself moving", () => {
    const cluster = started();
    relocate(cluster, 1, "n3");
    cluster.ok(nodeOffline("n1"));
    expect(cluster.copies("logs")).toEqual([
      "0 replica UNASSIGNED n1 node_left",
      "1 primary RELOCATING n2",
      "2 replica INITIALIZING n3",
    ]);
    cluster.start("logs", 2);
    expect(cluster.copies("logs")[1]).toBe("2 primary STARTED n3");
    expect(cluster.shard("logs").primaryTerm).toBe(3);
  });

  it("keeps the time of a stamp that is ahead of the clock", () => {
    const cluster = TestCluster.withNodes(2);
    cluster.ok(indexCreate("logs"));
    cluster.assign("logs", 0, "n1");
    const sinceMs = cluster.nowMs;
    cluster.nowMs -= 500;
    cluster.ok(nodeOffline("n1"));
    expect(cluster.copy("logs", 0)).toMatchObject({ sinceMs });
  });
});

describe("shard.cleaned", () => {
  it("forgets exactly the evidence that the node confirmed", () => {
    const cluster = started();
    const { allocationId } = cluster.copy("logs", 1);
    cluster.ok(nodeOffline("n2"));
    cluster.assign("logs", 1, "n3");
    const superseded = [{ ...cluster.ref("logs"), allocationId }];
    const cleaned = { kind: "shard.cleaned", epoch: 1, superseded, tombstones: [] } as const;
    cluster.unchanged({ ...cleaned, nodeId: "n4" });
    cluster.rejects({ ...cleaned, nodeId: "n2", epoch: 3 }, "wrong_state");
    cluster.ok({ ...cleaned, nodeId: "n2" });
    expect(cluster.shard("logs").superseded).toEqual([]);
    cluster.unchanged({ ...cleaned, nodeId: "n2" });
  });

  it("forgets a tombstone when its last holder confirmed", () => {
    const cluster = started();
    const { uuid } = cluster.index("logs");
    const superseded = [{ ...cluster.ref("logs"), allocationId: "gone" }];
    cluster.ok({ kind: "index.delete", name: "logs" });
    const cleaned = { kind: "shard.cleaned", epoch: 1, superseded, tombstones: [uuid] } as const;
    cluster.ok({ ...cleaned, nodeId: "n1" });
    expect(cluster.state.tombstones.get(uuid)?.holders).toEqual({ n2: [0] });
    cluster.unchanged({ ...cleaned, nodeId: "n1" });
    cluster.ok({ ...cleaned, nodeId: "n2" });
    expect(cluster.state.tombstones.size).toBe(0);
    cluster.unchanged({ ...cleaned, nodeId: "n2" });
  });
});
