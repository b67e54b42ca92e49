/**
 * From the state to messages. Existing clients break on what is absent, so `settings` and
 * `allocation` are always there, and a shard is shown as they need it: its primary, usable as long
 * as it can serve, whatever else is going on with it.
 */
import type {
  CopyRole,
  IndexRecord,
  NodeRecord,
  NodeStatus,
  NodeType,
  ShardCopy,
  ShardRecord,
} from "../../state/model.js";
import { primaryOf } from "../../state/model.js";
import type { HealthStatus } from "../../state/health.js";
import type { LeaderView } from "../../controlplane/port.js";
import type { ClusterStatus__Output } from "../../wire/gen/quidditch/master/ClusterStatus.js";
import type { IndexMetadata } from "../../wire/gen/quidditch/master/IndexMetadata.js";
import type { IndexRoutingTable } from "../../wire/gen/quidditch/master/IndexRoutingTable.js";
import type { MasterNode } from "../../wire/gen/quidditch/master/MasterNode.js";
import type { NodeInfo } from "../../wire/gen/quidditch/master/NodeInfo.js";
import type { NodeStatus__Output } from "../../wire/gen/quidditch/master/NodeStatus.js";
import type { NodeType__Output } from "../../wire/gen/quidditch/master/NodeType.js";
import type { ShardAllocation } from "../../wire/gen/quidditch/master/ShardAllocation.js";
import type { ShardCopy as WireCopy } from "../../wire/gen/quidditch/master/ShardCopy.js";
import type { ShardRouting } from "../../wire/gen/quidditch/master/ShardRouting.js";
import type { Timestamp } from "../../wire/gen/google/protobuf/Timestamp.js";

/** How a shard's state is shown. */
export type RoutingState = "INITIALIZING" | "STARTED" | "RELOCATING" | "UNASSIGNED";

/** Where existing clients find a shard: its primary, or the source while that moves. */
export interface Published {
  /** Empty when unassigned. */
  readonly nodeId: string;
  readonly state: RoutingState;
}

const nodeTypes: Readonly<Record<NodeType, NodeType__Output>> = {
  unknown: "NODE_TYPE_UNKNOWN",
  master: "NODE_TYPE_MASTER",
  coordination: "NODE_TYPE_COORDINATION",
  data: "NODE_TYPE_DATA",
  ingest: "NODE_TYPE_INGEST",
};

const nodeStatuses: Readonly<Record<NodeStatus, NodeStatus__Output>> = {
  healthy: "NODE_STATUS_HEALTHY",
  degraded: "NODE_STATUS_DEGRADED",
  unhealthy: "NODE_STATUS_UNHEALTHY",
  offline: "NODE_STATUS_OFFLINE",
};

/** The cluster's status as the API names it. */
export function toClusterStatus(status: HealthStatus): ClusterStatus__Output {
  return `CLUSTER_STATUS_${status}`;
}

/** What is published of a shard to clients that know only primaries. */
export function publishedOf(shard: ShardRecord): Published {
  const primary = primaryOf(shard);
  if (primary === undefined || primary.state === "UNASSIGNED") {
    return { nodeId: "", state: "UNASSIGNED" };
  }
  const usable = primary.state === "RELOCATING" || primary.state === "STARTED";
  return { nodeId: primary.nodeId, state: usable ? "STARTED" : "INITIALIZING" };
}

/** An index's metadata; lists leave the mappings out, because a message has a limit. */
export function toIndexMetadata(record: IndexRecord, withMappings: boolean): IndexMetadata {
  const { settings } = record;
  return {
    index_name: record.name,
    index_uuid: record.uuid,
    version: record.version,
    settings: {
      number_of_shards: settings.numberOfShards,
      number_of_replicas: settings.numberOfReplicas,
      refresh_interval: settings.refreshInterval,
      compression: settings.compression,
      tiering: {
        default_tier: settings.tiering.defaultTier,
        tier_rules: settings.tiering.tierRules,
      },
      node_left_delayed_timeout_ms: settings.delayedTimeoutMs,
      custom: settings.custom,
    },
    mappings: withMappings ? record.mappings : {},
    aliases: record.aliases,
    state: record.state === "open" ? "INDEX_STATE_OPEN" : "INDEX_STATE_CLOSED",
    created_at: toTimestamp(record.createdAtMs),
  };
}

/** An index's routing with every copy. */
export function toIndexRouting(record: IndexRecord): IndexRoutingTable {
  const shards: Record<number, ShardRouting> = {};
  for (const shard of record.shards) shards[shard.number] = toShardRouting(shard);
  return { index_name: record.name, shards };
}

/** One shard with every copy. */
export function toShardRouting(shard: ShardRecord): ShardRouting {
  const { nodeId, state } = publishedOf(shard);
  return {
    shard_id: shard.number,
    is_primary: true,
    allocation: { node_id: nodeId, state: `SHARD_STATE_${state}` },
    copies: shard.copies.map((copy) => toCopy(copy, shard)),
    primary_term: shard.primaryTerm,
    in_sync_allocation_ids: [...shard.inSync],
  };
}

/** Where one copy is. */
export function toAllocation(copy: ShardCopy): ShardAllocation {
  const nodeId = copy.state === "UNASSIGNED" ? "" : copy.nodeId;
  return { node_id: nodeId, state: `SHARD_STATE_${copy.state}` };
}

/** A node as registered; `lastSeenMs` undefined = this member does not know. */
export function toNodeInfo(node: NodeRecord, lastSeenMs: number | undefined): NodeInfo {
  return {
    node_id: node.nodeId,
    node_name: node.nodeId,
    node_type: nodeTypes[node.nodeType],
    bind_addr: node.bindAddr,
    grpc_port: node.grpcPort,
    attributes: {
      storage_tier: node.attributes.storageTier,
      max_shards: node.attributes.maxShards,
      simd_enabled: node.attributes.simdEnabled,
      version: node.attributes.version,
      labels: node.attributes.labels,
    },
    status: nodeStatuses[node.status],
    joined_at: toTimestamp(node.joinedAtMs),
    ...(lastSeenMs === undefined ? {} : { last_seen: toTimestamp(lastSeenMs) }),
    capabilities: [...node.capabilities],
    status_reason: node.statusReason,
    dangling_shards: node.dangling.map((shard) => ({
      index_name: shard.indexName,
      index_uuid: shard.indexUuid,
      shard_id: shard.shard,
    })),
  };
}

/** The leader as every member names it; empty id = none known. */
export function toMasterNode(leader: LeaderView): MasterNode {
  return {
    node_id: leader.nodeId,
    node_name: leader.nodeId,
    term: leader.epoch,
    ...(leader.electedAtMs === 0 ? {} : { elected_at: toTimestamp(leader.electedAtMs) }),
  };
}

function toCopy(copy: ShardCopy, shard: ShardRecord): WireCopy {
  const base = {
    allocation_id: copy.allocationId,
    is_primary: isPrimary(copy.role),
    node_id: copy.nodeId,
    state: `SHARD_STATE_${copy.state}` as const,
  };
  switch (copy.state) {
    case "UNASSIGNED":
      return {
        ...base,
        unassigned_reason: copy.reason,
        unassigned_since: toTimestamp(copy.sinceMs),
        failed_attempts: copy.failedAttempts,
        unassigned_detail: copy.detail,
      };
    case "INITIALIZING":
      return { ...base, failed_attempts: copy.failedAttempts };
    case "STARTED":
      return base;
    case "RELOCATING": {
      const target = shard.copies.find((other) => other.slot === copy.targetSlot);
      return { ...base, relocating_node_id: target?.nodeId ?? "" };
    }
  }
}

function isPrimary(role: CopyRole): boolean {
  return role === "primary";
}

function toTimestamp(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1e6) };
}
