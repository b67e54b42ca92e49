/**
 * Ordered iteration. Wherever an order can be seen from outside (messages, state, answers) it is
 * made by one of these, never left to insertion order. Strings compare by UTF-16 code units,
 * which does not depend on a locale.
 */

/** Compares strings by code unit: negative, zero or positive. */
export function compareStrings(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares numbers ascending. */
export function compareNumbers(a: number, b: number): number {
  return a - b;
}

/** A sorted copy of numbers, ascending. */
export function sortedNumbers(values: Iterable<number>): number[] {
  return [...values].sort(compareNumbers);
}

/** A sorted copy of strings, by code unit. */
export function sortedStrings(values: Iterable<string>): string[] {
  return [...values].sort(compareStrings);
}

/** A copy of `values` sorted by a string key; stable. */
export function sortedBy<T>(values: Iterable<T>, keyOf: (value: T) => string): T[] {
  return [...values].sort((a, b) => compareStrings(keyOf(a), keyOf(b)));
}
