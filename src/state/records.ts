/**
 * The codecs of the records of the state, as they are stored, hashed and sent between members. A
 * field added here is a change of format.
 */
import {
  boolean,
  integer,
  lazily,
  list,
  natural,
  object,
  oneOf,
  record,
  string,
  union,
  withText,
  type Codec,
  type TextCodec,
} from "./codec.js";
import type {
  ClusterState,
  DanglingShard,
  FieldMapping,
  IndexRecord,
  IndexSettings,
  NodeAttributes,
  NodeRecord,
  ShardCopy,
  ShardRecord,
  SupersededCopy,
  Tombstone,
} from "./model.js";

/** Everything of an index but its shards, which are items of their own. */
export type IndexMetadata = Omit<IndexRecord, "shards">;

/** What is said of the cluster as a whole. */
export type ClusterMeta = Pick<
  ClusterState,
  "version" | "clusterUuid" | "clusterName" | "featureVersion"
>;

/** Codec of {@link NodeAttributes}. */
export const nodeAttributesCodec: Codec<NodeAttributes> = object<NodeAttributes>({
  storageTier: string,
  maxShards: natural,
  simdEnabled: boolean,
  version: string,
  labels: record(string),
});

/** Codec of {@link DanglingShard}. */
export const danglingShardCodec: Codec<DanglingShard> = object<DanglingShard>({
  indexName: string,
  indexUuid: string,
  shard: natural,
});

/** Codec of node types. */
export const nodeTypeCodec: Codec<NodeRecord["nodeType"]> = oneOf(
  "unknown",
  "master",
  "coordination",
  "data",
  "ingest",
);

/** Codec of node statuses. */
export const nodeStatusCodec: Codec<NodeRecord["status"]> = oneOf(
  "healthy",
  "degraded",
  "unhealthy",
  "offline",
);

/** Codec of capabilities. */
export const capabilityCodec: Codec<NodeRecord["capabilities"][number]> = oneOf(
  "peer_recovery",
  "fencing",
);

/** Codec of {@link NodeRecord}. */
export const nodeCodec: TextCodec<NodeRecord> = withText(
  object<NodeRecord>({
    nodeId: string,
    nodeType: nodeTypeCodec,
    bindAddr: string,
    grpcPort: natural,
    attributes: nodeAttributesCodec,
    capabilities: list(capabilityCodec),
    status: nodeStatusCodec,
    statusReason: string,
    incarnation: natural,
    joinedAtMs: natural,
    dangling: list(danglingShardCodec),
  }),
);

/** Codec of {@link FieldMapping}, which nests. */
export const fieldMappingCodec: Codec<FieldMapping> = object<FieldMapping>({
  type: string,
  index: boolean,
  store: boolean,
  analyzer: string,
  properties: record(lazily(() => fieldMappingCodec)),
});

/** Codec of compression settings. */
export const compressionCodec: Codec<IndexSettings["compression"]> = object<
  IndexSettings["compression"]
>({ codec: string, level: integer });

/** Codec of tiering settings. */
export const tieringCodec: Codec<IndexSettings["tiering"]> = object<IndexSettings["tiering"]>({
  defaultTier: string,
  tierRules: record(string),
});

/** Codec of {@link IndexSettings}. */
export const indexSettingsCodec: TextCodec<IndexSettings> = withText(
  object<IndexSettings>({
    numberOfShards: natural,
    numberOfReplicas: natural,
    refreshInterval: string,
    compression: compressionCodec,
    tiering: tieringCodec,
    delayedTimeoutMs: natural,
    custom: record(string),
  }),
);

/** Codec of an index without its shards. */
export const indexMetadataCodec: TextCodec<IndexMetadata> = withText(
  object<IndexMetadata>({
    name: string,
    uuid: string,
    version: natural,
    settings: indexSettingsCodec,
    mappings: record(fieldMappingCodec),
    aliases: record(string),
    state: oneOf("open", "closed"),
    createdAtMs: natural,
  }),
);

type CopyIn<S extends ShardCopy["state"]> = Extract<ShardCopy, { readonly state: S }>;

const roleCodec = oneOf("primary", "replica");

/** Codec of where a copy recovers from. */
export const recoverySourceCodec: Codec<CopyIn<"INITIALIZING">["source"]> = oneOf("empty", "peer");

const copyCodec: Codec<ShardCopy> = union<ShardCopy, "state">("state", {
  UNASSIGNED: object<CopyIn<"UNASSIGNED">>({
    slot: natural,
    role: roleCodec,
    state: oneOf("UNASSIGNED"),
    nodeId: string,
    allocationId: string,
    reason: oneOf(
      "index_created",
      "replica_added",
      "node_left",
      "copy_missing",
      "allocation_failed",
      "primary_failed",
      "relocation_cancelled",
    ),
    sinceMs: natural,
    failedAttempts: natural,
    detail: string,
  }),
  INITIALIZING: object<CopyIn<"INITIALIZING">>({
    slot: natural,
    role: roleCodec,
    state: oneOf("INITIALIZING"),
    nodeId: string,
    allocationId: string,
    source: recoverySourceCodec,
    relocatesSlot: integer,
    sinceMs: natural,
    failedAttempts: natural,
  }),
  STARTED: object<CopyIn<"STARTED">>({
    slot: natural,
    role: roleCodec,
    state: oneOf("STARTED"),
    nodeId: string,
    allocationId: string,
  }),
  RELOCATING: object<CopyIn<"RELOCATING">>({
    slot: natural,
    role: roleCodec,
    state: oneOf("RELOCATING"),
    nodeId: string,
    allocationId: string,
    targetSlot: natural,
  }),
});

/** Codec of {@link ShardRecord}. */
export const shardCodec: TextCodec<ShardRecord> = withText(
  object<ShardRecord>({
    number: natural,
    version: natural,
    primaryTerm: natural,
    inSync: list(string),
    everStarted: boolean,
    copies: list(copyCodec),
    superseded: list(object<SupersededCopy>({ nodeId: string, allocationId: string })),
  }),
);

/** Codec of {@link Tombstone}. */
export const tombstoneCodec: TextCodec<Tombstone> = withText(
  object<Tombstone>({
    indexUuid: string,
    indexName: string,
    deletedAtMs: natural,
    holders: record(list(natural)),
  }),
);

/** Codec of {@link ClusterMeta}. */
export const clusterMetaCodec: TextCodec<ClusterMeta> = withText(
  object<ClusterMeta>({
    version: natural,
    clusterUuid: string,
    clusterName: string,
    featureVersion: natural,
  }),
);

/** Codec of the cluster settings. */
export const clusterSettingsCodec: TextCodec<ClusterState["settings"]> = withText(record(string));
