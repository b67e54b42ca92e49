/** The persistent map beside a plain Map, with keys that share hashes and paths. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AssertionError } from "../../../src/base/assert.js";
import { PersistentMap } from "../../../src/base/persistent-map.js";
import { sortedStrings } from "../../../src/base/sorted.js";

/** The map's hash, so that keys of one hash can be found; a wrong copy of it fails below. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** Groups of keys of one hash each, found by trial. */
const groups = [
  ["2hyha3e7gi2ohwngau", "2hyha3e7gixe5hrbls", "aji70amwli2ohwngau", "aji70amwlixe5hrbls"],
  ["hhi4cz29r", "r85ps796y"],
  ["1kct8yy7f", "1b9ubrl8cz"],
] as const;
const colliding = groups.flat();
const keys = [...colliding, ...Array.from({ length: 56 }, (_, n) => `k${String(n)}`), "", "ü"];

interface Operation {
  readonly kind: "set" | "delete";
  readonly key: string;
  readonly value: number;
}

const operations: fc.Arbitrary<Operation[]> = fc.array(
  fc.record({
    kind: fc.constantFrom("set", "set", "delete"),
    key: fc.constantFrom(...keys),
    value: fc.nat(3),
  }),
  { maxLength: 200, size: "max" },
);

function sortedPairs(pairs: Iterable<readonly [string, number]>): (readonly [string, number])[] {
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));
}

describe("PersistentMap", () => {
  it("has keys of one hash to be tried with", () => {
    for (const group of groups) expect(new Set(group.map(hashOf)).size).toBe(1);
    expect(new Set(colliding.map(hashOf)).size).toBe(groups.length);
  });

  it("is a Map that keeps its earlier versions", () => {
    fc.assert(
      fc.property(operations, (list) => {
        const plain = new Map<string, number>();
        let map = PersistentMap.empty<number>();
        const versions: (readonly [PersistentMap<number>, Map<string, number>])[] = [];
        for (const { kind, key, value } of list) {
          versions.push([map, new Map(plain)]);
          if (kind === "set") {
            plain.set(key, value);
            map = map.set(key, value);
          } else {
            plain.delete(key);
            map = map.delete(key);
          }
        }
        versions.push([map, plain]);
        for (const [version, expected] of versions) {
          const wrong = keys.filter(
            (key) =>
              version.get(key) !== expected.get(key) || version.has(key) !== expected.has(key),
          );
          expect([version.size, wrong]).toEqual([expected.size, []]);
        }
        expect(sortedPairs(map.entries())).toEqual(sortedPairs(plain.entries()));
        expect(map.sortedKeys()).toEqual(sortedStrings(plain.keys()));
        expect(map.sortedValues()).toEqual(sortedPairs(plain).map(([, value]) => value));
        expect([...map.values()].sort()).toEqual([...plain.values()].sort());
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  it("iterates in an order that depends on the keys alone", () => {
    fc.assert(
      fc.property(
        operations,
        fc.shuffledSubarray(keys, { minLength: keys.length }),
        (list, order) => {
          let map = PersistentMap.empty<number>();
          for (const { kind, key, value } of list) {
            map = kind === "set" ? map.set(key, value) : map.delete(key);
          }
          let fresh = PersistentMap.empty<number>();
          for (const key of order) {
            const value = map.get(key);
            if (value !== undefined) fresh = fresh.set(key, value);
          }
          expect([...fresh.entries()]).toEqual([...map.entries()]);
        },
      ),
      { numRuns: 200, seed: 8 },
    );
  });

  it("is the very same map when a key to delete is not there", () => {
    const map = PersistentMap.from([["a", 1]]);
    expect(map.delete("b")).toBe(map);
    for (const key of colliding) {
      const other = colliding.find((each) => each !== key && hashOf(each) === hashOf(key)) ?? "";
      const alone = PersistentMap.from([[key, 1]]);
      expect(alone.delete(other)).toBe(alone);
      expect(alone.get(other)).toBeUndefined();
    }
  });

  it("takes the later of two pairs of one key", () => {
    const map = PersistentMap.from([
      ["a", 1],
      ["a", 2],
    ]);
    expect([...map.entries()]).toEqual([["a", 2]]);
  });

  it("holds many keys", () => {
    const many = Array.from({ length: 20_000 }, (_, n): [string, number] => [String(n), n]);
    let map = PersistentMap.from(many);
    expect(map.size).toBe(20_000);
    for (const [key, value] of many) if (value % 2 === 0) map = map.delete(key);
    expect(map.size).toBe(10_000);
    expect(
      many.every(([key, value]) => map.get(key) === (value % 2 === 0 ? undefined : value)),
    ).toBe(true);
  });

  it("has no place for undefined", () => {
    const map = PersistentMap.empty<number | undefined>();
    expect(() => map.set("a", undefined)).toThrow(AssertionError);
  });
});
