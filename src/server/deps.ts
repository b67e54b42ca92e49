/**
 * What the server needs from the rest of the process, as interfaces that the composition root
 * fills. The server decides nothing about consensus, liveness or placement: it asks these.
 */
import type { Clock } from "../base/clock.js";
import type { Logger } from "../base/log.js";
import type { MemberAdmin } from "../controlplane/admin.js";
import type { ControlPlane } from "../controlplane/port.js";
import type { ClusterMetrics } from "./metrics.js";

/** What a node says about itself in a heartbeat; all finite. */
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

/** What the primary of a shard last reported. */
export interface ShardFigures {
  readonly indexName: string;
  readonly shard: number;
  readonly docsCount: number;
  readonly sizeBytes: number;
}

/** Liveness of data nodes; only the leader's knows anything. */
export interface NodeReports {
  /** A registered node said that it is alive. Called on the leader only. */
  heartbeat(nodeId: string, stats: ReportedStats): void;
  /** When the node was last heard of, by the wall clock; undefined = not known here. */
  lastSeenMs(nodeId: string): number | undefined;
  /** What the primaries of all shards last reported; nothing on members that do not lead. */
  shardFigures(): Iterable<ShardFigures>;
  /**
   * Whether `nodeId` may register from `address`; false only when the address it is known by
   * still answers as this very node.
   */
  mayRegister(nodeId: string, address: NodeAddress): Promise<boolean>;
}

/** Where a data node is reached. */
export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

/** This member as operators see it. Numbers only for display. */
export interface RaftStatus {
  readonly isLeader: boolean;
  readonly term: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  /** Voting members of the applied configuration, or 0 when unknown. */
  readonly votersCount: number;
  /** The log's disk; undefined before the member takes part. */
  readonly wal: WalFigures | undefined;
  /** Messages to and from peers that were dropped. */
  readonly droppedMessages: number;
  /** Hash over the applied state, to compare members at equal `appliedIndex`; empty at first. */
  readonly stateHash: string;
  /** This member's data is not trusted: it serves nobody. */
  readonly isSuspect: boolean;
  /** What this member finds out about itself; undefined before it takes part. */
  readonly care: CareFigures | undefined;
}

/** What a member finds out about its disk, its peers' states, and how far they lag. */
export interface CareFigures {
  /** Free bytes under the data directory; undefined when the disk does not say. */
  readonly diskFreeBytes: number | undefined;
  readonly diskLow: boolean;
  readonly droppedAppendsCount: number;
  /** Members whose state differs from this one's. */
  readonly differingMembersCount: number;
  /** Empty on members that do not lead. */
  readonly lags: readonly {
    readonly memberId: number;
    readonly entriesCount: number;
    readonly seconds: number;
  }[];
}

/** How the log's disk fares since the start. */
export interface WalFigures {
  readonly batchesCount: number;
  readonly writtenBytes: number;
  readonly queuedCount: number;
  readonly lastSyncMs: number;
  readonly maxSyncMs: number;
}

/** What the gRPC and the HTTP server share. */
export interface ServerDeps {
  readonly controlPlane: ControlPlane;
  readonly nodeReports: NodeReports;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: ClusterMetrics;
  /** A fresh allocation id. */
  readonly newId: () => string;
  readonly raftStatus: () => RaftStatus;
  /** Absent where the members are not ours to change. */
  readonly memberAdmin?: MemberAdmin;
}
