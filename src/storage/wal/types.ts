/**
 * What goes into the log and what comes out of it at open. Data only. The log knows entries as
 * opaque bytes with a position and a term, and never decides anything about consensus.
 */
import type { Entry, HardState, MemberId } from "../../raft/types.js";

/** Whose log this is; every segment names both, and another's segments are refused. */
export interface WalIdentity {
  readonly memberId: MemberId;
  /** The UUID of the formation; a log exists only after it is known. */
  readonly clusterId: string;
}

/** A position with the term of its entry. */
export interface LogMarker {
  readonly logIndex: number;
  readonly term: number;
}

/** One append: durable as a whole before its `seq` is reported. */
export interface WalBatch {
  /** Given by the caller, increasing; reported when this append and all before it are durable. */
  readonly seq: number;
  readonly hardState?: HardState | undefined;
  /** Contiguous; the first one's position truncates what the log holds from there on. */
  readonly entries: readonly Entry[];
  /**
   * A snapshot was installed (its file is durable already): the log forgets all entries and goes
   * on at the position behind it. Snapshots that this member took itself are not written here;
   * they allow `truncatePrefix`.
   */
  readonly snapshot?: LogMarker | undefined;
}

/** The log's state apart from its entries; every segment header carries it as of its start. */
export interface WalState {
  readonly hardState: HardState;
  /** The last installed snapshot, or position 0. */
  readonly marker: LogMarker;
  /** Entries up to here were given up by the caller and may be missing. */
  readonly floorLogIndex: number;
  /** Position of the last entry, or of the marker when it is later. */
  readonly lastLogIndex: number;
}

/** What a segment says of itself. */
export interface SegmentHeader {
  readonly sequence: number;
  /** Size of the file, which is full-length from the moment it has its name. */
  readonly byteLength: number;
  readonly memberId: number;
  /** Hexadecimal; a digest of the id. */
  readonly clusterHash: string;
  /** Number of the first batch in it. */
  readonly batchNo: number;
  /** Chain value of the batch before. */
  readonly prevChain: number;
  /** The log's state before its first batch. */
  readonly state: WalState;
}

/** A position that something outside the log claims to have seen durable in it. */
export interface LogWitness {
  /** Who says so, as operators call it: "the state store". */
  readonly source: string;
  readonly logIndex: number;
}

/** What recovery did besides reading. */
export type WalFinding =
  | { readonly kind: "created" }
  | { readonly kind: "clean" }
  | {
      readonly kind: "torn";
      readonly file: string;
      /** Where the unsynced batch began. */
      readonly offset: number;
      readonly bytes: number;
      /** The copy of what was cut. */
      readonly copy: string;
    };

/** What the log held at open. */
export interface RecoveredLog {
  readonly hardState: HardState;
  readonly marker: LogMarker;
  /** The caller needs a snapshot at or above this position; entries start right behind it. */
  readonly floorLogIndex: number;
  readonly lastLogIndex: number;
  /** Contiguous from `floorLogIndex + 1` to `lastLogIndex`. */
  readonly entries: readonly Entry[];
  readonly finding: WalFinding;
  readonly segmentCount: number;
}

/** What an empty log starts from. */
export const emptyWalState: WalState = {
  hardState: { term: 0, vote: 0, commit: 0 },
  marker: { logIndex: 0, term: 0 },
  floorLogIndex: 0,
  lastLogIndex: 0,
};
