/** Every rule of what may be created, deleted, adopted or called missing, valid beside invalid. */
import { describe, expect, it } from "vitest";
import {
  danglingOf,
  fateOf,
  isTombstoneDone,
  reconcileShard,
} from "../../../src/controller/shard-reconciler.js";
import { nodeOffline } from "../../support/state/commands.js";
import { TestCluster } from "../../support/state/test-cluster.js";
import {
  createIndex,
  goCluster,
  pictureOf,
  reported,
  reportedCopy,
  startedOn,
} from "../../support/controller/pictures.js";

describe("creating", () => {
  it("orders an initializing primary that the node does not hold, empty", () => {
    const cluster = TestCluster.withNodes(1);
    createIndex(cluster, "logs");
    const allocationId = cluster.assign("logs", 0, "n1");
    const { order } = reconcileShard(pictureOf(cluster, "n1", []), "logs", 0);
    expect(order).toMatchObject({ kind: "create", source: "empty", primary: true, allocationId });
  });

  it("orders a replica from its primary, by the primary's address", () => {
    const cluster = TestCluster.withNodes(2);
    createIndex(cluster, "logs", { numberOfReplicas: 1 });
    cluster.assign("logs", 0, "n1");
    cluster.start("logs", 0);
    cluster.assign("logs", 1, "n2");
    const { order } = reconcileShard(pictureOf(cluster, "n2", []), "logs", 0);
    expect(order).toMatchObject({
      kind: "create",
      source: "peer",
      from: { nodeId: "n1", address: "10.0.0.1:9303", inSync: true },
    });
  });

  it("never creates a started copy: not held is missing", () => {
    const cluster = TestCluster.withNodes(1);
    cluster.startedIndex("logs", 0);
    const { order, failed } = reconcileShard(pictureOf(cluster, "n1", []), "logs", 0);
    expect(order).toBeUndefined();
    expect(failed).toMatchObject({ reason: "copy_missing" });
  });

  it("concludes nothing from a report that is older than the record", () => {
    const cluster = TestCluster.withNodes(1);
    cluster.startedIndex("logs", 0);
    const found = reconcileShard(pictureOf(cluster, "n1", [], { behind: 1 }), "logs", 0);
    expect(found).toEqual({ stale: true });
  });

  it("never creates an unassigned in-sync copy on the node that came back without it", () => {
    const cluster = goCluster(1);
    startedOn(cluster, "logs", "g1");
    cluster.ok(nodeOffline("g1"));
    const away = reconcileShard(pictureOf(cluster, "g1", []), "logs", 0);
    expect(away).toEqual({});
    cluster.ok(nodeOffline("g1", { status: "healthy", reason: "" }));
    const back = reconcileShard(pictureOf(cluster, "g1", []), "logs", 0);
    expect(back.order).toBeUndefined();
    expect(back.failed).toMatchObject({ reason: "copy_missing" });
    const found = reconcileShard(pictureOf(cluster, "g1", [reported("logs", 0)]), "logs", 0);
    expect(found).toEqual({});
  });
});

describe("starting", () => {
  it("takes a Go node's shard as started only when this leader saw it acknowledged", () => {
    const cluster = goCluster(1);
    createIndex(cluster, "logs");
    const allocationId = cluster.assign("logs", 0, "g1");
    const acknowledged = reported("logs", 0, { allocationId });
    const known = reconcileShard(pictureOf(cluster, "g1", [acknowledged]), "logs", 0);
    expect(known.started).toMatchObject({ allocationId, primaryTerm: 0 });
    const unknown = reconcileShard(pictureOf(cluster, "g1", [reported("logs", 0)]), "logs", 0);
    expect(unknown.started).toBeUndefined();
  });

  it("does not adopt a shard that was there before the copy was ever ordered", () => {
    const cluster = goCluster(1);
    createIndex(cluster, "logs");
    cluster.assign("logs", 0, "g1");
    const shards = [reported("logs", 0)];
    const picture = pictureOf(cluster, "g1", shards, { ordered: [] });
    expect(reconcileShard(picture, "logs", 0)).toEqual({});
    const dangling = danglingOf(picture, shards);
    expect(dangling).toHaveLength(1);
    cluster.ok({ kind: "node.dangling", epoch: 1, nodeId: "g1", dangling });
    const listed = pictureOf(cluster, "g1", shards, { ordered: [] });
    expect(reconcileShard(listed, "logs", 0)).toMatchObject({
      failed: { reason: "allocation_failed" },
    });
    expect(danglingOf(listed, shards)).toHaveLength(1);
  });

  it("takes a capable node's word under the present term, and begins anew under an older", () => {
    const cluster = TestCluster.withNodes(2);
    createIndex(cluster, "logs", { numberOfReplicas: 1 });
    cluster.assign("logs", 0, "n1");
    cluster.start("logs", 0);
    const allocationId = cluster.assign("logs", 1, "n2");
    const ready = reportedCopy(cluster, "logs", 1, { phase: "started" });
    const picture = pictureOf(cluster, "n2", [ready]);
    expect(reconcileShard(picture, "logs", 0).started).toMatchObject({ allocationId });
    const older = pictureOf(cluster, "n2", [{ ...ready, primaryTerm: 0 }]);
    const again = reconcileShard(older, "logs", 0);
    expect(again.started).toBeUndefined();
    expect(again.order).toMatchObject({ kind: "create", source: "peer" });
  });

  it("never takes what is left of another copy for the copy that is to be made", () => {
    const cluster = TestCluster.withNodes(3);
    cluster.startedIndex("logs", 2);
    cluster.ok(nodeOffline("n1"));
    const left = reportedCopy(cluster, "logs", 1);
    cluster.ok(nodeOffline("n2"));
    cluster.ok(nodeOffline("n2", { status: "healthy", reason: "" }));
    const allocationId = cluster.assign("logs", 0, "n2");
    expect(cluster.copy("logs", 1)).toMatchObject({ state: "UNASSIGNED", nodeId: "n2" });
    const term = cluster.shard("logs").primaryTerm;
    const found = reconcileShard(
      pictureOf(cluster, "n2", [{ ...left, primaryTerm: term }]),
      "logs",
      0,
    );
    expect(found.started).toBeUndefined();
    expect(found.failed).toBeUndefined();
    expect(found.order).toMatchObject({ kind: "create", source: "peer", allocationId });
  });

  it("waits for a copy that recovers and fails one that could not", () => {
    const cluster = TestCluster.withNodes(1);
    createIndex(cluster, "logs");
    cluster.assign("logs", 0, "n1");
    const waiting = pictureOf(cluster, "n1", [reportedCopy(cluster, "logs", 0)]);
    expect(reconcileShard(waiting, "logs", 0)).toEqual({ recovering: true });
    const failing = reportedCopy(cluster, "logs", 0, { failure: "disk full" });
    const failed = reconcileShard(pictureOf(cluster, "n1", [failing]), "logs", 0);
    expect(failed.failed).toMatchObject({ reason: "allocation_failed", detail: "disk full" });
  });
});

describe("telling role, term and peers", () => {
  it("updates a copy whose node obeyed an older version, and only then", () => {
    const cluster = TestCluster.withNodes(2);
    cluster.startedIndex("logs", 1);
    const current = reportedCopy(cluster, "logs", 0);
    expect(reconcileShard(pictureOf(cluster, "n1", [current]), "logs", 0)).toEqual({});
    const behind = { ...current, shardVersion: current.shardVersion - 1 };
    const { order } = reconcileShard(pictureOf(cluster, "n1", [behind]), "logs", 0);
    expect(order).toMatchObject({
      kind: "update",
      primary: true,
      peers: [{ nodeId: "n2", inSync: true }],
      shardVersion: cluster.shard("logs").version,
    });
  });

  it("tells a Go node nothing", () => {
    const cluster = goCluster(1);
    startedOn(cluster, "logs", "g1");
    const picture = pictureOf(cluster, "g1", [reported("logs", 0)]);
    expect(reconcileShard(picture, "logs", 0)).toEqual({});
  });
});

describe("deleting", () => {
  it("deletes by tombstone: index uuid on a capable node, name and number on a Go node", () => {
    const cluster = TestCluster.withNodes(1);
    cluster.startedIndex("logs", 0);
    const mine = reportedCopy(cluster, "logs", 0);
    cluster.ok({ kind: "index.delete", name: "logs" });
    const picture = pictureOf(cluster, "n1", [mine]);
    expect(reconcileShard(picture, "logs", 0).order).toMatchObject({ kind: "delete" });
    expect(fateOf(picture, { ...mine, indexUuid: "other" })).toEqual({ kind: "dangling" });

    const go = goCluster(1);
    startedOn(go, "logs", "g1");
    go.ok({ kind: "index.delete", name: "logs" });
    const goPicture = pictureOf(go, "g1", [reported("logs", 0)]);
    expect(reconcileShard(goPicture, "logs", 0).order).toMatchObject({ kind: "delete" });
    expect(fateOf(goPicture, reported("logs", 7))).toEqual({ kind: "dangling" });
    expect(fateOf(goPicture, reported("other", 0))).toEqual({ kind: "dangling" });
  });

  it("deletes a superseded copy only once an in-sync copy is started elsewhere", () => {
    const cluster = TestCluster.withNodes(3);
    cluster.startedIndex("logs", 1);
    const old = reportedCopy(cluster, "logs", 1);
    cluster.ok(nodeOffline("n2"));
    cluster.assign("logs", 1, "n3");
    cluster.ok(nodeOffline("n2", { status: "healthy", reason: "" }));
    const picture = pictureOf(cluster, "n2", [old]);
    expect(reconcileShard(picture, "logs", 0).order).toMatchObject({
      kind: "delete",
      allocationId: old.allocationId,
    });
    cluster.ok(nodeOffline("n1"));
    const unsafe = pictureOf(cluster, "n2", [old]);
    expect(fateOf(unsafe, old)).toEqual({ kind: "keep" });
    expect(reconcileShard(unsafe, "logs", 0).order).toBeUndefined();
  });

  it("keeps the files that the copy's successor on the same node reuses", () => {
    const cluster = TestCluster.withNodes(2);
    cluster.startedIndex("logs", 1);
    const old = reportedCopy(cluster, "logs", 1);
    cluster.ok(nodeOffline("n2"));
    cluster.ok(nodeOffline("n2", { status: "healthy", reason: "" }));
    const allocationId = cluster.assign("logs", 1, "n2");
    const picture = pictureOf(cluster, "n2", [old]);
    expect(fateOf(picture, old)).toEqual({ kind: "keep" });
    expect(danglingOf(picture, [old])).toEqual([]);
    expect(reconcileShard(picture, "logs", 0).order).toMatchObject({
      kind: "create",
      allocationId,
    });
  });

  it("calls everything else dangling, known name or not", () => {
    const cluster = TestCluster.withNodes(2);
    cluster.startedIndex("logs", 0);
    const stray = reported("logs", 0, {
      indexUuid: cluster.index("logs").uuid,
      allocationId: "zz",
    });
    const picture = pictureOf(cluster, "n2", [stray, reported("what", 3)]);
    expect(danglingOf(picture, [stray, reported("what", 3)])).toHaveLength(2);
    expect(reconcileShard(picture, "logs", 0)).toEqual({});
    expect(reconcileShard(picture, "what", 3)).toEqual({});
  });

  it("never deletes a listed dangling shard of a Go node by a later superseded entry", () => {
    const cluster = goCluster(2);
    createIndex(cluster, "logs");
    const allocationId = cluster.assign("logs", 0, "g1");
    const dangling = [{ indexName: "logs", indexUuid: "", shard: 0 }];
    cluster.ok({ kind: "node.dangling", epoch: 1, nodeId: "g1", dangling });
    const detail = "files in the way";
    const reason = "allocation_failed" as const;
    const item = { ...cluster.ref("logs"), allocationId, reason, detail };
    cluster.ok({ kind: "shard.failed", epoch: 1, items: [item] });
    cluster.assign("logs", 0, "g2");
    cluster.start("logs", 0);
    expect(cluster.shard("logs").superseded).toHaveLength(1);
    const picture = pictureOf(cluster, "g1", [reported("logs", 0)]);
    expect(reconcileShard(picture, "logs", 0).order).toBeUndefined();
  });
});

describe("forgetting evidence", () => {
  it("lets a tombstone go when a capable node holds nothing of the index, never on a Go node", () => {
    const cluster = TestCluster.withNodes(1);
    cluster.startedIndex("logs", 0);
    const mine = reportedCopy(cluster, "logs", 0);
    cluster.ok({ kind: "index.delete", name: "logs" });
    for (const [shards, isDone] of [
      [[mine], false],
      [[], true],
    ] as const) {
      const picture = pictureOf(cluster, "n1", shards);
      const [tombstone] = picture.tombstones;
      if (tombstone === undefined) throw new Error("no tombstone");
      expect(isTombstoneDone(picture, tombstone)).toBe(isDone);
    }
    const go = goCluster(1);
    startedOn(go, "logs", "g1");
    go.ok({ kind: "index.delete", name: "logs" });
    const picture = pictureOf(go, "g1", []);
    const [tombstone] = picture.tombstones;
    if (tombstone === undefined) throw new Error("no tombstone");
    expect(isTombstoneDone(picture, tombstone)).toBe(false);
  });

  it("says a superseded copy is gone only by a report newer than the record", () => {
    const cluster = TestCluster.withNodes(3);
    cluster.startedIndex("logs", 1);
    const { allocationId } = cluster.copy("logs", 1);
    cluster.ok(nodeOffline("n2"));
    cluster.assign("logs", 1, "n3");
    cluster.start("logs", 1);
    cluster.ok(nodeOffline("n2", { status: "healthy", reason: "" }));
    const fresh = reconcileShard(pictureOf(cluster, "n2", []), "logs", 0);
    expect(fresh.cleaned).toEqual([allocationId]);
    const stale = reconcileShard(pictureOf(cluster, "n2", [], { behind: 3 }), "logs", 0);
    expect(stale.cleaned).toBeUndefined();
  });
});
