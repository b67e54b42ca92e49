/** What a member is told and given when it is opened, and the figures it tells of itself. */
import type { Clock } from "../../base/clock.js";
import type { Logger } from "../../base/log.js";
import type { Random } from "../../base/random.js";
import type { Disk } from "../../storage/disk.js";
import type { OpenKeyValue } from "../../storage/key-value.js";
import type { ProcessLock } from "../../storage/process-lock.js";
import type { ThreadedOptions } from "../../storage/wal/threaded-wal.js";
import type { OpenedWal, WalStats } from "../../storage/wal/wal.js";
import type { GrpcTransportOptions } from "../../transport/grpc-transport.js";
import type { PeerHandlers, Transport } from "../../transport/types.js";
import type { SnapshotPolicy } from "./persistence.js";

/** What a member is told. Addresses are host:port. */
export interface MemberOptions {
  readonly nodeId: string;
  readonly dataDir: string;
  readonly listenAddress: string;
  readonly peerAddress: string;
  readonly grpcAddress: string;
  /** Configured peer addresses; empty forms a single member. */
  readonly peers: readonly string[];
  /** The cluster this member must belong to, if the operator said so. */
  readonly clusterUuid: string | undefined;
  /** With an empty data directory: wait to be added to the cluster that `peers` belong to. */
  readonly join: boolean;
  readonly tickMs: number;
  readonly electionTimeoutTicks: number;
  readonly appendEntriesCountMax: number;
  readonly walSegmentBytes: number;
  readonly snapshot: SnapshotPolicy;
  /** Less free space than this under the data directory is nearly full. */
  readonly diskLowBytes: number;
}

/** What a member is given. */
export interface OpenDeps {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly soon: (callback: () => void) => void;
  /** A random positive safe integer. */
  readonly newId: () => number;
  /** 22 characters of base64url. */
  readonly newUuid: () => string;
  readonly newClusterUuid: () => string;
  /** The member cannot go on; the process must end with the error's code. */
  readonly onFatal: (error: unknown) => void;
  /** Nobody must be sent here any more; {@link onFatal} follows. Absent: nobody asks. */
  readonly onQuarantine?: () => void;
  /** Absent: the log runs in a thread of its own. */
  readonly openWal?: (options: ThreadedOptions) => Promise<OpenedWal>;
  /** Absent: keys and values are in LevelDB. */
  readonly openKeyValue?: OpenKeyValue;
  /** Absent: the lock is a store of keys and values in its directory. */
  readonly acquireLock?: (lockDirectory: string) => Promise<ProcessLock>;
  /** Absent: members talk over gRPC. */
  readonly createTransport?: (options: GrpcTransportOptions, handlers: PeerHandlers) => Transport;
}

/** How far a member is behind its leader. */
export interface MemberLag {
  readonly memberId: number;
  readonly entriesCount: number;
  /** How long ago the leader had no more than the member has. */
  readonly seconds: number;
}

/** What a member finds out about itself and its peers. */
export interface CareFigures {
  /** Undefined when the disk does not say. */
  readonly diskFreeBytes: number | undefined;
  readonly diskLow: boolean;
  /** Appends that were dropped because the disk is nearly full. */
  readonly droppedAppendsCount: number;
  /** Members whose state differs from this one's. */
  readonly differingMembersCount: number;
  /** Empty unless this member leads. */
  readonly lags: readonly MemberLag[];
}

/** A member's figures, for metrics and health. */
export interface MemberStatus {
  readonly memberId: number;
  readonly role: string;
  readonly term: number;
  readonly commitLogIndex: number;
  readonly appliedLogIndex: number;
  readonly lastLogIndex: number;
  readonly votersCount: number;
  readonly stateHash: string;
  /** What this member finds out about itself and its peers. */
  readonly care: CareFigures;
  readonly connectedPeers: number;
  readonly droppedMessages: number;
  readonly wal: WalStats;
}
