/**
 * The log as the member sees it in a simulation: the checkers see every batch that goes in and
 * every one that is reported durable, and, as with a log in a thread of its own, what comes while
 * a sync is under way waits for the next one.
 */
import type { WalBatch } from "../../src/storage/wal/types.js";
import type { Wal } from "../../src/storage/wal/wal.js";
import type { RaftChecker } from "./raft-checker.js";
import type { Coverage } from "./violation.js";

/** Watches `wal` for the checkers. */
export function watchedWal(
  wal: Wal,
  place: number,
  deps: { readonly checker: RaftChecker; readonly coverage: Coverage },
): Wal {
  return new WatchedWal(wal, place, deps);
}

class WatchedWal implements Wal {
  readonly #wal: Wal;
  readonly #place: number;
  readonly #deps: { readonly checker: RaftChecker; readonly coverage: Coverage };
  #waiting: (() => void)[] = [];
  /** Of the newest batch under way. */
  #underWaySeq = 0;
  #durableSeq = 0;

  constructor(
    wal: Wal,
    place: number,
    deps: { readonly checker: RaftChecker; readonly coverage: Coverage },
  ) {
    this.#wal = wal;
    this.#place = place;
    this.#deps = deps;
  }

  append(batch: WalBatch): void {
    this.#deps.checker.onAppend(this.#place, batch);
    this.#inTurn(() => {
      this.#underWaySeq = batch.seq;
      this.#wal.append(batch);
    });
  }

  truncatePrefix(logIndex: number): void {
    this.#deps.coverage.count("log compacted");
    this.#inTurn(() => {
      this.#wal.truncatePrefix(logIndex);
    });
  }

  onDurable(callback: (seq: number) => void): void {
    this.#wal.onDurable((seq) => {
      this.#durableSeq = seq;
      this.#deps.checker.onDurable(this.#place, seq);
      // What waits goes first: the callback may bring more.
      if (seq === this.#underWaySeq) this.#release();
      callback(seq);
    });
  }

  onError(callback: Parameters<Wal["onError"]>[0]): void {
    this.#wal.onError(callback);
  }

  stats(): ReturnType<Wal["stats"]> {
    return this.#wal.stats();
  }

  close(): Promise<void> {
    this.#release();
    return this.#wal.close();
  }

  #inTurn(work: () => void): void {
    if (this.#underWaySeq > this.#durableSeq) this.#waiting.push(work);
    else work();
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const work of waiting) work();
  }
}
