/**
 * One process of the simulation: everything that would call into it goes through here, so that it
 * can stand still, run on a clock that is fast, slow or wrong, or end without a word.
 */
import { assert } from "../../src/base/assert.js";
import type { Clock } from "../../src/base/clock.js";
import type { Random } from "../../src/base/random.js";
import type { World } from "./world.js";

/** How long the next turn of an event loop takes to come. */
const turnMs = 0.01;
/** Timers are late by up to this. */
const timerSlackMs = 1;
/** The first moment of every run, by the wall clock. */
const epochWallMs = 1_750_000_000_000;

/** How a process sees time. */
export interface ClockFaults {
  /** Length of its second in seconds. */
  rate: number;
  /** What its wall clock is wrong by. */
  wallOffsetMs: number;
}

/** See the file comment. */
export class Lane {
  readonly clock: Clock;
  /** Calls back in the next turn of the process's event loop. */
  readonly soon: (callback: () => void) => void;
  readonly #world: World;
  readonly #onTouched: () => void;
  readonly #onThrown: (thrown: unknown) => void;
  #state: "running" | "paused" | "ended" = "running";
  #held: (() => void)[] = [];
  #releasing = false;
  #lastTurnMs = 0;

  constructor(
    world: World,
    deps: {
      readonly random: Random;
      readonly faults: ClockFaults;
      /** Something ran in this process. */
      readonly onTouched: () => void;
      /** Something was thrown that nobody caught, which is the end of a process. */
      readonly onThrown: (thrown: unknown) => void;
    },
  ) {
    this.#world = world;
    this.#onTouched = deps.onTouched;
    this.#onThrown = deps.onThrown;
    const { random, faults } = deps;
    const startedMs = world.nowMs;
    this.clock = {
      wallMs: () => Math.floor(epochWallMs + world.nowMs * faults.rate + faults.wallOffsetMs),
      monotonicMs: () => (world.nowMs - startedMs) * faults.rate,
      after: (delayMs, callback) => {
        const lateMs = (random.below(1000) / 1000) * timerSlackMs;
        return world.after(Math.max(0, delayMs) / faults.rate + lateMs, () => {
          this.run(callback);
        });
      },
    };
    this.soon = (callback) => {
      // Turns keep the order in which they were asked for.
      this.#lastTurnMs = Math.max(this.#lastTurnMs, world.nowMs) + turnMs / 100;
      world.after(this.#lastTurnMs - world.nowMs + turnMs, () => {
        this.run(callback);
      });
    };
  }

  get isRunning(): boolean {
    return this.#state === "running";
  }

  get hasEnded(): boolean {
    return this.#state === "ended";
  }

  /** Calls back now, when the process goes on, or never. */
  run(callback: () => void): void {
    if (this.#state === "ended") return;
    if (this.#state === "paused" || this.#releasing) {
      this.#held.push(callback);
      return;
    }
    this.#call(callback);
  }

  pause(): void {
    if (this.#state === "running") this.#state = "paused";
  }

  /** Timers that fell due and what arrived meanwhile come in the order in which they did. */
  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "running";
    this.#release();
  }

  end(): void {
    assert(this.#state !== "ended", "a process ends once");
    this.#state = "ended";
    this.#held = [];
  }

  #call(callback: () => void): void {
    this.#onTouched();
    try {
      callback();
    } catch (thrown) {
      this.#onThrown(thrown);
    }
  }

  /** One held callback in a turn of its own, then the next. */
  #release(): void {
    const next = this.#held.shift();
    this.#releasing = next !== undefined;
    if (next === undefined) return;
    this.#world.after(turnMs, () => {
      if (this.#state !== "running") {
        if (this.#state === "paused") this.#held.unshift(next);
        this.#releasing = false;
        return;
      }
      this.#call(next);
      this.#release();
    });
  }
}
