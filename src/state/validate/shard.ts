/** Shape and limits of the commands about shards, whatever the state is. */
import type {
  Assignment,
  Rejection,
  ShardAssign,
  ShardCleaned,
  ShardFailed,
  ShardFailedItem,
  ShardRef,
  ShardStarted,
  ShardStartedItem,
} from "../commands.js";
import { limits } from "../limits.js";
import { rejection } from "../rejection.js";
import {
  allocationIdProblem,
  firstOf,
  integerProblem,
  nodeIdProblem,
  wordProblem,
} from "./words.js";

const naturals = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** What is wrong with decisions about copies. */
export function shardAssignProblem(command: ShardAssign): Rejection | undefined {
  return firstOf(
    () => integerProblem("epoch", command.epoch, naturals),
    () => batchProblem(command.assignments, assignmentProblem),
  );
}

/** What is wrong with reports of started copies. */
export function shardStartedProblem(command: ShardStarted): Rejection | undefined {
  return batchProblem(command.items, startedProblem);
}

/** What is wrong with reports of failed copies. */
export function shardFailedProblem(command: ShardFailed): Rejection | undefined {
  return firstOf(
    () => integerProblem("epoch", command.epoch, naturals),
    () => batchProblem(command.items, failedProblem),
  );
}

/** What is wrong with a confirmation. */
export function shardCleanedProblem(command: ShardCleaned): Rejection | undefined {
  return firstOf(
    () => integerProblem("epoch", command.epoch, naturals),
    () => nodeIdProblem(command.nodeId),
    () => batchProblem(command.superseded, refProblem),
    () => batchProblem(command.tombstones, uuidProblem),
  );
}

function batchProblem<T>(
  items: readonly T[],
  problemOf: (item: T) => Rejection | undefined,
): Rejection | undefined {
  const max = limits.batchItemsCountMax;
  if (items.length > max) {
    const text = `a batch of ${String(items.length)} items; split it into at most ${String(max)}`;
    return rejection("limit_exceeded", text, { count: items.length, limit: max });
  }
  for (const item of items) {
    const problem = problemOf(item);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function refProblem(ref: ShardRef): Rejection | undefined {
  return firstOf(
    () => wordProblem("index name", ref.indexName, limits.reportedNameLengthMax),
    () => uuidProblem(ref.indexUuid),
    () => integerProblem("shard", ref.shard, naturals),
  );
}

function uuidProblem(uuid: string): Rejection | undefined {
  return wordProblem("index uuid", uuid, limits.uuidLengthMax);
}

function assignmentProblem(item: Assignment): Rejection | undefined {
  return firstOf(
    () => refProblem(item),
    () => integerProblem("slot", item.slot, naturals),
    () => integerProblem("expected shard version", item.expectedShardVersion, naturals),
    () => ("nodeId" in item ? nodeIdProblem(item.nodeId) : undefined),
    () => ("allocationId" in item ? allocationIdProblem(item.allocationId) : undefined),
  );
}

function startedProblem(item: ShardStartedItem): Rejection | undefined {
  return firstOf(
    () => refProblem(item),
    () => allocationIdProblem(item.allocationId),
    () => integerProblem("primary term", item.primaryTerm, naturals),
  );
}

function failedProblem(item: ShardFailedItem): Rejection | undefined {
  const by = item.byPrimary;
  return firstOf(
    () => refProblem(item),
    () => allocationIdProblem(item.allocationId),
    () => (by === undefined ? undefined : integerProblem("primary term", by.primaryTerm, naturals)),
  );
}
