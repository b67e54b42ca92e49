/**
 * Linearizable reads in batches: all reads that arrive before a round starts share it. A round asks
 * the leader for a safe position, and its reads go on once this member has applied that far. A
 * round that gets no answer (leader lost, message dropped) is asked again under a new id.
 */
import type { Clock } from "../../base/clock.js";
import type { ReadState } from "../../raft/types.js";
import { readRetryMs, readRoundsMax } from "./limits.js";

interface Waiter {
  readonly onSafe: () => void;
}

interface Round {
  readonly startedMs: number;
  readonly waiters: ReadonlySet<Waiter>;
}

/** What reads need of the driver. */
export interface ReadHost {
  /** Asks the core; false when it knows no leader now. */
  askReadIndex(requestId: number): boolean;
  appliedLogIndex(): number;
}

/** See the file comment. */
export class Reads {
  readonly #host: ReadHost;
  readonly #clock: Clock;
  #nextId: number;
  /** All that were not answered and did not give up. */
  readonly #waiting = new Set<Waiter>();
  #queued = new Set<Waiter>();
  readonly #rounds = new Map<number, Round>();
  #waitingApply: { readonly logIndex: number; readonly waiters: ReadonlySet<Waiter> }[] = [];

  /** `firstId` differs between processes, so that a late answer to an earlier one is not ours. */
  constructor(host: ReadHost, clock: Clock, firstId: number) {
    this.#host = host;
    this.#clock = clock;
    this.#nextId = firstId;
  }

  /** Number of reads that wait. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /**
   * Calls `onSafe` once this member's applied state is safe to read. It may never be called; who
   * no longer waits says so through what is returned, or would be counted for ever.
   */
  request(onSafe: () => void): () => void {
    const waiter: Waiter = { onSafe };
    this.#queued.add(waiter);
    this.#waiting.add(waiter);
    return () => {
      this.#queued.delete(waiter);
      this.#waiting.delete(waiter);
    };
  }

  /** Whether {@link startRound} has something to do. */
  hasQueued(): boolean {
    return this.#queued.size > 0 && this.#rounds.size < readRoundsMax;
  }

  /** Starts a round for everything queued, if the core takes it. */
  startRound(): void {
    if (!this.hasQueued()) return;
    const requestId = this.#nextId;
    this.#nextId += 1;
    if (!this.#host.askReadIndex(requestId)) return;
    this.#rounds.set(requestId, { startedMs: this.#clock.monotonicMs(), waiters: this.#queued });
    this.#queued = new Set();
  }

  /** A safe position is known. */
  onReadState(answer: ReadState): void {
    const round = this.#rounds.get(answer.requestId);
    if (round === undefined) return;
    this.#rounds.delete(answer.requestId);
    if (answer.logIndex <= this.#host.appliedLogIndex()) {
      this.#answer(round.waiters);
    } else {
      this.#waitingApply.push({ logIndex: answer.logIndex, waiters: round.waiters });
    }
  }

  /** More has been applied. */
  onApplied(logIndex: number): void {
    if (this.#waitingApply.length === 0) return;
    const ready = this.#waitingApply.filter((waiting) => waiting.logIndex <= logIndex);
    if (ready.length === 0) return;
    this.#waitingApply = this.#waitingApply.filter((waiting) => waiting.logIndex > logIndex);
    for (const waiting of ready) this.#answer(waiting.waiters);
  }

  /** Queues rounds again that can no longer, or not for a while, expect an answer. */
  retry(all: "all" | "overdue"): void {
    const now = this.#clock.monotonicMs();
    for (const [requestId, round] of this.#rounds) {
      if (all === "overdue" && now - round.startedMs < readRetryMs) continue;
      this.#rounds.delete(requestId);
      for (const waiter of round.waiters) if (this.#waiting.has(waiter)) this.#queued.add(waiter);
    }
  }

  #answer(waiters: ReadonlySet<Waiter>): void {
    for (const waiter of waiters) if (this.#waiting.delete(waiter)) waiter.onSafe();
  }
}
