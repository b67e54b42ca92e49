/**
 * Decisions of the allocation loop or an operator about copies. Each is checked against the state
 * it meets, never trusted: the version of the shard record it was based on, the node, the source,
 * and the rules of shard-edit.ts.
 */
import type { Assignment, CommandResult, ItemResult, ShardAssign } from "../commands.js";
import { hasCapability, isActive, type IndexRecord, type ShardRecord } from "../model.js";
import { accepted, rejected, rejection, shardNotFound } from "../rejection.js";
import type { Rejection } from "../commands.js";
import { isLegal } from "../shard-table.js";
import type { Draft } from "./draft.js";
import {
  activePrimary,
  assignCopy,
  copyInSlot,
  relocateCopy,
  resumeCopy,
  swapPrimary,
} from "./shard-edit.js";
import { findHolder, findShard, shardRejection, staleEpoch } from "./shard-lookup.js";

/** Applies the decisions one by one; each is accepted or rejected by itself. */
export function applyShardAssign(draft: Draft, command: ShardAssign): CommandResult {
  const stale = staleEpoch(draft, command.epoch);
  if (stale !== undefined) return rejected(stale);
  const items = command.assignments.map((item) => applyAssignment(draft, item));
  return { ok: true, indexUuid: "", items };
}

/** What a decision makes of its shard, or why it cannot. */
type Decided = { readonly shard: ShardRecord } | { readonly why: Rejection };

interface Subject {
  readonly draft: Draft;
  readonly index: IndexRecord;
  readonly shard: ShardRecord;
}

function applyAssignment(draft: Draft, item: Assignment): ItemResult {
  const found = findShard(draft, item);
  if (!found.found) return rejected(found.why);
  const { index, shard } = found;
  if (shard.version !== item.expectedShardVersion) {
    return rejected(
      rejection(
        "version_conflict",
        `shard [${index.name}][${String(shard.number)}] is at version ${String(shard.version)}, ` +
          `not ${String(item.expectedShardVersion)}; decide again on the current state`,
        { index: index.name, shard: shard.number, currentVersion: shard.version },
      ),
    );
  }
  const decided = decide({ draft, index, shard }, item);
  if ("why" in decided) return rejected(decided.why);
  draft.setShard(index.name, decided.shard);
  return accepted;
}

function decide(subject: Subject, item: Assignment): Decided {
  switch (item.action) {
    case "assign":
      return decideAssign(subject, item);
    case "resume":
      return decideResume(subject, item.slot);
    case "relocate":
      return decideRelocate(subject, item);
    case "swapPrimary":
      return decideSwap(subject, item.slot);
  }
}

function decideAssign(
  { draft, index, shard }: Subject,
  item: Extract<Assignment, { action: "assign" }>,
): Decided {
  const copy = copyInSlot(shard, item.slot);
  if (copy === undefined) return { why: noSlot(index, shard, item.slot) };
  if (!isLegal(copy, "assign") || copy.state !== "UNASSIGNED") {
    return { why: shardRejection(index, shard, `slot ${String(item.slot)} is ${copy.state}`) };
  }
  const why =
    placeProblem({ draft, index, shard }, item) ??
    (copy.role === "primary"
      ? primarySourceProblem({ draft, index, shard }, item.source)
      : replicaSourceProblem({ draft, index, shard }, item));
  if (why !== undefined) return { why };
  const { nodeId, allocationId, source } = item;
  const sinceMs = draft.context.nowMs;
  return { shard: assignCopy(shard, copy, { nodeId, allocationId, source, sinceMs }) };
}

function primarySourceProblem(
  { index, shard }: Subject,
  source: "empty" | "peer",
): Rejection | undefined {
  if (shard.everStarted) {
    const text = "its primary held documents, so it is only resumed, never created again";
    return shardRejection(index, shard, text);
  }
  if (source === "empty") return undefined;
  return shardRejection(index, shard, "a primary that never started has no peer to copy from");
}

function replicaSourceProblem(
  { draft, index, shard }: Subject,
  item: Extract<Assignment, { action: "assign" }>,
): Rejection | undefined {
  if (item.source !== "peer") {
    return shardRejection(index, shard, "a replica is copied from its primary, never empty");
  }
  if (activePrimary(shard) === undefined) {
    return shardRejection(index, shard, "there is no active primary to copy from");
  }
  return recoveryProblem({ draft, index, shard }, item.nodeId);
}

function decideResume({ draft, index, shard }: Subject, slot: number): Decided {
  const copy = copyInSlot(shard, slot);
  if (copy === undefined) return { why: noSlot(index, shard, slot) };
  if (!isLegal(copy, "resume") || copy.state !== "UNASSIGNED") {
    return { why: shardRejection(index, shard, `slot ${String(slot)} is ${copy.state}`) };
  }
  if (!shard.inSync.includes(copy.allocationId)) {
    const text = `slot ${String(slot)} is not in-sync; assign it so that it recovers`;
    return { why: shardRejection(index, shard, text) };
  }
  const why = placeProblem({ draft, index, shard }, { nodeId: copy.nodeId });
  return why === undefined ? { shard: resumeCopy(shard, copy) } : { why };
}

function decideRelocate(
  { draft, index, shard }: Subject,
  item: Extract<Assignment, { action: "relocate" }>,
): Decided {
  const copy = copyInSlot(shard, item.slot);
  if (copy === undefined) return { why: noSlot(index, shard, item.slot) };
  if (!isLegal(copy, "relocate") || copy.state !== "STARTED") {
    return { why: shardRejection(index, shard, `slot ${String(item.slot)} is ${copy.state}`) };
  }
  const subject = { draft, index, shard };
  const why =
    placeProblem(subject, item) ??
    recoveryProblem(subject, item.nodeId) ??
    recoveryProblem(subject, copy.nodeId);
  if (why !== undefined) return { why };
  const { nodeId, allocationId } = item;
  return {
    shard: relocateCopy(shard, copy, { nodeId, allocationId, sinceMs: draft.context.nowMs }),
  };
}

function decideSwap({ index, shard }: Subject, slot: number): Decided {
  const copy = copyInSlot(shard, slot);
  if (copy === undefined) return { why: noSlot(index, shard, slot) };
  if (copy.role !== "replica" || copy.state !== "STARTED") {
    return { why: shardRejection(index, shard, `slot ${String(slot)} is no started replica`) };
  }
  if (!shard.inSync.includes(copy.allocationId)) {
    return { why: shardRejection(index, shard, `slot ${String(slot)} is not in-sync`) };
  }
  if (activePrimary(shard)?.state !== "STARTED") {
    return { why: shardRejection(index, shard, "its primary is not started, or is moving") };
  }
  return { shard: swapPrimary(shard, copy) };
}

/** The node can take a copy, has none of this shard, and the allocation id is new. */
function placeProblem(
  { draft, index, shard }: Subject,
  place: { readonly nodeId: string; readonly allocationId?: string },
): Rejection | undefined {
  const holder = findHolder(draft, place.nodeId);
  if (!holder.found) return holder.why;
  const taken = shard.copies.some(
    (copy) => copy.state !== "UNASSIGNED" && copy.nodeId === place.nodeId,
  );
  if (taken) return shardRejection(index, shard, `node [${place.nodeId}] has a copy of it already`);
  const { allocationId } = place;
  if (allocationId === undefined) return undefined;
  const used =
    shard.copies.some((copy) => copy.allocationId === allocationId) ||
    shard.superseded.some((copy) => copy.allocationId === allocationId);
  if (!used) return undefined;
  return shardRejection(index, shard, `allocation id ${allocationId} was used before`);
}

function recoveryProblem({ draft, index, shard }: Subject, nodeId: string): Rejection | undefined {
  const node = draft.node(nodeId);
  if (node !== undefined && hasCapability(node, "peer_recovery")) return undefined;
  return shardRejection(index, shard, `node [${nodeId}] cannot recover from peers`);
}

function noSlot(index: IndexRecord, shard: ShardRecord, slot: number): Rejection {
  const active = shard.copies.filter(isActive).length;
  const text = `no copy in slot ${String(slot)} (${String(active)} active copies)`;
  return shardNotFound(index, shard.number, text);
}
