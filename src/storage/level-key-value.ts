/**
 * The store of keys and values on this machine's disk: LevelDB, through its native binding. It
 * adds nothing to it: no checksums, no retries.
 */
import { ClassicLevel } from "classic-level";
import { assert } from "../base/assert.js";
import { assertText } from "./invariants.js";
import type { KeyValueMode, KeyValuePair, KeyValueStore } from "./key-value.js";
import { KeyValueLocked } from "./key-value.js";
import { stateReadAheadBytes, stateWriteBufferBytes } from "./limits.js";

/** See `OpenKeyValue` in key-value.ts. */
export async function openLevel(path: string, mode: KeyValueMode): Promise<KeyValueStore> {
  assertText(path, "a path");
  assert(stateWriteBufferBytes > 0, "the store has a write buffer");
  const level = new ClassicLevel(path, {
    createIfMissing: mode !== "existing",
    errorIfExists: mode === "create",
    writeBufferSize: stateWriteBufferBytes,
  });
  try {
    await level.open();
  } catch (error) {
    if (!isLocked(error)) throw error;
    throw new KeyValueLocked(`${path} is in use`, { cause: error });
  }
  assert(level.status === "open", "a store that was opened is open");
  return {
    hasMany: (keys) => level.hasMany([...keys]),
    pages: (pairsCountMax) => pages(level, pairsCountMax),
    write: async ({ puts, deletes }, { sync }) => {
      const batch = level.batch();
      for (const [key, value] of puts) batch.put(key, value);
      for (const key of deletes) batch.del(key);
      await batch.write({ sync });
    },
    close: () => level.close(),
  };
}

async function* pages(
  level: ClassicLevel,
  pairsCountMax: number,
): AsyncGenerator<readonly KeyValuePair[]> {
  assert(pairsCountMax > 0, "a page holds something");
  assertText(level.location, "a path");
  const iterator = level.iterator({ highWaterMarkBytes: stateReadAheadBytes });
  try {
    for (;;) {
      const page = await iterator.nextv(pairsCountMax);
      if (page.length === 0) return;
      yield page;
    }
  } finally {
    await iterator.close();
  }
}

function isLocked(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause && cause.code === "LEVEL_LOCKED";
}
