/** Commands about indices: create, delete, and change of settings, with their copies. */
import { sortedNumbers } from "../../base/sorted.js";
import type {
  CommandResult,
  IndexCreate,
  IndexDelete,
  IndexPrecondition,
  IndexSettingsPatch,
  IndexSettingsUpdate,
  Rejection,
} from "../commands.js";
import { clusterHealth, indexNamesOfAlias } from "../health.js";
import { limits } from "../limits.js";
import {
  isRelocationTarget,
  type IndexRecord,
  type IndexSettings,
  type ShardCopy,
  type ShardRecord,
  type Tombstone,
} from "../model.js";
import { indexSettingsCodec } from "../records.js";
import { done, indexNotFound, rejected, rejection } from "../rejection.js";
import type { Draft } from "./draft.js";
import { patchRecord, sortedRecord } from "./patch.js";
import { copyInSlot, freeSlot, newReplica, withCopy, withoutCopy } from "./shard-edit.js";

/** Creates an index with every copy unassigned. */
export function applyIndexCreate(draft: Draft, command: IndexCreate): CommandResult {
  const why = nameProblem(draft, command) ?? sizeProblem(draft, command.settings);
  if (why !== undefined) return rejected(why);
  const { nowMs, uuid } = draft.context;
  const { settings } = command;
  const shards = Array.from({ length: settings.numberOfShards }, (_, number) =>
    newShard(number, settings.numberOfReplicas, nowMs),
  );
  draft.createIndex({
    name: command.name,
    uuid,
    version: draft.version,
    settings,
    mappings: command.mappings,
    aliases: sortedRecord(Object.entries(command.aliases)),
    state: "open",
    createdAtMs: nowMs,
    shards,
  });
  return done(uuid);
}

/** Deletes an index and remembers every node that holds, or may hold, files of it. */
export function applyIndexDelete(draft: Draft, command: IndexDelete): CommandResult {
  const index = draft.index(command.name);
  if (index === undefined) return rejected(indexNotFound(command.name));
  const why = preconditionProblem(index, command);
  if (why !== undefined) return rejected(why);
  draft.deleteIndex(index.name);
  const holders = holdersOf(index);
  if (Object.keys(holders).length > 0) {
    forgetOldestTombstone(draft);
    draft.setTombstone(index.uuid, {
      indexUuid: index.uuid,
      indexName: index.name,
      deletedAtMs: draft.context.nowMs,
      holders,
    });
  }
  return done(index.uuid);
}

/** Changes settings of an index; a changed number of replicas changes its shards too. */
export function applyIndexSettings(draft: Draft, command: IndexSettingsUpdate): CommandResult {
  const index = draft.index(command.name);
  if (index === undefined) return rejected(indexNotFound(command.name));
  const conflict = preconditionProblem(index, command);
  if (conflict !== undefined) return rejected(conflict);
  const settings = patchSettings(index.settings, command.patch);
  if (indexSettingsCodec.text(settings) === indexSettingsCodec.text(index.settings)) {
    return done(index.uuid);
  }
  const why = customProblem(settings) ?? growthProblem(draft, index, settings);
  if (why !== undefined) return rejected(why);
  draft.setMetadata(index.name, { settings });
  if (settings.numberOfReplicas !== index.settings.numberOfReplicas) {
    for (const shard of index.shards) {
      const next = withReplicas(shard, settings.numberOfReplicas, draft.context.nowMs);
      if (next !== shard) draft.setShard(index.name, next);
    }
  }
  return done(index.uuid);
}

function nameProblem(draft: Draft, command: IndexCreate): Rejection | undefined {
  const { name } = command;
  const existing = draft.index(name);
  if (existing !== undefined) {
    return rejection("index_already_exists", `index [${name}/${existing.uuid}] already exists`, {
      index: name,
      indexUuid: existing.uuid,
    });
  }
  const owner = indexNamesOfAlias(draft.before, name)[0];
  if (owner !== undefined) {
    return rejection(
      "invalid_argument",
      `index name [${name}] is an alias of index [${owner}]; choose another name`,
      { index: name },
    );
  }
  const taken = Object.keys(command.aliases).find((alias) => draft.index(alias) !== undefined);
  if (taken === undefined) return undefined;
  const text = `alias [${taken}] of index [${name}] is the name of an index; choose another alias`;
  return rejection("invalid_argument", text, { index: name, alias: taken });
}

function sizeProblem(draft: Draft, settings: IndexSettings): Rejection | undefined {
  const { size } = draft.before.indices;
  if (size >= limits.indicesCountMax) {
    const text = `the cluster has ${String(size)} indices, as many as it may; delete one first`;
    return rejection("limit_exceeded", text, { limit: limits.indicesCountMax });
  }
  return copiesProblem(draft, settings.numberOfShards * (1 + settings.numberOfReplicas));
}

function growthProblem(
  draft: Draft,
  index: IndexRecord,
  settings: IndexSettings,
): Rejection | undefined {
  const more = settings.numberOfReplicas - index.settings.numberOfReplicas;
  return more <= 0 ? undefined : copiesProblem(draft, more * index.shards.length);
}

function customProblem(settings: IndexSettings): Rejection | undefined {
  const count = Object.keys(settings.custom).length;
  if (count <= limits.settingsCountMax) return undefined;
  const max = String(limits.settingsCountMax);
  return rejection(
    "limit_exceeded",
    `the index would have ${String(count)} settings, more than ${max}; remove some with null`,
    { count, limit: limits.settingsCountMax },
  );
}

function copiesProblem(draft: Draft, added: number): Rejection | undefined {
  const count = clusterHealth(draft.before).totalShards + added;
  if (count <= limits.shardCopiesCountMax) return undefined;
  return rejection(
    "limit_exceeded",
    `the cluster would have ${String(count)} shard copies, more than ` +
      `${String(limits.shardCopiesCountMax)}; use fewer shards or replicas, or delete an index`,
    { count, limit: limits.shardCopiesCountMax },
  );
}

function preconditionProblem(
  index: IndexRecord,
  expected: IndexPrecondition,
): Rejection | undefined {
  const { expectedUuid, expectedVersion } = expected;
  const uuidFits = expectedUuid === undefined || expectedUuid === index.uuid;
  const versionFits = expectedVersion === undefined || expectedVersion === index.version;
  if (uuidFits && versionFits) return undefined;
  const wanted = uuidFits ? `version ${String(expectedVersion)}` : `uuid ${expectedUuid}`;
  return rejection(
    "version_conflict",
    `index [${index.name}] is at version ${String(index.version)} with uuid ${index.uuid}, ` +
      `not at ${wanted}; read it again and decide anew`,
    { index: index.name, currentVersion: index.version, currentUuid: index.uuid },
  );
}

function patchSettings(settings: IndexSettings, patch: IndexSettingsPatch): IndexSettings {
  const { custom, ...direct } = patch;
  const patched = custom === undefined ? undefined : patchRecord(settings.custom, custom);
  return { ...settings, ...direct, custom: patched ?? settings.custom };
}

function newShard(number: number, replicas: number, nowMs: number): ShardRecord {
  const copies = Array.from({ length: 1 + replicas }, (_, slot): ShardCopy => ({
    ...newReplica(slot, nowMs),
    role: slot === 0 ? "primary" : "replica",
    reason: "index_created",
  }));
  return {
    number,
    version: 0,
    primaryTerm: 0,
    inSync: [],
    everStarted: false,
    copies,
    superseded: [],
  };
}

/** Adds or removes replicas until there are `replicas`; targets of moves do not count. */
function withReplicas(shard: ShardRecord, replicas: number, nowMs: number): ShardRecord {
  let next = shard;
  while (replicasOf(next).length < replicas) {
    next = withCopy(next, newReplica(freeSlot(next), nowMs));
  }
  const surplus = replicasOf(next).length - replicas;
  const leaving = replicasOf(next).sort(compareByLoss).slice(0, Math.max(0, surplus));
  for (const copy of leaving) next = withoutReplica(next, copy);
  return next;
}

function replicasOf(shard: ShardRecord): ShardCopy[] {
  return shard.copies.filter((copy) => copy.role === "replica" && !isRelocationTarget(copy));
}

/** Cheapest to lose first: unassigned, then initializing, then the highest slot. */
function compareByLoss(a: ShardCopy, b: ShardCopy): number {
  return lossRank(a) - lossRank(b) || b.slot - a.slot;
}

function lossRank(copy: ShardCopy): number {
  switch (copy.state) {
    case "UNASSIGNED":
      return 0;
    case "INITIALIZING":
      return 1;
    case "STARTED":
    case "RELOCATING":
      return 2;
  }
}

/** Removes a replica with the target it may be moving to. */
function withoutReplica(shard: ShardRecord, copy: ShardCopy): ShardRecord {
  const target = copy.state === "RELOCATING" ? copyInSlot(shard, copy.targetSlot) : undefined;
  return withoutCopy(target === undefined ? shard : withoutCopy(shard, target), copy);
}

/** Shard numbers by node, of every copy that was ever ordered there and not confirmed gone. */
function holdersOf(index: IndexRecord): Tombstone["holders"] {
  const shardsOf = new Map<string, Set<number>>();
  for (const shard of index.shards) {
    for (const { nodeId } of [...shard.copies, ...shard.superseded]) {
      if (nodeId === "") continue;
      const numbers = shardsOf.get(nodeId) ?? new Set();
      shardsOf.set(nodeId, numbers.add(shard.number));
    }
  }
  return sortedRecord(
    [...shardsOf].map(([nodeId, numbers]) => [nodeId, sortedNumbers(numbers)] as const),
  );
}

/**
 * Keeps room for one more tombstone. A forgotten one costs disk space only: the files it allowed
 * to delete become dangling, and an operator deletes them by name.
 */
function forgetOldestTombstone(draft: Draft): void {
  if (draft.tombstones.size < limits.tombstonesCountMax) return;
  let oldest: Tombstone | undefined;
  for (const tombstone of draft.tombstones.values()) {
    if (oldest === undefined || isOlder(tombstone, oldest)) oldest = tombstone;
  }
  if (oldest !== undefined) draft.setTombstone(oldest.indexUuid, undefined);
}

function isOlder(a: Tombstone, b: Tombstone): boolean {
  if (a.deletedAtMs !== b.deletedAtMs) return a.deletedAtMs < b.deletedAtMs;
  return a.indexUuid < b.indexUuid;
}
