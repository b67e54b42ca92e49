/**
 * Between the words of data-node.ts and the messages of DataService: orders into requests, answers
 * and statuses back. How a message travels is the caller's, so that a simulated network carries
 * the same ones. It interprets no error text and retries nothing.
 */
import { status } from "@grpc/grpc-js";

import type { CreateShardRequest } from "../wire/gen/quidditch/data/CreateShardRequest.js";
import type { DataNodeStats__Output } from "../wire/gen/quidditch/data/DataNodeStats.js";
import type { DeleteShardRequest } from "../wire/gen/quidditch/data/DeleteShardRequest.js";
import type { GetNodeStatsRequest } from "../wire/gen/quidditch/data/GetNodeStatsRequest.js";
import type { GetShardInfoRequest } from "../wire/gen/quidditch/data/GetShardInfoRequest.js";
import type { PeerCopy } from "../wire/gen/quidditch/data/PeerCopy.js";
import type { ShardInfo__Output } from "../wire/gen/quidditch/data/ShardInfo.js";
import type { ShardOrder } from "../wire/gen/quidditch/data/ShardOrder.js";
import type { ShardStats__Output } from "../wire/gen/quidditch/data/ShardStats.js";
import type { UpdateShardRequest } from "../wire/gen/quidditch/data/UpdateShardRequest.js";
import type {
  CreateOrder,
  NodeAnswer,
  Order,
  OrderAuthority,
  Peer,
  ReportedShard,
} from "./data-node.js";
import type { CallFailure, CallLimits, CallResult, DataNodeClient } from "./data-node-calls.js";

/** The methods of DataService that a leader calls; `response` absent = nothing in it matters. */
export interface DataNodeExchanges {
  readonly GetNodeStats: {
    readonly request: GetNodeStatsRequest;
    readonly response: DataNodeStats__Output;
  };
  readonly GetShardInfo: {
    readonly request: GetShardInfoRequest;
    readonly response: ShardInfo__Output;
  };
  readonly CreateShard: { readonly request: CreateShardRequest; readonly response: unknown };
  readonly UpdateShard: { readonly request: UpdateShardRequest; readonly response: unknown };
  readonly DeleteShard: { readonly request: DeleteShardRequest; readonly response: unknown };
}

/** A connection to one data node, as messages. Calls never throw. */
export interface DataNodeLink {
  call<M extends keyof DataNodeExchanges>(
    method: M,
    request: DataNodeExchanges[M]["request"],
    limits: CallLimits,
  ): Promise<CallResult<DataNodeExchanges[M]["response"]>>;
  close(): void;
}

/** Makes a client of a link. */
export function clientOver(link: DataNodeLink): DataNodeClient {
  return {
    getNodeStats: async ({ includeShards }, limits) => {
      const request = { include_shards: includeShards };
      const answer = await link.call("GetNodeStats", request, limits);
      return answer.ok ? { ok: true, value: answerOf(answer.value) } : answer;
    },
    getShardPhase: async ({ indexName, shard }, limits) => {
      const request = { index_name: indexName, shard_id: shard };
      const answer = await link.call("GetShardInfo", request, limits);
      return answer.ok ? { ok: true, value: phaseOf(answer.value.state) } : answer;
    },
    send: async (order, authority, limits) => {
      const answer = await sendOrder(link, { order, authority, limits });
      return answer.ok ? { ok: true, value: undefined } : answer;
    },
    close: () => {
      link.close();
    },
  };
}

/** What a call came to that ended with this status. */
export function failureOf(code: status, message: string): CallFailure {
  return { kind: kindOf(code), code, message };
}

interface Sending {
  readonly order: Order;
  readonly authority: OrderAuthority;
  readonly limits: CallLimits;
}

function sendOrder(link: DataNodeLink, sending: Sending): Promise<CallResult<unknown>> {
  const { order, authority, limits } = sending;
  const shard = { index_name: order.indexName, shard_id: order.shard };
  const signed = { ...shard, order: wireOrder(order, authority) };
  switch (order.kind) {
    case "create":
      return link.call("CreateShard", { ...signed, ...creation(order) }, limits);
    case "update": {
      const request = {
        ...signed,
        is_primary: order.primary,
        peers: order.peers.map(wirePeer),
        shard_version: order.shardVersion,
      };
      return link.call("UpdateShard", request, limits);
    }
    case "delete":
      return link.call("DeleteShard", signed, limits);
  }
}

function creation(
  order: CreateOrder,
): Pick<CreateShardRequest, "is_primary" | "settings" | "source" | "primary"> {
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
