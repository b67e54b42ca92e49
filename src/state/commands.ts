/**
 * Every command that can be committed, and what applying one gives back. A command carries a
 * decision, never a computation: time, ids and chance are stamped by the leader before it is
 * appended. A member that does not know a kind stops before it applies it.
 */
import type { ErrorCode, ErrorDetails } from "../base/errors.js";
import type {
  Capability,
  DanglingShard,
  FieldMapping,
  IndexSettings,
  NodeAttributes,
  NodeStatus,
  NodeType,
  RecoverySource,
} from "./model.js";

/** Optimistic locking: a mismatch is `version_conflict` with the current version. */
export interface IndexPrecondition {
  /** Expected metadata version of the index (`IndexRecord.version`). */
  readonly expectedVersion?: number;
  readonly expectedUuid?: string;
}

/** Names the cluster once; committed by the first leader. */
export interface ClusterInit {
  readonly kind: "cluster.init";
  readonly clusterUuid: string;
  readonly clusterName: string;
}

/** Sets (string) or removes (null) cluster settings by flat name. */
export interface ClusterSettingsUpdate {
  readonly kind: "cluster.settings";
  readonly changes: Readonly<Record<string, string | null>>;
}

/** A node process started, or said so again. */
export interface NodeRegister {
  readonly kind: "node.register";
  readonly nodeId: string;
  readonly nodeType: NodeType;
  readonly bindAddr: string;
  readonly grpcPort: number;
  readonly attributes: NodeAttributes;
  readonly capabilities: readonly Capability[];
}

/** A node process said good-bye: it vanishes from the list, its copies become unassigned. */
export interface NodeUnregister {
  readonly kind: "node.unregister";
  readonly nodeId: string;
}

/** The leader's verdict about a node's health. OFFLINE unassigns its copies. */
export interface NodeVerdict {
  readonly kind: "node.verdict";
  readonly epoch: number;
  readonly nodeId: string;
  readonly status: NodeStatus;
  readonly reason: string;
  /** The registration that was judged; a newer one voids the verdict. */
  readonly incarnation: number;
}

/** Replaces the list of dangling shards of a node. */
export interface NodeDangling {
  readonly kind: "node.dangling";
  readonly epoch: number;
  readonly nodeId: string;
  readonly dangling: readonly DanglingShard[];
}

export interface IndexCreate {
  readonly kind: "index.create";
  readonly name: string;
  readonly settings: IndexSettings;
  readonly mappings: Readonly<Record<string, FieldMapping>>;
  readonly aliases: Readonly<Record<string, string>>;
}

export interface IndexDelete extends IndexPrecondition {
  readonly kind: "index.delete";
  readonly name: string;
}

/** What UpdateIndexSettings may change; absent = unchanged. */
export interface IndexSettingsPatch {
  readonly numberOfReplicas?: number;
  readonly refreshInterval?: string;
  readonly compression?: IndexSettings["compression"];
  readonly tiering?: IndexSettings["tiering"];
  readonly delayedTimeoutMs?: number;
  readonly custom?: Readonly<Record<string, string | null>>;
}

export interface IndexSettingsUpdate extends IndexPrecondition {
  readonly kind: "index.settings";
  readonly name: string;
  readonly patch: IndexSettingsPatch;
}

/** Which shard, and the version of its record that a decision was based on. */
export interface ShardRef {
  readonly indexName: string;
  readonly indexUuid: string;
  readonly shard: number;
}

/** One decision of the allocation loop. */
export type Assignment =
  /** An unassigned copy is ordered onto a node under a new allocation id. */
  | (ShardRef & {
      readonly action: "assign";
      readonly expectedShardVersion: number;
      readonly slot: number;
      readonly nodeId: string;
      readonly allocationId: string;
      readonly source: RecoverySource;
    })
  /** An unassigned copy that is still in-sync is found on its returned node: STARTED at once. */
  | (ShardRef & {
      readonly action: "resume";
      readonly expectedShardVersion: number;
      readonly slot: number;
    })
  /** A started copy starts to move: a new copy under `allocationId` on `nodeId` will replace it. */
  | (ShardRef & {
      readonly action: "relocate";
      readonly expectedShardVersion: number;
      readonly slot: number;
      readonly nodeId: string;
      readonly allocationId: string;
    })
  /** The started, in-sync replica in `slot` becomes primary in place of the present one. */
  | (ShardRef & {
      readonly action: "swapPrimary";
      readonly expectedShardVersion: number;
      readonly slot: number;
    });

/** Decisions about copies, many in one entry; each is accepted or rejected by itself. */
export interface ShardAssign {
  readonly kind: "shard.assign";
  /** Leadership epoch it was decided under; 0 = an operator's, not fenced. */
  readonly epoch: number;
  /** Why, for people: "index created", "node n4 joined", … */
  readonly reason: string;
  readonly assignments: readonly Assignment[];
}

/** A copy reported usable. For a replica this is the primary's in-sync addition. */
export interface ShardStartedItem extends ShardRef {
  readonly allocationId: string;
  /** Primary term the report was made under; 0 = reporter cannot know it (Go node). */
  readonly primaryTerm: number;
}

export interface ShardStarted {
  readonly kind: "shard.started";
  readonly items: readonly ShardStartedItem[];
}

/** A copy that failed, is missing on its node, or was failed by its primary. */
export interface ShardFailedItem extends ShardRef {
  readonly allocationId: string;
  readonly reason: "allocation_failed" | "copy_missing" | "primary_failed";
  readonly detail: string;
  /** Set when the primary failed an in-sync replica: rejected unless both are current. */
  readonly byPrimary?: { readonly allocationId: string; readonly primaryTerm: number };
}

export interface ShardFailed {
  readonly kind: "shard.failed";
  /** 0 = reported by a node, not fenced. */
  readonly epoch: number;
  readonly items: readonly ShardFailedItem[];
}

/** A node confirmed that it no longer holds something the state told it to delete. */
export interface ShardCleaned {
  readonly kind: "shard.cleaned";
  readonly epoch: number;
  readonly nodeId: string;
  readonly superseded: readonly (ShardRef & { readonly allocationId: string })[];
  /** Index uuids whose tombstone no longer needs this node. */
  readonly tombstones: readonly string[];
}

/** Everything that can be committed. */
export type Command =
  | ClusterInit
  | ClusterSettingsUpdate
  | NodeRegister
  | NodeUnregister
  | NodeVerdict
  | NodeDangling
  | IndexCreate
  | IndexDelete
  | IndexSettingsUpdate
  | ShardAssign
  | ShardStarted
  | ShardFailed
  | ShardCleaned;

/** What the leader stamped on the entry, plus what earlier entries established. */
export interface ApplyContext {
  /** Leader's wall clock, never before that of the previous entry. */
  readonly nowMs: number;
  /** 22 characters of base64url, fresh for each entry: the uuid of what the entry creates. */
  readonly uuid: string;
  /** Epoch of the newest leader whose first entry was applied before this one. */
  readonly epoch: number;
}

/** A deterministic rejection; nothing changed. */
export interface Rejection {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
}

/** The outcome of one item of a batch. */
export type ItemResult = { readonly ok: true } | ({ readonly ok: false } & Rejection);

/** The outcome of a command. */
export type CommandResult =
  | {
      readonly ok: true;
      /** Uuid of the index created, changed or deleted; empty otherwise. */
      readonly indexUuid: string;
      /** One per item of a batch command, in order; empty otherwise. */
      readonly items: readonly ItemResult[];
    }
  | ({ readonly ok: false } & Rejection);
