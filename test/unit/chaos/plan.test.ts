import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { faultKinds, planFaults } from "../../chaos/plan.js";

const minuteMs = 60_000;

describe("a plan of faults", () => {
  it("depends on the seed and the duration alone", () => {
    expect(planFaults(7, minuteMs)).toEqual(planFaults(7, minuteMs));
    expect(planFaults(8, minuteMs)).not.toEqual(planFaults(7, minuteMs));
  });

  it("has every kind within 75 seconds, in order of time, within the run", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const durationMs = 75_000;
        const plan = planFaults(seed, durationMs);
        expect(new Set(plan.map((fault) => fault.kind))).toEqual(new Set(faultKinds));
        for (const [position, fault] of plan.entries()) {
          expect(fault.startMs).toBeGreaterThan(0);
          expect(fault.startMs + fault.durationMs).toBeLessThanOrEqual(durationMs);
          expect(fault.startMs).toBeGreaterThanOrEqual(plan[position - 1]?.startMs ?? 0);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("overlaps faults, but never more than two", () => {
    let overlapsCount = 0;
    for (let seed = 0; seed < 50; seed += 1) {
      const plan = planFaults(seed, minuteMs);
      for (const { startMs } of plan) {
        const running = plan.filter(
          (other) => other.startMs <= startMs && startMs < other.startMs + other.durationMs,
        );
        expect(running.length).toBeLessThanOrEqual(2);
        if (running.length === 2) overlapsCount += 1;
      }
    }
    expect(overlapsCount).toBeGreaterThan(100);
  });

  it("leaves out what it is told to", () => {
    const plan = planFaults(1, 5 * minuteMs, new Set(["replace", "transfer"]));
    const kinds = new Set(plan.map((fault) => fault.kind));
    expect(kinds.has("replace") || kinds.has("transfer")).toBe(false);
    expect(kinds.size).toBe(faultKinds.length - 2);
    expect(() => planFaults(1, minuteMs, new Set(faultKinds))).toThrow("something is to go wrong");
  });
});
