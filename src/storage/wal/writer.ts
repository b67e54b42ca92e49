/**
 * Appends batches to the log: one write and one sync each, synchronously, so that it can run in a
 * thread of its own where nothing else delays it. The first failed write or sync ends its use for
 * good: after a failed sync nobody knows what the disk holds, and trying again would lie.
 */
import { join } from "node:path";
import { assert, assertDefined } from "../../base/assert.js";
import { FatalError, exitCode } from "../../base/errors.js";
import type { Disk } from "../disk.js";
import { systemCode } from "../disk.js";
import {
  assertAligned,
  assertSum,
  assertText,
  assertWalState,
  assertWhole,
} from "../invariants.js";
import { sectorBytes, walBatchBytesMax, walSegmentBytesMin } from "../limits.js";
import { batchOverheadBytes, encodeBatch } from "./batch.js";
import { advancedState, decodeRecord } from "./record.js";
import { sectorsFor, writeSectors } from "./sector.js";
import type { OpenSegment } from "./segment-file.js";
import { PreparedSegment } from "./segment-file.js";
import { clusterHash } from "./segment.js";
import type { SegmentHeader, WalIdentity, WalState } from "./types.js";

/** Where a log is written. */
export interface WriterOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly identity: WalIdentity;
  /** Size of new segments; a batch that does not fit gets a longer one of its own. */
  readonly segmentBytes: number;
}

/** A segment that is complete. */
export interface SealedSegment {
  readonly name: string;
  /** It may be deleted when everything up to here was given up. */
  readonly highestLogIndex: number;
}

/** Where writing goes on; made by recovery. */
export interface WriterPosition {
  readonly segment: OpenSegment;
  /** Where the next batch begins. */
  readonly end: number;
  readonly highestLogIndex: number;
  readonly sealed: readonly SealedSegment[];
  readonly state: WalState;
  readonly nextBatchNo: number;
  readonly chain: number;
}

/** What one batch made durable. */
export interface AppendOutcome {
  /** Highest `seq` among its records, 0 when none carries one. */
  readonly seq: number;
  /** Bytes written. */
  readonly bytes: number;
}

/** See the file comment. */
export class WalWriter {
  readonly #options: WriterOptions;
  readonly #clusterHash: string;
  #segment: OpenSegment;
  #end: number;
  #highestLogIndex: number;
  #sealed: SealedSegment[];
  #state: WalState;
  #batchNo: number;
  #chain: number;
  #prepared: PreparedSegment | undefined;
  #failure: FatalError | undefined;
  /** Reused for every batch that fits; grows to the largest one seen. */
  #buffer: Uint8Array = new Uint8Array(64 * 1024);

  constructor(options: WriterOptions, position: WriterPosition) {
    assertWalState(position.state);
    assertAligned(position.end);
    assert(position.nextBatchNo > 0, "batches are numbered from 1");
    assertSum(position.chain);
    assert(options.segmentBytes >= walSegmentBytesMin, "a segment has room for batches");
    assert(options.segmentBytes % sectorBytes === 0, "segments are whole sectors");
    this.#options = options;
    this.#clusterHash = clusterHash(options.identity);
    this.#segment = position.segment;
    this.#end = position.end;
    this.#highestLogIndex = position.highestLogIndex;
    this.#sealed = [...position.sealed];
    this.#state = position.state;
    this.#batchNo = position.nextBatchNo;
    this.#chain = position.chain;
  }

  /** The log's state after the last batch. */
  get state(): WalState {
    return this.#state;
  }

  /** Segments on disk, the one being written included. */
  get segmentCount(): number {
    return this.#sealed.length + 1;
  }

  /**
   * Makes `records` durable as one batch.
   *
   * @throws FatalError (temporary) when the disk failed, now or earlier; the caller exits.
   */
  append(records: readonly Uint8Array[]): AppendOutcome {
    const { state, seq } = this.#stateAfter(records);
    const { content, chain } = encodeBatch({
      batchNo: this.#batchNo,
      prevChain: this.#chain,
      lastLogIndex: state.lastLogIndex,
      records,
    });
    assert(records.length > 0, "a batch has records");
    assertAligned(this.#end);
    assert(content.byteLength <= walBatchBytesMax + batchOverheadBytes, "a batch is bounded");
    const bytes = sectorsFor(content.byteLength) * sectorBytes;
    this.#guarded(() => {
      if (this.#end + bytes > this.#segment.header.byteLength) this.#rotate(bytes);
      const target = this.#bufferOf(bytes);
      const place = { sequence: this.#segment.header.sequence, offset: this.#end };
      writeSectors(target, content, this.#batchNo, place);
      this.#options.disk.pwrite(this.#segment.file, target, this.#end);
      this.#options.disk.fdatasync(this.#segment.file);
    });
    this.#end += bytes;
    this.#batchNo += 1;
    this.#chain = chain;
    this.#state = state;
    this.#highestLogIndex = Math.max(this.#highestLogIndex, state.lastLogIndex);
    return { seq, bytes };
  }

  /** Seals the current segment and goes on in a new one. */
  rotate(): void {
    assertWalState(this.#state);
    this.#guarded(() => {
      this.#rotate(0);
    });
  }

  /**
   * Deletes the segments, oldest first, that hold nothing above the durable floor.
   *
   * @returns how many were deleted.
   */
  deleteUnneededSegments(): number {
    const { disk, directory } = this.#options;
    assertWalState(this.#state);
    assert(
      this.#state.floorLogIndex <= this.#state.lastLogIndex,
      "only what was written is given up",
    );
    let count = 0;
    this.#guarded(() => {
      for (const segment of this.#sealed) {
        if (segment.highestLogIndex > this.#state.floorLogIndex) break;
        disk.unlink(join(directory, segment.name));
        disk.syncDirectory(directory);
        count += 1;
      }
    });
    this.#sealed = this.#sealed.slice(count);
    return count;
  }

  /**
   * Does one bounded step towards the next segment, if it is time for one.
   *
   * @returns whether there is more to do now.
   */
  prepareStep(): boolean {
    const { segmentBytes, disk, directory } = this.#options;
    const { byteLength } = this.#segment.header;
    assert(this.#end <= this.#segment.header.byteLength, "writing stays inside the segment");
    assertAligned(this.#end);
    if (this.#failure !== undefined || this.#end * 2 < byteLength) return false;
    if ((this.#prepared?.filledBytes ?? 0) >= segmentBytes) return false;
    this.#guarded(() => {
      this.#prepared ??= new PreparedSegment(disk, directory);
      this.#prepared.fillStep(segmentBytes);
    });
    return (this.#prepared?.filledBytes ?? 0) < segmentBytes;
  }

  /** Closes the files. Everything appended is durable already. */
  close(): void {
    assertAligned(this.#end);
    this.#options.disk.close(this.#segment.file);
    this.#prepared?.close();
    this.#failure ??= failed(this.#segment.name, new Error("the log is closed"));
  }

  /** Checks records that came from another thread against their checksums and the state. */
  #stateAfter(records: readonly Uint8Array[]): { state: WalState; seq: number } {
    assertWalState(this.#state);
    assert(
      records.every(({ byteLength }) => byteLength > 0),
      "records are not empty",
    );
    let state = this.#state;
    let seq = 0;
    for (const bytes of records) {
      const record = decodeRecord(bytes);
      if ("kind" in record) throw new FatalError(exitCode.bug, "a log record arrived damaged");
      const next = advancedState(state, record);
      if (typeof next === "string") assert(false, `an append does not follow the log: ${next}`);
      state = next;
      seq = Math.max(seq, record.seq);
    }
    return { state, seq };
  }

  #rotate(bytesNeeded: number): void {
    const { disk, directory, segmentBytes, identity } = this.#options;
    assertWhole(bytesNeeded, "a size");
    assert(bytesNeeded % sectorBytes === 0, "batches are whole sectors");
    assert(this.#failure === undefined, "a failed log is not written to");
    const prepared = this.#prepared ?? new PreparedSegment(disk, directory);
    this.#prepared = undefined;
    const header: SegmentHeader = {
      sequence: this.#segment.header.sequence + 1,
      byteLength: Math.max(segmentBytes, sectorBytes + bytesNeeded, prepared.filledBytes),
      memberId: identity.memberId,
      clusterHash: this.#clusterHash,
      batchNo: this.#batchNo,
      prevChain: this.#chain,
      state: this.#state,
    };
    const next = prepared.finish(header);
    disk.close(this.#segment.file);
    const { name } = this.#segment;
    this.#sealed.push({ name, highestLogIndex: this.#highestLogIndex });
    this.#segment = next;
    this.#end = sectorBytes;
    this.#highestLogIndex = this.#state.lastLogIndex;
  }

  #bufferOf(bytes: number): Uint8Array {
    assert(bytes > 0, "a batch has sectors");
    assertAligned(bytes);
    if (this.#buffer.byteLength < bytes) this.#buffer = new Uint8Array(bytes);
    return this.#buffer.subarray(0, bytes);
  }

  #guarded(work: () => void): void {
    assert(this.#end <= this.#segment.header.byteLength, "writing stays inside the segment");
    if (this.#failure !== undefined) throw this.#failure;
    try {
      work();
    } catch (error) {
      this.#failure = failed(join(this.#options.directory, this.#segment.name), error);
      throw assertDefined(this.#failure, "the failure is kept");
    }
  }
}

function failed(file: string, error: unknown): FatalError {
  assertText(file, "a path");
  if (error instanceof FatalError) return error;
  const why = error instanceof Error ? error.message : String(error);
  const text = `the write-ahead log ${file} cannot be written (${why}): nothing more is acknowledged; check the disk and its free space, then restart`;
  return new FatalError(exitCode.temporary, text, { file, code: systemCode(error) }, error);
}
