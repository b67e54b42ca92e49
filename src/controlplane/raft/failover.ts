/**
 * Fast failover: a follower whose connection to the leader broke, and could not be restored at
 * once, stops counting it as alive. It campaigns after a short delay, different for each member,
 * instead of a whole election timeout. A leader that lives after all answers the pre-vote of no
 * one: its next heartbeat ends this. Votes that split are tried again, a few times.
 */
import type { Clock, TimerHandle } from "../../base/clock.js";
import type { Random } from "../../base/random.js";
import {
  failoverAttemptsMax,
  failoverJitterMs,
  failoverRetryMs,
  failoverSpreadMs,
  failoverTurnMs,
  failoverTurnsMax,
} from "./limits.js";

/** What failover needs of the driver. */
export interface FailoverHost {
  /** Whether this member follows no one and leads nothing. */
  isLeaderless(): boolean;
  forgetLeader(): void;
  campaign(): void;
  /** When this member last granted a vote or pre-vote, on the monotonic clock. */
  lastGrantMs(): number;
}

/** See the file comment. */
export class Failover {
  readonly #host: FailoverHost;
  readonly #clock: Clock;
  readonly #random: Random;
  #timer: TimerHandle | undefined;

  constructor(host: FailoverHost, clock: Clock, random: Random) {
    this.#host = host;
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * The connection to the member that leads is lost. `rank` = how many of the others are to try
   * before this one: members that campaign at the same moment split the vote, and the retry after
   * that is what makes a failover slow. Chance alone keeps two apart too rarely.
   */
  onLeaderLost(rank: number): void {
    this.#host.forgetLeader();
    const turnMs = Math.min(rank, failoverTurnsMax) * failoverTurnMs;
    this.#arm(turnMs + this.#random.below(failoverJitterMs + 1), 1);
  }

  close(): void {
    this.#timer?.cancel();
  }

  #arm(delayMs: number, attempt: number): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(delayMs, () => {
      if (!this.#host.isLeaderless()) return;
      const sinceGrantMs = this.#clock.monotonicMs() - this.#host.lastGrantMs();
      if (sinceGrantMs >= failoverRetryMs) this.#host.campaign();
      if (attempt >= failoverAttemptsMax) return;
      const again = failoverRetryMs + this.#random.below(failoverSpreadMs + 1);
      this.#arm(again, attempt + 1);
    });
  }
}
