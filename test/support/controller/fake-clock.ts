/** A clock that stands still until it is moved, and the queue of what is to run soon. */
import type { Clock, TimerHandle } from "../../../src/base/clock.js";

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** See the file comment. */
export class FakeClock implements Clock {
  nowMs = 1_000_000;
  #timers: Timer[] = [];
  #deferred: (() => void)[] = [];
  #order = 0;

  wallMs(): number {
    return this.nowMs + 1_700_000_000_000;
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  after(delayMs: number, callback: () => void): TimerHandle {
    this.#order += 1;
    const timer = { atMs: this.nowMs + delayMs, order: this.#order, callback };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  readonly defer = (callback: () => void): void => {
    this.#deferred.push(callback);
  };

  /** Runs what is to run soon and every promise that is resolved, until nothing is left. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet += 1) {
      const deferred = this.#deferred;
      this.#deferred = [];
      if (deferred.length > 0) quiet = 0;
      for (const callback of deferred) callback();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Moves time forward, timer by timer. */
  async advance(byMs: number): Promise<void> {
    const endMs = this.nowMs + byMs;
    await this.settle();
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.nowMs = Math.max(this.nowMs, next.atMs);
      const { order } = next;
      this.#timers = this.#timers.filter((timer) => timer.order !== order);
      next.callback();
      await this.settle();
    }
    this.nowMs = endMs;
  }

  /** The process stands still: time passes, no timer runs. */
  stall(byMs: number): void {
    this.nowMs += byMs;
  }

  #next(endMs: number): Timer | undefined {
    const due = this.#timers.filter((timer) => timer.atMs <= endMs);
    return due.sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
  }
}
