/**
 * What nodes report about copies: usable, failed, missing, cleaned. Reports repeat and come late,
 * so one that says what is already so is accepted and changes nothing, and one from an older
 * primary term is refused.
 */
import { assertNever } from "../../base/assert.js";
import type {
  CommandResult,
  ItemResult,
  Rejection,
  ShardCleaned,
  ShardFailed,
  ShardFailedItem,
  ShardStarted,
  ShardStartedItem,
} from "../commands.js";
import { limits } from "../limits.js";
import {
  isActive,
  primaryOf,
  type IndexRecord,
  type InitializingCopy,
  type ShardCopy,
  type ShardRecord,
} from "../model.js";
import { accepted, done, rejected, shardNotFound } from "../rejection.js";
import { isLegal } from "../shard-table.js";
import type { Draft } from "./draft.js";
import { activePrimary, copyOfAllocation, loseCopy, startCopy, withCopy } from "./shard-edit.js";
import { findShard, shardRejection, staleEpoch } from "./shard-lookup.js";

/** Starts copies; each item is judged by itself. */
export function applyShardStarted(draft: Draft, command: ShardStarted): CommandResult {
  const items = command.items.map((item) => applyStartedItem(draft, item));
  return { ok: true, indexUuid: "", items };
}

/** Fails copies; each item is judged by itself. */
export function applyShardFailed(draft: Draft, command: ShardFailed): CommandResult {
  const stale = staleEpoch(draft, command.epoch);
  if (stale !== undefined) return rejected(stale);
  const items = command.items.map((item) => applyFailedItem(draft, item));
  return { ok: true, indexUuid: "", items };
}

/** Forgets evidence that a node no longer needs. Unknown references are done already. */
export function applyShardCleaned(draft: Draft, command: ShardCleaned): CommandResult {
  const stale = staleEpoch(draft, command.epoch);
  if (stale !== undefined) return rejected(stale);
  for (const ref of command.superseded) {
    const found = findShard(draft, ref);
    if (!found.found) continue;
    const superseded = found.shard.superseded.filter(
      (copy) => copy.nodeId !== command.nodeId || copy.allocationId !== ref.allocationId,
    );
    if (superseded.length === found.shard.superseded.length) continue;
    draft.setShard(ref.indexName, { ...found.shard, superseded });
  }
  for (const indexUuid of command.tombstones) cleanTombstone(draft, indexUuid, command.nodeId);
  return done();
}

function cleanTombstone(draft: Draft, indexUuid: string, nodeId: string): void {
  const tombstone = draft.tombstones.get(indexUuid);
  if (tombstone === undefined || !Object.hasOwn(tombstone.holders, nodeId)) return;
  const rest = Object.entries(tombstone.holders).filter(([holder]) => holder !== nodeId);
  const after = rest.length === 0 ? undefined : { ...tombstone, holders: Object.fromEntries(rest) };
  draft.setTombstone(indexUuid, after);
}

function applyStartedItem(draft: Draft, item: ShardStartedItem): ItemResult {
  const found = findShard(draft, item);
  if (!found.found) return rejected(found.why);
  const { index, shard } = found;
  const copy = copyOfAllocation(shard, item.allocationId);
  if (copy === undefined) return rejected(noAllocation(index, shard, item.allocationId));
  if (isActive(copy)) return accepted;
  if (!isLegal(copy, "start") || copy.state !== "INITIALIZING") {
    const text = `copy ${item.allocationId} is ${copy.state}, so it cannot start`;
    return rejected(shardRejection(index, shard, text));
  }
  const why = startProblem(index, shard, { copy, primaryTerm: item.primaryTerm });
  if (why !== undefined) return rejected(why);
  draft.setShard(index.name, startCopy(shard, copy));
  return accepted;
}

/**
 * A copy from a peer joins the in-sync set, so its report must be made under the present term: one
 * that recovered from an earlier primary may lack what the present one acknowledged.
 */
function startProblem(
  index: IndexRecord,
  shard: ShardRecord,
  report: { readonly copy: InitializingCopy; readonly primaryTerm: number },
): Rejection | undefined {
  const unknownTerm = report.primaryTerm === 0;
  const mayNotKnow = report.copy.source === "empty";
  if (unknownTerm ? !mayNotKnow : report.primaryTerm !== shard.primaryTerm) {
    const term = String(report.primaryTerm);
    const text = `reported under primary term ${term}, but ${String(shard.primaryTerm)} is current`;
    return shardRejection(index, shard, text);
  }
  if (report.copy.role === "primary" || activePrimary(shard) !== undefined) return undefined;
  return shardRejection(index, shard, "a replica starts only while its primary is active");
}

function applyFailedItem(draft: Draft, item: ShardFailedItem): ItemResult {
  const found = findShard(draft, item);
  if (!found.found) return rejected(found.why);
  const { index, shard } = found;
  const copy = copyOfAllocation(shard, item.allocationId);
  if (copy === undefined) return rejected(noAllocation(index, shard, item.allocationId));
  const why = reporterProblem(index, shard, item);
  if (why !== undefined) return rejected(why);
  if (copy.state === "UNASSIGNED") {
    const changed = missingOnReturn(shard, copy, item);
    if (changed !== undefined) draft.setShard(index.name, changed);
    return accepted;
  }
  if (!isLegal(copy, item.reason)) {
    const text = `copy ${item.allocationId} is ${copy.state}, which is no case of ${item.reason}`;
    return rejected(shardRejection(index, shard, text));
  }
  if (item.reason === "primary_failed" && primaryOf(shard) === copy) {
    return rejected(shardRejection(index, shard, "a primary does not fail itself"));
  }
  const loss = { reason: item.reason, nowMs: draft.context.nowMs, detail: item.detail };
  draft.setShard(index.name, loseCopy(shard, copy, loss));
  return accepted;
}

/** Only the present primary, in its present term, says that a replica failed. */
function reporterProblem(
  index: IndexRecord,
  shard: ShardRecord,
  item: ShardFailedItem,
): Rejection | undefined {
  switch (item.reason) {
    case "allocation_failed":
    case "copy_missing":
      return undefined;
    case "primary_failed": {
      const by = item.byPrimary;
      const current = activePrimary(shard);
      const isCurrent =
        by !== undefined &&
        by.allocationId === current?.allocationId &&
        by.primaryTerm === shard.primaryTerm;
      if (isCurrent) return undefined;
      return shardRejection(index, shard, "only its present primary, in its term, fails a replica");
    }
    default:
      return assertNever(item.reason, "an unknown reason of failure");
  }
}

/** The last in-sync copy waited for its node, which is back without it: say so. */
function missingOnReturn(
  shard: ShardRecord,
  copy: Extract<ShardCopy, { state: "UNASSIGNED" }>,
  item: ShardFailedItem,
): ShardRecord | undefined {
  const isNews = item.reason === "copy_missing" && copy.reason !== "copy_missing";
  if (!isNews || !shard.inSync.includes(copy.allocationId)) return undefined;
  const detail = item.detail.slice(0, limits.detailLengthMax);
  return withCopy(shard, { ...copy, reason: "copy_missing", detail });
}

function noAllocation(index: IndexRecord, shard: ShardRecord, allocationId: string): Rejection {
  return shardNotFound(index, shard.number, `no copy has allocation id ${allocationId}`);
}
