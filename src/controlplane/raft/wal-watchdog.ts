/**
 * Watches how long the log's disk takes: a slow one is worth a warning, one that takes longer than
 * an election costs this member its leadership, one that stands still ends the process so that it
 * can be restarted elsewhere. Time in which the process itself stood still is not the disk's.
 */
import type { Clock, TimerHandle } from "../../base/clock.js";
import { exitCode, FatalError } from "../../base/errors.js";
import type { Logger } from "../../base/log.js";
import {
  handOverWaitMs,
  syncSlowMs,
  syncStalledMs,
  syncWatchGapMs,
  syncWatchIntervalMs,
} from "./limits.js";

/** What is watched. */
export interface WatchedMember {
  /** Undefined before the member takes part. */
  status():
    { readonly role: string; readonly wal: { readonly oldestQueuedMs: number } } | undefined;
  /** If this member leads, hands leadership over and waits for it, at most `waitMs`. */
  handOver(waitMs: number): Promise<void>;
}

/** See the file comment. */
export class WalWatchdog {
  readonly #member: WatchedMember;
  readonly #deps: {
    readonly clock: Clock;
    readonly log: Logger;
    readonly electionTimeoutMs: number;
    readonly onFatal: (error: FatalError) => void;
  };
  #timer: TimerHandle | undefined;
  #warned = false;
  #handing = false;
  #lastCheckMs: number;
  /** When the process last went on after a pause. */
  #resumedMs = Number.NEGATIVE_INFINITY;

  constructor(
    member: WatchedMember,
    deps: {
      readonly clock: Clock;
      readonly log: Logger;
      readonly electionTimeoutMs: number;
      readonly onFatal: (error: FatalError) => void;
    },
  ) {
    this.#member = member;
    this.#deps = deps;
    this.#lastCheckMs = deps.clock.monotonicMs();
    this.#arm();
  }

  close(): void {
    this.#timer?.cancel();
  }

  #arm(): void {
    this.#timer = this.#deps.clock.after(syncWatchIntervalMs, () => {
      this.#check();
      this.#arm();
    });
  }

  #check(): void {
    const waitedMs = this.#waitedMs();
    if (waitedMs >= this.#deps.electionTimeoutMs) this.#handOver();
    if (waitedMs < syncSlowMs) {
      this.#warned = false;
      return;
    }
    if (!this.#warned) {
      this.#warned = true;
      this.#deps.log.warn({ event: "disk-slow", waitedMs }, "the log waits long for its disk");
    }
    if (waitedMs < syncStalledMs) return;
    const text = `the log's disk has not answered for ${String(waitedMs)} ms`;
    this.#deps.onFatal(new FatalError(exitCode.temporary, text, { waitedMs }));
  }

  /** How long the oldest append waits, as far as this process was there to see it. */
  #waitedMs(): number {
    const nowMs = this.#deps.clock.monotonicMs();
    if (nowMs - this.#lastCheckMs >= syncWatchGapMs) this.#resumedMs = nowMs;
    this.#lastCheckMs = nowMs;
    const queuedMs = this.#member.status()?.wal.oldestQueuedMs ?? 0;
    return Math.round(Math.min(queuedMs, nowMs - this.#resumedMs));
  }

  #handOver(): void {
    if (this.#handing || this.#member.status()?.role !== "leader") return;
    this.#handing = true;
    this.#member
      .handOver(handOverWaitMs)
      .catch((thrown: unknown) => {
        this.#deps.log.warn(
          { event: "hand-over-failed", reason: String(thrown) },
          "not handed over",
        );
      })
      .finally(() => {
        this.#handing = false;
      });
  }
}
