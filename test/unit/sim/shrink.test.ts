/** Making a failing plan small. */
import { describe, expect, it } from "vitest";

import { reduce } from "../../sim/shrink.js";

const hundred = Array.from({ length: 100 }, (_, at) => at + 1);

/** Fails exactly when all of `needed` are there; counts how often it is asked. */
function failing(needed: readonly number[]): {
  asked: number;
  fails: (rest: readonly number[]) => Promise<boolean>;
} {
  const oracle = {
    asked: 0,
    fails: (rest: readonly number[]): Promise<boolean> => {
      oracle.asked += 1;
      return Promise.resolve(needed.every((no) => rest.includes(no)));
    },
  };
  return oracle;
}

describe("a failing plan", () => {
  it.each([{ needed: [] }, { needed: [57] }, { needed: [3, 4, 99] }, { needed: [1, 100] }])(
    "is reduced to $needed",
    async ({ needed }) => {
      const { fails } = failing(needed);
      expect(await reduce(hundred, 1000, fails)).toEqual(needed);
    },
  );

  it("keeps failing when the attempts are used up", async () => {
    const needed = [2, 40, 77];
    const oracle = failing(needed);
    const kept = await reduce(hundred, 8, oracle.fails);
    expect(oracle.asked).toBe(8);
    expect(kept).toEqual(expect.arrayContaining(needed));
    expect(kept.length).toBeLessThan(100);
  });
});
