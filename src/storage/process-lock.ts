/**
 * One process per data directory. Node has no advisory file locks, so the lock is that of a
 * key-value store that exists for nothing else: the kernel releases it when the process ends in
 * whatever way. The store is never rebuilt and never holds data.
 */
import { assert } from "../base/assert.js";
import { FatalError, exitCode } from "../base/errors.js";
import { assertText } from "./invariants.js";
import type { KeyValueStore, OpenKeyValue } from "./key-value.js";
import { KeyValueLocked } from "./key-value.js";

/** Holds the lock until released. */
export interface ProcessLock {
  release(): Promise<void>;
}

/** Reasons that are the disk's and not the lock's, known by the words that the library passes on. */
const diskStates = [
  {
    words: /no space left|quota exceeded|ENOSPC/i,
    exit: exitCode.temporary,
    remedy: "make room on this disk, then start again",
  },
  {
    words: /input\/output error|EIO/i,
    exit: exitCode.temporary,
    remedy: "check this disk, then start again",
  },
  {
    words: /read-only file system|permission denied/i,
    exit: exitCode.config,
    remedy: "give this process's user a data directory it can write",
  },
] as const;

/**
 * Takes the lock in `lockDirectory`, which is created when missing.
 *
 * @throws FatalError (data refused) when another process holds it. Not "temporary": the kernel
 *   frees the lock of a process that ended, so whoever holds it is running, and a restart loop
 *   would only hide a directory that was configured twice.
 */
export async function acquireProcessLock(
  lockDirectory: string,
  openKeyValue: OpenKeyValue,
): Promise<ProcessLock> {
  assert(!lockDirectory.endsWith("/"), "a directory is named without its slash");
  assertText(lockDirectory, "a lock directory");
  let store: KeyValueStore;
  try {
    store = await openKeyValue(lockDirectory, "either");
  } catch (error) {
    throw lockError(lockDirectory, error);
  }
  return { release: () => store.close() };
}

function lockError(lockDirectory: string, error: unknown): FatalError {
  assertText(lockDirectory, "a lock directory");
  const cause = error instanceof Error ? error.cause : undefined;
  const details = { directory: lockDirectory };
  if (error instanceof KeyValueLocked) {
    const text = `another process uses the data directory of ${lockDirectory}: stop it, or give this one its own data directory`;
    return new FatalError(exitCode.dataRefused, text, details, error);
  }
  const why = cause instanceof Error ? cause.message : String(error);
  for (const { words, exit, remedy } of diskStates) {
    if (!words.test(why)) continue;
    const text = `the process lock ${lockDirectory} cannot be opened (${why}): ${remedy}`;
    return new FatalError(exit, text, details, error);
  }
  const text = `the process lock ${lockDirectory} cannot be opened (${why}): make sure that no daemon runs on it and that it is writable, then remove this directory, which holds no data`;
  return new FatalError(exitCode.dataRefused, text, details, error);
}
