/** The bounded queue beside a plain array. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AssertionError } from "../../../src/base/assert.js";
import { BoundedQueue } from "../../../src/base/bounded-queue.js";

describe("BoundedQueue", () => {
  it("is an array with a limit", () => {
    const operation = fc.constantFrom("push", "push", "push", "shift", "shift", "drain");
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 400, size: "max" }),
        fc.integer({ min: 1, max: 150 }),
        (operations, capacity) => {
          const queue = new BoundedQueue<number>(capacity);
          let plain: number[] = [];
          for (const [n, each] of operations.entries()) {
            if (each === "push") {
              const fits = plain.length < capacity;
              expect(queue.push(n)).toBe(fits);
              if (fits) plain.push(n);
            } else if (each === "shift") {
              expect(queue.shift()).toBe(plain.shift());
            } else if (n % 50 === 0) {
              expect(queue.drain()).toEqual(plain);
              plain = [];
            }
            expect(queue.size).toBe(plain.length);
          }
        },
      ),
      { numRuns: 200, seed: 9 },
    );
  });

  it("stays in order while far more passes through than it holds", () => {
    const queue = new BoundedQueue<number>(100);
    for (let n = 0; n < 100; n += 1) queue.push(n);
    for (let n = 100; n < 10_000; n += 1) {
      expect(queue.shift()).toBe(n - 100);
      expect(queue.push(n)).toBe(true);
    }
    expect(queue.push(0)).toBe(false);
    expect(queue.drain()).toEqual(Array.from({ length: 100 }, (_, n) => 9_900 + n));
    expect(queue.shift()).toBeUndefined();
    expect(queue.size).toBe(0);
  });

  it("holds at least one item", () => {
    for (const capacity of [0, -1, 1.5, Number.NaN]) {
      expect(() => new BoundedQueue(capacity)).toThrow(AssertionError);
    }
    expect(new BoundedQueue(1).capacity).toBe(1);
  });
});
