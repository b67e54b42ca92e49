/**
 * Changing a record of strings key by key. Keys come from outside, so lookups see only the
 * record's own keys.
 */

/**
 * `record` with strings set and nulls removed, or undefined when that changes nothing. Keys come
 * out sorted.
 */
export function patchRecord(
  record: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | null>>,
): Readonly<Record<string, string>> | undefined {
  const next = new Map(Object.entries(record));
  let changed = false;
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) {
      changed = next.delete(key) || changed;
    } else if (next.get(key) !== value) {
      next.set(key, value);
      changed = true;
    }
  }
  return changed ? sortedRecord(next) : undefined;
}

/** A record of the given pairs with its keys sorted. */
export function sortedRecord<V>(entries: Iterable<readonly [string, V]>): Record<string, V> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
