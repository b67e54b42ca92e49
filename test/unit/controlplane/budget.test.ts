/** The time of one call: its three ends, waiting within it, and that nothing is left behind. */
import { describe, expect, it } from "vitest";

import { Budget, isExpired } from "../../../src/controlplane/raft/budget.js";
import { ManualClock } from "../../support/server/manual-clock.js";

function never(): () => void {
  return () => undefined;
}

describe("a budget", () => {
  it("ends by its timer, and every wait with it", async () => {
    const clock = new ManualClock();
    const budget = new Budget({ budgetMs: 100 }, clock);
    const waits = Promise.all([budget.wait(never), budget.wait(never)]);
    clock.advance(99);
    expect(budget.isOver).toBe(false);
    clock.advance(1);
    expect(budget.isOver).toBe(true);
    expect((await waits).every(isExpired)).toBe(true);
    expect(isExpired(await budget.wait(never))).toBe(true);
  });

  it("ends by the caller's signal, before or during a wait", async () => {
    const clock = new ManualClock();
    const gone = new Budget({ budgetMs: undefined, signal: AbortSignal.abort() }, clock);
    expect(gone.isOver).toBe(true);
    const controller = new AbortController();
    const budget = new Budget({ budgetMs: undefined, signal: controller.signal }, clock);
    const wait = budget.wait(never);
    controller.abort();
    expect(isExpired(await wait)).toBe(true);
  });

  it("can be ended from outside", async () => {
    const budget = new Budget({ budgetMs: undefined }, new ManualClock());
    const wait = budget.wait(never);
    budget.expire();
    expect(isExpired(await wait)).toBe(true);
  });

  it("gives what was waited for, once, and stops listening for it", async () => {
    const clock = new ManualClock();
    const budget = new Budget({ budgetMs: 100 }, clock);
    let announce: ((value: number) => void) | undefined;
    let stopped = 0;
    const wait = budget.wait<number>((resolve) => {
      announce = resolve;
      return () => {
        stopped += 1;
      };
    });
    announce?.(7);
    announce?.(8);
    clock.advance(200);
    expect(await wait).toBe(7);
    expect(stopped).toBe(1);
  });

  it("takes what is announced while it registers", async () => {
    let stopped = 0;
    const budget = new Budget({ budgetMs: 100 }, new ManualClock());
    const wait = budget.wait<number>((resolve) => {
      resolve(3);
      return () => {
        stopped += 1;
      };
    });
    expect(await wait).toBe(3);
    expect(stopped).toBe(1);
  });

  it("pauses in full, or says that it ended first", async () => {
    const clock = new ManualClock();
    const budget = new Budget({ budgetMs: 100 }, clock);
    const short = budget.pause(60);
    clock.advance(60);
    expect(await short).toBe(true);
    const long = budget.pause(60);
    clock.advance(40);
    expect(await long).toBe(false);
  });

  it("closed, it fires no more", () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const budget = new Budget({ budgetMs: 100, signal: controller.signal }, clock);
    budget.close();
    clock.advance(1000);
    controller.abort();
    expect(budget.isOver).toBe(false);
  });
});
