/**
 * One segment as it lies on the disk: its header, every batch in it that is intact by itself - also
 * behind damage - and each stretch that is not. It knows nothing of other segments.
 */
import { basename } from "node:path";
import { assert, assertDefined } from "../../base/assert.js";
import type { Disk } from "../disk.js";
import { assertAligned, assertText, assertWhole } from "../invariants.js";
import { sectorBytes } from "../limits.js";
import { readBatch, tagAt } from "../wal/batch-reader.js";
import type { DecodedBatch } from "../wal/batch.js";
import { storedChain } from "../wal/batch.js";
import type { WalRecord } from "../wal/record.js";
import { decodeEntries, decodeRecord, recordLength } from "../wal/record.js";
import type { LogProblem } from "../wal/scan.js";
import { contentOf, readSector } from "../wal/sector.js";
import { SegmentReader } from "../wal/segment-reader.js";
import { decodeHeader, parseSegmentName, walFormatVersion } from "../wal/segment.js";
import type { LogMarker, SegmentHeader } from "../wal/types.js";

/** A run of entries. */
export interface EntryRange {
  readonly firstLogIndex: number;
  readonly lastLogIndex: number;
  readonly firstTerm: number;
  readonly lastTerm: number;
}

/** A batch whose sectors and checksums are all good. */
export interface InspectedBatch {
  readonly batchNo: number;
  readonly offset: number;
  readonly bytes: number;
  readonly recordCount: number;
  /** Position the log ended at behind it. */
  readonly lastLogIndex: number;
  /** From its first entry to its last; undefined when it has none. */
  readonly entries: EntryRange | undefined;
  readonly vote: { readonly term: number; readonly vote: number } | undefined;
  readonly commit: number | undefined;
  /** An installed snapshot: everything before it is forgotten. */
  readonly snapshot: LogMarker | undefined;
  readonly floorLogIndex: number | undefined;
  /** Whether it follows the batch before it without a gap. */
  readonly isChained: boolean;
}

/** A segment. */
export interface InspectedSegment {
  readonly file: string;
  readonly sequence: number;
  readonly bytes: number;
  /** Where bytes that are not zero end. */
  readonly writtenBytes: number;
  /** Undefined when it cannot be read. */
  readonly header: SegmentHeader | undefined;
  /** Position the log ended at before its first batch. */
  readonly startLogIndex: number | undefined;
  readonly batches: readonly InspectedBatch[];
  readonly problems: readonly LogProblem[];
}

/** Reads a segment; its file's name must be a segment's. */
export function inspectSegment(disk: Disk, file: string): InspectedSegment {
  assertText(file, "a path");
  const named = assertDefined(parseSegmentName(basename(file)), "only segments are read");
  const reader = new SegmentReader(disk, file);
  try {
    return new SegmentInspector(reader, file, named.sequence).run();
  } finally {
    reader.close();
  }
}

class SegmentInspector {
  readonly #reader: SegmentReader;
  readonly #file: string;
  readonly #sequence: number;
  readonly #batches: InspectedBatch[] = [];
  readonly #problems: LogProblem[] = [];
  #writtenBytes = 0;

  constructor(reader: SegmentReader, file: string, sequence: number) {
    assertText(file, "a path");
    assert(sequence >= 0, "a segment has a number");
    this.#reader = reader;
    this.#file = file;
    this.#sequence = sequence;
  }

  run(): InspectedSegment {
    assert(this.#batches.length === 0, "an inspector runs once");
    assertText(this.#file, "a path");
    const header = this.#readHeader();
    this.#walk(header);
    return {
      file: this.#file,
      sequence: this.#sequence,
      bytes: this.#reader.byteLength,
      writtenBytes: this.#writtenBytes,
      header,
      startLogIndex: header?.state.lastLogIndex,
      batches: this.#batches,
      problems: this.#problems,
    };
  }

  #readHeader(): SegmentHeader | undefined {
    const { byteLength, sectorsEnd } = this.#reader;
    assertWhole(byteLength, "a file's length");
    assert(this.#problems.length === 0, "the header is read first");
    if (sectorsEnd < sectorBytes) {
      this.#report("headerDamaged", byteLength, "a whole segment", `${byteLength} bytes`);
      return undefined;
    }
    this.#writtenBytes = sectorBytes;
    const header = decodeHeader(this.#reader.sectors(0, 1), this.#sequence);
    if ("kind" in header) {
      if (header.kind === "damaged") {
        this.#report("headerDamaged", header.offset, header.expected, header.actual);
      } else {
        const expected = `format ${walFormatVersion} or older`;
        this.#report("newerFormat", 8, expected, `format ${header.version}`);
      }
      return undefined;
    }
    if (header.byteLength !== byteLength) {
      const actual = `${byteLength} bytes`;
      this.#report("headerDamaged", byteLength, `${header.byteLength} bytes`, actual);
    }
    return header;
  }

  /** From batch to batch; where none follows, on to the next intact one or to the end. */
  #walk(header: SegmentHeader | undefined): void {
    assert(this.#batches.length === 0, "a segment is walked once");
    assertWhole(this.#sequence, "a sequence");
    let next: Expected | undefined = header;
    let wanted = header?.batchNo ?? 0;
    for (let offset = sectorBytes; offset + sectorBytes <= this.#reader.sectorsEnd;) {
      const found = this.#batchAt(offset, next);
      if (found === undefined) {
        next = undefined;
        offset = this.#skip(offset);
        continue;
      }
      const { batchNo, isChained, bytes } = found.described;
      if (!isChained && this.#problems.length === 0) {
        this.#report("chainBroken", offset, `batch ${wanted}`, `batch ${batchNo}`);
      }
      this.#batches.push(found.described);
      offset += bytes;
      this.#writtenBytes = offset;
      wanted = batchNo + 1;
      next = { batchNo: wanted, prevChain: found.chain };
    }
  }

  /** The batch at `offset`: the one that must follow, or whichever its first sector announces. */
  #batchAt(offset: number, next: Expected | undefined): FoundBatch | undefined {
    assertAligned(offset);
    assert(next === undefined || next.batchNo > 0, "batches are numbered from 1");
    const candidates = [next, this.#looseBatch(offset)];
    for (const [order, expected] of candidates.entries()) {
      if (expected === undefined) continue;
      const { batchNo, prevChain } = expected;
      const place = { sequence: this.#sequence, offset, batchNo, prevChain };
      const reading = readBatch(this.#reader, place);
      if (reading.kind === "batch") {
        const bytes = reading.sectorCount * sectorBytes;
        const facts = { batchNo, offset, bytes, isChained: order === 0 };
        return { described: described(reading.batch, facts), chain: reading.batch.chain };
      }
      if (reading.kind === "problem") {
        this.#report(reading.fact, offset, reading.expected, reading.actual);
      }
    }
    return undefined;
  }

  /** Which batch begins at `offset`, going by its own first sector. */
  #looseBatch(offset: number): Expected | undefined {
    assertAligned(offset);
    assert(offset > 0, "the header has its own sector");
    const tag = tagAt(this.#reader, this.#sequence, offset);
    if (tag?.ordinal !== 0 || tag.batchNo === 0) return undefined;
    const prevChain = storedChain(contentOf(this.#reader.sectors(offset, 1)));
    return { batchNo: tag.batchNo, prevChain };
  }

  /** Steps over a sector that begins no batch, and notes it unless it is zero. */
  #skip(offset: number): number {
    assertAligned(offset);
    const reading = readSector(this.#reader.sector(offset), { sequence: this.#sequence, offset });
    const behind = offset + sectorBytes;
    assert(behind <= this.#reader.sectorsEnd, "the sector is in the file");
    if (reading.kind === "zero") return this.#reader.skipZeroWindows(behind);
    this.#writtenBytes = behind;
    if (reading.kind === "foreign") {
      this.#report("foreignTail", offset, "a valid sector", "other bytes");
    } else {
      const { ordinal, count, batchNo } = reading.tag;
      const actual = `only sector ${ordinal + 1} of ${count} of batch ${batchNo}`;
      this.#report("tailWritten", offset, "a whole batch", actual);
    }
    return behind;
  }

  /** Of a stretch of damaged sectors the first counts. */
  #report(fact: LogProblem["fact"], offset: number, expected: string, actual: string): void {
    assertWhole(offset, "an offset");
    assertText(expected, "an expectation");
    const isNew = this.#problems.every(
      (known) => known.offset < (this.#batches.at(-1)?.offset ?? 0) || known.fact !== fact,
    );
    if (isNew) this.#problems.push({ fact, file: this.#file, offset, expected, actual });
  }
}

/** Which batch must come next. */
interface Expected {
  readonly batchNo: number;
  readonly prevChain: number;
}

interface FoundBatch {
  readonly described: InspectedBatch;
  readonly chain: number;
}

interface BatchFacts {
  readonly batchNo: number;
  readonly offset: number;
  readonly bytes: number;
  readonly isChained: boolean;
}

function described(batch: DecodedBatch, facts: BatchFacts): InspectedBatch {
  assertWhole(facts.offset, "an offset");
  assert(facts.bytes > 0, "a batch has sectors");
  const records = recordsOf(batch);
  const runs = records.flatMap(({ entries }) => (entries === undefined ? [] : [entries]));
  const [first] = runs;
  const last = runs.at(-1);
  const lastOf = <T>(pick: (record: WalRecord) => T | undefined): T | undefined =>
    records.map(({ record }) => pick(record)).findLast((value) => value !== undefined);
  return {
    batchNo: facts.batchNo,
    offset: facts.offset,
    bytes: facts.bytes,
    recordCount: batch.recordCount,
    lastLogIndex: batch.lastLogIndex,
    entries: first === undefined || last === undefined ? undefined : { ...first, ...endOf(last) },
    vote: lastOf(({ vote }) => vote),
    commit: lastOf(({ commit }) => commit),
    snapshot: lastOf(({ snapshot }) => snapshot),
    floorLogIndex: lastOf(({ floorLogIndex }) => floorLogIndex),
    isChained: facts.isChained,
  };
}

function endOf({
  lastLogIndex,
  lastTerm,
}: EntryRange): Pick<EntryRange, "lastLogIndex" | "lastTerm"> {
  assertWhole(lastLogIndex, "a log position");
  assertWhole(lastTerm, "a term");
  return { lastLogIndex, lastTerm };
}

/** The records of a batch, up to the first that is none. */
function recordsOf(
  batch: DecodedBatch,
): { readonly record: WalRecord; readonly entries: EntryRange | undefined }[] {
  assertWhole(batch.recordCount, "a number of records");
  assertWhole(batch.lastLogIndex, "a log position");
  const found: { record: WalRecord; entries: EntryRange | undefined }[] = [];
  let rest = batch.records;
  for (let n = 0; n < batch.recordCount; n += 1) {
    const length = recordLength(rest);
    if (length === undefined) return found;
    const bytes = rest.subarray(0, length);
    const record = decodeRecord(bytes);
    if ("kind" in record) return found;
    found.push({ record, entries: rangeOf(bytes, record) });
    rest = rest.subarray(length);
  }
  return found;
}

function rangeOf(bytes: Uint8Array, record: WalRecord): EntryRange | undefined {
  assert(bytes.byteLength === record.byteLength, "the record is the one that was decoded");
  assertWhole(record.entryCount, "a number of entries");
  const entries = decodeEntries(bytes, record);
  if (!Array.isArray(entries)) return undefined;
  const first = entries[0];
  const last = entries.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return {
    firstLogIndex: first.logIndex,
    lastLogIndex: last.logIndex,
    firstTerm: first.term,
    lastTerm: last.term,
  };
}
