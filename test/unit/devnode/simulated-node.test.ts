import { beforeEach, describe, expect, it } from "vitest";

import { status } from "@grpc/grpc-js";

import { primaryOf } from "../../../src/state/model.js";
import { SimulatedCluster } from "../../support/devnode/simulated-cluster.js";

let cluster: SimulatedCluster;

/** Three nodes and an index with one shard and one replica, complete. */
beforeEach(async () => {
  cluster = await SimulatedCluster.withNodes(1, 3);
  await cluster.createIndex("books", 1, 1);
  expect(await cluster.untilComplete("books")).toBe(true);
});

/** Writes documents one after the other. */
async function write(...ids: readonly string[]): Promise<boolean[]> {
  const writes = ids.map((id) => cluster.write("books", 0, { id, body: `body of ${id}` }));
  await cluster.clock.passUntil(() => cluster.writesUnderWay === 0, 30_000);
  return Promise.all(writes);
}

const uuid = (): string => cluster.plane.cluster.index("books").uuid;
const primaryNode = (): string => primaryOf(cluster.shard("books"))?.nodeId ?? "";
const replicaNode = (): string =>
  cluster.shard("books").copies.find((copy) => copy.role === "replica")?.nodeId ?? "";
const idsOn = (nodeId: string): string[] =>
  cluster
    .node(nodeId)
    .documents(uuid(), 0)
    .map(({ id }) => id)
    .sort();

describe("simulated data nodes", () => {
  it("register, take copies and documents, and bring them to replicas", async () => {
    expect(await write("a", "b", "c")).toEqual([true, true, true]);
    expect(idsOn(primaryNode())).toEqual(["a", "b", "c"]);
    expect(idsOn(replicaNode())).toEqual(["a", "b", "c"]);
    expect(cluster.node(primaryNode()).heldShards()).toMatchObject([
      { role: "primary", state: "STARTED", primaryTerm: 1, actingTerm: 1, failure: "" },
    ]);
  });

  it("promote the replica of a node that is gone, and lose nothing", async () => {
    await write("before");
    const old = primaryNode();
    const heir = replicaNode();
    cluster.node(old).crash("power");
    await cluster.clock.passUntil(() => primaryNode() === heir, 20_000);
    expect(cluster.shard("books").primaryTerm).toBe(2);
    expect(await cluster.untilComplete("books")).toBe(true);
    expect(await write("after")).toEqual([true]);
    expect(idsOn(heir)).toEqual(["after", "before"]);
    expect(cluster.losses("books")).toEqual([]);
  });

  it("fill a returning node from the primary before it counts again", async () => {
    await write("one");
    const away = replicaNode();
    cluster.node(away).crash("process");
    // The write waits until the primary has had the copy removed.
    expect(await write("two")).toEqual([true]);
    const back = cluster.node(away).start();
    expect(await cluster.untilComplete("books")).toBe(true);
    await back;
    expect(cluster.losses("books")).toEqual([]);
  });

  it("keep what was acknowledged when the power of all of them fails", async () => {
    await write("a", "b");
    for (const node of cluster.nodes.values()) node.crash("power");
    const starts = [...cluster.nodes.values()].map((node) => node.start());
    expect(await cluster.untilComplete("books")).toBe(true);
    await Promise.all(starts);
    expect(idsOn(primaryNode())).toEqual(["a", "b"]);
    expect(cluster.losses("books")).toEqual([]);
  });

  it("begin again with a copy whose node crashed in the middle of its recovery", async () => {
    await write("a");
    const away = replicaNode();
    cluster.node(away).crash();
    const rest = [...cluster.nodes.keys()].find((id) => id !== away && id !== primaryNode()) ?? "";
    const isFilling = (): boolean => cluster.node(rest).heldShards()[0]?.state === "INITIALIZING";
    expect(await cluster.clock.passUntil(isFilling, 60_000)).toBe(true);
    const again = cluster.node(rest).restart("power");
    expect(await cluster.untilComplete("books")).toBe(true);
    await again;
    expect(replicaNode()).toBe(rest);
    expect(cluster.losses("books")).toEqual([]);
  });

  it("refuse calls while they are down, and reset those that a crash cuts off", async () => {
    const node = cluster.node(primaryNode());
    const request = { index_name: "books", shard_id: 0, document_id: "a", body: Buffer.from("x") };
    const cutOff = node.handle("PutDocument", request);
    const outcome = expect(cutOff).rejects.toMatchObject({ code: status.UNAVAILABLE });
    node.crash();
    await outcome;
    await expect(node.handle("GetNodeStats", {})).rejects.toMatchObject({
      code: status.UNAVAILABLE,
    });
    expect(node.heldShards()).toEqual([]);
  });

  it("answer with what a client of the real service gets", async () => {
    const node = cluster.node(primaryNode());
    await write("a");
    const request = { index_name: "books", shard_id: 0, document_id: "none" };
    expect(await node.handle("GetDocument", request)).toEqual({
      found: false,
      body: Buffer.alloc(0),
    });
    const named = { ...request, document_id: "a", index_uuid: uuid() };
    expect(await node.handle("GetDocument", named)).toMatchObject({ found: true });
    const other = node.handle("GetDocument", { ...named, index_uuid: "B".repeat(22) });
    await expect(other).rejects.toMatchObject({ code: status.NOT_FOUND });
    expect(await node.handle("GetNodeStats", {})).toMatchObject({
      node_id: node.nodeId,
      shards: [],
      cluster_uuid: cluster.plane.cluster.state.clusterUuid,
    });
  });

  it("say good-bye when they are stopped", async () => {
    const node = cluster.node(replicaNode());
    const stopped = node.stop();
    const isGone = (): boolean => !cluster.plane.cluster.state.nodes.has(node.nodeId);
    expect(await cluster.clock.passUntil(isGone, 5_000)).toBe(true);
    await cluster.clock.pass(2_000);
    await stopped;
    expect(node.isUp).toBe(false);
  });

  it("set no timer beside their heartbeats while nothing is asked of them", async () => {
    cluster.controller.close();
    await cluster.clock.pass(20_000);
    let most = 0;
    await cluster.clock.passUntil(() => {
      most = Math.max(most, cluster.clock.timersCount);
      return false;
    }, 10_000);
    // A node waits for its next heartbeat, or for the answer and its deadline.
    expect(most).toBeLessThanOrEqual(2 * cluster.nodes.size);
  });
});
