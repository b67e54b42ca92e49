/**
 * Calls to whichever master answers: one address at a time, the next one when it does not. Any
 * member serves any call, so who leads does not matter here.
 */
import { assert, assertDefined } from "../base/assert.js";
import type { Clock } from "../base/clock.js";
import { isRejection } from "./call-error.js";
import { reportDeadlineMs, reportRetryMs } from "./limits.js";
import type { CallLimits, MasterCalls, MasterLink } from "./links.js";
import { pause } from "./pause.js";

/** When to stop trying. */
export interface Persistence {
  readonly budgetMs: number;
  readonly signal: AbortSignal;
}

/** See the file comment. */
export class Masters<Link extends MasterLink = MasterLink> {
  readonly #links: readonly Link[];
  readonly #clock: Clock;
  #current = 0;

  /** One link per master. */
  constructor(links: readonly Link[], clock: Clock) {
    assert(links.length > 0, "there is at least one master");
    this.#links = links;
    this.#clock = clock;
  }

  /** The master that answered last. */
  get current(): Link {
    return assertDefined(this.#links[this.#current], "the current master exists");
  }

  /** Turns to the next master. */
  rotate(): void {
    this.#current = (this.#current + 1) % this.#links.length;
  }

  /** Calls once; when the master does not answer the next call goes to another one. */
  async call<M extends keyof MasterCalls>(
    method: M,
    request: MasterCalls[M]["request"],
    limits: CallLimits,
  ): Promise<MasterCalls[M]["response"]> {
    limits.signal.throwIfAborted();
    const link = this.current;
    try {
      return await link.call(method, request, limits);
    } catch (error) {
      if (!isRejection(error) && link === this.current) this.rotate();
      throw error;
    }
  }

  /** Calls until a master accepts or refuses; throws the refusal, or what went wrong last. */
  async insist<M extends keyof MasterCalls>(
    method: M,
    request: MasterCalls[M]["request"],
    persistence: Persistence,
  ): Promise<MasterCalls[M]["response"]> {
    const { budgetMs, signal } = persistence;
    const endMs = this.#clock.monotonicMs() + budgetMs;
    for (;;) {
      const leftMs = endMs - this.#clock.monotonicMs();
      const deadlineMs = Math.max(1, Math.min(leftMs, reportDeadlineMs));
      try {
        return await this.call(method, request, { deadlineMs, signal });
      } catch (error) {
        if (isRejection(error) || signal.aborted) throw error;
        if (this.#clock.monotonicMs() + reportRetryMs >= endMs) throw error;
      }
      await pause(this.#clock, reportRetryMs, signal);
    }
  }

  close(): void {
    for (const link of this.#links) link.close();
  }
}
