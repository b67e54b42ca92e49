/**
 * A clock that moves from timer to timer. Between two of them everything that can go on without
 * time passing does, so that a run depends on nothing but its seed.
 */
import type { Clock, TimerHandle } from "../../../src/base/clock.js";

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** See the file comment. */
export class VirtualTime implements Clock {
  #nowMs = 0;
  #orders = 0;
  /** Sorted, latest first, so that the next one is the last. */
  readonly #timers: Timer[] = [];

  wallMs(): number {
    return 1_700_000_000_000 + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  /** How many timers are set. */
  get timersCount(): number {
    return this.#timers.length;
  }

  after(delayMs: number, callback: () => void): TimerHandle {
    this.#orders += 1;
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#orders, callback };
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#timers[middle];
      if (other !== undefined && isLater(other, timer)) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer);
    return {
      cancel: () => {
        const at = this.#timers.indexOf(timer);
        if (at >= 0) this.#timers.splice(at, 1);
      },
    };
  }

  /** Lets time pass. */
  async pass(byMs: number): Promise<void> {
    await this.passUntil(() => false, byMs);
  }

  /** Lets time pass until something holds, looked at after each timer; false = it never did. */
  async passUntil(isDone: () => boolean, atMostMs: number): Promise<boolean> {
    const endMs = this.#nowMs + atMostMs;
    await settled();
    for (;;) {
      if (isDone()) return true;
      const next = this.#timers.at(-1);
      if (next === undefined || next.atMs > endMs) break;
      this.#timers.pop();
      this.#nowMs = next.atMs;
      next.callback();
      await settled();
    }
    this.#nowMs = endMs;
    return false;
  }
}

function isLater(a: Timer, b: Timer): boolean {
  return a.atMs === b.atMs ? a.order > b.order : a.atMs > b.atMs;
}

/** Ends when no promise is left that could go on. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
