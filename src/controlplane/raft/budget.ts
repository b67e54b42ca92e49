/**
 * The time one call may take, and waiting within it. Ends by its timer, by the caller's signal, or
 * by {@link Budget.close} when the call is over.
 */
import type { Clock, TimerHandle } from "../../base/clock.js";
import type { CallOptions } from "../port.js";

/** How a wait ended when not by what was waited for. */
export type Expired = { readonly kind: "expired" };
const expired: Expired = { kind: "expired" };

/** Whether a wait's result is the end of its budget. */
export function isExpired(value: unknown): value is Expired {
  return value === expired;
}

/** See the file comment. */
export class Budget {
  readonly #clock: Clock;
  readonly #timer: TimerHandle | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  readonly #listeners = new Set<() => void>();
  #over = false;

  constructor(options: CallOptions, clock: Clock) {
    this.#clock = clock;
    this.#onAbort = () => {
      this.expire();
    };
    if (options.budgetMs !== undefined) {
      this.#timer = clock.after(options.budgetMs, this.#onAbort);
    }
    this.#signal = options.signal;
    if (this.#signal?.aborted === true) this.#over = true;
    this.#signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  get isOver(): boolean {
    return this.#over;
  }

  /**
   * Waits for what `register` announces through its argument, or for the end of the budget.
   * `register` returns how to stop announcing; it is called whichever way the wait ended.
   */
  wait<T>(register: (resolve: (value: T) => void) => () => void): Promise<T | Expired> {
    if (this.#over) return Promise.resolve(expired);
    return new Promise((resolve) => {
      let settled = false as boolean;
      const registered: { stop?: () => void } = {};
      const settle = (value: T | Expired): void => {
        if (settled) return;
        settled = true;
        this.#listeners.delete(onExpired);
        registered.stop?.();
        resolve(value);
      };
      const onExpired = (): void => {
        settle(expired);
      };
      this.#listeners.add(onExpired);
      registered.stop = register(settle);
      // What was announced at once could not be unregistered yet.
      if (settled) registered.stop();
    });
  }

  /** Waits `delayMs`; false when the budget ended first. */
  async pause(delayMs: number): Promise<boolean> {
    const waited = await this.wait<true>((resolve) => {
      const timer = this.#clock.after(delayMs, () => {
        resolve(true);
      });
      return () => {
        timer.cancel();
      };
    });
    return waited === true;
  }

  /** The call is over; nothing waits any more. */
  close(): void {
    this.#timer?.cancel();
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#listeners.clear();
  }

  /** Ends it now, whatever time is left: the process stops. */
  expire(): void {
    this.#over = true;
    for (const listener of [...this.#listeners]) listener();
  }
}
