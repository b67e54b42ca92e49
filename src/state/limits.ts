/**
 * Every bound of the cluster state. Most of them decide whether a command is rejected, and so take
 * part in apply: a changed value is a changed behaviour and needs a feature version (versions.ts).
 */

/** See the file comment. */
export const limits = {
  /** UTF-8 bytes of an index or alias name; it is a directory name on data nodes. */
  indexNameBytesMax: 255,
  /** Indices of a cluster. */
  indicesCountMax: 100_000,
  shardsPerIndexCountMax: 1_024,
  replicasPerShardCountMax: 32,
  /** Shard copies of a cluster, unassigned ones included. */
  shardCopiesCountMax: 2_000_000,
  aliasesPerIndexCountMax: 256,
  aliasFilterLengthMax: 16_384,
  /** Levels of nested mapping properties. */
  mappingDepthMax: 20,
  /** Fields of one index over all levels. */
  mappingFieldsCountMax: 10_000,
  mappingNameLengthMax: 512,
  /** Analyzer, type, codec, tier and other short words. */
  wordLengthMax: 255,
  /** Custom settings of an index, or settings of a cluster. */
  settingsCountMax: 1_000,
  settingKeyLengthMax: 255,
  settingValueLengthMax: 8_192,
  tierRulesCountMax: 64,
  /** 30 days. */
  delayedTimeoutMsMax: 2_592_000_000,
  nodesCountMax: 10_000,
  nodeIdLengthMax: 255,
  addressLengthMax: 255,
  portMax: 65_535,
  nodeMaxShardsMax: 2_147_483_647,
  labelsPerNodeCountMax: 64,
  labelValueLengthMax: 1_024,
  danglingShardsPerNodeMax: 1_000,
  /** A name in a report is whatever a node found on its disk, so it is bounded and not judged. */
  reportedNameLengthMax: 1_024,
  allocationIdLengthMax: 64,
  clusterNameLengthMax: 255,
  uuidLengthMax: 64,
  /** Free text kept in the state (why a copy failed, why a node is offline); cut, not refused. */
  detailLengthMax: 1_024,
  /** Items of one batch command. */
  batchItemsCountMax: 20_000,
  /** The oldest evidence goes first: a copy without it is only never deleted by itself. */
  supersededPerShardCountMax: 32,
  /** As above: the leftovers of a forgotten deleted index are dangling and stay on disk. */
  tombstonesCountMax: 10_000,
} as const;
