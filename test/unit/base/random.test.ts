/** Seeded randomness: repeatable, in range, and not visibly lopsided. */
import { describe, expect, it } from "vitest";
import { AssertionError } from "../../../src/base/assert.js";
import { createRandom } from "../../../src/base/random.js";

function sequence(seed: number, count = 16): number[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random.uint32());
}

describe("createRandom", () => {
  it("repeats from its seed and differs for seeds nearby", () => {
    const seeds = [0, 1, 2, 3, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER];
    const sequences = seeds.map((seed) => sequence(seed).join());
    expect(seeds.map((seed) => sequence(seed).join())).toEqual(sequences);
    expect(new Set(sequences).size).toBe(seeds.length);
  });

  it("gives unsigned 32-bit integers", () => {
    const numbers = sequence(3, 1_000);
    expect(numbers.every((n) => Number.isInteger(n) && n >= 0 && n < 2 ** 32)).toBe(true);
    expect(Math.max(...numbers)).toBeGreaterThan(2 ** 31);
  });

  it("gives each value below a bound about as often", () => {
    const random = createRandom(42);
    const counts = new Array<number>(10).fill(0);
    for (let n = 0; n < 10_000; n += 1) {
      const value = random.below(10);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    expect(counts).toHaveLength(10);
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1_150);
  });

  it("takes bounds from 1 to 2^32 only", () => {
    const random = createRandom(1);
    expect(random.below(1)).toBe(0);
    expect(random.below(2 ** 32)).toBeLessThan(2 ** 32);
    for (const bound of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN]) {
      expect(() => random.below(bound)).toThrow(AssertionError);
    }
    expect(() => createRandom(0.5)).toThrow(AssertionError);
  });
});
