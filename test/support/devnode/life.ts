/**
 * One life of a simulated process: what it may do to the world outside ends with it. After its end
 * no timer of it fires and no promise of it settles, so that code which a crash cut off never goes
 * on.
 */
import { status } from "@grpc/grpc-js";

import type { Clock, TimerHandle } from "../../../src/base/clock.js";
import { CallError } from "../../../src/devnode/call-error.js";

/** See the file comment. */
export class Life {
  readonly clock: Clock;
  readonly #timers = new Set<TimerHandle>();
  readonly #callers = new Set<(error: Error) => void>();
  #over = false;

  constructor(clock: Clock) {
    this.clock = {
      wallMs: () => clock.wallMs(),
      monotonicMs: () => clock.monotonicMs(),
      after: (delayMs, callback) => this.#after(clock, delayMs, callback),
    };
  }

  get over(): boolean {
    return this.#over;
  }

  /** What the process waits for: never comes once the process is gone. */
  awaits<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => {
          if (!this.#over) resolve(value);
        },
        (error: unknown) => {
          if (!this.#over) reject(errorOf(error));
        },
      );
    });
  }

  /** What somebody outside waits for: fails when the process goes, as a connection does. */
  serves<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#callers.add(reject);
      work.then(
        (value) => {
          this.#callers.delete(reject);
          resolve(value);
        },
        (error: unknown) => {
          this.#callers.delete(reject);
          reject(errorOf(error));
        },
      );
    });
  }

  end(): void {
    this.#over = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    for (const fail of this.#callers) {
      fail(new CallError(status.UNAVAILABLE, "the connection was reset"));
    }
    this.#callers.clear();
  }

  #after(clock: Clock, delayMs: number, callback: () => void): TimerHandle {
    if (this.#over) return { cancel: () => undefined };
    const timer = clock.after(delayMs, () => {
      this.#timers.delete(handle);
      callback();
    });
    const handle = {
      cancel: () => {
        this.#timers.delete(handle);
        timer.cancel();
      },
    };
    this.#timers.add(handle);
    return handle;
  }
}

function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
