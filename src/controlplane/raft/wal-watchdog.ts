/**
 * Watches how long the log's disk takes: a slow one is worth a warning, one that takes longer than
 * an election costs this member its leadership, one that stands still ends the process so that it
 * can be restarted elsewhere.
 */
import type { Clock, TimerHandle } from "../../base/clock.js";
import { exitCode, FatalError } from "../../base/errors.js";
import type { Logger } from "../../base/log.js";
import { handOverWaitMs, syncSlowMs, syncStalledMs, syncWatchIntervalMs } from "./limits.js";
import type { RaftMember } from "./open-member.js";

/** See the file comment. */
export class WalWatchdog {
  readonly #member: RaftMember;
  readonly #deps: {
    readonly clock: Clock;
    readonly log: Logger;
    readonly electionTimeoutMs: number;
    readonly onFatal: (error: FatalError) => void;
  };
  #timer: TimerHandle | undefined;
  #warned = false;
  #handing = false;

  constructor(
    member: RaftMember,
    deps: {
      readonly clock: Clock;
      readonly log: Logger;
      readonly electionTimeoutMs: number;
      readonly onFatal: (error: FatalError) => void;
    },
  ) {
    this.#member = member;
    this.#deps = deps;
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
    const waitedMs = Math.round(this.#member.status()?.wal.oldestQueuedMs ?? 0);
    if (waitedMs < syncSlowMs) {
      this.#warned = false;
      return;
    }
    if (!this.#warned) {
      this.#warned = true;
      this.#deps.log.warn({ event: "disk-slow", waitedMs }, "the log waits long for its disk");
    }
    if (waitedMs >= syncStalledMs) {
      const text = `the log's disk has not answered for ${String(waitedMs)} ms`;
      this.#deps.onFatal(new FatalError(exitCode.temporary, text, { waitedMs }));
      return;
    }
    if (waitedMs >= this.#deps.electionTimeoutMs) this.#handOver();
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
