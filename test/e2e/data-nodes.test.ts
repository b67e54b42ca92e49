/**
 * Real masters and real reference data nodes: placement, promotion, recovery, return. Go mode is
 * the reference node behaving exactly like the existing Go data node.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

import type { ClusterStateResponse__Output } from "../../src/wire/gen/quidditch/master/ClusterStateResponse.js";
import type { ShardRouting__Output } from "../../src/wire/gen/quidditch/master/ShardRouting.js";
import { DocumentClient } from "../support/document-client.js";
import { MasterClient } from "../support/master-client.js";
import {
  eventually,
  freePorts,
  type ManagedProcess,
  type MasterPlace,
  TestCluster,
} from "../support/processes.js";

let cluster: TestCluster | undefined;
let client: MasterClient | undefined;

afterEach(async () => {
  client?.close();
  client = undefined;
  await cluster?.close();
  cluster = undefined;
});

interface Nodes {
  readonly made: TestCluster;
  readonly asked: MasterClient;
  readonly nodes: readonly ManagedProcess[];
  readonly ports: readonly number[];
}

/** Three masters and `count` data nodes, all registered. */
async function start(count: number, extraArgs: readonly string[] = []): Promise<Nodes> {
  const made = await TestCluster.create();
  cluster = made;
  made.startAll();
  const asked = new MasterClient(made.grpcAddress(0));
  client = asked;
  await eventually("a leader", () => asked.state("CONSISTENCY_LINEARIZABLE", 2000));
  const ports = await freePorts(count);
  const nodes = ports.map((port, i) => made.addNode(`n${String(i + 1)}`, port, extraArgs));
  await eventually("all nodes are healthy", async () => {
    const state = await asked.state();
    const healthy = state.nodes.filter((node) => node.status === "NODE_STATUS_HEALTHY");
    return healthy.length === count ? true : undefined;
  });
  return { made, asked, nodes, ports };
}

function shardsOf(state: ClusterStateResponse__Output, index: string): ShardRouting__Output[] {
  return Object.values(state.routing_table?.indices[index]?.shards ?? {});
}

/** Started copies of an index by node, and how many of them are primaries. */
function placed(
  state: ClusterStateResponse__Output,
  index: string,
): Record<string, { copies: number; primaries: number }> {
  const byNode: Record<string, { copies: number; primaries: number }> = {};
  for (const shard of shardsOf(state, index)) {
    for (const copy of shard.copies) {
      if (copy.state !== "SHARD_STATE_STARTED") continue;
      const entry = (byNode[copy.node_id] ??= { copies: 0, primaries: 0 });
      entry.copies += 1;
      if (copy.is_primary) entry.primaries += 1;
    }
  }
  return byNode;
}

function reached(
  asked: MasterClient,
  status: "GREEN" | "YELLOW" | "RED",
  timeoutMs = 20_000,
): Promise<ClusterStateResponse__Output> {
  return eventually(
    `the cluster is ${status}`,
    async () => {
      const state = await asked.state();
      return state.status === `CLUSTER_STATUS_${status}` ? state : undefined;
    },
    timeoutMs,
  );
}

function isBalanced(state: ClusterStateResponse__Output, index: string): boolean {
  const nodes = Object.values(placed(state, index));
  const spread = nodes.every((node) => node.primaries >= 2 && node.primaries <= 3);
  return nodes.length === 4 && nodes.every((node) => node.copies === 5) && spread;
}

async function metricsOf(place: MasterPlace): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${String(place.httpPort)}/metrics`);
  return response.text();
}

/** All 20 copies are started, five on each of four nodes, primaries spread. */
function spreadEvenly(asked: MasterClient): Promise<ClusterStateResponse__Output> {
  const probe = async (): Promise<ClusterStateResponse__Output | undefined> => {
    const state = await asked.state();
    const settled = state.status === "CLUSTER_STATUS_GREEN" && isBalanced(state, "docs");
    return settled ? state : undefined;
  };
  return eventually("copies and primaries are spread evenly", probe, 40_000);
}

function portOf(made: Nodes, nodeId: string): number {
  const port = made.ports[made.nodes.findIndex((node) => node.name === nodeId)];
  if (port === undefined) throw new Error(`no node ${nodeId}`);
  return port;
}

/** A shard is served by another node than the lost one, and rightly so if that had the primary. */
function expectPromoted(
  shard: ShardRouting__Output,
  old: ShardRouting__Output | undefined,
  lost: string,
): void {
  expect(shard.allocation?.state).toBe("SHARD_STATE_STARTED");
  expect(shard.allocation?.node_id).not.toBe(lost);
  if (old?.allocation?.node_id !== lost) return;
  const promoted = shard.copies.find((copy) => copy.is_primary);
  expect(old.in_sync_allocation_ids).toContain(promoted?.allocation_id);
  expect(shard.primary_term).toBeGreaterThan(old.primary_term ?? 0);
}

/** Writes five documents into each shard through its primary; returns their ids by shard. */
async function writeDocuments(
  nodes: Nodes,
  shards: readonly ShardRouting__Output[],
): Promise<Map<number, string[]>> {
  const written = new Map<number, string[]>();
  for (const shard of shards) {
    const primary = new DocumentClient(portOf(nodes, shard.allocation?.node_id ?? ""));
    const ids = [0, 1, 2, 3, 4].map((n) => `doc-${String(shard.shard_id)}-${String(n)}`);
    for (const id of ids) await primary.put("docs", shard.shard_id, id);
    written.set(shard.shard_id, ids);
    primary.close();
  }
  return written;
}

describe("reference data nodes", () => {
  it("spread 20 copies, promote at once, recover elsewhere, and balance again", async () => {
    const made = await start(4);
    const { asked } = made;
    await asked.createIndex("docs", { shards: 10, replicas: 1, delayedTimeoutMs: 2000 });
    const green = await spreadEvenly(asked);

    const metrics = await Promise.all(made.made.places.map(metricsOf));
    expect(metrics.join("\n")).toMatch(
      /shard_operations_total\{operation="create",status="\w+"\} \d/,
    );
    const written = await writeDocuments(made, shardsOf(green, "docs"));

    const victim = made.nodes[0];
    if (victim === undefined) throw new Error("no node");
    const before = new Map(shardsOf(green, "docs").map((shard) => [shard.shard_id, shard]));
    await victim.kill();
    const yellow = await reached(asked, "YELLOW");
    for (const shard of shardsOf(yellow, "docs")) {
      expectPromoted(shard, before.get(shard.shard_id), "n1");
    }
    const healed = await reached(asked, "GREEN");
    expect(Object.keys(placed(healed, "docs")).sort()).toEqual(["n2", "n3", "n4"]);

    victim.start();
    const balanced = await spreadEvenly(asked);
    for (const shard of shardsOf(balanced, "docs")) {
      const primary = new DocumentClient(portOf(made, shard.allocation?.node_id ?? ""));
      const ids = await primary.list("docs", shard.shard_id);
      expect(ids).toEqual(expect.arrayContaining(written.get(shard.shard_id) ?? []));
      primary.close();
    }
  }, 120_000);
});

describe("nodes like the existing Go data node", () => {
  it("leave their shards RED and waiting, and make them GREEN when they return", async () => {
    const made = await start(4, ["--mode", "go"]);
    const { asked } = made;
    await asked.createIndex("docs", { shards: 10, replicas: 0, delayedTimeoutMs: 1000 });
    const green = await reached(asked, "GREEN");
    const victim = made.nodes[1];
    if (victim === undefined) throw new Error("no node");
    const lost = shardsOf(green, "docs").filter(
      (shard) => shard.allocation?.node_id === victim.name,
    );
    expect(lost.length).toBeGreaterThanOrEqual(2);
    await victim.kill();
    const red = await reached(asked, "RED");
    for (const shard of lost) {
      const now = shardsOf(red, "docs").find((other) => other.shard_id === shard.shard_id);
      expect(now?.allocation?.state).toBe("SHARD_STATE_UNASSIGNED");
    }
    victim.start();
    const back = await reached(asked, "GREEN", 40_000);
    for (const shard of lost) {
      const now = shardsOf(back, "docs").find((other) => other.shard_id === shard.shard_id);
      expect(now?.allocation?.node_id).toBe(victim.name);
    }
    expect(ordersIn(victim)).toEqual([]);
  }, 120_000);

  it("keep a shard RED with copy_missing when they return with an empty disk", async () => {
    const made = await start(2, ["--mode", "go"]);
    const { asked } = made;
    await asked.createIndex("docs", { shards: 4, replicas: 0 });
    await reached(asked, "GREEN");
    const victim = made.nodes[0];
    if (victim === undefined) throw new Error("no node");
    await victim.kill();
    await reached(asked, "RED");
    rmSync(join(made.made.directory, victim.name), { recursive: true });
    victim.start();
    await eventually("its shards are known to be missing", async () => {
      const copies = shardsOf(await asked.state(), "docs").flatMap((shard) => shard.copies);
      const missing = copies.filter((copy) => copy.unassigned_reason === "copy_missing");
      return missing.length === 2 ? true : undefined;
    });
    expect((await asked.state()).status).toBe("CLUSTER_STATUS_RED");
    expect(ordersIn(victim)).toEqual([]);
  }, 120_000);

  it("get no replicas", async () => {
    const { asked } = await start(2, ["--mode", "go"]);
    await asked.createIndex("docs", { shards: 2, replicas: 1 });
    const yellow = await eventually("primaries are started", async () => {
      const state = await asked.state();
      const started = shardsOf(state, "docs").every(
        (shard) => shard.allocation?.state === "SHARD_STATE_STARTED",
      );
      return started ? state : undefined;
    });
    expect(yellow.status).toBe("CLUSTER_STATUS_YELLOW");
    const replicas = shardsOf(yellow, "docs").flatMap((shard) =>
      shard.copies.filter((copy) => !copy.is_primary),
    );
    expect(replicas.map((copy) => copy.state)).toEqual(
      replicas.map(() => "SHARD_STATE_UNASSIGNED"),
    );
  }, 60_000);

  it("keep unknown shards that a fresh cluster meets, which lists them and orders nothing", async () => {
    const first = await start(1, ["--mode", "go"]);
    await first.asked.createIndex("old", { shards: 3, replicas: 0 });
    await reached(first.asked, "GREEN");
    const node = first.nodes[0];
    if (node === undefined) throw new Error("no node");
    await node.kill();
    await Promise.all(first.made.masters.map((master) => master.kill()));
    for (const place of first.made.places) rmSync(place.dataDir, { recursive: true });
    const logLength = node.log().length;
    first.made.startAll();
    await eventually("a fresh cluster", async () => {
      const state = await first.asked.state("CONSISTENCY_LINEARIZABLE", 2000);
      return state.indices.length === 0 ? true : undefined;
    });
    node.start();
    const listed = await eventually("three dangling shards are listed", async () => {
      const state = await first.asked.state();
      const dangling = state.nodes[0]?.dangling_shards ?? [];
      return dangling.length === 3 ? dangling : undefined;
    });
    expect(listed.map((one) => one.shard_id).sort()).toEqual([0, 1, 2]);
    expect(listed.map((one) => one.index_name)).toEqual(["old", "old", "old"]);
    const orders = node
      .log()
      .slice(logLength)
      .match(/"event":"(create|delete)-shard/g);
    expect(orders).toBeNull();
  }, 120_000);

  it("are not believed when an old shard of a recreated index comes back", async () => {
    const { asked, nodes } = await start(1, ["--mode", "go"]);
    const node = nodes[0];
    if (node === undefined) throw new Error("no node");
    await asked.createIndex("again", { shards: 1, replicas: 0 });
    await reached(asked, "GREEN");
    await asked.deleteIndex("again");
    await asked.createIndex("again", { shards: 1, replicas: 0 });
    await node.kill();
    node.start();
    await eventually("the node is back", async () => {
      const state = await asked.state();
      const status = state.nodes[0]?.status;
      const loaded = node.log().match(/"event":"registered"/g)?.length === 2;
      return loaded && status === "NODE_STATUS_HEALTHY" ? true : undefined;
    });
    // The state names the node as a holder of the deleted index, so it may be told to delete it.
    await eventually("the old shard is deleted after the restart", () =>
      ordersIn(node).includes('"event":"delete-shard"') ? true : undefined,
    );
    expect(ordersIn(node)).not.toContain('"event":"create-shard"');
    const shard = shardsOf(await asked.state(), "again")[0];
    expect(shard?.allocation?.state).toBe("SHARD_STATE_UNASSIGNED");
  }, 120_000);
});

/** CreateShard and DeleteShard orders that a node logged since its last start. */
function ordersIn(node: ManagedProcess): string[] {
  const log = node.log();
  const sinceStart = log.slice(log.lastIndexOf('"event":"shards-loaded"'));
  return sinceStart.match(/"event":"(create|delete)-shard[^"]*"/g) ?? [];
}
