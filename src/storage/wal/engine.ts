/**
 * Group commit: everything queued while the previous sync ran becomes one batch. Also keeps the
 * chores that ride along with batches: deleting segments that the caller gave up, and preparing
 * the next one. Synchronous; whoever owns it decides when it runs.
 */
import { assert } from "../../base/assert.js";
import { assertWalState } from "../invariants.js";
import { walBatchBytesMax, walQueuedRecordsCountMax, walRecordBytesMax } from "../limits.js";
import type { WalWriter } from "./writer.js";

/** What the owner is told after each batch. */
export interface BatchReport {
  /** This append and all before it are durable; 0 when the batch completed none. */
  readonly seq: number;
  /** How long the write and the sync took together. */
  readonly syncMs: number;
  readonly bytes: number;
  readonly recordCount: number;
  readonly segmentCount: number;
}

/** See the file comment. */
export class WalEngine {
  readonly #writer: WalWriter;
  readonly #monotonicMs: () => number;
  #queue: Uint8Array[] = [];
  #deletedUpTo = 0;

  constructor(writer: WalWriter, monotonicMs: () => number) {
    assert(writer.segmentCount > 0, "an open log has a segment");
    assertWalState(writer.state);
    this.#writer = writer;
    this.#monotonicMs = monotonicMs;
    this.#deletedUpTo = writer.state.floorLogIndex;
  }

  get hasWork(): boolean {
    return this.#queue.length > 0;
  }

  /** Takes over encoded records, in order. */
  enqueue(records: readonly Uint8Array[]): void {
    assert(records.length > 0, "something is queued");
    assert(
      records.every(({ byteLength }) => byteLength <= walRecordBytesMax),
      "records are bounded",
    );
    assert(this.#queue.length < walQueuedRecordsCountMax, "the queue is bounded");
    for (const record of records) this.#queue.push(record);
  }

  /**
   * Makes as much of the queue durable as fits one batch.
   *
   * @throws FatalError (temporary) when the disk failed.
   */
  commitOnce(): BatchReport {
    assert(this.#queue.length <= walQueuedRecordsCountMax, "the queue is bounded");
    assert(this.hasWork, "there is something to commit");
    const records = this.#takeBatch();
    const startedMs = this.#monotonicMs();
    const { seq, bytes } = this.#writer.append(records);
    const syncMs = this.#monotonicMs() - startedMs;
    const segmentCount = this.#writer.segmentCount;
    return { seq, syncMs, bytes, recordCount: records.length, segmentCount };
  }

  /**
   * Does one chore, for when nothing waits.
   *
   * @returns whether there may be another one.
   */
  choreStep(): boolean {
    const { floorLogIndex } = this.#writer.state;
    assert(!this.hasWork, "chores wait until nothing else does");
    assert(
      this.#deletedUpTo <= this.#writer.state.floorLogIndex,
      "only what was given up is deleted",
    );
    if (floorLogIndex > this.#deletedUpTo) {
      this.#writer.deleteUnneededSegments();
      this.#deletedUpTo = floorLogIndex;
      return true;
    }
    return this.#writer.prepareStep();
  }

  close(): void {
    assertWalState(this.#writer.state);
    assert(!this.hasWork, "everything queued is durable before the log is closed");
    this.#writer.close();
  }

  #takeBatch(): Uint8Array[] {
    assert(this.#queue.length > 0, "there is something to commit");
    let bytes = 0;
    let count = 0;
    for (const record of this.#queue) {
      if (count > 0 && bytes + record.byteLength > walBatchBytesMax) break;
      bytes += record.byteLength;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }
}
