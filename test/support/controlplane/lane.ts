/**
 * The turns of one member: everything that would call into it goes through here, so that a test
 * can let the member stand still, as a paused process does, or end without a word.
 */
import type { Clock } from "../../../src/base/clock.js";

/** See the file comment. */
export class Lane {
  readonly clock: Clock;
  #state: "running" | "paused" | "ended" = "running";
  #held: (() => void)[] = [];

  constructor(clock: Clock) {
    this.clock = {
      wallMs: () => clock.wallMs(),
      monotonicMs: () => clock.monotonicMs(),
      after: (delayMs, callback) =>
        clock.after(delayMs, () => {
          this.run(callback);
        }),
    };
  }

  /** Calls back now, when the member is resumed, or never. */
  run(callback: () => void): void {
    if (this.#state === "running") callback();
    else if (this.#state === "paused") this.#held.push(callback);
  }

  /** Calls back in the next turn of the event loop. */
  readonly soon = (callback: () => void): void => {
    setImmediate(() => {
      this.run(callback);
    });
  };

  pause(): void {
    this.#state = "paused";
  }

  /** Timers that fell due and what arrived meanwhile come in the order in which they did. */
  resume(): void {
    this.#state = "running";
    const held = this.#held;
    this.#held = [];
    for (const callback of held) this.run(callback);
  }

  end(): void {
    this.#state = "ended";
    this.#held = [];
  }
}
