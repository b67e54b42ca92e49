/** The HTTP server over a fake control plane, asked with fetch on loopback. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createHttpServer } from "../../../src/server/http/server.js";
import type { HttpServer } from "../../../src/server/http/server.js";
import { FakeControlPlane } from "../../support/server/fake-control-plane.js";
import { testDeps } from "../../support/server/grpc-harness.js";
import { ManualClock } from "../../support/server/manual-clock.js";
import { indexCreate, nodeRegister } from "../../support/state/commands.js";

let controlPlane: FakeControlPlane;
let clock: ManualClock;
let server: HttpServer;
let port: number;

beforeEach(async () => {
  clock = new ManualClock();
  controlPlane = new FakeControlPlane(clock);
  server = createHttpServer({ host: "127.0.0.1", port: 0 }, testDeps(controlPlane, clock));
  port = await server.bind();
});

afterEach(async () => {
  await server.stop(1_000);
});

async function get(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; type: string; text: string; json: unknown }> {
  const response = await fetch(`http://127.0.0.1:${String(port)}${path}`, { headers });
  const text = await response.text();
  const type = response.headers.get("content-type") ?? "";
  return {
    status: response.status,
    type,
    text,
    json: type.includes("json") ? JSON.parse(text) : 0,
  };
}

function startPrimary(name: string, shard: number, nodeId: string): void {
  const record = controlPlane.state.indices.get(name);
  const ref = { indexName: name, indexUuid: record?.uuid ?? "", shard };
  const allocationId = `${name}-${String(shard)}`;
  controlPlane.accept({
    kind: "shard.assign",
    epoch: 0,
    reason: "test",
    assignments: [
      {
        ...ref,
        action: "assign",
        expectedShardVersion: record?.shards[shard]?.version ?? 0,
        slot: 0,
        nodeId,
        allocationId,
        source: "empty",
      },
    ],
  });
  controlPlane.accept({ kind: "shard.started", items: [{ ...ref, allocationId, primaryTerm: 0 }] });
}

describe("probes", () => {
  it("say that the process lives, whatever the cluster does", async () => {
    controlPlane.setLeader({ ...controlPlane.leaderView, nodeId: "" });
    expect((await get("/livez")).status).toBe(200);
    expect((await get("/health")).status).toBe(200);
  });

  it("are ready with a leader, and otherwise say why not", async () => {
    expect(await get("/ready")).toMatchObject({ status: 200, json: { ready: true, reasons: [] } });
    expect(await get("/_health")).toMatchObject({ status: 200, json: { status: "healthy" } });
    controlPlane.setLeader({ ...controlPlane.leaderView, nodeId: "" });
    expect(await get("/ready")).toMatchObject({
      status: 503,
      json: { ready: false, reasons: ["no leader is known"] },
    });
    expect(await get("/_health")).toMatchObject({
      status: 503,
      json: { status: "unhealthy", checks: { leader_known: { status: "fail" } } },
    });
  });

  it("are not ready any more while stopping", async () => {
    server.setStopping();
    expect(await get("/ready")).toMatchObject({
      status: 503,
      json: { reasons: ["this master is stopping"] },
    });
  });
});

describe("/metrics", () => {
  it("has the documented names with values of the applied state", async () => {
    controlPlane.accept(nodeRegister("n1"));
    controlPlane.accept(indexCreate("logs", { numberOfShards: 2 }));
    startPrimary("logs", 0, "n1");
    const { text, status, type } = await get("/metrics");
    expect(status).toBe(200);
    expect(type).toContain("text/plain");
    for (const line of [
      'quidditch_master_cluster_nodes{node_type="data",status="healthy"} 1',
      'quidditch_master_cluster_shards{index="logs",state="STARTED"} 1',
      'quidditch_master_cluster_shards{index="logs",state="UNASSIGNED"} 1',
      "quidditch_master_cluster_indices_total 1",
      "quidditch_master_cluster_documents_total 12",
      'quidditch_master_shard_documents{index="logs",shard_id="1"} 7',
      'quidditch_master_shard_size_bytes{index="logs",shard_id="0"} 700',
      "quidditch_master_wal_batches 3",
      "quidditch_master_wal_max_sync_seconds 0.002",
      "quidditch_master_raft_dropped_messages 0",
      "quidditch_data_disk_free_bytes 5000",
      "quidditch_data_disk_low 0",
      "quidditch_raft_dropped_appends 4",
      "quidditch_raft_differing_members 1",
      "quidditch_raft_member_suspect 0",
      'quidditch_raft_replication_lag_entries{member="7"} 12',
      'quidditch_raft_replication_lag_seconds{member="7"} 3',
      "quidditch_master_raft_leader 1",
      "quidditch_master_raft_term 1",
      "quidditch_master_raft_commit_index 12",
      "quidditch_master_raft_applied_index 11",
    ]) {
      expect(text.split("\n")).toContain(line);
    }
    for (const name of [
      "quidditch_master_grpc_requests_total",
      "quidditch_master_grpc_request_duration_seconds",
      "quidditch_master_http_requests_total",
      "quidditch_raft_leader_election_duration_seconds",
      "quidditch_raft_commit_latency_seconds",
      "quidditch_cluster_state_size_bytes",
      "nodejs_eventloop_lag_p99_seconds",
    ]) {
      expect(text).toContain(`# TYPE ${name} `);
    }
    const again = await get("/metrics");
    expect(again.text).toContain(
      'quidditch_master_http_requests_total{method="GET",path="/metrics",status="200"} 1',
    );
  });

  it("counts how long there was no leader", async () => {
    controlPlane.setLeader({ ...controlPlane.leaderView, nodeId: "" });
    clock.advance(700);
    controlPlane.setLeader({ ...controlPlane.leaderView, nodeId: "master-2", epoch: 2 });
    const { text } = await get("/metrics");
    expect(text).toContain("quidditch_raft_leader_election_duration_seconds_sum 0.7");
  });

  it("counts shards together when there are too many indices", async () => {
    for (let n = 0; n < 1_001; n += 1) controlPlane.accept(indexCreate(`i${String(n)}`));
    const { text } = await get("/metrics");
    const series = 'quidditch_master_cluster_shards{index="_all",state="UNASSIGNED"} 1001';
    expect(text.split("\n")).toContain(series);
  });
});

describe("/_cluster/health", () => {
  beforeEach(() => {
    controlPlane.accept(nodeRegister("n1"));
    controlPlane.accept(indexCreate("logs", { numberOfShards: 2, numberOfReplicas: 1 }));
    startPrimary("logs", 0, "n1");
  });

  it("has OpenSearch's fields", async () => {
    const { status, json } = await get("/_cluster/health");
    expect(status).toBe(200);
    expect(json).toEqual({
      cluster_name: "test-cluster",
      status: "yellow",
      timed_out: false,
      number_of_nodes: 1,
      number_of_data_nodes: 1,
      discovered_master: true,
      discovered_cluster_manager: true,
      active_primary_shards: 1,
      active_shards: 1,
      relocating_shards: 0,
      initializing_shards: 0,
      unassigned_shards: 3,
      delayed_unassigned_shards: 0,
      number_of_pending_tasks: 0,
      number_of_in_flight_fetch: 0,
      task_max_waiting_in_queue_millis: 0,
      active_shards_percent_as_number: 25,
    });
  });

  it("goes down to indices and shards", async () => {
    const indices = await get("/_cluster/health?level=indices");
    expect(indices.json).toMatchObject({
      indices: { logs: { status: "yellow", number_of_shards: 2, number_of_replicas: 1 } },
    });
    const { json } = await get("/_cluster/health/logs?level=shards");
    expect(json).toMatchObject({
      indices: {
        logs: {
          shards: {
            0: { status: "yellow", primary_active: true, active_shards: 1, unassigned_shards: 1 },
            1: { status: "yellow", primary_active: false, active_shards: 0 },
          },
        },
      },
    });
  });

  it("waits for a status, and says when it came too late", async () => {
    const late = get("/_cluster/health?wait_for_status=green&timeout=5s");
    while (controlPlane.watchCount === 0) await turn();
    clock.advance(5_000);
    expect(await late).toMatchObject({ status: 408, json: { timed_out: true, status: "yellow" } });
    const waiting = get("/_cluster/health?wait_for_status=green&timeout=5s");
    while (controlPlane.watchCount === 0) await turn();
    controlPlane.accept({ kind: "index.delete", name: "logs" });
    expect(await waiting).toMatchObject({
      status: 200,
      json: { timed_out: false, status: "green" },
    });
    expect((await get("/_cluster/health?wait_for_status=yellow")).status).toBe(200);
  });

  it.each([
    ["/_cluster/health?wait_for_status=blue", 400, "illegal_argument_exception"],
    ["/_cluster/health?timeout=soon&wait_for_status=green", 400, "illegal_argument_exception"],
    ["/_cluster/health?wait_for_nodes=3", 400, "illegal_argument_exception"],
    ["/_cluster/health/nothing", 404, "index_not_found_exception"],
    ["/_no/such/path", 404, "illegal_argument_exception"],
  ])("%s is refused in OpenSearch's shape", async (path, status, type) => {
    const { json, status: actual } = await get(path);
    expect(actual).toBe(status);
    expect(json).toMatchObject({ status, error: { type, root_cause: [{ type }] } });
  });

  it("says that there is no leader, and shows what was last applied only when asked", async () => {
    controlPlane.hasLeader = false;
    const waiting = get("/_cluster/health?timeout=1s");
    await controlPlane.someoneWaits();
    clock.advance(1_000);
    expect(await waiting).toMatchObject({ status: 503 });
    const later = await get("/_cluster/health?local=true");
    expect(later).toMatchObject({ status: 200, json: { timed_out: false } });
  });
});

async function turn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}

describe("tables", () => {
  beforeEach(() => {
    controlPlane.accept(nodeRegister("n1"));
    controlPlane.accept(indexCreate("logs", { numberOfShards: 2 }));
    startPrimary("logs", 0, "n1");
  });

  it("are JSON for programs", async () => {
    const { json } = await get("/_cat/shards/?format=json");
    expect(json).toMatchObject([
      { index: "logs", shard: "0", prirep: "p", state: "STARTED", node: "n1", ip: "10.0.0.1" },
      { index: "logs", shard: "1", prirep: "p", state: "UNASSIGNED", node: null, ip: null },
    ]);
    const byHeader = await get("/_cat/nodes", { accept: "application/json" });
    expect(byHeader.json).toMatchObject([{ name: "n1", "node.role": "d", status: "healthy" }]);
    const columns = await get("/_cat/shards?h=shard,unassigned.reason&format=json");
    expect(columns.json).toEqual([
      { shard: "0", "unassigned.reason": null },
      { shard: "1", "unassigned.reason": "INDEX_CREATED" },
    ]);
  });

  it("are text for people", async () => {
    const { text, type } = await get("/_cat/shards?h=index,state,node&v");
    expect(type).toContain("text/plain");
    expect(text).toBe("index state      node\nlogs  STARTED    n1\nlogs  UNASSIGNED\n");
  });

  it("name an unknown column", async () => {
    expect(await get("/_cat/nodes?h=nothing")).toMatchObject({ status: 400 });
  });
});

describe("?pretty", () => {
  it.each(["/_cluster/health?pretty", "/_cat/nodes?format=json&pretty=true", "/nothing?pretty"])(
    "indents the JSON of %s and ends its last line",
    async (path) => {
      controlPlane.accept(nodeRegister("n1"));
      const { text, json } = await get(path);
      expect(text).toBe(`${JSON.stringify(json, undefined, 2)}\n`);
    },
  );

  it.each(["/_cluster/health", "/_cluster/health?pretty=false"])(
    "is not asked by %s",
    async (path) => {
      const { text } = await get(path);
      expect(text).not.toContain("\n");
    },
  );

  it("leaves tables alone", async () => {
    controlPlane.accept(nodeRegister("n1"));
    expect((await get("/_cat/nodes?pretty")).text).toBe((await get("/_cat/nodes")).text);
  });
});

describe("/_dangling", () => {
  it("lists shards that nobody can explain, by index", async () => {
    for (const nodeId of ["n1", "n2"]) {
      controlPlane.accept(nodeRegister(nodeId));
      const dangling = [{ indexName: "old", indexUuid: "", shard: 4 }];
      controlPlane.accept({ kind: "node.dangling", epoch: 1, nodeId, dangling });
    }
    const { json } = await get("/_dangling");
    expect(json).toMatchObject({
      cluster_name: "test-cluster",
      dangling_indices: [
        {
          index_name: "old",
          node_ids: ["n1", "n2"],
          shards: [
            { node_id: "n1", shard: 4 },
            { node_id: "n2", shard: 4 },
          ],
        },
      ],
    });
  });
});
