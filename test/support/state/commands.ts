/** Commands with sensible defaults, so that a test names only what it is about. */
import type {
  IndexCreate,
  NodeRegister,
  NodeVerdict,
  ShardFailedItem,
  ShardRef,
} from "../../../src/state/commands.js";
import type { IndexSettings } from "../../../src/state/model.js";

/** Settings of an index as the server fills them in. */
export function indexSettings(overrides: Partial<IndexSettings> = {}): IndexSettings {
  return {
    numberOfShards: 1,
    numberOfReplicas: 0,
    refreshInterval: "1s",
    compression: { codec: "lz4", level: 1 },
    tiering: { defaultTier: "hot", tierRules: {} },
    delayedTimeoutMs: 60_000,
    custom: {},
    ...overrides,
  };
}

/** Creates an index. */
export function indexCreate(
  name: string,
  settings: Partial<IndexSettings> = {},
  more: Partial<IndexCreate> = {},
): IndexCreate {
  return {
    kind: "index.create",
    name,
    settings: indexSettings(settings),
    mappings: {},
    aliases: {},
    ...more,
  };
}

/** Registers a data node that can do everything. */
export function nodeRegister(nodeId: string, overrides: Partial<NodeRegister> = {}): NodeRegister {
  return {
    kind: "node.register",
    nodeId,
    nodeType: "data",
    bindAddr: "10.0.0.1",
    grpcPort: 9303,
    attributes: {
      storageTier: "hot",
      maxShards: 0,
      simdEnabled: true,
      version: "1.0.0",
      labels: { zone: "a" },
    },
    capabilities: ["peer_recovery", "fencing"],
    ...overrides,
  };
}

/** Declares a node lost, under epoch 1 and its first registration. */
export function nodeOffline(nodeId: string, overrides: Partial<NodeVerdict> = {}): NodeVerdict {
  return {
    kind: "node.verdict",
    epoch: 1,
    nodeId,
    status: "offline",
    reason: "no answer",
    incarnation: 1,
    ...overrides,
  };
}

/** A report that a copy failed while it was created. */
export function failedItem(
  ref: ShardRef,
  allocationId: string,
  overrides: Partial<ShardFailedItem> = {},
): ShardFailedItem {
  return { ...ref, allocationId, reason: "allocation_failed", detail: "disk full", ...overrides };
}
