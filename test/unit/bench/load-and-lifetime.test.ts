/** What a load counts, and that whatever was started is ended once, in reverse order. */
import { describe, expect, it } from "vitest";

import { Lifetime } from "../../bench/lifetime.js";
import { measure } from "../../bench/load.js";

describe("a load", () => {
  it("leaves failed calls out of the figures and counts them", async () => {
    let calls = 0;
    const result = await measure(
      [
        () => {
          calls += 1;
          return calls % 2 === 0 ? Promise.reject(new Error("even")) : Promise.resolve();
        },
      ],
      5,
    );
    expect(result.failedCount).toBe(Math.floor(calls / 2));
    expect(result.figures.perSecond).toBeGreaterThan(0);
  });

  it("fails with the last failure when no call succeeds", async () => {
    const refused = new Error("refused");
    const load = measure([() => Promise.reject(refused)], 5);
    await expect(load).rejects.toMatchObject({ message: "no call succeeded", cause: refused });
  });
});

describe("a lifetime", () => {
  it("closes the newest first, once, and all of them when one fails", async () => {
    const closed: string[] = [];
    const lifetime = new Lifetime();
    lifetime.add({ close: () => void closed.push("first") });
    lifetime.add({
      close: () => {
        closed.push("second");
        throw new Error("stuck");
      },
    });
    await expect(lifetime.close()).rejects.toThrow("could not end everything");
    await expect(lifetime.close()).rejects.toThrow("could not end everything");
    expect(closed).toEqual(["second", "first"]);
  });

  it("ends at once what can be ended at once", () => {
    let killed = 0;
    const lifetime = new Lifetime();
    lifetime.add({ close: () => undefined });
    lifetime.add({ close: () => undefined, killNow: () => void (killed += 1) });
    lifetime.killNow();
    expect(killed).toBe(1);
  });
});
