/** The arithmetic of the benchmarks, with values worked out by hand. */
import { describe, expect, it } from "vitest";

import { figuresOf, median, medianOverRounds, percentile } from "../../bench/statistics.js";

const oneToHundred = Array.from({ length: 100 }, (_, i) => 100 - i);

describe("percentile", () => {
  it.each([
    { values: [7], percent: 1, expected: 7 },
    { values: [7], percent: 100, expected: 7 },
    { values: [3, 1, 2], percent: 50, expected: 2 },
    { values: [4, 1, 3, 2], percent: 50, expected: 2 },
    { values: oneToHundred, percent: 99, expected: 99 },
    { values: oneToHundred, percent: 99.5, expected: 100 },
    { values: [10, 9, 100], percent: 100, expected: 100 },
  ])("is $expected at $percent % of $values.length values", ({ values, percent, expected }) => {
    expect(percentile(values, percent)).toBe(expected);
  });

  it("leaves the given values in their order", () => {
    const values = [3, 1, 2];
    percentile(values, 50);
    expect(values).toEqual([3, 1, 2]);
  });

  it("refuses nothing to count and percentages outside its range", () => {
    expect(() => percentile([], 50)).toThrow("at least one value");
    expect(() => percentile([1], 0)).toThrow("above 0");
    expect(() => percentile([1], 101)).toThrow("at most 100");
  });
});

describe("median", () => {
  it.each([
    { values: [5], expected: 5 },
    { values: [10, 9, 100], expected: 10 },
    { values: [4, 1, 3, 2], expected: 2.5 },
  ])("of $values is $expected", ({ values, expected }) => {
    expect(median(values)).toBe(expected);
  });

  it("refuses nothing", () => {
    expect(() => median([])).toThrow("at least one value");
  });
});

describe("figures of a load", () => {
  it("counts the rate over the whole time, not over the sum of latencies", () => {
    const figures = figuresOf([1, 2, 3, 4], 500);
    expect(figures).toEqual({ p50Ms: 2, p99Ms: 4, perSecond: 8 });
  });

  it("refuses a load that took no time", () => {
    expect(() => figuresOf([1], 0)).toThrow("takes time");
  });
});

describe("medians over rounds", () => {
  it("takes each figure by itself, so that one bad round decides none of them", () => {
    const rounds = [
      { p50Ms: 1, p99Ms: 9, perSecond: 100 },
      { p50Ms: 50, p99Ms: 3, perSecond: 1 },
      { p50Ms: 2, p99Ms: 4, perSecond: 90 },
    ];
    expect(medianOverRounds(rounds)).toEqual({ p50Ms: 2, p99Ms: 4, perSecond: 90 });
  });
});
