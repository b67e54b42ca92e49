/** Creating, deleting and changing indices, with their copies and tombstones. */
import { describe, expect, it } from "vitest";
import { apply } from "../../../src/state/apply.js";
import { limits } from "../../../src/state/limits.js";
import type { IndexSettingsPatch } from "../../../src/state/commands.js";
import { indexCreate, indexSettings, nodeOffline } from "../../support/state/commands.js";
import { TestCluster } from "../../support/state/test-cluster.js";

describe("index.create", () => {
  it("creates every copy unassigned under the entry's uuid", () => {
    const cluster = new TestCluster();
    const result = cluster.ok(indexCreate("logs", { numberOfShards: 2, numberOfReplicas: 1 }));
    const index = cluster.index("logs");
    expect(index).toMatchObject({ uuid: result.indexUuid, version: 1, state: "open" });
    expect(index.shards.map((shard) => shard.number)).toEqual([0, 1]);
    expect(cluster.shard("logs", 1)).toMatchObject({
      version: 1,
      primaryTerm: 0,
      inSync: [],
      everStarted: false,
      superseded: [],
    });
    expect(cluster.copies("logs", 1)).toEqual([
      "0 primary UNASSIGNED  index_created",
      "1 replica UNASSIGNED  index_created",
    ]);
  });

  it("says it in one change that carries the shards", () => {
    const cluster = new TestCluster();
    const { changes } = cluster.apply(indexCreate("logs", { numberOfShards: 3 }));
    expect(changes).toEqual([
      { kind: "index", name: "logs", before: undefined, after: cluster.index("logs") },
    ]);
  });

  it("refuses a name that is taken by an index or an alias, and an alias that is an index", () => {
    const cluster = new TestCluster();
    cluster.ok(indexCreate("logs", {}, { aliases: { current: "" } }));
    cluster.rejects(indexCreate("logs"), "index_already_exists");
    cluster.rejects(indexCreate("current"), "invalid_argument");
    cluster.rejects(indexCreate("more", {}, { aliases: { logs: "" } }), "invalid_argument");
    cluster.ok(indexCreate("more", {}, { aliases: { current: "filter" } }));
    cluster.ok({ kind: "index.delete", name: "logs" });
    expect(cluster.rejects(indexCreate("current"), "invalid_argument").message).toContain("more");
    cluster.ok({ kind: "index.delete", name: "more" });
    cluster.ok(indexCreate("current"));
  });

  it("refuses more copies than the cluster may have", () => {
    const cluster = new TestCluster();
    cluster.ok(indexCreate("one", { numberOfShards: 100, numberOfReplicas: 32 }));
    const one = cluster.index("one");
    let { indices } = cluster.state;
    const fits = Math.floor(limits.shardCopiesCountMax / (100 * 33));
    for (let n = 1; n < fits; n += 1) indices = indices.set(`x${String(n)}`, { ...one });
    const state = { ...cluster.state, indices };
    const create = indexCreate("two", { numberOfShards: 100, numberOfReplicas: 32 });
    const { result } = apply(state, create, { nowMs: 1, uuid: "u", epoch: 1 });
    expect(result).toMatchObject({
      ok: false,
      code: "limit_exceeded",
      details: { count: (fits + 1) * 3_300, limit: limits.shardCopiesCountMax },
    });
    const small = apply(state, indexCreate("two"), { nowMs: 1, uuid: "u", epoch: 1 });
    expect(small.result.ok).toBe(true);
  });
});

describe("index.delete", () => {
  it("remembers nobody when no copy was ever ordered", () => {
    const cluster = new TestCluster();
    cluster.ok(indexCreate("logs"));
    cluster.ok({ kind: "index.delete", name: "logs" });
    expect(cluster.state.indices.size).toBe(0);
    expect(cluster.state.tombstones.size).toBe(0);
  });

  it("remembers every node that has, had or was replaced for a copy", () => {
    const cluster = TestCluster.withNodes(4);
    cluster.startedIndex("logs", 1, 2);
    cluster.ok(nodeOffline("n2"));
    cluster.assign("logs", 1, "n3", 1);
    const { uuid } = cluster.index("logs");
    cluster.ok({ kind: "index.delete", name: "logs" });
    expect(cluster.state.tombstones.get(uuid)).toEqual({
      indexUuid: uuid,
      indexName: "logs",
      deletedAtMs: cluster.nowMs,
      holders: { n1: [0, 1], n2: [0, 1], n3: [1] },
    });
  });

  it("names the unknown index", () => {
    const cluster = new TestCluster();
    const { message } = cluster.rejects({ kind: "index.delete", name: "logs" }, "index_not_found");
    expect(message).toBe("index not found: logs");
  });

  it("checks the expected uuid and version", () => {
    const cluster = new TestCluster();
    cluster.ok(indexCreate("logs"));
    const { uuid } = cluster.index("logs");
    const command = { kind: "index.delete", name: "logs" } as const;
    const conflict = cluster.rejects({ ...command, expectedVersion: 7 }, "version_conflict");
    expect(conflict.details).toEqual({ index: "logs", currentVersion: 1, currentUuid: uuid });
    cluster.rejects({ ...command, expectedUuid: "another" }, "version_conflict");
    cluster.ok({ ...command, expectedVersion: 1, expectedUuid: uuid });
  });

  it("forgets the oldest tombstone at the bound", () => {
    const cluster = TestCluster.withNodes(1);
    cluster.startedIndex("first", 0);
    cluster.startedIndex("second", 0);
    cluster.ok({ kind: "index.delete", name: "first" });
    const [oldest] = cluster.state.tombstones.values();
    let { tombstones } = cluster.state;
    for (let n = 1; n < limits.tombstonesCountMax; n += 1) {
      const indexUuid = `t${String(n)}`;
      const deletedAtMs = cluster.nowMs + 1;
      tombstones = tombstones.set(indexUuid, {
        indexUuid,
        indexName: "x",
        deletedAtMs,
        holders: { n1: [0] },
      });
    }
    const full = { ...cluster.state, tombstones };
    const command = { kind: "index.delete", name: "second" } as const;
    const context = { nowMs: cluster.nowMs, uuid: "u", epoch: 1 };
    const after = apply(full, command, context).state.tombstones;
    expect(after.size).toBe(limits.tombstonesCountMax);
    expect(after.has(oldest?.indexUuid ?? "")).toBe(false);
  });
});

describe("index.settings", () => {
  const change = (patch: IndexSettingsPatch) =>
    ({ kind: "index.settings", name: "logs", patch }) as const;

  it("changes the metadata and its version, and no shard", () => {
    const cluster = TestCluster.withNodes(1);
    cluster.startedIndex("logs", 0);
    const shard = cluster.shard("logs");
    const { changes } = cluster.apply(
      change({ refreshInterval: "5s", delayedTimeoutMs: 0, custom: { "index.a": "1" } }),
    );
    expect(changes.map((each) => each.kind)).toEqual(["index"]);
    expect(cluster.index("logs")).toMatchObject({
      version: cluster.state.version,
      settings: { refreshInterval: "5s", delayedTimeoutMs: 0, custom: { "index.a": "1" } },
    });
    expect(cluster.shard("logs")).toBe(shard);
    cluster.ok(change({ custom: { "index.a": null } }));
    expect(cluster.index("logs").settings.custom).toEqual({});
  });

  it("changes nothing when all is so already", () => {
    const cluster = new TestCluster();
    cluster.ok(indexCreate("logs"));
    cluster.unchanged(change({}));
    const { numberOfReplicas, refreshInterval, compression, tiering } = indexSettings();
    cluster.unchanged(change({ numberOfReplicas, refreshInterval, compression, tiering }));
  });

  it("checks name, version and bounds", () => {
    const cluster = new TestCluster();
    cluster.rejects(change({ refreshInterval: "5s" }), "index_not_found");
    cluster.ok(indexCreate("logs"));
    cluster.rejects({ ...change({}), expectedVersion: 9 }, "version_conflict");
    cluster.ok({ ...change({ refreshInterval: "2s" }), expectedVersion: 1 });
    cluster.rejects(
      { ...change({ refreshInterval: "3s" }), expectedVersion: 1 },
      "version_conflict",
    );
    const many = (prefix: string): Record<string, string> =>
      Object.fromEntries(Array.from({ length: 600 }, (_, n) => [`${prefix}${String(n)}`, "x"]));
    cluster.ok(change({ custom: many("a") }));
    cluster.rejects(change({ custom: many("b") }), "limit_exceeded");
  });

  it("adds unassigned replicas in free slots", () => {
    const cluster = TestCluster.withNodes(1);
    cluster.startedIndex("logs", 0, 2);
    const { changes } = cluster.apply(change({ numberOfReplicas: 2 }));
    expect(changes.map((each) => each.kind)).toEqual(["index", "shard", "shard"]);
    expect(cluster.copies("logs", 1)).toEqual([
      "0 primary STARTED n1",
      "1 replica UNASSIGNED  replica_added",
      "2 replica UNASSIGNED  replica_added",
    ]);
  });

  it("removes unassigned replicas first, then initializing ones, then the highest slot", () => {
    const cluster = TestCluster.withNodes(4);
    cluster.startedIndex("logs", 2);
    cluster.ok(change({ numberOfReplicas: 4 }));
    cluster.assign("logs", 3, "n4");
    cluster.ok(change({ numberOfReplicas: 3 }));
    expect(cluster.copies("logs").at(-1)).toBe("3 replica INITIALIZING n4");
    cluster.ok(change({ numberOfReplicas: 2 }));
    expect(cluster.copies("logs").at(-1)).toBe("2 replica STARTED n3");
    const removed = cluster.copy("logs", 2);
    cluster.ok(change({ numberOfReplicas: 1 }));
    expect(cluster.copies("logs")).toEqual(["0 primary STARTED n1", "1 replica STARTED n2"]);
    const shard = cluster.shard("logs");
    expect(shard.superseded).toContainEqual({ nodeId: "n3", allocationId: removed.allocationId });
    expect(shard.superseded.map((copy) => copy.nodeId)).toEqual(["n4", "n3"]);
    expect(shard.inSync).not.toContain(removed.allocationId);
    expect(shard.inSync).toHaveLength(2);
  });

  it("never removes a primary, wherever it is", () => {
    const cluster = TestCluster.withNodes(2);
    cluster.startedIndex("logs", 1);
    cluster.ok(cluster.decide("logs", { action: "swapPrimary", slot: 1 }));
    cluster.ok(change({ numberOfReplicas: 0 }));
    expect(cluster.copies("logs")).toEqual(["1 primary STARTED n2"]);
  });

  it("ends the move of a replica that is removed", () => {
    const cluster = TestCluster.withNodes(3);
    cluster.startedIndex("logs", 1);
    const move = { action: "relocate", slot: 1, nodeId: "n3", allocationId: "moved" } as const;
    cluster.ok(cluster.decide("logs", move));
    cluster.ok(change({ numberOfReplicas: 0 }));
    expect(cluster.copies("logs")).toEqual(["0 primary STARTED n1"]);
    expect(cluster.shard("logs").superseded.map((copy) => copy.nodeId)).toEqual(["n3", "n2"]);
  });

  it("does not count the target of a move as a replica", () => {
    const cluster = TestCluster.withNodes(3);
    cluster.startedIndex("logs", 1);
    const move = { action: "relocate", slot: 0, nodeId: "n3", allocationId: "moved" } as const;
    cluster.ok(cluster.decide("logs", move));
    cluster.ok(change({ numberOfReplicas: 2 }));
    expect(cluster.copies("logs")).toEqual([
      "0 primary RELOCATING n1",
      "1 replica STARTED n2",
      "2 replica INITIALIZING n3",
      "3 replica UNASSIGNED  replica_added",
    ]);
  });
});
