/**
 * Lets long encoding give way to other work: after `encodeSliceMs` it waits for one turn of the
 * event loop. What is encoded is immutable, so nothing changes under it meanwhile.
 */
import type { Clock } from "../../base/clock.js";
import { encodeSliceMs } from "../limits.js";

/** See the file comment. One per task. */
export class Slicer {
  readonly #clock: Clock;
  #startedMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
  }

  /** Whether the present slice is used up. */
  due(): boolean {
    return this.#clock.monotonicMs() - this.#startedMs >= encodeSliceMs;
  }

  /** Waits for a turn of the event loop and begins the next slice. */
  async pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    this.#startedMs = this.#clock.monotonicMs();
  }
}
