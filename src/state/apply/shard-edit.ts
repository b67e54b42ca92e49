/**
 * What may be done to one shard record, as functions from record to record that keep its rules:
 * an active copy is in-sync; while any copy is active the primary is; the in-sync set of a shard
 * that was ever started never becomes empty; the term grows whenever a primary is made. Whether a
 * step is allowed is asked before, by the callers.
 */
import { assert, assertDefined } from "../../base/assert.js";
import { sortedStrings } from "../../base/sorted.js";
import { limits } from "../limits.js";
import {
  isActive,
  isRelocationTarget,
  primaryOf,
  type InitializingCopy,
  type ShardCopy,
  type ShardRecord,
  type StartedCopy,
  type SupersededCopy,
  type UnassignedCopy,
  type UnassignedReason,
} from "../model.js";

/** Why and when a copy is lost. */
export interface Loss {
  readonly reason: UnassignedReason;
  readonly nowMs: number;
  readonly detail: string;
}

/** The copy in `slot`, if any. */
export function copyInSlot(shard: ShardRecord, slot: number): ShardCopy | undefined {
  return shard.copies.find((copy) => copy.slot === slot);
}

/** The copy with this allocation id, unassigned ones included. */
export function copyOfAllocation(shard: ShardRecord, allocationId: string): ShardCopy | undefined {
  if (allocationId === "") return undefined;
  return shard.copies.find((copy) => copy.allocationId === allocationId);
}

/** The primary if it can serve. */
export function activePrimary(shard: ShardRecord): ShardCopy | undefined {
  const primary = primaryOf(shard);
  return primary !== undefined && isActive(primary) ? primary : undefined;
}

/** The lowest slot that no copy uses. */
export function freeSlot(shard: ShardRecord): number {
  const used = new Set(shard.copies.map((copy) => copy.slot));
  let slot = 0;
  while (used.has(slot)) slot += 1;
  return slot;
}

/** Puts a copy, in place of the one in its slot if there is one. */
export function withCopy(shard: ShardRecord, copy: ShardCopy): ShardRecord {
  const others = shard.copies.filter((other) => other.slot !== copy.slot);
  return { ...shard, copies: [...others, copy].sort((a, b) => a.slot - b.slot) };
}

/** A new copy that is on no node. */
export function newReplica(slot: number, nowMs: number): UnassignedCopy {
  return {
    slot,
    role: "replica",
    state: "UNASSIGNED",
    nodeId: "",
    allocationId: "",
    reason: "replica_added",
    sinceMs: nowMs,
    failedAttempts: 0,
    detail: "",
  };
}

/** Records that this copy was replaced, so that its files may go. Oldest evidence is dropped. */
function withSuperseded(shard: ShardRecord, copy: SupersededCopy): ShardRecord {
  if (copy.nodeId === "" || copy.allocationId === "") return shard;
  assert(!shard.inSync.includes(copy.allocationId), "an in-sync copy is never superseded");
  const others = shard.superseded.filter((known) => known.allocationId !== copy.allocationId);
  const evidence = { nodeId: copy.nodeId, allocationId: copy.allocationId };
  return {
    ...shard,
    superseded: [...others, evidence].slice(-limits.supersededPerShardCountMax),
  };
}

function withInSync(shard: ShardRecord, allocationId: string): ShardRecord {
  if (shard.inSync.includes(allocationId)) return shard;
  return { ...shard, inSync: sortedStrings([...shard.inSync, allocationId]) };
}

/**
 * Takes an allocation id out of the in-sync set if an active copy stays in it; otherwise it may be
 * the only complete copy, and stays.
 */
function dropInSync(shard: ShardRecord, allocationId: string): ShardRecord {
  const stays = shard.copies.some(
    (copy) =>
      isActive(copy) &&
      copy.allocationId !== allocationId &&
      shard.inSync.includes(copy.allocationId),
  );
  if (!stays) return shard;
  return { ...shard, inSync: shard.inSync.filter((known) => known !== allocationId) };
}

/** Removes a copy that is not the last in-sync one, and keeps the evidence of its files. */
export function withoutCopy(shard: ShardRecord, copy: ShardCopy): ShardRecord {
  const dropped = dropInSync(shard, copy.allocationId);
  const copies = dropped.copies.filter((other) => other.slot !== copy.slot);
  return withSuperseded({ ...dropped, copies }, copy);
}

/** Makes an unassigned copy initialize; what it was before is superseded unless it was in-sync. */
export function assignCopy(
  shard: ShardRecord,
  old: UnassignedCopy,
  to: Pick<InitializingCopy, "nodeId" | "allocationId" | "source" | "sinceMs">,
): ShardRecord {
  const dropped = dropInSync(shard, old.allocationId);
  assert(!dropped.inSync.includes(old.allocationId), "the last in-sync copy is only resumed");
  const copy: InitializingCopy = {
    slot: old.slot,
    role: old.role,
    state: "INITIALIZING",
    nodeId: to.nodeId,
    allocationId: to.allocationId,
    source: to.source,
    relocatesSlot: -1,
    sinceMs: Math.max(old.sinceMs, to.sinceMs),
    failedAttempts: old.failedAttempts,
  };
  const term = old.role === "primary" ? 1 : 0;
  const assigned = { ...withCopy(dropped, copy), primaryTerm: shard.primaryTerm + term };
  return withSuperseded(assigned, old);
}

/** Makes a started copy move: it is relocating, and a new copy aims at its place. */
export function relocateCopy(
  shard: ShardRecord,
  source: StartedCopy,
  to: Pick<InitializingCopy, "nodeId" | "allocationId" | "sinceMs">,
): ShardRecord {
  const targetSlot = freeSlot(shard);
  const target: InitializingCopy = {
    slot: targetSlot,
    role: "replica",
    state: "INITIALIZING",
    nodeId: to.nodeId,
    allocationId: to.allocationId,
    source: "peer",
    relocatesSlot: source.slot,
    sinceMs: to.sinceMs,
    failedAttempts: 0,
  };
  const { slot, role, nodeId, allocationId } = source;
  const moving: ShardCopy = { slot, role, state: "RELOCATING", nodeId, allocationId, targetSlot };
  return withCopy(withCopy(shard, moving), target);
}

/** Starts a copy that was ordered, and ends the copy it replaces, whose role it takes. */
export function startCopy(shard: ShardRecord, copy: InitializingCopy): ShardRecord {
  const source = copyInSlot(shard, copy.relocatesSlot);
  const role = source?.role ?? copy.role;
  const started = withCopy(shard, startedFrom(copy, role));
  const inSync = withInSync(started, copy.allocationId);
  const everStarted = { ...inSync, everStarted: true };
  if (source === undefined) return everStarted;
  const primaryTerm = shard.primaryTerm + (source.role === "primary" ? 1 : 0);
  return { ...withoutCopy(everStarted, source), primaryTerm };
}

/** Makes an unassigned, still in-sync copy usable again. A primary gets a new term. */
export function resumeCopy(shard: ShardRecord, copy: UnassignedCopy): ShardRecord {
  assert(shard.inSync.includes(copy.allocationId), "only an in-sync copy is resumed");
  const resumed = withCopy(shard, startedFrom(copy, copy.role));
  if (copy.role !== "primary") return promoteIfNeeded(resumed);
  return { ...resumed, primaryTerm: shard.primaryTerm + 1 };
}

/** Swaps the roles of the primary and an active in-sync replica, in a new term. */
export function swapPrimary(shard: ShardRecord, replica: ShardCopy): ShardRecord {
  const primary = assertDefined(primaryOf(shard), "a shard has a primary");
  assert(shard.inSync.includes(replica.allocationId), "only an in-sync copy becomes primary");
  assert(isActive(replica) && replica.role === "replica", "an active replica becomes primary");
  const demoted = withCopy(shard, { ...primary, role: "replica" });
  const promoted = withCopy(demoted, { ...replica, role: "primary" });
  return { ...promoted, primaryTerm: shard.primaryTerm + 1 };
}

/**
 * Takes a copy away from its node. It leaves the in-sync set unless it was the last active one; a
 * lost primary is replaced at once by an active in-sync copy if there is one; a move that it took
 * part in ends.
 */
export function loseCopy(shard: ShardRecord, copy: ShardCopy, loss: Loss): ShardRecord {
  switch (copy.state) {
    case "UNASSIGNED":
      return shard;
    case "INITIALIZING":
      if (isRelocationTarget(copy)) return loseTarget(shard, copy);
      return withCopy(shard, unassignedFrom(copy, loss));
    case "STARTED":
      return loseActive(shard, copy, loss);
    case "RELOCATING": {
      const target = assertDefined(copyInSlot(shard, copy.targetSlot), "a move has a target");
      assert(target.state === "INITIALIZING", "a target initializes");
      if (copy.role === "primary") return loseActive(withoutCopy(shard, target), copy, loss);
      return withoutCopy(withCopy(shard, { ...target, relocatesSlot: -1 }), copy);
    }
  }
}

/** Ends the move to a lost target; its source stays. */
function loseTarget(shard: ShardRecord, target: InitializingCopy): ShardRecord {
  const source = assertDefined(copyInSlot(shard, target.relocatesSlot), "a target has a source");
  return withoutCopy(withCopy(shard, startedFrom(source, source.role)), target);
}

function loseActive(shard: ShardRecord, copy: ShardCopy, loss: Loss): ShardRecord {
  const lost = withCopy(shard, unassignedFrom(copy, loss));
  return promoteIfNeeded(dropInSync(lost, copy.allocationId));
}

/** Makes the active in-sync copy of the lowest slot primary when the primary is not active. */
function promoteIfNeeded(shard: ShardRecord): ShardRecord {
  if (activePrimary(shard) !== undefined) return shard;
  const next = shard.copies.find(
    (copy) => isActive(copy) && shard.inSync.includes(copy.allocationId),
  );
  return next === undefined ? shard : swapPrimary(shard, next);
}

function startedFrom(copy: ShardCopy, role: ShardCopy["role"]): StartedCopy {
  const { slot, nodeId, allocationId } = copy;
  return { slot, role, state: "STARTED", nodeId, allocationId };
}

function unassignedFrom(copy: ShardCopy, loss: Loss): UnassignedCopy {
  const attempts = copy.state === "INITIALIZING" ? copy.failedAttempts : 0;
  const failed = copy.state === "INITIALIZING" && loss.reason !== "node_left" ? 1 : 0;
  return {
    slot: copy.slot,
    role: copy.role,
    state: "UNASSIGNED",
    nodeId: copy.nodeId,
    allocationId: copy.allocationId,
    reason: loss.reason,
    sinceMs: copy.state === "INITIALIZING" ? Math.max(copy.sinceMs, loss.nowMs) : loss.nowMs,
    failedAttempts: attempts + failed,
    detail: loss.detail.slice(0, limits.detailLengthMax),
  };
}
