/**
 * The log as the driver sees it: append without waiting, be told in order what is durable. Two
 * ways to run it share this interface: in a thread of its own, where synchronous disk calls delay
 * nobody (the daemon), and on a schedule that the caller gives (tests and the simulator).
 */
import { assert } from "../../base/assert.js";
import { FatalError, exitCode } from "../../base/errors.js";
import { assertText, assertWhole } from "../invariants.js";
import { walQueuedAppendsCountMax, walSyncBucketsMs } from "../limits.js";
import type { BatchReport } from "./engine.js";
import { WalEngine } from "./engine.js";
import { encodeAppend, encodeFloor } from "./record.js";
import type { OpenLogOptions } from "./recovery.js";
import { openLog } from "./recovery.js";
import type { RecoveredLog, WalBatch } from "./types.js";

/** See the file comment. */
export interface Wal {
  /** Queues an append; returns at once. After a failure it does nothing: the process is ending. */
  append(batch: WalBatch): void;
  /**
   * Gives up all entries up to `logIndex`: a durable snapshot, and a state store batch written
   * with sync, are at or above it. Old segments go once this is durable itself.
   */
  truncatePrefix(logIndex: number): void;
  /** Called in order, with the highest `seq` that is durable, and all before it are. Set once. */
  onDurable(callback: (seq: number) => void): void;
  /** Called once, when nothing more can become durable: exit with the error's code. Set once. */
  onError(callback: (error: FatalError) => void): void;
  stats(): WalStats;
  /** Waits until everything queued is durable, or has failed, and closes the files. */
  close(): Promise<void>;
}

/** Counters since open; times in milliseconds. */
export interface WalStats {
  readonly batchesCount: number;
  readonly recordsCount: number;
  readonly writtenBytes: number;
  readonly segmentsCount: number;
  /** Appends handed over and not yet durable. */
  readonly queuedCount: number;
  /** How long the oldest of them has waited; 0 when none does. A stalled disk shows here. */
  readonly oldestQueuedMs: number;
  readonly lastSyncMs: number;
  readonly maxSyncMs: number;
  /** Batches per bucket of `walSyncBucketsMs`, and one more bucket for the rest. */
  readonly syncBuckets: readonly number[];
  readonly syncMsSum: number;
}

/** An open log and what it held. */
export interface OpenedWal {
  readonly wal: Wal;
  readonly recovered: RecoveredLog;
}

/** What {@link openInlineWal} needs beyond the log itself. */
export interface InlineOptions extends OpenLogOptions {
  /** Runs the work later: at once after this turn, or when a simulated disk would be done. */
  readonly schedule: (work: () => void) => void;
  readonly monotonicMs: () => number;
}

/** Opens a log that works on the calling thread, when `options.schedule` says so. */
export function openInlineWal(options: InlineOptions): OpenedWal {
  const { writer, recovered } = openLog(options);
  assertText(options.directory, "a directory");
  assert(options.identity.memberId > 0, "a log belongs to a member");
  const engine = new WalEngine(writer, options.monotonicMs);
  const wal = new LedgeredWal(
    options.monotonicMs,
    recovered.segmentCount,
    (ledger) => new InlineTransport(engine, ledger, options.schedule),
  );
  return { wal, recovered };
}

/**
 * What both ways have in common: callbacks, counters, and what has not been reported yet. Whoever
 * carries the records calls `settle` after each batch and `fail` once when there is no going on.
 */
export class LedgeredWal implements Wal {
  readonly #monotonicMs: () => number;
  readonly #transport: WalTransport;
  #closing: Promise<void> | undefined;
  #queued: { readonly seq: number; readonly sinceMs: number }[] = [];
  #durableCallback: ((seq: number) => void) | undefined;
  #errorCallback: ((error: FatalError) => void) | undefined;
  #failure: FatalError | undefined;
  #lastSeq = 0;
  #durableSeq = 0;
  #batchesCount = 0;
  #recordsCount = 0;
  #writtenBytes = 0;
  #segmentsCount: number;
  #lastSyncMs = 0;
  #maxSyncMs = 0;
  #syncMsSum = 0;
  readonly #syncBuckets: number[] = Array.from({ length: walSyncBucketsMs.length + 1 }, () => 0);

  constructor(
    monotonicMs: () => number,
    segmentCount: number,
    connect: (wal: LedgeredWal) => WalTransport,
  ) {
    assert(walSyncBucketsMs.length > 0, "syncs are counted in buckets");
    assert(segmentCount > 0, "an open log has a segment");
    this.#monotonicMs = monotonicMs;
    this.#segmentsCount = segmentCount;
    this.#transport = connect(this);
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  onDurable(callback: (seq: number) => void): void {
    assert(this.#batchesCount === 0, "the callback is set before the first append");
    assert(this.#durableCallback === undefined, "the durable callback is set once");
    this.#durableCallback = callback;
  }

  onError(callback: (error: FatalError) => void): void {
    assert(this.#errorCallback === undefined, "the error callback is set once");
    this.#errorCallback = callback;
    if (this.#failure !== undefined) callback(this.#failure);
  }

  append(batch: WalBatch): void {
    assert(this.#closing === undefined, "nothing is appended to a closed log");
    if (this.hasFailed) return;
    assert(batch.seq > this.#lastSeq, "appends are numbered upwards");
    assert(this.#queued.length < walQueuedAppendsCountMax, "the driver bounds what it appends");
    const records = encodeAppend(batch);
    assert(records.length > 0, "an append is one record at least");
    this.#lastSeq = batch.seq;
    this.#queued.push({ seq: batch.seq, sinceMs: this.#monotonicMs() });
    this.#transport.send(records);
  }

  truncatePrefix(logIndex: number): void {
    assert(this.#closing === undefined, "nothing is given up in a closed log");
    assert(logIndex > 0, "something is given up");
    if (!this.hasFailed) this.#transport.send([encodeFloor(logIndex)]);
  }

  close(): Promise<void> {
    assert(this.#durableSeq <= this.#lastSeq, "only what was appended is durable");
    this.#closing ??= this.#transport.close();
    return this.#closing;
  }

  /** Notes a batch and tells the driver. */
  settle(report: BatchReport): void {
    assertWhole(report.seq, "an append's number");
    if (this.#failure !== undefined) return;
    assert(report.recordCount > 0, "a batch has records");
    assert(report.seq <= this.#lastSeq, "only what was appended is durable");
    assertWhole(report.bytes, "a size");
    assert(report.seq > this.#durableSeq || report.seq === 0, "what is durable grows");
    this.#batchesCount += 1;
    this.#recordsCount += report.recordCount;
    this.#writtenBytes += report.bytes;
    this.#segmentsCount = report.segmentCount;
    this.#lastSyncMs = report.syncMs;
    this.#maxSyncMs = Math.max(this.#maxSyncMs, report.syncMs);
    this.#syncMsSum += report.syncMs;
    const found = walSyncBucketsMs.findIndex((bound) => report.syncMs <= bound);
    const bucket = found === -1 ? walSyncBucketsMs.length : found;
    this.#syncBuckets[bucket] = (this.#syncBuckets[bucket] ?? 0) + 1;
    if (report.seq === 0) return;
    const rest = this.#queued.findIndex(({ seq }) => seq > report.seq);
    this.#queued = rest === -1 ? [] : this.#queued.slice(rest);
    this.#durableSeq = report.seq;
    this.#durableCallback?.(report.seq);
  }

  /** Notes the end of the log's use; only the first failure counts. */
  fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    const text = `the write-ahead log stopped: ${String(error)}`;
    this.#failure =
      error instanceof FatalError ? error : new FatalError(exitCode.bug, text, {}, error);
    this.#errorCallback?.(this.#failure);
  }

  stats(): WalStats {
    assertWhole(this.#batchesCount, "a count");
    assert(this.#maxSyncMs >= this.#lastSyncMs, "the longest sync is the longest");
    const oldest = this.#queued[0];
    return {
      batchesCount: this.#batchesCount,
      recordsCount: this.#recordsCount,
      writtenBytes: this.#writtenBytes,
      segmentsCount: this.#segmentsCount,
      queuedCount: this.#queued.length,
      oldestQueuedMs: oldest === undefined ? 0 : this.#monotonicMs() - oldest.sinceMs,
      lastSyncMs: this.#lastSyncMs,
      maxSyncMs: this.#maxSyncMs,
      syncBuckets: [...this.#syncBuckets],
      syncMsSum: this.#syncMsSum,
    };
  }
}

/** How encoded records reach the disk, and how that ends. */
export interface WalTransport {
  send(records: readonly Uint8Array[]): void;
  /** Resolves when everything sent is durable or has failed, and the files are closed. */
  close(): Promise<void>;
}

/** Works on the calling thread, one batch each time the schedule says so. */
class InlineTransport implements WalTransport {
  readonly #engine: WalEngine;
  readonly #ledger: LedgeredWal;
  readonly #schedule: (work: () => void) => void;
  #isScheduled = false;
  #isClosed = false;

  constructor(engine: WalEngine, ledger: LedgeredWal, schedule: (work: () => void) => void) {
    assert(!engine.hasWork, "a log starts with an empty queue");
    this.#engine = engine;
    this.#ledger = ledger;
    this.#schedule = schedule;
  }

  send(records: readonly Uint8Array[]): void {
    assert(!this.#isClosed, "nothing is sent to a closed log");
    this.#engine.enqueue(records);
    assert(this.#engine.hasWork, "what is sent waits to be written");
    this.#wake();
  }

  close(): Promise<void> {
    assert(!this.#isClosed, "a log is closed once");
    while (this.#engine.hasWork && !this.#ledger.hasFailed) this.#work();
    this.#isClosed = true;
    if (!this.#ledger.hasFailed) this.#engine.close();
    return Promise.resolve();
  }

  #wake(): void {
    assert(this.#engine.hasWork, "nobody is woken for nothing");
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#schedule(() => {
      assert(this.#isScheduled, "scheduled work runs once");
      this.#isScheduled = false;
      const isNeeded = this.#engine.hasWork && !this.#ledger.hasFailed;
      if (isNeeded && !this.#isClosed) this.#work();
    });
  }

  #work(): void {
    assert(!this.#isClosed, "a closed log does not work");
    assert(!this.#ledger.hasFailed, "a failed log does not work");
    let report: BatchReport;
    try {
      report = this.#engine.commitOnce();
      while (this.#engine.choreStep());
    } catch (error) {
      this.#ledger.fail(error);
      return;
    }
    this.#ledger.settle(report);
    if (this.#engine.hasWork) this.#wake();
  }
}
