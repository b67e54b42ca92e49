/** Reads over a real connection: what is in an answer, how new it is, and how large it may be. */
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { assertDefined } from "../../../src/base/assert.js";
import type { ShardRecord } from "../../../src/state/model.js";
import { GrpcHarness } from "../../support/server/grpc-harness.js";
import { indexCreate, nodeRegister } from "../../support/state/commands.js";

let harness: GrpcHarness;

beforeEach(async () => {
  harness = new GrpcHarness();
  await harness.start();
});

afterEach(async () => {
  await harness.stop();
});

const everything = { include_routing: true, include_nodes: true, include_indices: true };

/** The first shard of the index "logs". */
function firstShard({ controlPlane }: GrpcHarness): ShardRecord {
  return assertDefined(controlPlane.state.indices.get("logs")?.shards[0], "there is an index");
}

async function assign(name: string, shard: number): Promise<void> {
  await harness.ok("AllocateShard", { index_name: name, shard_id: shard, is_primary: true });
}

describe("GetClusterState", () => {
  it("has what existing clients dereference, whatever the state", async () => {
    harness.controlPlane.accept(nodeRegister("n1"));
    harness.controlPlane.accept(indexCreate("logs", { numberOfShards: 2, numberOfReplicas: 1 }));
    await assign("logs", 1);
    const response = await harness.ok("GetClusterState", everything);
    expect(response).toMatchObject({
      version: harness.controlPlane.state.version,
      cluster_name: "test-cluster",
      cluster_uuid: "cluster-uuid",
      status: "CLUSTER_STATUS_YELLOW",
      master_node: { node_id: "master-1", node_name: "master-1", term: 1 },
    });
    expect(response.stale).toBeUndefined();
    expect(response.indices[0]?.settings).toMatchObject({
      number_of_shards: 2,
      number_of_replicas: 1,
    });
    const routing = response.routing_table?.indices["logs"];
    expect(routing?.index_name).toBe("logs");
    expect(routing?.shards[0]).toMatchObject({
      shard_id: 0,
      is_primary: true,
      allocation: { node_id: "", state: "SHARD_STATE_UNASSIGNED", allocated_at: null },
    });
    expect(routing?.shards[1]).toMatchObject({
      shard_id: 1,
      is_primary: true,
      allocation: { node_id: "n1", state: "SHARD_STATE_INITIALIZING" },
    });
    expect(routing?.shards[0]?.copies).toEqual([]);
    expect(response.nodes[0]).toMatchObject({
      node_id: "n1",
      node_type: "NODE_TYPE_DATA",
      bind_addr: "10.0.0.1",
      grpc_port: 9303,
      status: "NODE_STATUS_HEALTHY",
      attributes: { storage_tier: "hot", labels: { zone: "a" } },
    });
  });

  it("has only what was asked for", async () => {
    harness.controlPlane.accept(nodeRegister("n1"));
    harness.controlPlane.accept(indexCreate("logs"));
    const nothing = await harness.ok("GetClusterState", {});
    expect([nothing.routing_table, nothing.nodes, nothing.indices]).toEqual([null, [], []]);
    const routing = await harness.ok("GetClusterState", { include_routing: true });
    expect(Object.keys(routing.routing_table?.indices ?? {})).toEqual(["logs"]);
    expect([routing.nodes, routing.indices]).toEqual([[], []]);
  });

  it("has an empty routing table for an empty cluster", async () => {
    const response = await harness.ok("GetClusterState", { include_routing: true });
    expect(response.routing_table?.indices).toEqual({});
    expect(response.status).toBe("CLUSTER_STATUS_GREEN");
  });

  it("leaves mappings to GetIndexMetadata", async () => {
    const text = { type: "text", index: true, store: false, analyzer: "", properties: {} };
    harness.controlPlane.accept(indexCreate("logs", {}, { mappings: { title: text } }));
    const list = await harness.ok("GetClusterState", { include_indices: true });
    expect(list.indices[0]?.mappings).toEqual({});
    const one = await harness.ok("GetIndexMetadata", { index_name: "logs" });
    expect(one.metadata?.mappings["title"]).toMatchObject({ type: "text", index: true });
    expect(one.metadata?.settings?.number_of_shards).toBe(1);
    expect(one.cluster_version).toBe(harness.controlPlane.state.version);
  });

  it("shows every copy to those who ask, and the source during a move", async () => {
    for (const id of ["n1", "n2"]) harness.controlPlane.accept(nodeRegister(id));
    harness.controlPlane.accept(indexCreate("logs"));
    const placed = { index_name: "logs", is_primary: true, preferred_node_id: "n1" };
    await harness.ok("AllocateShard", placed);
    const record = assertDefined(harness.controlPlane.state.indices.get("logs"), "just made");
    const shard = { indexName: "logs", indexUuid: record.uuid, shard: 0 };
    const allocationId = firstShard(harness).copies[0]?.allocationId ?? "";
    const started = { ...shard, allocationId, primaryTerm: 0 };
    harness.controlPlane.accept({ kind: "shard.started", items: [started] });
    const { version } = firstShard(harness);
    harness.controlPlane.accept({
      kind: "shard.assign",
      epoch: 0,
      reason: "test",
      assignments: [
        {
          ...shard,
          action: "relocate",
          expectedShardVersion: version,
          slot: 0,
          nodeId: "n2",
          allocationId: "target",
        },
      ],
    });
    const request = { include_routing: true, include_copies: true };
    const response = await harness.ok("GetClusterState", request);
    const allocation = { node_id: "n1", state: "SHARD_STATE_STARTED" };
    expect(response.routing_table?.indices["logs"]?.shards[0]).toMatchObject({
      allocation,
      copies: [
        { node_id: "n1", state: "SHARD_STATE_RELOCATING", relocating_node_id: "n2" },
        { node_id: "n2", state: "SHARD_STATE_INITIALIZING", allocation_id: "target" },
      ],
      in_sync_allocation_ids: [allocationId],
      primary_term: 1,
    });
    const plain = await harness.ok("GetClusterState", { include_routing: true });
    const shown = plain.routing_table?.indices["logs"]?.shards[0];
    expect(shown).toMatchObject({ allocation, copies: [] });
  });

  it("answers the new version after a write, leader and last_seen changes included", async () => {
    await harness.ok("GetClusterState", everything);
    harness.controlPlane.accept(nodeRegister("n1"));
    const first = await harness.ok("GetClusterState", everything);
    expect(first.nodes[0]?.last_seen).toBeNull();
    harness.deps.nodeReports.lastSeen.set("n1", harness.clock.wallMs());
    harness.clock.advance(10_000);
    const second = await harness.ok("GetClusterState", everything);
    expect(second.nodes[0]?.last_seen?.seconds).toBeGreaterThan(0);
    const leader = { ...harness.controlPlane.leaderView, epoch: 5, nodeId: "master-3" };
    harness.controlPlane.setLeader(leader);
    const third = await harness.ok("GetClusterState", everything);
    expect(third.master_node).toMatchObject({ node_id: "master-3", term: 5 });
    expect(third.version).toBe(second.version);
  });

  it("restricts to names, and ignores those that do not exist", async () => {
    for (const name of ["a", "b", "c"]) harness.controlPlane.accept(indexCreate(name));
    const request = { ...everything, index_names: ["c", "a", "nothing", "c"] };
    const response = await harness.ok("GetClusterState", request);
    expect(response.indices.map((index) => index.index_name)).toEqual(["a", "c"]);
    expect(Object.keys(response.routing_table?.indices ?? {}).sort()).toEqual(["a", "c"]);
  });

  it("refuses a page token that is none", async () => {
    const refused = await harness.refused("GetClusterState", { page_token: "!!!" });
    expect(refused.code).toBe(status.INVALID_ARGUMENT);
  });
});

describe("GetIndexMetadata", () => {
  it("says that an index is not found in the words that clients look for", async () => {
    const refused = await harness.refused("GetIndexMetadata", { index_name: "nothing" });
    expect(refused).toEqual({
      code: status.NOT_FOUND,
      text: "index not found: nothing",
      errorCode: "index_not_found",
    });
    const unnamed = await harness.refused("GetIndexMetadata", {});
    expect(unnamed.code).toBe(status.INVALID_ARGUMENT);
  });
});

describe("consistency", () => {
  beforeEach(() => {
    harness.controlPlane.accept(indexCreate("logs"));
  });

  it("gives the last applied state, marked, when there is no leader for 2 s", async () => {
    harness.controlPlane.hasLeader = false;
    const read = harness.call("GetClusterState", { include_routing: true });
    await harness.controlPlane.someoneWaits();
    harness.clock.advance(2_000);
    const { response, trailer } = await read;
    expect(response).toMatchObject({ stale: true });
    expect(Object.keys(response?.routing_table?.indices ?? {})).toEqual(["logs"]);
    expect(trailer.get("quidditch-stale")).toEqual(["true"]);
    const metrics = await harness.deps.metrics.registry.metrics();
    expect(metrics).toContain("quidditch_master_stale_reads_total 1");
    expect(harness.controlPlane.waiting).toBe(0);
  });

  it("tries only shortly while there is still none, and is exact again with one", async () => {
    harness.controlPlane.hasLeader = false;
    const first = harness.call("GetIndexMetadata", { index_name: "logs" });
    await harness.controlPlane.someoneWaits();
    harness.clock.advance(2_000);
    expect((await first).response).toMatchObject({ stale: true });
    const second = harness.call("GetIndexMetadata", { index_name: "logs" });
    await harness.controlPlane.someoneWaits();
    harness.clock.advance(100);
    expect((await second).response).toMatchObject({ stale: true });
    harness.controlPlane.hasLeader = true;
    const third = await harness.call("GetIndexMetadata", { index_name: "logs" });
    expect(third.response?.stale).toBeUndefined();
    expect(third.trailer.get("quidditch-stale")).toEqual([]);
    harness.controlPlane.hasLeader = false;
    const fourth = harness.call("GetIndexMetadata", { index_name: "logs" });
    await harness.controlPlane.someoneWaits();
    harness.clock.advance(1_900);
    expect(harness.controlPlane.waiting).toBe(1);
    harness.clock.advance(100);
    expect((await fourth).response).toMatchObject({ stale: true });
  });

  it("is never stale for those who ask for a linearizable answer", async () => {
    harness.controlPlane.hasLeader = false;
    const { error } = await harness.call(
      "GetClusterState",
      { consistency: "CONSISTENCY_LINEARIZABLE" },
      { deadlineMs: 200 },
    );
    expect(error?.code).toBe(status.DEADLINE_EXCEEDED);
  });

  it("answers at once, unmarked, those who ask for what is here", async () => {
    harness.controlPlane.hasLeader = false;
    const response = await harness.ok("GetClusterState", { consistency: "CONSISTENCY_LOCAL" });
    expect(response.cluster_uuid).toBe("cluster-uuid");
  });

  it("does not show the state of a member without a cluster", async () => {
    harness.controlPlane.hasLeader = false;
    harness.controlPlane.state = { ...harness.controlPlane.state, clusterUuid: "" };
    const read = harness.call("GetClusterState", {});
    await harness.controlPlane.someoneWaits();
    harness.clock.advance(7_900);
    await harness.ok("GetClusterState", { consistency: "CONSISTENCY_LOCAL" });
    expect(harness.controlPlane.waiting).toBe(1);
    harness.clock.advance(100);
    expect((await read).error?.code).toBe(status.FAILED_PRECONDITION);
  });
});
