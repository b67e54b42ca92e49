/** A clock on which whoever waits has waited: time jumps to the end of each pause. */
import type { Clock, TimerHandle } from "../../../src/base/clock.js";

/** See the file comment. Wall time starts at the real one, so that deadlines of calls make sense. */
export class JumpingClock implements Clock {
  readonly #startMs = Date.now();
  #elapsedMs = 0;

  wallMs(): number {
    return this.#startMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, callback: () => void): TimerHandle {
    let isCancelled = false;
    setImmediate(() => {
      if (isCancelled) return;
      this.#elapsedMs += delayMs;
      callback();
    });
    return {
      cancel: () => {
        isCancelled = true;
      },
    };
  }
}
