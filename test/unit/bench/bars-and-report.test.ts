/** Where a run stands against the bars, at and beside each limit, and how reports look. */
import { describe, expect, it } from "vitest";

import { judgeReads, judgeWrites, ratio, type Standing } from "../../bench/bars.js";
import { formatTable, formatVerdict } from "../../bench/report.js";

function standing(p50Ms: number, perSecond: number): Standing {
  return {
    one: { p50Ms, p99Ms: p50Ms * 2, perSecond: 1000 / p50Ms },
    many: { p50Ms: 64_000 / perSecond, p99Ms: 128_000 / perSecond, perSecond },
  };
}

describe("bars", () => {
  it.each([
    { name: "at every limit", ours: standing(1.5, 3000), met: [true, true, true] },
    { name: "slower alone", ours: standing(1.51, 3000), met: [false, true, true] },
    { name: "under 1.2 x the rate", ours: standing(1.5, 2999), met: [true, false, true] },
    { name: "under the floor", ours: standing(1.5, 999), met: [true, false, false] },
  ])("of writes: $name", ({ ours, met }) => {
    const verdicts = judgeWrites(ours, standing(1.5, 2500));
    expect(verdicts.map((verdict) => verdict.met)).toEqual(met);
  });

  it.each([
    { name: "at every limit", ours: standing(0.7, 5200), met: [true, true] },
    { name: "slower alone", ours: standing(0.71, 5200), met: [false, true] },
    { name: "under the rate", ours: standing(0.7, 5199), met: [true, false] },
  ])("of reads: $name", ({ ours, met }) => {
    const verdicts = judgeReads(ours, standing(0.7, 5200));
    expect(verdicts.map((verdict) => verdict.met)).toEqual(met);
  });

  it("leaves open what needs a peer when there is none", () => {
    expect(judgeWrites(standing(1, 1000), undefined).map((verdict) => verdict.met)).toEqual([
      undefined,
      undefined,
      true,
    ]);
    expect(judgeReads(standing(1, 1000), undefined).map((verdict) => verdict.met)).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe("reports", () => {
  it("aligns names left and figures right, and bears short rows", () => {
    const table = formatTable(["name", "ms"], [["a", "10.25"], ["longer", "1"], ["none"]]);
    expect(table).toEqual([
      "name       ms",
      "------  -----",
      "a       10.25",
      "longer      1",
      "none",
    ]);
  });

  it("says of each bar whether it is met", () => {
    const verdict = { bar: "bar", measured: "1 ms" };
    expect(formatVerdict("it", { ...verdict, met: true })).toBe("met      it; bar: 1 ms");
    expect(formatVerdict("it", { ...verdict, met: false })).toBe("NOT MET  it; bar: 1 ms");
    expect(formatVerdict("it", verdict)).toBe("no peer  it; bar: 1 ms");
  });

  it("shows a dash instead of a ratio to nothing", () => {
    expect(ratio(1, 2)).toBe("0.50x");
    expect(ratio(1, 0)).toBe("-");
  });
});
