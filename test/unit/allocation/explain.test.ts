/** Explanations, operators' placements and dry runs of rebalancing. */
import { describe, expect, it } from "vitest";
import { explainCopy, planPlacement } from "../../../src/allocation/explain.js";
import { planRebalance } from "../../../src/allocation/rebalance.js";
import { nodeRegister } from "../../support/state/commands.js";
import { TestCluster } from "../../support/state/test-cluster.js";
import { createIndex, goCluster, runPlans, startedOn } from "../../support/controller/pictures.js";

const newId = (): string => "fresh";

describe("explaining a copy", () => {
  it("names the rule that keeps a replica off each node", () => {
    const cluster = goCluster(2);
    createIndex(cluster, "logs", { numberOfReplicas: 1 });
    cluster.assign("logs", 0, "g1");
    cluster.start("logs", 0);
    const explained = explainCopy(cluster.state, { indexName: "logs", shard: 0, slot: 1 });
    expect(explained?.anywhere.verdict).toBe("yes");
    expect(explained?.nodes.map((node) => node.objections.map((one) => one.code))).toEqual([
      ["same_shard", "no_peer_recovery"],
      ["no_peer_recovery"],
    ]);
    expect(explainCopy(cluster.state, { indexName: "logs", shard: 0, slot: 7 })).toBeUndefined();
    expect(explainCopy(cluster.state, { indexName: "none", shard: 0, slot: 0 })).toBeUndefined();
  });
});

describe("an operator's placement", () => {
  it("assigns an unassigned copy to the preferred node, or to the best", () => {
    const cluster = TestCluster.withNodes(2);
    createIndex(cluster, "logs");
    const request = { indexName: "logs", shard: 0, primary: true };
    const preferred = planPlacement(cluster.state, { ...request, preferredNodeId: "n2" }, newId);
    expect(preferred).toMatchObject({ kind: "assign", nodeId: "n2" });
    const best = planPlacement(cluster.state, { ...request, preferredNodeId: "" }, newId);
    expect(best).toMatchObject({ kind: "assign", nodeId: "n1" });
    const nowhere = planPlacement(cluster.state, { ...request, preferredNodeId: "n9" }, newId);
    expect(nowhere.kind).toBe("not_found");
  });

  it("moves a started copy only where it may go, and never makes a lost primary anew", () => {
    const cluster = TestCluster.withNodes(2);
    cluster.ok(nodeRegister("g1", { capabilities: [] }));
    startedOn(cluster, "logs", "n1");
    const request = { indexName: "logs", shard: 0, primary: true };
    const move = planPlacement(cluster.state, { ...request, preferredNodeId: "n2" }, newId);
    expect(move).toMatchObject({ kind: "assign", assignment: { action: "relocate" } });
    const refused = planPlacement(cluster.state, { ...request, preferredNodeId: "g1" }, newId);
    expect(refused).toMatchObject({ kind: "refused", decision: { code: "no_peer_recovery" } });
    const there = planPlacement(cluster.state, { ...request, preferredNodeId: "n1" }, newId);
    expect(there.kind).toBe("assigned");
    cluster.ok({ kind: "node.unregister", nodeId: "n1" });
    const lost = planPlacement(cluster.state, { ...request, preferredNodeId: "n2" }, newId);
    expect(lost).toMatchObject({ kind: "refused", decision: { code: "no_valid_copy" } });
  });
});

describe("a dry run of rebalancing", () => {
  it("lists moves of the named indices, none when balanced", () => {
    const cluster = TestCluster.withNodes(2);
    createIndex(cluster, "logs", { numberOfShards: 4, numberOfReplicas: 1 });
    runPlans(cluster);
    expect(planRebalance(cluster.state, [], newId)).toEqual([]);
    cluster.ok(nodeRegister("n3"));
    const moves = planRebalance(cluster.state, ["logs", "none"], newId);
    expect(moves.length).toBeGreaterThan(0);
    expect(new Set(moves.map((move) => move.toNode))).toEqual(new Set(["n3"]));
    expect(new Set(moves.map((move) => move.shard)).size).toBe(moves.length);
    expect(planRebalance(cluster.state, ["none"], newId)).toEqual([]);
  });
});
