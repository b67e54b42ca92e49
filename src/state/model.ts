/**
 * What the cluster is: immutable values with structural sharing. Readers, watchers and the planner
 * hold old versions for as long as they like; only `apply` makes new ones. Nothing here knows how
 * the state is agreed upon or stored.
 */
import type { PersistentMap } from "../base/persistent-map.js";

/** What kind of process a node is. */
export type NodeType = "unknown" | "master" | "coordination" | "data" | "ingest";

/** The leader's verdict about a node; OFFLINE nodes stay listed until they are unregistered. */
export type NodeStatus = "healthy" | "degraded" | "unhealthy" | "offline";

/**
 * What a data node can do beyond the existing Go node. `peer_recovery`: copies a shard from its
 * primary's node, takes role and term updates, reports shards with allocation ids, deletes files.
 * `fencing`: refuses orders of another cluster or a lower epoch, and remembers the highest.
 */
export type Capability = "peer_recovery" | "fencing";

/** Attributes as registered. `maxShards` 0 = no limit. `labels` are operator's key-value pairs. */
export interface NodeAttributes {
  readonly storageTier: string;
  readonly maxShards: number;
  readonly simdEnabled: boolean;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A shard that a node reports and that the state gives no reason to delete or to adopt. */
export interface DanglingShard {
  readonly indexName: string;
  /** Empty when the node does not report uuids. */
  readonly indexUuid: string;
  readonly shard: number;
}

/** A registered node. `lastSeen` is not here: liveness stays in the leader's memory. */
export interface NodeRecord {
  readonly nodeId: string;
  readonly nodeType: NodeType;
  /** Host or IP, without port; never a wildcard. */
  readonly bindAddr: string;
  readonly grpcPort: number;
  readonly attributes: NodeAttributes;
  /** Sorted. */
  readonly capabilities: readonly Capability[];
  readonly status: NodeStatus;
  /** Why the status is what it is, in words; empty when healthy. */
  readonly statusReason: string;
  /** Counts registrations of this id, so that a restarted process can be told apart. */
  readonly incarnation: number;
  readonly joinedAtMs: number;
  /** Sorted by index name, then shard; bounded by limits.danglingShardsPerNodeMax. */
  readonly dangling: readonly DanglingShard[];
}

/** Field types of a mapping (quidditch.master.FieldMapping). */
export interface FieldMapping {
  readonly type: string;
  readonly index: boolean;
  readonly store: boolean;
  readonly analyzer: string;
  readonly properties: Readonly<Record<string, FieldMapping>>;
}

/** Settings of an index. Absent optional values take the node's default. */
export interface IndexSettings {
  readonly numberOfShards: number;
  readonly numberOfReplicas: number;
  readonly refreshInterval: string;
  readonly compression: { readonly codec: string; readonly level: number };
  readonly tiering: {
    readonly defaultTier: string;
    readonly tierRules: Readonly<Record<string, string>>;
  };
  /** `index.unassigned.node_left.delayed_timeout`, 60 000 by default. */
  readonly delayedTimeoutMs: number;
  /** Other OpenSearch settings by flat name (`index.routing.…`), kept as strings. */
  readonly custom: Readonly<Record<string, string>>;
}

/** Whether an index takes part in search. */
export type IndexState = "open" | "closed";

/** An index with its shards; `shards[n].number === n`. */
export interface IndexRecord {
  readonly name: string;
  readonly uuid: string;
  /** Version of the metadata: the cluster version at its last change of settings or the like. */
  readonly version: number;
  readonly settings: IndexSettings;
  readonly mappings: Readonly<Record<string, FieldMapping>>;
  /** Alias to filter (empty = none), as in CreateIndexRequest. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly state: IndexState;
  readonly createdAtMs: number;
  readonly shards: readonly ShardRecord[];
}

/** One shard of an index. */
export interface ShardRecord {
  readonly number: number;
  /** Cluster version of the last change of this record: the precondition of decisions about it. */
  readonly version: number;
  /** Grows whenever another copy, or the same one after an interruption, becomes primary. */
  readonly primaryTerm: number;
  /** Allocation ids of copies that hold every acknowledged document; sorted. */
  readonly inSync: readonly string[];
  /** Whether a primary was ever started: if so no primary may be created empty again. */
  readonly everStarted: boolean;
  /** Sorted by slot; exactly one has role primary, except relocation targets of a primary. */
  readonly copies: readonly ShardCopy[];
  /** Copies replaced elsewhere whose node has not yet confirmed their deletion; bounded. */
  readonly superseded: readonly SupersededCopy[];
}

/** Role of a copy. */
export type CopyRole = "primary" | "replica";

/** Where an initializing copy gets its documents from. */
export type RecoverySource = "empty" | "peer";

/** Why a copy is unassigned. */
export type UnassignedReason =
  | "index_created"
  | "replica_added"
  | "node_left"
  | "copy_missing"
  | "allocation_failed"
  | "primary_failed"
  | "relocation_cancelled";

interface CopyBase {
  /** Identifies the copy within its shard; not reused while the copy exists. */
  readonly slot: number;
  readonly role: CopyRole;
}

/** On no node. `nodeId` and `allocationId` are of its last assignment, or empty. */
export interface UnassignedCopy extends CopyBase {
  readonly state: "UNASSIGNED";
  readonly nodeId: string;
  readonly allocationId: string;
  readonly reason: UnassignedReason;
  readonly sinceMs: number;
  /** Failed tries in a row. */
  readonly failedAttempts: number;
  /** The last failure in words; empty when there was none. */
  readonly detail: string;
}

/** Ordered onto a node, not yet usable. */
export interface InitializingCopy extends CopyBase {
  readonly state: "INITIALIZING";
  readonly nodeId: string;
  readonly allocationId: string;
  readonly source: RecoverySource;
  /** Slot of the copy that this one will replace when it is a relocation target, else -1. */
  readonly relocatesSlot: number;
  readonly sinceMs: number;
  readonly failedAttempts: number;
}

/** Usable. */
export interface StartedCopy extends CopyBase {
  readonly state: "STARTED";
  readonly nodeId: string;
  readonly allocationId: string;
}

/** Usable, and being moved to the copy in `targetSlot`. */
export interface RelocatingCopy extends CopyBase {
  readonly state: "RELOCATING";
  readonly nodeId: string;
  readonly allocationId: string;
  readonly targetSlot: number;
}

/** One copy of a shard. */
export type ShardCopy = UnassignedCopy | InitializingCopy | StartedCopy | RelocatingCopy;

/** Evidence that this very copy may be deleted from its node. */
export interface SupersededCopy {
  readonly nodeId: string;
  readonly allocationId: string;
}

/** A deleted index, remembered until every node that held copies confirmed their deletion. */
export interface Tombstone {
  readonly indexUuid: string;
  readonly indexName: string;
  readonly deletedAtMs: number;
  /** Node id to shard numbers it held; nodes that cannot delete files stay listed. */
  readonly holders: Readonly<Record<string, readonly number[]>>;
}

/** Everything the members agree on. */
export interface ClusterState {
  /** Grows by one for each committed entry that changed anything. */
  readonly version: number;
  /** Empty until the cluster was initialized. */
  readonly clusterUuid: string;
  readonly clusterName: string;
  /** Gates behaviour of apply: see versions.ts. */
  readonly featureVersion: number;
  /** Cluster settings by flat name. */
  readonly settings: Readonly<Record<string, string>>;
  readonly nodes: PersistentMap<NodeRecord>;
  /** By name. */
  readonly indices: PersistentMap<IndexRecord>;
  /** By index uuid. */
  readonly tombstones: PersistentMap<Tombstone>;
}

/** Whether a copy can serve documents. */
export function isActive(copy: ShardCopy): copy is StartedCopy | RelocatingCopy {
  return copy.state === "STARTED" || copy.state === "RELOCATING";
}

/** The copy that is, or will be again, the primary; undefined only in a damaged record. */
export function primaryOf(shard: ShardRecord): ShardCopy | undefined {
  return shard.copies.find((copy) => copy.role === "primary" && !isRelocationTarget(copy));
}

/** Whether a copy exists only to take the place of another one. */
export function isRelocationTarget(copy: ShardCopy): boolean {
  return copy.state === "INITIALIZING" && copy.relocatesSlot >= 0;
}

/** Whether a node has a capability. */
export function hasCapability(node: NodeRecord, capability: Capability): boolean {
  return node.capabilities.includes(capability);
}
