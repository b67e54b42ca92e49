/**
 * Guards everything that leaves a leader: after a pause of the process long enough for another
 * leader to have been elected, nothing is sent until a quorum has confirmed this leadership.
 */
import type { Clock } from "../base/clock.js";
import type { ControlPlane } from "../controlplane/port.js";
import { limits } from "./limits.js";

/** What the fence needs. */
export interface FenceDeps {
  readonly controlPlane: ControlPlane;
  readonly clock: Clock;
  readonly epoch: number;
  /** A pause longer than this may have cost the leadership. */
  readonly gapMs: number;
  readonly signal: AbortSignal;
  /** Called when sending is allowed again. */
  readonly onConfirmed: () => void;
}

/** See the file comment. */
export class LeadershipFence {
  readonly #deps: FenceDeps;
  #beatAtMs: number;
  #confirming = false;

  constructor(deps: FenceDeps) {
    this.#deps = deps;
    this.#beatAtMs = deps.clock.monotonicMs();
  }

  /** Called by the clockwork at every tick. */
  beat(): void {
    const nowMs = this.#deps.clock.monotonicMs();
    if (nowMs - this.#beatAtMs > this.#deps.gapMs) this.doubt();
    this.#beatAtMs = nowMs;
  }

  /** Whether an order may leave now. */
  maySend(): boolean {
    const pausedMs = this.#deps.clock.monotonicMs() - this.#beatAtMs;
    if (pausedMs > this.#deps.gapMs) this.doubt();
    return !this.#confirming && !this.#deps.signal.aborted;
  }

  /** Something hints at another leader: stops sending until a quorum has confirmed this one. */
  doubt(): void {
    if (this.#confirming || this.#deps.signal.aborted) return;
    this.#confirming = true;
    this.#ask();
  }

  /** Asks a quorum for this very moment, for an order that cannot be taken back. */
  async confirmNow(): Promise<boolean> {
    const { controlPlane, epoch, signal } = this.#deps;
    const options = { budgetMs: limits.confirmBudgetMs, signal };
    try {
      return await controlPlane.confirmLeadership(epoch, options);
    } catch {
      // Whatever stood in the way, nobody confirmed.
      return false;
    }
  }

  #ask(): void {
    const { clock, signal, onConfirmed } = this.#deps;
    const settle = (confirmed: boolean): void => {
      if (signal.aborted) return;
      if (confirmed) {
        this.#confirming = false;
        onConfirmed();
      } else {
        clock.after(limits.confirmRetryMs, () => {
          if (!signal.aborted) this.#ask();
        });
      }
    };
    this.confirmNow().then(settle, () => {
      settle(false);
    });
  }
}
