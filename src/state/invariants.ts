/**
 * What must hold of every state, and of every step from one to the next, written down apart from
 * the code that keeps it. Tests ask after every command; a list of sentences is the answer.
 */
import { compareStrings } from "../base/sorted.js";
import { compareDangling } from "./apply/node.js";
import type { StateDelta } from "./changes.js";
import { limits } from "./limits.js";
import {
  isActive,
  isRelocationTarget,
  primaryOf,
  type ClusterState,
  type IndexRecord,
  type NodeRecord,
  type ShardCopy,
  type ShardRecord,
} from "./model.js";

/** Everything that does not hold in a state; empty when all is well. */
export function checkState(state: ClusterState): string[] {
  const problems: string[] = [];
  for (const [key, node] of state.nodes.entries()) problems.push(...checkNode(key, node));
  for (const [name, index] of state.indices.entries()) {
    problems.push(...checkIndex(state, name, index));
  }
  for (const [uuid, tombstone] of state.tombstones.entries()) {
    const where = `tombstone ${uuid}`;
    problems.push(
      ...unless(tombstone.indexUuid === uuid, where, "is under another uuid"),
      ...unless(Object.keys(tombstone.holders).length > 0, where, "has no holder"),
      ...unless(Object.values(tombstone.holders).every(isAscending), where, "is not sorted"),
    );
  }
  const { tombstones } = state;
  problems.push(...unless(tombstones.size <= limits.tombstonesCountMax, "tombstones", "exceed"));
  return problems;
}

/** Everything that does not hold of a step; empty when all is well. */
export function checkDelta({ before, after, changes }: StateDelta): string[] {
  if (before === after) return unless(changes.length === 0, "no step", "has changes");
  const problems = [
    ...unless(after.version === before.version + 1, "version", "did not grow by one"),
    ...unless(changes.length > 0, "a step", "has no changes"),
  ];
  for (const [name, index] of after.indices.entries()) {
    const earlier = before.indices.get(name);
    if (earlier === undefined || earlier.uuid !== index.uuid || earlier === index) continue;
    for (const [number, shard] of index.shards.entries()) {
      const was = earlier.shards[number];
      if (was === undefined) problems.push(`index ${name} got another shard`);
      else if (was !== shard)
        problems.push(...checkShardStep(`${name}/${String(number)}`, was, shard));
    }
  }
  return problems;
}

function checkNode(key: string, node: NodeRecord): string[] {
  const where = `node ${key}`;
  const { dangling } = node;
  const isSorted = dangling.every((item, at) => {
    const previous = dangling[at - 1];
    return previous === undefined || compareDangling(previous, item) < 0;
  });
  return [
    ...unless(node.nodeId === key, where, "is under another id"),
    ...unless(isAscending(node.capabilities), where, "has unsorted capabilities"),
    ...unless(isSorted, where, "has unsorted dangling shards"),
    ...unless(dangling.length <= limits.danglingShardsPerNodeMax, where, "lists too much"),
  ];
}

function checkIndex(state: ClusterState, name: string, index: IndexRecord): string[] {
  const where = `index ${name}`;
  const problems = [
    ...unless(index.name === name, where, "is under another name"),
    ...unless(index.version <= state.version, where, "is newer than the state"),
    ...unless(index.shards.length === index.settings.numberOfShards, where, "lacks shards"),
    ...unless(!state.tombstones.has(index.uuid), where, "is deleted too"),
  ];
  const expected = 1 + index.settings.numberOfReplicas;
  for (const [number, shard] of index.shards.entries()) {
    const at = `shard ${name}/${String(number)}`;
    const copies = shard.copies.filter((copy) => !isRelocationTarget(copy));
    problems.push(
      ...unless(shard.number === number, at, "has another number"),
      ...unless(shard.version <= state.version, at, "is newer than the state"),
      ...unless(copies.length === expected, at, "has a wrong number of copies"),
      ...checkCopies(at, shard),
      ...checkInSync(at, shard),
      ...shard.copies.flatMap((copy) => checkPlace(at, copy, state)),
    );
  }
  return problems;
}

function checkCopies(where: string, shard: ShardRecord): string[] {
  const { copies, superseded } = shard;
  const slots = copies.map((copy) => copy.slot);
  const ids = [...copies, ...superseded].map((copy) => copy.allocationId).filter((id) => id !== "");
  const placed = copies.filter((copy) => copy.state !== "UNASSIGNED").map((copy) => copy.nodeId);
  const primaries = copies.filter((copy) => copy.role === "primary");
  return [
    ...unless(primaries.length === 1, where, "does not have one primary"),
    ...unless(!primaries.some(isRelocationTarget), where, "has a target as primary"),
    ...unless(isAscending(slots), where, "has unsorted or equal slots"),
    ...unless(isUnique(ids), where, "has an allocation id twice"),
    ...unless(isUnique(placed), where, "has two copies on a node"),
    ...unless(superseded.length <= limits.supersededPerShardCountMax, where, "has much evidence"),
    ...copies.flatMap((copy) => checkMove(where, shard, copy)),
  ];
}

function checkMove(where: string, shard: ShardRecord, copy: ShardCopy): string[] {
  const inSlot = (slot: number): ShardCopy | undefined =>
    shard.copies.find((other) => other.slot === slot);
  if (copy.state === "RELOCATING") {
    const target = inSlot(copy.targetSlot);
    const isMatched = target?.state === "INITIALIZING" && target.relocatesSlot === copy.slot;
    return unless(isMatched, where, "has a move without a target");
  }
  if (copy.state === "INITIALIZING" && isRelocationTarget(copy)) {
    const source = inSlot(copy.relocatesSlot);
    const isMatched = source?.state === "RELOCATING" && source.targetSlot === copy.slot;
    return unless(isMatched, where, "has a target without a move");
  }
  return [];
}

function checkInSync(where: string, shard: ShardRecord): string[] {
  const { copies, inSync, everStarted } = shard;
  const primary = primaryOf(shard);
  const active = copies.filter(isActive);
  const keepers = copies.filter((copy) => isActive(copy) || copy.state === "UNASSIGNED");
  const known = new Set(keepers.map((copy) => copy.allocationId));
  const isPrimaryActive = primary !== undefined && isActive(primary);
  return [
    ...unless(isAscending(inSync), where, "has an unsorted in-sync set"),
    ...unless(inSync.length > 0 === everStarted, where, "is in-sync exactly when ever started"),
    ...unless(
      active.every((copy) => inSync.includes(copy.allocationId)),
      where,
      "has an active copy that is not in-sync",
    ),
    ...unless(active.length === 0 || isPrimaryActive, where, "is served without its primary"),
    ...unless(!isPrimaryActive || shard.primaryTerm > 0, where, "has a primary without a term"),
    ...unless(
      inSync.every((id) => known.has(id)),
      where,
      "counts a copy as in-sync that it does not have",
    ),
  ];
}

function checkPlace(where: string, copy: ShardCopy, state: ClusterState): string[] {
  if (copy.state === "UNASSIGNED") return [];
  const node = state.nodes.get(copy.nodeId);
  const what = `has a copy on ${copy.nodeId}, which is`;
  return [
    ...unless(node !== undefined, where, `${what} unknown`),
    ...unless(node?.status !== "offline", where, `${what} offline`),
    ...unless(copy.allocationId !== "", where, `${what} given no allocation id`),
  ];
}

/** Terms never go back, and only an in-sync copy becomes primary of a shard that was started. */
function checkShardStep(where: string, before: ShardRecord, after: ShardRecord): string[] {
  const was = activePrimaryId(before);
  const is = activePrimaryId(after);
  const isNewPrimary = is !== undefined && is !== was;
  const wasInSync = is !== undefined && before.inSync.includes(is);
  const moved = before.copies.find((copy) => copy.allocationId === is);
  const isHandedOver = moved !== undefined && isRelocationTarget(moved) && was !== undefined;
  return [
    ...unless(after.primaryTerm >= before.primaryTerm, where, "went back to an earlier term"),
    ...unless(after.everStarted || !before.everStarted, where, "forgot that it was started"),
    ...unless(
      !isNewPrimary || !before.everStarted || after.primaryTerm > before.primaryTerm,
      where,
      "got another primary in the same term",
    ),
    ...unless(
      !isNewPrimary || !before.everStarted || wasInSync || isHandedOver,
      where,
      "promoted a copy that was not in-sync",
    ),
  ];
}

function activePrimaryId(shard: ShardRecord): string | undefined {
  const primary = primaryOf(shard);
  return primary !== undefined && isActive(primary) ? primary.allocationId : undefined;
}

function unless(holds: boolean, where: string, problem: string): string[] {
  return holds ? [] : [`${where} ${problem}`];
}

function isUnique(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}

function isAscending(values: readonly (string | number)[]): boolean {
  return values.every((value, at) => {
    const previous = values[at - 1];
    if (previous === undefined) return true;
    if (typeof value === "number" && typeof previous === "number") return previous < value;
    return compareStrings(String(previous), String(value)) < 0;
  });
}
