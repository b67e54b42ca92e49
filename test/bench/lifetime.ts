/**
 * What a run must undo, however it ends: closers run in reverse order at the end, on an error and
 * on a signal, and `killNow` runs when the process exits without them. Knows no processes itself.
 */

/** One thing that was started. */
export interface Closer {
  /** Ends it in order. */
  readonly close: () => Promise<void> | void;
  /** Ends it at once, synchronously, as the process goes down. May be called after `close`. */
  readonly killNow?: () => void;
}

/** See the file comment. */
export class Lifetime {
  readonly #closers: Closer[] = [];
  #closing: Promise<void> | undefined;

  add(closer: Closer): void {
    this.#closers.push(closer);
  }

  /** Undoes everything, the newest first; a failure does not keep the others from closing. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  killNow(): void {
    for (const closer of this.#closers) closer.killNow?.();
  }

  async #closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const closer of [...this.#closers].reverse()) {
      try {
        await closer.close();
      } catch (thrown) {
        failures.push(thrown);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, "could not end everything");
  }
}
