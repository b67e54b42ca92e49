/** Runs asynchronous steps one after the other, in the order they were asked for. */

/** See the file comment. A step that throws does not stop those behind it. */
export class Mutex {
  #last: Promise<void> = Promise.resolve();

  /** Runs `step` when all earlier ones have ended, and gives back what it gives. */
  run<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last.then(step);
    this.#last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  /** Ends when everything asked for so far has ended. */
  idle(): Promise<void> {
    return this.#last;
  }
}
