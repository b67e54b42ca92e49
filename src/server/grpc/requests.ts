/**
 * From requests to commands: what is absent gets its meaning here, and numbers are checked to be
 * exact. Whether a command makes sense is state/validate's to say, and whether it applies is
 * apply's.
 */
import { MasterError } from "../../base/errors.js";
import type { Command, IndexPrecondition, IndexSettingsPatch } from "../../state/commands.js";
import type {
  Capability,
  FieldMapping,
  IndexSettings,
  NodeAttributes,
  NodeType,
} from "../../state/model.js";
import { validateCommand } from "../../state/validate.js";
import type { FieldMapping__Output } from "../../wire/gen/quidditch/master/FieldMapping.js";
import type { IndexSettings__Output } from "../../wire/gen/quidditch/master/IndexSettings.js";
import type { NodeAttributes__Output } from "../../wire/gen/quidditch/master/NodeAttributes.js";
import type { NodeStats__Output } from "../../wire/gen/quidditch/master/NodeStats.js";
import type { NodeType__Output } from "../../wire/gen/quidditch/master/NodeType.js";
import type { ReportedStats } from "../deps.js";

const delayedTimeoutDefaultMs = 60_000;

const nodeTypes: Readonly<Record<NodeType__Output, NodeType>> = {
  NODE_TYPE_UNKNOWN: "unknown",
  NODE_TYPE_MASTER: "master",
  NODE_TYPE_COORDINATION: "coordination",
  NODE_TYPE_DATA: "data",
  NODE_TYPE_INGEST: "ingest",
};

/** Throws what is wrong with a command whatever the state. */
export function requireValid(command: Command): void {
  const wrong = validateCommand(command);
  if (wrong !== undefined) throw new MasterError(wrong.code, wrong.message, wrong.details);
}

/** A text that must be there. @throws MasterError `invalid_argument`. */
export function requireText(value: string, field: string): string {
  if (value === "") throw new MasterError("invalid_argument", `${field} is required`, { field });
  return value;
}

/** A number that fits a double exactly and is not negative. */
export function requireCount(value: number, field: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new MasterError("invalid_argument", `${field} is ${String(value)}, which is no count`, {
    field,
  });
}

/** Settings of a new index; 0 shards is an absent number, and means 1 as in OpenSearch. */
export function toIndexSettings(settings: IndexSettings__Output): IndexSettings {
  const shards = requireCount(settings.number_of_shards, "settings.number_of_shards");
  return {
    numberOfShards: shards === 0 ? 1 : shards,
    numberOfReplicas: requireCount(settings.number_of_replicas ?? 0, "settings.number_of_replicas"),
    refreshInterval: settings.refresh_interval,
    compression: toCompression(settings) ?? { codec: "", level: 0 },
    tiering: toTiering(settings) ?? { defaultTier: "", tierRules: {} },
    delayedTimeoutMs: requireCount(
      settings.node_left_delayed_timeout_ms ?? delayedTimeoutDefaultMs,
      "settings.node_left_delayed_timeout_ms",
    ),
    custom: settings.custom,
  };
}

/** What of an index's settings is to change; an empty custom value removes one. */
export function toSettingsPatch(settings: IndexSettings__Output): IndexSettingsPatch {
  const { number_of_replicas: replicas, node_left_delayed_timeout_ms: delayMs } = settings;
  const compression = toCompression(settings);
  const tiering = toTiering(settings);
  const custom = Object.entries(settings.custom).map(([key, value]): [string, string | null] => [
    key,
    value === "" ? null : value,
  ]);
  return {
    ...(replicas === undefined
      ? {}
      : { numberOfReplicas: requireCount(replicas, "settings.number_of_replicas") }),
    ...(settings.refresh_interval === "" ? {} : { refreshInterval: settings.refresh_interval }),
    ...(compression === undefined ? {} : { compression }),
    ...(tiering === undefined ? {} : { tiering }),
    ...(delayMs === undefined
      ? {}
      : { delayedTimeoutMs: requireCount(delayMs, "settings.node_left_delayed_timeout_ms") }),
    ...(custom.length === 0 ? {} : { custom: Object.fromEntries(custom) }),
  };
}

/** What a write expects of the index it is for. */
export function toPrecondition(request: {
  readonly expected_version?: number;
  readonly expected_index_uuid?: string;
}): IndexPrecondition {
  const { expected_version: version, expected_index_uuid: uuid } = request;
  return {
    ...(version === undefined
      ? {}
      : { expectedVersion: requireCount(version, "expected_version") }),
    ...(uuid === undefined ? {} : { expectedUuid: uuid }),
  };
}

/** Mappings as the state keeps them. */
export function toMappings(
  mappings: Readonly<Record<string, FieldMapping__Output>>,
): Record<string, FieldMapping> {
  const fields: [string, FieldMapping][] = Object.entries(mappings).map(([name, mapping]) => [
    name,
    { ...mapping, properties: toMappings(mapping.properties) },
  ]);
  return Object.fromEntries(fields);
}

/** A node type as the state keeps it; an unknown number is an unknown type. */
export function toNodeType(type: NodeType__Output): NodeType {
  const known: Partial<Record<string, NodeType>> = nodeTypes;
  return known[type] ?? "unknown";
}

/** Attributes of a node; a node that sends none has no tier and no limit. */
export function toAttributes(attributes: NodeAttributes__Output | null): NodeAttributes {
  return {
    storageTier: attributes?.storage_tier ?? "",
    maxShards: requireCount(attributes?.max_shards ?? 0, "attributes.max_shards"),
    simdEnabled: attributes?.simd_enabled ?? false,
    version: attributes?.version ?? "",
    labels: attributes?.labels ?? {},
  };
}

/** Capabilities that this version knows; later ones are ignored, as an older master would. */
export function toCapabilities(names: readonly string[]): Capability[] {
  const known = (name: string): name is Capability =>
    name === "peer_recovery" || name === "fencing";
  return [...new Set(names)].filter(known).sort();
}

/** Stats of a heartbeat, with what is not finite as 0. */
export function toStats(stats: NodeStats__Output | null): ReportedStats {
  const of = (value: number | undefined): number =>
    value !== undefined && Number.isFinite(value) ? value : 0;
  return {
    totalShards: of(stats?.total_shards),
    docsCount: of(stats?.docs_count),
    storeSizeBytes: of(stats?.store_size_bytes),
    cpuUsagePercent: of(stats?.cpu_usage_percent),
    memoryUsagePercent: of(stats?.memory_usage_percent),
    diskUsagePercent: of(stats?.disk_usage_percent),
    searchQueriesPerSec: of(stats?.search_queries_per_sec),
    indexingRatePerSec: of(stats?.indexing_rate_per_sec),
  };
}

function toCompression(settings: IndexSettings__Output): IndexSettings["compression"] | undefined {
  if (settings.compression === null) return undefined;
  return { codec: settings.compression.codec, level: settings.compression.level };
}

function toTiering(settings: IndexSettings__Output): IndexSettings["tiering"] | undefined {
  if (settings.tiering === null) return undefined;
  return {
    defaultTier: settings.tiering.default_tier,
    tierRules: settings.tiering.tier_rules,
  };
}
