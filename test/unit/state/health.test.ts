/** Green, yellow, red, and the numbers behind them. */
import { describe, expect, it } from "vitest";
import {
  clusterHealth,
  indexHealth,
  indexNamesOfAlias,
  shardHealth,
} from "../../../src/state/health.js";
import { initialState } from "../../../src/state/initial.js";
import { itemsOf, stateFromItems } from "../../../src/state/items.js";
import {
  failedItem,
  indexCreate,
  nodeOffline,
  nodeRegister,
} from "../../support/state/commands.js";
import { TestCluster } from "../../support/state/test-cluster.js";

function statuses(cluster: TestCluster): readonly string[] {
  const index = cluster.index("logs");
  return [
    shardHealth(cluster.shard("logs")),
    indexHealth(index).status,
    clusterHealth(cluster.state).status,
  ];
}

describe("health", () => {
  it("is green without indices", () => {
    expect(clusterHealth(initialState())).toEqual({
      status: "GREEN",
      activePrimaryShards: 0,
      activeShards: 0,
      relocatingShards: 0,
      initializingShards: 0,
      unassignedShards: 0,
      delayedUnassignedShards: 0,
      totalShards: 0,
      numberOfNodes: 0,
      numberOfDataNodes: 0,
    });
  });

  it("follows an index from its creation to a lost primary and back", () => {
    const cluster = TestCluster.withNodes(2);
    cluster.ok(indexCreate("logs", { numberOfReplicas: 1 }));
    expect(statuses(cluster)).toEqual(["YELLOW", "YELLOW", "YELLOW"]);
    cluster.assign("logs", 0, "n1");
    expect(statuses(cluster)).toEqual(["YELLOW", "YELLOW", "YELLOW"]);
    cluster.start("logs", 0);
    expect(statuses(cluster)).toEqual(["YELLOW", "YELLOW", "YELLOW"]);
    cluster.assign("logs", 1, "n2");
    cluster.start("logs", 1);
    expect(statuses(cluster)).toEqual(["GREEN", "GREEN", "GREEN"]);
    cluster.ok(nodeOffline("n1"));
    expect(statuses(cluster)).toEqual(["YELLOW", "YELLOW", "YELLOW"]);
    cluster.ok(nodeOffline("n2"));
    expect(statuses(cluster)).toEqual(["RED", "RED", "RED"]);
    cluster.ok(nodeRegister("n2"));
    cluster.ok(cluster.decide("logs", { action: "resume", slot: 1 }));
    expect(statuses(cluster)).toEqual(["YELLOW", "YELLOW", "YELLOW"]);
    cluster.ok({ kind: "index.delete", name: "logs" });
    expect(clusterHealth(cluster.state).status).toBe("GREEN");
  });

  it("is red once a new primary was refused, until it starts", () => {
    const cluster = TestCluster.withNodes(1);
    cluster.ok(indexCreate("logs"));
    const id = cluster.assign("logs", 0, "n1");
    const items = [failedItem(cluster.ref("logs"), id)];
    cluster.ok({ kind: "shard.failed", epoch: 0, items });
    expect(statuses(cluster)).toEqual(["RED", "RED", "RED"]);
    cluster.assign("logs", 0, "n1");
    expect(statuses(cluster)).toEqual(["RED", "RED", "RED"]);
    cluster.start("logs", 0);
    expect(statuses(cluster)).toEqual(["GREEN", "GREEN", "GREEN"]);
  });

  it("stays yellow when the node left before a new primary started", () => {
    const cluster = TestCluster.withNodes(1);
    cluster.ok(indexCreate("logs"));
    cluster.assign("logs", 0, "n1");
    cluster.ok(nodeOffline("n1"));
    expect(statuses(cluster)).toEqual(["YELLOW", "YELLOW", "YELLOW"]);
  });

  it("is that of the worst shard", () => {
    const cluster = TestCluster.withNodes(3);
    cluster.startedIndex("logs", 0);
    cluster.ok(indexCreate("books"));
    expect(clusterHealth(cluster.state).status).toBe("YELLOW");
    cluster.ok(nodeOffline("n1"));
    expect(clusterHealth(cluster.state).status).toBe("RED");
    expect(indexHealth(cluster.index("books")).status).toBe("YELLOW");
  });

  it("counts copies by state, and a move as neither missing nor lost", () => {
    const cluster = TestCluster.withNodes(3);
    cluster.startedIndex("logs", 1, 2);
    const move = { action: "relocate", slot: 1, nodeId: "n3", allocationId: "moved" } as const;
    cluster.ok(cluster.decide("logs", move));
    expect(clusterHealth(cluster.state)).toMatchObject({
      status: "GREEN",
      activePrimaryShards: 2,
      activeShards: 4,
      relocatingShards: 1,
      initializingShards: 1,
      unassignedShards: 0,
      totalShards: 5,
    });
    cluster.ok(nodeOffline("n1"));
    expect(indexHealth(cluster.index("logs"))).toEqual({
      status: "YELLOW",
      activePrimaryShards: 2,
      activeShards: 2,
      relocatingShards: 1,
      initializingShards: 1,
      unassignedShards: 2,
      delayedUnassignedShards: 2,
      totalShards: 5,
    });
  });

  it("counts the nodes that are not offline, and those of them that hold shards", () => {
    const cluster = TestCluster.withNodes(3);
    cluster.ok(nodeRegister("c1", { nodeType: "coordination" }));
    cluster.ok(nodeOffline("n1"));
    cluster.ok(nodeOffline("n2", { status: "unhealthy" }));
    const expected = { numberOfNodes: 3, numberOfDataNodes: 2 };
    expect(clusterHealth(cluster.state)).toMatchObject(expected);
    cluster.ok({ kind: "node.unregister", nodeId: "n1" });
    cluster.ok(nodeRegister("n2"));
    expect(clusterHealth(cluster.state)).toMatchObject(expected);
  });

  it("finds indices by alias as they come and go", () => {
    const cluster = new TestCluster();
    cluster.ok(indexCreate("b", {}, { aliases: { all: "" } }));
    cluster.ok(indexCreate("a", {}, { aliases: { all: "", constructor: "" } }));
    expect(indexNamesOfAlias(cluster.state, "all")).toEqual(["a", "b"]);
    cluster.ok({ kind: "index.delete", name: "b" });
    expect(indexNamesOfAlias(cluster.state, "all")).toEqual(["a"]);
    expect(indexNamesOfAlias(cluster.state, "none")).toEqual([]);
  });

  it("is the same whether carried along or counted anew", () => {
    const cluster = TestCluster.withNodes(3);
    cluster.startedIndex("logs", 2, 4);
    cluster.startedIndex("books", 1, 2);
    cluster.ok(nodeOffline("n2"));
    cluster.ok({ kind: "index.delete", name: "books" });
    const decoded = stateFromItems(itemsOf(cluster.state));
    if (!decoded.ok) throw new Error(decoded.problem);
    expect(clusterHealth(decoded.state)).toEqual(clusterHealth(cluster.state));
  });
});
