/**
 * What the controller says to a data node and hears from it, in its own words: the vocabulary
 * shared by the client, the reconciler and the fakes of tests. No wire types, no calls.
 */
import type { RecoverySource } from "../state/model.js";

/** One shard as its node reports it. A node without peer recovery fills in the first two only. */
export interface ReportedShard {
  readonly indexName: string;
  readonly shard: number;
  /** Empty when the node does not know it. */
  readonly indexUuid: string;
  /** Empty when the node does not know it. */
  readonly allocationId: string;
  readonly primaryTerm: number;
  readonly isPrimary: boolean;
  readonly phase: "initializing" | "started" | "unknown";
  /** Version of the shard record that the node last obeyed; 0 = none. */
  readonly shardVersion: number;
  /** Why the copy could not recover; empty while it could. */
  readonly failure: string;
  /** For display, as of the report. */
  readonly docsCount: number;
  readonly sizeBytes: number;
}

/** What the primary of a shard last reported, for display. */
export interface ShardFigures {
  readonly indexName: string;
  readonly shard: number;
  readonly docsCount: number;
  readonly sizeBytes: number;
}

/** What a node says about itself, in numbers for display. */
export interface ReportedStats {
  readonly totalShards: number;
  readonly docsCount: number;
  readonly storeSizeBytes: number;
  readonly cpuUsagePercent: number;
  readonly memoryUsagePercent: number;
  readonly diskUsagePercent: number;
  readonly searchQueriesPerSec: number;
  readonly indexingRatePerSec: number;
}

/** The answer to a probe. */
export interface NodeAnswer {
  readonly nodeId: string;
  readonly stats: ReportedStats;
  /** The cluster whose orders the node obeys; empty when it has none or does not fence. */
  readonly clusterUuid: string;
  /** Only when shards were asked for. */
  readonly shards: readonly ReportedShard[];
}

/** Another copy of a shard, as told to a node. */
export interface Peer {
  readonly nodeId: string;
  /** host:port. */
  readonly address: string;
  readonly allocationId: string;
  readonly inSync: boolean;
}

interface OrderBase {
  readonly nodeId: string;
  readonly indexName: string;
  readonly indexUuid: string;
  readonly shard: number;
  /** Empty only for a DeleteShard of a deleted index on a node that knows no allocation ids. */
  readonly allocationId: string;
  readonly primaryTerm: number;
}

/** Make a copy. */
export interface CreateOrder extends OrderBase {
  readonly kind: "create";
  readonly primary: boolean;
  readonly source: RecoverySource;
  readonly settings: Readonly<Record<string, string>>;
  /** The primary to copy from; present exactly when the source is peer. */
  readonly from: Peer | undefined;
  /** Version of the shard record that the order was made from; not sent. */
  readonly shardVersion: number;
}

/** Learn role, term and peers of a copy. */
export interface UpdateOrder extends OrderBase {
  readonly kind: "update";
  readonly primary: boolean;
  readonly peers: readonly Peer[];
  readonly shardVersion: number;
}

/** Give up a copy. */
export interface DeleteOrder extends OrderBase {
  readonly kind: "delete";
}

/** Everything that a node may be told to do about a shard. */
export type Order = CreateOrder | UpdateOrder | DeleteOrder;

/** Under whose name an order is given; what a node with `fencing` checks. */
export interface OrderAuthority {
  readonly clusterUuid: string;
  readonly epoch: number;
}
