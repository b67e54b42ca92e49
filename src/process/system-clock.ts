/** The real clock: the one place that reads time and sets timers for the parts of the daemon. */
import type { Clock, TimerHandle } from "../base/clock.js";

/** Wall time from the system, monotonic time from the process, timers from the event loop. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, callback): TimerHandle => {
    const timer = setTimeout(callback, delayMs);
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
};
