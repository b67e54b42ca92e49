/**
 * The controller's main job from end to end, without sockets: placement, loss, recovery, return,
 * with nodes that can do everything and with nodes that behave like the existing Go node.
 */
import { describe, expect, it } from "vitest";
import { clusterHealth } from "../../../src/state/health.js";
import { Harness } from "../../support/controller/harness.js";

const tenByTwo = { numberOfShards: 10, numberOfReplicas: 1 };

describe("four capable nodes and an index of 10 shards and 1 replica", () => {
  it("assigns all primaries in one command and orders them at once", async () => {
    const harness = await Harness.leading({ capable: 4 });
    await harness.createIndex("logs", tenByTwo);
    const assigned = harness.plane.proposed.filter((command) => command.kind === "shard.assign");
    expect(assigned[0]?.assignments).toHaveLength(10);
    expect(
      harness.orders().filter((order) => order.includes("create logs")).length,
    ).toBeGreaterThan(9);
  });

  it("starts 20 copies, 5 a node, with primaries spread", async () => {
    const harness = await Harness.leading({ capable: 4 });
    await harness.createIndex("logs", tenByTwo);
    await harness.clock.advance(5_000);
    expect(harness.states("logs")).toBe("STARTED 20");
    expect(harness.perNode("logs")).toEqual([5, 5, 5, 5]);
    for (const count of harness.primariesPerNode("logs")) {
      expect(count).toBeGreaterThanOrEqual(2);
      expect(count).toBeLessThanOrEqual(3);
    }
  });

  it("promotes at once, recovers after the delay, and is balanced again after the return", async () => {
    const harness = await Harness.leading({ capable: 4 });
    await harness.createIndex("logs", { ...tenByTwo, delayedTimeoutMs: 20_000 });
    await harness.clock.advance(5_000);
    harness.node("n4").kill();
    await harness.clock.advance(3_000);
    expect(harness.states("logs")).toBe("STARTED 15, UNASSIGNED 5");
    expect(harness.primariesPerNode("logs").reduce((a, b) => a + b)).toBe(10);
    expect(status(harness)).toBe("YELLOW");
    await harness.clock.advance(15_000);
    expect(harness.states("logs")).toBe("STARTED 15, UNASSIGNED 5");
    await harness.clock.advance(10_000);
    expect(harness.states("logs")).toBe("STARTED 20");
    expect(status(harness)).toBe("GREEN");
    harness.node("n4").restart();
    await harness.join(harness.node("n4"));
    await harness.clock.advance(30_000);
    expect(harness.states("logs")).toBe("STARTED 20");
    expect(harness.perNode("logs")).toEqual([5, 5, 5, 5]);
    for (const count of harness.primariesPerNode("logs")) {
      expect(count).toBeGreaterThanOrEqual(2);
      expect(count).toBeLessThanOrEqual(3);
    }
    for (const id of ["n1", "n2", "n3", "n4"]) expect(harness.node(id).shards).toHaveLength(5);
    const version = harness.plane.cluster.state.version;
    const orders = harness.orders().length;
    await harness.clock.advance(60_000);
    expect(harness.plane.cluster.state.version).toBe(version);
    expect(harness.orders()).toHaveLength(orders);
  });

  it("uses the files of a node that returns within the delay", async () => {
    const harness = await Harness.leading({ capable: 4 });
    await harness.createIndex("logs", tenByTwo);
    await harness.clock.advance(5_000);
    const held = harness.node("n4").shards;
    harness.node("n4").kill();
    await harness.clock.advance(5_000);
    harness.node("n4").restart();
    await harness.join(harness.node("n4"));
    await harness.clock.advance(10_000);
    expect(harness.states("logs")).toBe("STARTED 20");
    expect(harness.node("n4").shards).toEqual(held);
    expect(harness.perNode("logs")).toEqual([5, 5, 5, 5]);
  });
});

describe("nodes that behave like the existing Go node", () => {
  it("waits red for a lost node, recreates nothing, and is green when it returns", async () => {
    const harness = await Harness.leading({ go: 4 });
    await harness.createIndex("logs", { numberOfShards: 8 });
    await harness.clock.advance(2_000);
    expect(harness.perNode("logs")).toEqual([2, 2, 2, 2]);
    const orders = harness.orders();
    harness.node("g4").kill();
    await harness.clock.advance(120_000);
    expect(harness.states("logs")).toBe("STARTED 6, UNASSIGNED 2");
    expect(status(harness)).toBe("RED");
    expect(harness.orders()).toEqual(orders);
    harness.node("g4").restart();
    await harness.join(harness.node("g4"));
    await harness.clock.advance(2_000);
    expect(harness.states("logs")).toBe("STARTED 8");
    expect(status(harness)).toBe("GREEN");
    expect(harness.orders()).toEqual(orders);
  });

  it("says copy_missing when the node returns with an empty disk, and creates nothing", async () => {
    const harness = await Harness.leading({ go: 4 });
    await harness.createIndex("logs", { numberOfShards: 8 });
    await harness.clock.advance(2_000);
    const orders = harness.orders();
    harness.node("g4").kill();
    await harness.clock.advance(10_000);
    harness.node("g4").wipe();
    harness.node("g4").restart();
    await harness.join(harness.node("g4"));
    await harness.clock.advance(60_000);
    const missing = harness.copies("logs").filter((copy) => copy.state === "UNASSIGNED");
    expect(missing.map((copy) => copy.reason)).toEqual(["copy_missing", "copy_missing"]);
    expect(missing.map((copy) => copy.nodeId)).toEqual(["g4", "g4"]);
    expect(status(harness)).toBe("RED");
    expect(harness.orders()).toEqual(orders);
  });

  it("notices an emptied disk although the node never seemed away", async () => {
    const harness = await Harness.leading({ go: 2 });
    await harness.createIndex("logs", { numberOfShards: 2 });
    await harness.clock.advance(2_000);
    harness.node("g2").kill();
    harness.node("g2").wipe();
    harness.node("g2").restart();
    await harness.clock.advance(10_000);
    const missing = harness.copies("logs").filter((copy) => copy.state === "UNASSIGNED");
    expect(missing.map((copy) => `${copy.nodeId} ${copy.reason}`)).toEqual(["g2 copy_missing"]);
  });

  it("leaves a replica unassigned, yellow", async () => {
    const harness = await Harness.leading({ go: 3 });
    await harness.createIndex("logs", { numberOfShards: 2, numberOfReplicas: 1 });
    await harness.clock.advance(60_000);
    expect(harness.states("logs")).toBe("STARTED 2, UNASSIGNED 2");
    expect(status(harness)).toBe("YELLOW");
  });

  it("lists three unknown shards as dangling and orders nothing", async () => {
    const harness = await Harness.leading({});
    const node = harness.addNode("g1", false);
    for (const shard of [0, 1, 2]) node.plant("old", shard);
    await harness.join(node);
    await harness.clock.advance(60_000);
    expect(node.orders).toEqual([]);
    expect(node.shards).toEqual(["old/0", "old/1", "old/2"]);
    const known = harness.plane.cluster.state.nodes.get("g1");
    expect(known?.dangling.map((one) => `${one.indexName}/${String(one.shard)}`)).toEqual([
      "old/0",
      "old/1",
      "old/2",
    ]);
  });

  it("places no index of a name whose files a node holds", async () => {
    const harness = await Harness.leading({ go: 2 });
    harness.node("g1").plant("logs", 0);
    await harness.clock.advance(20_000);
    await harness.createIndex("logs", { numberOfShards: 4 });
    await harness.clock.advance(5_000);
    expect(harness.perNode("logs")).toEqual([0, 4]);
    expect(harness.node("g1").orders).toEqual([]);
  });

  it("does not adopt the old shard of a deleted and recreated index", async () => {
    const harness = await Harness.leading({ go: 2 });
    await harness.createIndex("logs", { numberOfShards: 1 });
    await harness.clock.advance(2_000);
    const holder = harness.copies("logs")[0]?.nodeId ?? "";
    await harness.propose({ kind: "index.delete", name: "logs" });
    await harness.clock.advance(2_000);
    expect(harness.node(holder).orders).toEqual(["create logs/0", "delete logs/0"]);
    await harness.createIndex("logs", { numberOfShards: 1 });
    await harness.clock.advance(2_000);
    expect(harness.states("logs")).toBe("STARTED 1");
    expect(harness.copies("logs")[0]?.nodeId).not.toBe(holder);
    // Its process restarts and opens the files of the deleted shard again.
    harness.node(holder).kill();
    harness.node(holder).restart();
    await harness.join(harness.node(holder));
    await harness.clock.advance(10_000);
    expect(harness.copies("logs")[0]?.nodeId).not.toBe(holder);
    expect(harness.node(holder).shards).toEqual([]);
    expect(harness.node(holder).orders.slice(2)).toEqual(["delete logs/0"]);
  });

  it("allocates elsewhere when files are in the way, and starts what is loaded already", async () => {
    const harness = await Harness.leading({ go: 2 });
    const [one, two] = [harness.node("g1"), harness.node("g2")];
    // The answer of the first try is lost, so the order is repeated and the shard is there.
    one.failures.push("connection lost");
    two.failures.push("connection lost");
    await harness.createIndex("logs", { numberOfShards: 2 });
    await harness.clock.advance(5_000);
    expect(harness.states("logs")).toBe("STARTED 2");
    one.maxShards = 1;
    await harness.createIndex("more", { numberOfShards: 2 });
    await harness.clock.advance(10_000);
    expect(harness.states("more")).toBe("STARTED 2");
    expect(harness.perNode("more")).toEqual([0, 2]);
  });
});

describe("leadership", () => {
  it("sends nothing while it is not leading, and goes on where the former leader stopped", async () => {
    const harness = await Harness.leading({ capable: 3 });
    harness.plane.lead(false);
    await harness.createIndex("logs", { numberOfShards: 3, numberOfReplicas: 1 });
    await harness.clock.advance(30_000);
    expect(harness.orders()).toEqual([]);
    expect(harness.controller.stats().epoch).toBe(0);
    harness.plane.lead(true);
    await harness.clock.advance(5_000);
    expect(harness.states("logs")).toBe("STARTED 6");
    const epochs = new Set(harness.node("n1").received.map((order) => order.epoch));
    expect([...epochs]).toEqual([harness.plane.cluster.epoch]);
  });

  it("confirms with a quorum before a delete, and deletes nothing while it cannot", async () => {
    const harness = await Harness.leading({ capable: 1 });
    await harness.createIndex("logs", { numberOfShards: 1 });
    await harness.clock.advance(2_000);
    harness.plane.confirms = false;
    await harness.propose({ kind: "index.delete", name: "logs" });
    await harness.clock.advance(20_000);
    expect(harness.node("n1").orders.filter((order) => order.startsWith("delete"))).toEqual([]);
    harness.plane.confirms = true;
    await harness.clock.advance(20_000);
    expect(harness.node("n1").shards).toEqual([]);
    expect(harness.plane.cluster.state.tombstones.size).toBe(0);
  });

  it("sends nothing after a pause before a quorum has confirmed it", async () => {
    const harness = await Harness.leading({ capable: 2 });
    harness.plane.confirms = false;
    harness.clock.stall(5_000);
    await harness.createIndex("logs", { numberOfShards: 2 });
    await harness.clock.advance(5_000);
    expect(harness.orders()).toEqual([]);
    harness.plane.confirms = true;
    await harness.clock.advance(2_000);
    expect(harness.states("logs")).toBe("STARTED 2");
  });

  it("leaves alone for a while what an earlier leader may still be creating on a Go node", async () => {
    const harness = await Harness.leading({ go: 2 });
    for (const id of ["g1", "g2"]) harness.node(id).condition = "silent";
    await harness.createIndex("logs", { numberOfShards: 1 });
    await harness.clock.settle();
    const holder = harness.copies("logs")[0]?.nodeId ?? "";
    const other = holder === "g1" ? "g2" : "g1";
    harness.plane.lead(true);
    harness.node(other).condition = "up";
    harness.node(holder).kill();
    await harness.clock.advance(20_000);
    expect(harness.states("logs")).toBe("UNASSIGNED 1");
    await harness.clock.advance(15_000);
    expect(harness.copies("logs").map((copy) => `${copy.nodeId} ${copy.state}`)).toEqual([
      `${other} STARTED`,
    ]);
  });
});

describe("nodes that come and go", () => {
  it("gives no orders to a node at whose address another one answers", async () => {
    const harness = await Harness.leading({ capable: 2 });
    harness.node("n2").answersAs = "n9";
    await harness.clock.advance(3_000);
    const judged = harness.plane.cluster.state.nodes.get("n2");
    expect(judged?.status).toBe("unhealthy");
    expect(judged?.statusReason).toMatch(/^wrong_node/);
    await harness.createIndex("logs", { numberOfShards: 4 });
    await harness.clock.advance(3_000);
    expect(harness.perNode("logs")).toEqual([4, 0]);
    expect(harness.node("n2").orders).toEqual([]);
  });

  it("does not spread copies onto a node of another cluster", async () => {
    const harness = await Harness.leading({ capable: 1 });
    const node = harness.addNode("n2", true);
    node.clusterUuid = "another";
    await harness.join(node);
    await harness.clock.advance(3_000);
    expect(harness.plane.cluster.state.nodes.get("n2")?.statusReason).toMatch(/^wrong_cluster/);
    await harness.createIndex("logs", { numberOfShards: 2 });
    await harness.clock.advance(3_000);
    expect(harness.perNode("logs")).toEqual([2, 0]);
  });

  it("moves copies to a node that joins, and then stays still", async () => {
    const harness = await Harness.leading({ capable: 2 });
    await harness.createIndex("logs", { numberOfShards: 6, numberOfReplicas: 1 });
    await harness.clock.advance(5_000);
    expect(harness.perNode("logs")).toEqual([6, 6]);
    await harness.join(harness.addNode("n3", true));
    await harness.clock.advance(30_000);
    expect(harness.perNode("logs")).toEqual([4, 4, 4]);
    expect(harness.primariesPerNode("logs")).toEqual([2, 2, 2]);
    const { version } = harness.plane.cluster.state;
    await harness.clock.advance(60_000);
    expect(harness.plane.cluster.state.version).toBe(version);
  });

  it("deletes a surplus replica from its node", async () => {
    const harness = await Harness.leading({ capable: 3 });
    await harness.createIndex("logs", { numberOfShards: 3, numberOfReplicas: 2 });
    await harness.clock.advance(5_000);
    expect(harness.states("logs")).toBe("STARTED 9");
    await harness.propose({
      kind: "index.settings",
      name: "logs",
      patch: { numberOfReplicas: 0 },
    });
    await harness.clock.advance(10_000);
    const held = ["n1", "n2", "n3"].flatMap((id) => harness.node(id).shards);
    expect(held).toHaveLength(3);
    const shards = harness.plane.cluster.index("logs").shards;
    expect(shards.flatMap((shard) => shard.superseded)).toEqual([]);
  });

  it("lets a known node take a new address only when the old one is silent", async () => {
    const harness = await Harness.leading({ capable: 1 });
    const moved = { host: "10.0.0.1", port: 9_999 };
    expect(await harness.controller.mayRegister("n1", moved)).toBe(false);
    expect(await harness.controller.mayRegister("n1", { host: "10.0.0.1", port: 9_400 })).toBe(
      true,
    );
    expect(await harness.controller.mayRegister("n7", moved)).toBe(true);
    harness.node("n1").answersAs = "n8";
    expect(await harness.controller.mayRegister("n1", moved)).toBe(true);
    harness.node("n1").kill();
    expect(await harness.controller.mayRegister("n1", moved)).toBe(true);
  });
});

function status(harness: Harness): string {
  return clusterHealth(harness.plane.cluster.state).status;
}
