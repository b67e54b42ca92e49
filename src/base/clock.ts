/**
 * Time as an injected capability. Nothing outside the shell's adapters reads a clock; tests and
 * the simulator pass their own.
 */

/** A cancellable timer. */
export interface TimerHandle {
  /** Stops the timer; calling it again, or after it fired, does nothing. */
  cancel(): void;
}

/** Wall time for display and stamps, monotonic time for measuring, and timers. */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump; never used for safety. */
  wallMs(): number;
  /** Milliseconds since an arbitrary start, never going back. */
  monotonicMs(): number;
  /** Calls `callback` once, no sooner than `delayMs` from now. */
  after(delayMs: number, callback: () => void): TimerHandle;
}
