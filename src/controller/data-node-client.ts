/**
 * The gRPC client of one data node: turns orders into calls and answers into the words of
 * data-node.ts. It interprets no error text and retries nothing.
 */
import { credentials, status, type CallOptions, type ServiceError } from "@grpc/grpc-js";

import type { DataNodeStats__Output } from "../wire/gen/quidditch/data/DataNodeStats.js";
import type { ShardStats__Output } from "../wire/gen/quidditch/data/ShardStats.js";
import type { ShardOrder } from "../wire/gen/quidditch/data/ShardOrder.js";
import type { PeerCopy } from "../wire/gen/quidditch/data/PeerCopy.js";
import type { DataServiceClient } from "../wire/gen/quidditch/data/DataService.js";
import { wire } from "../wire/load.js";
import type {
  CreateOrder,
  NodeAnswer,
  Order,
  OrderAuthority,
  Peer,
  ReportedShard,
} from "./data-node.js";
import type { CallFailure, CallLimits, CallResult, DataNodeClient } from "./data-node-calls.js";
import { limits as bounds } from "./limits.js";

/** Connects to `address` (host:port) when the first call is made. */
export function createDataNodeClient(address: string): DataNodeClient {
  const client = new wire.DataService(address, credentials.createInsecure(), {
    "grpc.max_receive_message_length": bounds.answerBytesMax,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.min_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 1_000,
    "grpc.enable_retries": 0,
    "grpc.enable_channelz": 0,
    // The environment's proxy is not for orders to data nodes.
    "grpc.enable_http_proxy": 0,
    "grpc.service_config_disable_resolution": 1,
    "grpc.dns_min_time_between_resolutions_ms": 1_000,
    // Two registrations of one address must not share a broken connection's back-off.
    "grpc.use_local_subchannel_pool": 1,
  });
  return {
    getNodeStats: async ({ includeShards }, limits) => {
      const answer = await call<DataNodeStats__Output>(limits, (options, done) =>
        client.getNodeStats({ include_shards: includeShards }, options, done),
      );
      return answer.ok ? { ok: true, value: answerOf(answer.value) } : answer;
    },
    getShardPhase: async ({ indexName, shard }, limits) => {
      const request = { index_name: indexName, shard_id: shard };
      const answer = await call<{ readonly state: string }>(limits, (options, done) =>
        client.getShardInfo(request, options, done),
      );
      return answer.ok ? { ok: true, value: phaseOf(answer.value.state) } : answer;
    },
    send: async (order, authority, limits) => {
      const answer = await call<unknown>(limits, (options, done) =>
        sendOrder(client, { order, authority, options, done }),
      );
      return answer.ok ? { ok: true, value: undefined } : answer;
    },
    close: () => {
      client.close();
    },
  };
}

type Callback<T> = (error: ServiceError | null, value?: T) => void;

interface Sending {
  readonly order: Order;
  readonly authority: OrderAuthority;
  readonly options: CallOptions;
  readonly done: Callback<unknown>;
}

function sendOrder(client: DataServiceClient, sending: Sending): { cancel(): void } {
  const { order, authority, options, done } = sending;
  const shard = { index_name: order.indexName, shard_id: order.shard };
  const signed = { ...shard, order: wireOrder(order, authority) };
  switch (order.kind) {
    case "create":
      return client.createShard({ ...signed, ...creation(order) }, options, done);
    case "update":
      return client.updateShard(
        {
          ...signed,
          is_primary: order.primary,
          peers: order.peers.map(wirePeer),
          shard_version: order.shardVersion,
        },
        options,
        done,
      );
    case "delete":
      return client.deleteShard(signed, options, done);
  }
}

function creation(order: CreateOrder): object {
  return {
    is_primary: order.primary,
    settings: order.settings,
    source: order.source === "empty" ? "RECOVERY_SOURCE_EMPTY" : "RECOVERY_SOURCE_PEER",
    primary: order.from === undefined ? null : wirePeer(order.from),
  };
}

function wireOrder(order: Order, authority: OrderAuthority): ShardOrder {
  return {
    cluster_uuid: authority.clusterUuid,
    epoch: authority.epoch,
    index_uuid: order.indexUuid,
    allocation_id: order.allocationId,
    primary_term: order.primaryTerm,
  };
}

function wirePeer(peer: Peer): PeerCopy {
  return {
    node_id: peer.nodeId,
    address: peer.address,
    allocation_id: peer.allocationId,
    in_sync: peer.inSync,
  };
}

/** Runs one call with its deadline; the signal cancels it. */
function call<T>(
  limits: CallLimits,
  start: (options: CallOptions, done: Callback<T>) => { cancel(): void },
): Promise<CallResult<T>> {
  return new Promise((resolve) => {
    if (limits.signal.aborted) {
      resolve({ ok: false, failure: cancelled });
      return;
    }
    const cancel = (): void => {
      running.cancel();
    };
    const options = { deadline: Date.now() + limits.deadlineMs };
    const running = start(options, (error, value) => {
      limits.signal.removeEventListener("abort", cancel);
      if (error !== null) resolve({ ok: false, failure: failureOf(error) });
      else resolve({ ok: true, value: value as T });
    });
    limits.signal.addEventListener("abort", cancel, { once: true });
  });
}

const cancelled: CallFailure = {
  kind: "cancelled",
  code: status.CANCELLED,
  message: "cancelled before it was sent",
};

function failureOf(error: ServiceError): CallFailure {
  return { kind: kindOf(error.code), code: error.code, message: error.details };
}

function kindOf(code: status): CallFailure["kind"] {
  switch (code) {
    case status.UNAVAILABLE:
      return "unreachable";
    case status.DEADLINE_EXCEEDED:
      return "timeout";
    case status.CANCELLED:
      return "cancelled";
    case status.UNIMPLEMENTED:
      return "unimplemented";
    default:
      return "answered";
  }
}

function answerOf(stats: DataNodeStats__Output): NodeAnswer {
  return {
    nodeId: stats.node_id,
    clusterUuid: stats.cluster_uuid ?? "",
    stats: {
      totalShards: stats.total_shards,
      docsCount: stats.total_docs,
      storeSizeBytes: stats.total_size_bytes,
      cpuUsagePercent: stats.cpu_usage_percent,
      memoryUsagePercent: stats.memory_usage_percent,
      diskUsagePercent: stats.disk_usage_percent,
      searchQueriesPerSec: 0,
      indexingRatePerSec: 0,
    },
    shards: stats.shards.map(reportedOf),
  };
}

function reportedOf(stats: ShardStats__Output): ReportedShard {
  return {
    indexName: stats.index_name,
    shard: stats.shard_id,
    indexUuid: stats.index_uuid ?? "",
    allocationId: stats.allocation_id ?? "",
    primaryTerm: stats.primary_term ?? 0,
    isPrimary: stats.is_primary,
    phase: phaseOf(stats.state ?? ""),
    shardVersion: stats.shard_version ?? 0,
    failure: stats.failure ?? "",
    docsCount: stats.docs_count,
    sizeBytes: stats.size_bytes,
  };
}

function phaseOf(state: string): ReportedShard["phase"] {
  switch (state) {
    case "SHARD_STATE_INITIALIZING":
      return "initializing";
    case "SHARD_STATE_STARTED":
    case "SHARD_STATE_RELOCATING":
      return "started";
    default:
      return "unknown";
  }
}
