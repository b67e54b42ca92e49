/**
 * The clock of a data node that is a process. Its timers keep no process alive: a node lives as
 * long as its server listens.
 */
import type { Clock } from "../base/clock.js";

/** Time of the system and of the process. */
export const nodeClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs).unref();
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
};
