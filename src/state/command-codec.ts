/**
 * Commands as canonical JSON, the payload of log entries. Decoding is strict: an unknown kind,
 * field or shape gives undefined, and a member that gets it stops, because guessing would make its
 * state differ from the others'.
 */
import {
  integer,
  list,
  natural,
  object,
  oneOf,
  optional,
  record,
  string,
  stringOrNull,
  union,
  withText,
  type Codec,
  type TextCodec,
} from "./codec.js";
import type {
  Assignment,
  Command,
  IndexSettingsPatch,
  ShardFailedItem,
  ShardRef,
  ShardStartedItem,
} from "./commands.js";
import {
  capabilityCodec,
  compressionCodec,
  danglingShardCodec,
  fieldMappingCodec,
  indexSettingsCodec,
  nodeAttributesCodec,
  nodeStatusCodec,
  nodeTypeCodec,
  recoverySourceCodec,
  tieringCodec,
} from "./records.js";

type CommandOf<K extends Command["kind"]> = Extract<Command, { readonly kind: K }>;
type AssignmentOf<A extends Assignment["action"]> = Extract<Assignment, { readonly action: A }>;

const shardRef = { indexName: string, indexUuid: string, shard: natural } as const;
const assignmentBase = { ...shardRef, expectedShardVersion: natural, slot: natural } as const;
const precondition = {
  expectedVersion: optional(natural),
  expectedUuid: optional(string),
} as const;

const assignmentCodec: Codec<Assignment> = union<Assignment, "action">("action", {
  assign: object<AssignmentOf<"assign">>({
    action: oneOf("assign"),
    ...assignmentBase,
    nodeId: string,
    allocationId: string,
    source: recoverySourceCodec,
  }),
  resume: object<AssignmentOf<"resume">>({ action: oneOf("resume"), ...assignmentBase }),
  relocate: object<AssignmentOf<"relocate">>({
    action: oneOf("relocate"),
    ...assignmentBase,
    nodeId: string,
    allocationId: string,
  }),
  swapPrimary: object<AssignmentOf<"swapPrimary">>({
    action: oneOf("swapPrimary"),
    ...assignmentBase,
  }),
});

const patchCodec: Codec<IndexSettingsPatch> = object<IndexSettingsPatch>({
  numberOfReplicas: optional(natural),
  refreshInterval: optional(string),
  compression: optional(compressionCodec),
  tiering: optional(tieringCodec),
  delayedTimeoutMs: optional(natural),
  custom: optional(record(stringOrNull)),
});

const startedItemCodec: Codec<ShardStartedItem> = object<ShardStartedItem>({
  ...shardRef,
  allocationId: string,
  primaryTerm: natural,
});

const failedItemCodec: Codec<ShardFailedItem> = object<ShardFailedItem>({
  ...shardRef,
  allocationId: string,
  reason: oneOf("allocation_failed", "copy_missing", "primary_failed"),
  detail: string,
  byPrimary: optional(
    object<NonNullable<ShardFailedItem["byPrimary"]>>({
      allocationId: string,
      primaryTerm: natural,
    }),
  ),
});

const cleanedRefCodec = object<ShardRef & { readonly allocationId: string }>({
  ...shardRef,
  allocationId: string,
});

const commandCodec: TextCodec<Command> = withText(
  union<Command, "kind">("kind", {
    "cluster.init": object<CommandOf<"cluster.init">>({
      kind: oneOf("cluster.init"),
      clusterUuid: string,
      clusterName: string,
    }),
    "cluster.settings": object<CommandOf<"cluster.settings">>({
      kind: oneOf("cluster.settings"),
      changes: record(stringOrNull),
    }),
    "node.register": object<CommandOf<"node.register">>({
      kind: oneOf("node.register"),
      nodeId: string,
      nodeType: nodeTypeCodec,
      bindAddr: string,
      grpcPort: integer,
      attributes: nodeAttributesCodec,
      capabilities: list(capabilityCodec),
    }),
    "node.unregister": object<CommandOf<"node.unregister">>({
      kind: oneOf("node.unregister"),
      nodeId: string,
    }),
    "node.verdict": object<CommandOf<"node.verdict">>({
      kind: oneOf("node.verdict"),
      epoch: natural,
      nodeId: string,
      status: nodeStatusCodec,
      reason: string,
      incarnation: natural,
    }),
    "node.dangling": object<CommandOf<"node.dangling">>({
      kind: oneOf("node.dangling"),
      epoch: natural,
      nodeId: string,
      dangling: list(danglingShardCodec),
    }),
    "index.create": object<CommandOf<"index.create">>({
      kind: oneOf("index.create"),
      name: string,
      settings: indexSettingsCodec,
      mappings: record(fieldMappingCodec),
      aliases: record(string),
    }),
    "index.delete": object<CommandOf<"index.delete">>({
      kind: oneOf("index.delete"),
      name: string,
      ...precondition,
    }),
    "index.settings": object<CommandOf<"index.settings">>({
      kind: oneOf("index.settings"),
      name: string,
      patch: patchCodec,
      ...precondition,
    }),
    "shard.assign": object<CommandOf<"shard.assign">>({
      kind: oneOf("shard.assign"),
      epoch: natural,
      reason: string,
      assignments: list(assignmentCodec),
    }),
    "shard.started": object<CommandOf<"shard.started">>({
      kind: oneOf("shard.started"),
      items: list(startedItemCodec),
    }),
    "shard.failed": object<CommandOf<"shard.failed">>({
      kind: oneOf("shard.failed"),
      epoch: natural,
      items: list(failedItemCodec),
    }),
    "shard.cleaned": object<CommandOf<"shard.cleaned">>({
      kind: oneOf("shard.cleaned"),
      epoch: natural,
      nodeId: string,
      superseded: list(cleanedRefCodec),
      tombstones: list(string),
    }),
  }),
);

/** The canonical JSON of a command that passed validateCommand. */
export function encodeCommand(command: Command): string {
  return commandCodec.text(command);
}

/** The command, or undefined when this program does not understand all of it. */
export function decodeCommand(text: string): Command | undefined {
  return commandCodec.parse(text);
}
