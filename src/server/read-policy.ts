/**
 * How new an answer is: the three consistencies of the API over the port's two. A default read is
 * linearizable as long as there is a leader; without one for `staleAfterMs` it gets what this
 * member applied last, marked stale, because callers that cannot ask would lose all search. It
 * never serves a member without a cluster, nor one whose port says anything but "no leader".
 */
import type { Clock } from "../base/clock.js";
import { MasterError } from "../base/errors.js";
import type { CallOptions, ControlPlane, ReadView } from "../controlplane/port.js";
import { callBudgetDefaultMs, staleAfterMs, staleRetryMs, timerEarlyMs } from "./limits.js";

/** `default` is what a caller gets that asks for nothing. */
export type ReadMode = "default" | "linearizable" | "local";

/** See the file comment. One for all servers of a process: they learn from each other's reads. */
export class Reader {
  readonly #controlPlane: ControlPlane;
  readonly #clock: Clock;
  readonly #onStale: () => void;
  /** When the first of the default reads began that found no leader since; undefined = none. */
  #leaderlessSinceMs: number | undefined;
  /** When the last of them ended. */
  #leaderlessUntilMs = Number.NEGATIVE_INFINITY;

  constructor(
    deps: { readonly controlPlane: ControlPlane; readonly clock: Clock },
    onStale: () => void,
  ) {
    this.#controlPlane = deps.controlPlane;
    this.#clock = deps.clock;
    this.#onStale = onStale;
  }

  /** Reads under `mode`. @throws MasterError as the port does. */
  async read(mode: ReadMode, options: CallOptions): Promise<ReadView> {
    switch (mode) {
      case "local":
        return this.#controlPlane.read("local", options);
      case "linearizable":
        return this.#controlPlane.read("linearizable", options);
      case "default":
        return this.#readOrStale(options);
    }
  }

  async #readOrStale(options: CallOptions): Promise<ReadView> {
    const startedMs = this.#clock.monotonicMs();
    // What was found out long ago, and not looked at since, says nothing about now.
    if (startedMs - this.#leaderlessUntilMs > staleAfterMs) this.#leaderlessSinceMs = undefined;
    const knownMs = startedMs - (this.#leaderlessSinceMs ?? startedMs);
    // Before the first state there is nothing stale to answer: such a call waits its whole budget.
    const patienceMs = this.#hasState()
      ? Math.max(staleRetryMs, staleAfterMs - knownMs)
      : callBudgetDefaultMs;
    try {
      const view = await this.#tryRead(patienceMs, options);
      this.#leaderlessSinceMs = undefined;
      return view;
    } catch (thrown) {
      if (options.signal?.aborted === true || !isLeaderless(thrown)) throw thrown;
      this.#leaderlessSinceMs ??= startedMs;
      this.#leaderlessUntilMs = this.#clock.monotonicMs();
      const waitedMs = this.#clock.monotonicMs() - this.#leaderlessSinceMs;
      const tooSoon = waitedMs < staleAfterMs - timerEarlyMs;
      if (tooSoon || !this.#hasState()) throw thrown;
      this.#onStale();
      return { ...this.#controlPlane.local(), stale: true };
    }
  }

  #hasState(): boolean {
    return this.#controlPlane.local().state.clusterUuid !== "";
  }

  /** A linearizable read that ends after `patienceMs`, by the port's budget and by our timer. */
  async #tryRead(patienceMs: number, options: CallOptions): Promise<ReadView> {
    const budgetMs = Math.min(patienceMs, options.budgetMs ?? patienceMs);
    const aborter = new AbortController();
    const abort = (): void => {
      aborter.abort();
    };
    options.signal?.addEventListener("abort", abort, { once: true });
    let giveUp: (error: MasterError) => void = () => undefined;
    const expired = new Promise<never>((_resolve, reject) => {
      giveUp = reject;
    });
    const timer = this.#clock.after(budgetMs, () => {
      giveUp(new MasterError("no_leader", "no leader confirmed the state in time"));
      abort();
    });
    try {
      const signal = aborter.signal;
      const read = this.#controlPlane.read("linearizable", { budgetMs, signal });
      return await Promise.race([read, expired]);
    } finally {
      timer.cancel();
      options.signal?.removeEventListener("abort", abort);
    }
  }
}

function isLeaderless(thrown: unknown): boolean {
  return (
    thrown instanceof MasterError &&
    (thrown.code === "no_leader" || thrown.code === "deadline" || thrown.code === "leader_lost")
  );
}
