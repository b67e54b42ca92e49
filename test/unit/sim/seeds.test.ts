/** A sample of seeds: each passes every check, and two runs of it are the same run. */
import { describe, expect, it } from "vitest";

import { runSeed } from "../../sim/batch.js";
import { drawConfig } from "../../sim/config.js";
import { drawPlan, numbersOf, without } from "../../sim/plan.js";

const seedsCount = 60;
const seedsPerTest = 10;
const firstSeeds = Array.from({ length: seedsCount / seedsPerTest }, (_, at) => at * seedsPerTest);

describe("the simulator", () => {
  it.each(firstSeeds)(
    "finds nothing in the seeds from %i, twice each",
    async (first) => {
      for (let seed = first; seed < first + seedsPerTest; seed += 1) {
        const report = await runSeed(seed, { dropped: new Set(), isTwice: true });
        expect({ seed, violation: report.violation }).toEqual({ seed, violation: undefined });
        expect(report.eventsCount).toBeGreaterThan(100);
      }
    },
    120_000,
  );

  it("runs other things for other seeds, and for a seed without some of its faults", async () => {
    const all = await runSeed(1, { dropped: new Set(), isTwice: false });
    const other = await runSeed(2, { dropped: new Set(), isTwice: false });
    const some = await runSeed(1, { dropped: new Set([1, 2, 3]), isTwice: false });
    expect(new Set([all.traceHash, other.traceHash, some.traceHash]).size).toBe(3);
  }, 60_000);
});

describe("a plan", () => {
  it("numbers everything in it from 1 on", () => {
    const numbers = numbersOf(drawPlan(3, drawConfig(3)));
    expect(numbers).toEqual(numbers.map((_, at) => at + 1));
    expect(numbers.length).toBeGreaterThan(20);
  });

  it("keeps what is not left out as it was", () => {
    const plan = drawPlan(3, drawConfig(3));
    const rest = without(plan, new Set([1, 5]));
    expect(numbersOf(rest)).toEqual(numbersOf(plan).filter((no) => no !== 1 && no !== 5));
    expect(rest.requests).toEqual(plan.requests.filter(({ no }) => no !== 5));
  });
});
