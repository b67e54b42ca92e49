/**
 * What of the log is durable, when several batches may be on their way to the disk at once and
 * the log may meanwhile be rewritten. Batches complete in order. A batch remembers up to where
 * its entries are still the log's entries; a rewrite lowers that bound, so that a late completion
 * never declares a rewritten position durable, even when a later rewrite brings the old term back.
 */
import { assert } from "../base/assert.js";
import { batchOutstandingCountMax } from "./limits.js";
import type { SnapshotMeta, VoteResponseMessage } from "./types.js";

/** One batch handed to the shell and not yet reported durable. */
export interface Batch {
  readonly mark: number;
  readonly snapshot: SnapshotMeta | undefined;
  /** This member's answers to itself, which count only once the batch is durable. */
  readonly toSelf: readonly VoteResponseMessage[];
  /** Last position of the batch that the log still holds as it was handed out, or 0. */
  validTo: number;
}

/** See the file comment. */
export class Durability {
  #stable: number;
  #next: number;
  #batches: Batch[] = [];
  #head = 0;
  #markHandedOut = 0;

  constructor(stable: number) {
    assert(Number.isSafeInteger(stable), "a position is whole");
    assert(stable >= 0, "a position is not negative");
    this.#stable = stable;
    this.#next = stable + 1;
  }

  /** Highest position that is durable with all before it. */
  get stable(): number {
    return this.#stable;
  }

  /** First position that has not been handed to the shell. */
  get next(): number {
    return this.#next;
  }

  get outstandingCount(): number {
    return this.#batches.length - this.#head;
  }

  /** The log replaced what it held from `logIndex` on. */
  rewrittenFrom(logIndex: number): void {
    assert(logIndex > 0, "the position before the log is never rewritten");
    this.#next = Math.min(this.#next, logIndex);
    this.#stable = Math.min(this.#stable, logIndex - 1);
    for (let at = this.#head; at < this.#batches.length; at += 1) {
      const batch = this.#batches[at];
      if (batch !== undefined) batch.validTo = Math.min(batch.validTo, logIndex - 1);
    }
    assert(this.#stable < this.#next, "only what was handed out is durable");
  }

  /** A snapshot took the place of the log; what was committed before it stays as it is. */
  replacedBySnapshot(snapshotLogIndex: number, commitBefore: number): void {
    assert(snapshotLogIndex > commitBefore, "a snapshot only replaces a shorter history");
    this.rewrittenFrom(commitBefore + 1);
    this.#next = snapshotLogIndex + 1;
    assert(this.#stable < this.#next, "only what was handed out is durable");
  }

  /** Records a batch; positions up to `lastLogIndex` are now on their way. */
  handedOut(batch: Batch, lastLogIndex: number): void {
    assert(batch.mark === this.#markHandedOut + 1, "marks increase by one");
    assert(this.outstandingCount < batchOutstandingCountMax, "the shell lets batches complete");
    assert(lastLogIndex >= this.#next - 1, "a batch does not take positions back");
    this.#markHandedOut = batch.mark;
    this.#next = lastLogIndex + 1;
    this.#batches.push(batch);
  }

  /** The next batch that `mark` completes, or undefined when there is none left. */
  complete(mark: number): Batch | undefined {
    assert(mark <= this.#markHandedOut, "only what was handed out can be durable");
    const batch = this.#batches[this.#head];
    if (batch === undefined || batch.mark > mark) return undefined;
    this.#head += 1;
    if (this.#head === this.#batches.length) {
      this.#batches = [];
      this.#head = 0;
    } else if (this.#head >= 1024) {
      this.#batches.splice(0, this.#head);
      this.#head = 0;
    }
    this.#stable = Math.max(this.#stable, batch.validTo);
    assert(this.#stable < this.#next, "only what was handed out is durable");
    return batch;
  }
}
