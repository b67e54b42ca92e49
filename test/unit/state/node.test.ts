/** Registration, good-bye, verdicts and dangling lists. */
import { describe, expect, it } from "vitest";
import type { NodeDangling } from "../../../src/state/commands.js";
import { limits } from "../../../src/state/limits.js";
import type { DanglingShard } from "../../../src/state/model.js";
import { indexCreate, nodeOffline, nodeRegister } from "../../support/state/commands.js";
import { TestCluster } from "../../support/state/test-cluster.js";

describe("node.register", () => {
  it("adds a healthy node", () => {
    const cluster = new TestCluster();
    cluster.ok(nodeRegister("n1", { capabilities: ["peer_recovery", "fencing", "fencing"] }));
    expect(cluster.state.nodes.get("n1")).toEqual({
      nodeId: "n1",
      nodeType: "data",
      bindAddr: "10.0.0.1",
      grpcPort: 9303,
      attributes: {
        storageTier: "hot",
        maxShards: 0,
        simdEnabled: true,
        version: "1.0.0",
        labels: { zone: "a" },
      },
      capabilities: ["fencing", "peer_recovery"],
      status: "healthy",
      statusReason: "",
      incarnation: 1,
      joinedAtMs: cluster.nowMs,
      dangling: [],
    });
  });

  it("counts each registration, keeps when it joined, and takes what is new", () => {
    const cluster = TestCluster.withNodes(1);
    const joinedAtMs = cluster.nowMs;
    cluster.ok(nodeRegister("n1"));
    cluster.ok(nodeRegister("n1", { bindAddr: "10.0.0.9", capabilities: [] }));
    const expected = { incarnation: 3, joinedAtMs, bindAddr: "10.0.0.9", capabilities: [] };
    expect(cluster.state.nodes.get("n1")).toMatchObject(expected);
  });

  it("leaves the copies of a node that was not offline as they are", () => {
    const cluster = TestCluster.withNodes(2);
    cluster.startedIndex("logs", 0);
    cluster.ok(indexCreate("books"));
    cluster.assign("books", 0, "n1");
    cluster.ok(nodeRegister("n1"));
    expect(cluster.copies("logs")).toEqual(["0 primary STARTED n1"]);
    expect(cluster.copies("books")).toEqual(["0 primary INITIALIZING n1"]);
  });

  it("brings an offline node back without its copies", () => {
    const cluster = TestCluster.withNodes(1);
    cluster.startedIndex("logs", 0);
    cluster.ok(nodeOffline("n1"));
    cluster.ok(nodeRegister("n1"));
    expect(cluster.state.nodes.get("n1")).toMatchObject({ status: "healthy", statusReason: "" });
    expect(cluster.copies("logs")).toEqual(["0 primary UNASSIGNED n1 node_left"]);
  });
});

describe("node.unregister", () => {
  it("removes the node, and its copies become unassigned with their ids kept", () => {
    const cluster = TestCluster.withNodes(2);
    cluster.startedIndex("logs", 1);
    const { allocationId } = cluster.copy("logs", 1);
    cluster.ok({ kind: "node.unregister", nodeId: "n2" });
    expect(cluster.state.nodes.has("n2")).toBe(false);
    expect(cluster.copy("logs", 1)).toMatchObject({
      state: "UNASSIGNED",
      nodeId: "n2",
      allocationId,
      reason: "node_left",
      sinceMs: cluster.nowMs,
    });
  });

  it("accepts an unknown node and changes nothing", () => {
    TestCluster.withNodes(1).unchanged({ kind: "node.unregister", nodeId: "n7" });
  });
});

describe("node.verdict", () => {
  it("changes the status and its reason only", () => {
    const cluster = TestCluster.withNodes(1);
    cluster.startedIndex("logs", 0);
    cluster.ok(nodeOffline("n1", { status: "unhealthy", reason: "silent for 5 s" }));
    expect(cluster.state.nodes.get("n1")).toMatchObject({
      status: "unhealthy",
      statusReason: "silent for 5 s",
    });
    expect(cluster.copies("logs")).toEqual(["0 primary STARTED n1"]);
    cluster.unchanged(nodeOffline("n1", { status: "unhealthy", reason: "silent for 5 s" }));
    cluster.ok(nodeOffline("n1"));
    expect(cluster.copies("logs")).toEqual(["0 primary UNASSIGNED n1 node_left"]);
    cluster.ok(nodeOffline("n1", { reason: "still silent" }));
    expect(cluster.state.nodes.get("n1")?.statusReason).toBe("still silent");
  });

  it("is refused for another epoch, an unknown node, or an earlier registration", () => {
    const cluster = TestCluster.withNodes(1);
    cluster.rejects(nodeOffline("n1", { epoch: 0 }), "wrong_state");
    cluster.rejects(nodeOffline("n1", { epoch: 2 }), "wrong_state");
    cluster.rejects(nodeOffline("n9"), "node_not_found");
    cluster.ok(nodeRegister("n1"));
    const rejection = cluster.rejects(nodeOffline("n1"), "wrong_state");
    expect(rejection.details).toEqual({ nodeId: "n1", currentIncarnation: 2 });
    cluster.ok(nodeOffline("n1", { incarnation: 2 }));
  });

  it("cuts a long reason instead of refusing the verdict", () => {
    const cluster = TestCluster.withNodes(1);
    cluster.ok(nodeOffline("n1", { reason: "x".repeat(5_000) }));
    expect(cluster.state.nodes.get("n1")?.statusReason).toHaveLength(limits.detailLengthMax);
  });

  it("takes the copies of all indices in one entry, and is repeated without effect", () => {
    const cluster = TestCluster.withNodes(3);
    cluster.startedIndex("a", 1, 3);
    cluster.startedIndex("b", 1, 2);
    const { version } = cluster.state;
    const { changes } = cluster.apply(nodeOffline("n1"));
    expect(cluster.state.version).toBe(version + 1);
    expect(changes.map((change) => change.kind)).toEqual([
      "node",
      ..."shard ".repeat(5).trim().split(" "),
    ]);
    for (const name of ["a", "b"]) {
      expect(cluster.copies(name)).toEqual([
        "0 replica UNASSIGNED n1 node_left",
        "1 primary STARTED n2",
      ]);
    }
    cluster.unchanged(nodeOffline("n1"));
    expect(cluster.shard("a").version).toBe(version + 1);
  });
});

describe("node.dangling", () => {
  const dangling = (indexName: string, shard: number): DanglingShard => ({
    indexName,
    indexUuid: "",
    shard,
  });
  const command = (list: readonly DanglingShard[]): NodeDangling => ({
    kind: "node.dangling",
    epoch: 1,
    nodeId: "n1",
    dangling: list,
  });

  it("replaces the list, sorted and without repetitions", () => {
    const cluster = TestCluster.withNodes(1);
    cluster.ok(command([dangling("b", 1), dangling("a", 10), dangling("a", 9), dangling("b", 1)]));
    expect(cluster.state.nodes.get("n1")?.dangling).toEqual([
      dangling("a", 9),
      dangling("a", 10),
      dangling("b", 1),
    ]);
    cluster.unchanged(command([dangling("b", 1), dangling("a", 9), dangling("a", 10)]));
    cluster.ok(command([]));
    expect(cluster.state.nodes.get("n1")?.dangling).toEqual([]);
  });

  it("takes whatever names a disk has, up to its bound", () => {
    const cluster = TestCluster.withNodes(1);
    const many = Array.from({ length: 1_500 }, (_, n) => dangling("../BAD Name", n));
    cluster.ok(command(many));
    const list = cluster.state.nodes.get("n1")?.dangling;
    expect(list).toHaveLength(limits.danglingShardsPerNodeMax);
    expect(list?.[0]).toEqual(dangling("../BAD Name", 0));
  });

  it("is refused for an unknown node or an old epoch", () => {
    const cluster = TestCluster.withNodes(1);
    cluster.rejects({ ...command([]), nodeId: "n2" }, "node_not_found");
    cluster.rejects({ ...command([]), epoch: 7 }, "wrong_state");
  });
});
