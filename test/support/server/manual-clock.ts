/** A clock that stands still until a test moves it. */
import type { Clock, TimerHandle } from "../../../src/base/clock.js";

/** See the file comment. Wall time starts at the real one, so that deadlines of calls make sense. */
export class ManualClock implements Clock {
  readonly #startMs = Date.now();
  #elapsedMs = 0;
  readonly #timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();

  wallMs(): number {
    return this.#startMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, callback: () => void): TimerHandle {
    const timer = { atMs: this.#elapsedMs + delayMs, callback };
    this.#timers.add(timer);
    return {
      cancel: () => {
        this.#timers.delete(timer);
      },
    };
  }

  /** Timers that are due by `ms` from now fire, earliest first. */
  advance(ms: number): void {
    const endMs = this.#elapsedMs + ms;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.atMs <= endMs);
      const next = due.sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.atMs);
      next.callback();
    }
    this.#elapsedMs = endMs;
  }
}
