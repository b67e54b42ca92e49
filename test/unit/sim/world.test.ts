/** Virtual time, processes in it, and the walls around it. */
import { describe, expect, it } from "vitest";

import { createRandom } from "../../../src/base/random.js";
import { isolated } from "../../sim/guard.js";
import { Lane } from "../../sim/lane.js";
import { World } from "../../sim/world.js";

const onward = (): boolean => false;

function laneIn(world: World, rate = 1): Lane {
  const faults = { rate, wallOffsetMs: 0 };
  const onTouched = (): void => undefined;
  const onThrown = (thrown: unknown): void => {
    throw thrown;
  };
  return new Lane(world, { random: createRandom(1), faults, onTouched, onThrown });
}

describe("the world", () => {
  it("runs events in the order of their time, and equal ones in the order of their planning", async () => {
    const world = new World();
    const seen: string[] = [];
    for (const [delayMs, name] of [
      [5, "c"],
      [1, "a"],
      [5, "d"],
      [3, "b"],
    ] as const) {
      world.after(delayMs, () => seen.push(`${name}${String(world.nowMs)}`));
    }
    await world.run(10, onward);
    expect(seen).toEqual(["a1", "b3", "c5", "d5"]);
    expect(world.nowMs).toBe(10);
  });

  it("lets every promise settle before the next event", async () => {
    const world = new World();
    const seen: string[] = [];
    const chain = async (): Promise<void> => {
      for (let at = 0; at < 50; at += 1) await Promise.resolve();
      seen.push("settled");
    };
    world.after(1, () => {
      chain().catch(() => undefined);
    });
    world.after(1, () => seen.push("next"));
    await world.run(2, onward);
    expect(seen).toEqual(["settled", "next"]);
  });

  it("runs nothing that was cancelled, and nothing after it was stopped", async () => {
    const world = new World();
    const seen: number[] = [];
    const cancelled = world.after(1, () => seen.push(1));
    cancelled.cancel();
    world.after(2, () => {
      world.stop();
    });
    world.after(3, () => seen.push(3));
    await world.run(10, onward);
    expect(seen).toEqual([]);
    expect(world.nowMs).toBe(2);
  });

  it("has the same trace for the same events, and another for others", async () => {
    const traceOf = async (delaysMs: readonly number[]): Promise<string> => {
      const world = new World();
      for (const delayMs of delaysMs) world.after(delayMs, () => undefined);
      await world.run(100, onward);
      return world.trace.digest();
    };
    expect(await traceOf([1, 2, 3])).toBe(await traceOf([1, 2, 3]));
    expect(await traceOf([1, 2, 3])).not.toBe(await traceOf([1, 2, 3.5]));
  });
});

describe("a process", () => {
  it("gets what came while it stood still, in order, one in a turn", async () => {
    const world = new World();
    const lane = laneIn(world);
    const seen: string[] = [];
    lane.pause();
    for (const name of ["a", "b", "c"]) {
      lane.run(() => {
        seen.push(name);
        Promise.resolve().then(
          () => seen.push(`${name} settled`),
          () => undefined,
        );
      });
    }
    await world.run(5, onward);
    expect(seen).toEqual([]);
    lane.resume();
    lane.run(() => seen.push("late"));
    await world.run(10, onward);
    expect(seen).toEqual(["a", "a settled", "b", "b settled", "c", "c settled", "late"]);
  });

  it("is called by nobody after its end", async () => {
    const world = new World();
    const lane = laneIn(world);
    const seen: string[] = [];
    lane.clock.after(1, () => seen.push("timer"));
    lane.soon(() => seen.push("soon"));
    lane.end();
    lane.run(() => seen.push("call"));
    await world.run(10, onward);
    expect(seen).toEqual([]);
  });

  it("has a clock of its own speed", async () => {
    const world = new World();
    const lane = laneIn(world, 2);
    let firedMs = 0;
    lane.clock.after(100, () => {
      firedMs = world.nowMs;
    });
    await world.run(200, onward);
    expect(firedMs).toBeGreaterThanOrEqual(50);
    expect(firedMs).toBeLessThan(52);
    expect(lane.clock.monotonicMs()).toBe(400);
  });
});

describe("the walls", () => {
  it.each([
    { label: "Date.now", touch: () => Date.now() },
    { label: "Math.random", touch: () => Math.random() },
    { label: "performance.now", touch: () => performance.now() },
    { label: "setTimeout", touch: () => setTimeout(() => undefined, 0) },
    { label: "setImmediate", touch: () => setImmediate(() => undefined) },
    { label: "crypto.randomUUID", touch: () => globalThis.crypto.randomUUID() },
  ])("refuse $label and tell of it", async ({ label, touch }) => {
    const touched: string[] = [];
    const attempt = isolated(
      async () => {
        await Promise.resolve();
        touch();
      },
      (text) => touched.push(text),
    );
    await expect(attempt).rejects.toThrow(label);
    expect(touched).toHaveLength(1);
    expect(touch()).toBeDefined();
  });

  it("say what a bug wanted to throw in a turn of its own", async () => {
    const touched: string[] = [];
    await isolated(
      async () => {
        await Promise.resolve();
        try {
          setImmediate(() => {
            throw new Error("the bug");
          });
        } catch {
          return;
        }
      },
      (text) => touched.push(text),
    );
    expect(touched[0]).toContain("the bug");
  });
});
