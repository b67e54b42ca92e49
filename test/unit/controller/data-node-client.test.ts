/** The gRPC client against a real server on loopback: what it sends, hears, and how it fails. */
import {
  Server,
  ServerCredentials,
  status,
  type handleUnaryCall,
  type ServiceError,
} from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CreateOrder } from "../../../src/controller/data-node.js";
import { createDataNodeClient } from "../../../src/controller/data-node-client.js";
import { wire } from "../../../src/wire/load.js";

const limits = { deadlineMs: 5_000, signal: new AbortController().signal };
const authority = { clusterUuid: "cluster", epoch: 7 };
const order: CreateOrder = {
  kind: "create",
  nodeId: "n1",
  indexName: "logs",
  indexUuid: "uuid",
  shard: 3,
  allocationId: "alloc",
  primaryTerm: 2,
  primary: false,
  source: "peer",
  settings: { "index.x": "1" },
  from: { nodeId: "n2", address: "10.0.0.2:9303", allocationId: "other", inSync: true },
  shardVersion: 9,
};

describe("the data-node client", () => {
  let server: Server;
  let address: string;
  const heard: unknown[] = [];
  let fail: Partial<ServiceError> | undefined;

  beforeEach(async () => {
    heard.length = 0;
    fail = undefined;
    server = new Server();
    const answer =
      (value: object): handleUnaryCall<unknown, object> =>
      (call, done) => {
        heard.push(call.request);
        if (fail === undefined) done(null, value);
        else done(fail);
      };
    server.addService(wire.DataService.service, {
      CreateShard: answer({ acknowledged: true }),
      DeleteShard: answer({ acknowledged: true }),
      GetShardInfo: answer({ state: "SHARD_STATE_STARTED" }),
      GetNodeStats: answer({
        node_id: "n1",
        total_shards: 2,
        shards: [
          { index_name: "logs", shard_id: 3 },
          {
            index_name: "new",
            shard_id: 0,
            index_uuid: "u",
            allocation_id: "a",
            primary_term: 4,
            is_primary: true,
            state: "SHARD_STATE_INITIALIZING",
            shard_version: 5,
            failure: "no",
          },
        ],
      }),
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    address = `127.0.0.1:${String(port)}`;
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    server.forceShutdown();
  });

  it("signs orders and names the source", async () => {
    const client = createDataNodeClient(address);
    expect(await client.send(order, authority, limits)).toEqual({ ok: true, value: undefined });
    expect(heard[0]).toMatchObject({
      index_name: "logs",
      shard_id: 3,
      is_primary: false,
      settings: { "index.x": "1" },
      order: {
        cluster_uuid: "cluster",
        epoch: 7,
        index_uuid: "uuid",
        allocation_id: "alloc",
        primary_term: 2,
      },
      source: "RECOVERY_SOURCE_PEER",
      primary: { node_id: "n2", address: "10.0.0.2:9303", allocation_id: "other", in_sync: true },
    });
    client.close();
  });

  it("reads reports of both kinds of node", async () => {
    const client = createDataNodeClient(address);
    const answer = await client.getNodeStats({ includeShards: true }, limits);
    if (!answer.ok) throw new Error(answer.failure.message);
    expect(answer.value).toMatchObject({ nodeId: "n1", clusterUuid: "" });
    expect(answer.value.stats.totalShards).toBe(2);
    expect(answer.value.shards).toMatchObject([
      { indexName: "logs", shard: 3, indexUuid: "", allocationId: "", phase: "unknown" },
      { allocationId: "a", primaryTerm: 4, phase: "initializing", shardVersion: 5, failure: "no" },
    ]);
    const phase = await client.getShardPhase({ indexName: "logs", shard: 3 }, limits);
    expect(phase).toEqual({ ok: true, value: "started" });
    client.close();
  });

  it("asks no proxy of the environment", async () => {
    vi.stubEnv("grpc_proxy", "http://127.0.0.1:9");
    const client = createDataNodeClient(address);
    expect(await client.getNodeStats({ includeShards: false }, limits)).toMatchObject({ ok: true });
    client.close();
  });

  it("tells failures apart", async () => {
    const client = createDataNodeClient(address);
    fail = { code: status.INTERNAL, details: "shard logs:3 already exists" };
    expect(await client.send(order, authority, limits)).toMatchObject({
      failure: { kind: "answered", code: status.INTERNAL, message: "shard logs:3 already exists" },
    });
    const update = { ...order, kind: "update", peers: [] } as const;
    expect(await client.send(update, authority, limits)).toMatchObject({
      failure: { kind: "unimplemented" },
    });
    const gone = new AbortController();
    gone.abort();
    const cancelled = await client.send(order, authority, { ...limits, signal: gone.signal });
    expect(cancelled).toMatchObject({ failure: { kind: "cancelled" } });
    client.close();
    server.forceShutdown();
    const late = createDataNodeClient(address);
    expect(await late.send(order, authority, limits)).toMatchObject({
      failure: { kind: "unreachable" },
    });
    late.close();
  });
});
