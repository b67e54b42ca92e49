/**
 * Reads a whole log without changing it: establishes the facts that the recovery table asks for,
 * the first problem with its place, and what a valid log holds. It stops at the first problem
 * that no later byte can excuse. It decides nothing.
 */
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { assert, assertDefined } from "../../base/assert.js";
import type { Entry } from "../../raft/types.js";
import type { Disk } from "../disk.js";
import { assertAligned, assertSum, assertText, assertWhole } from "../invariants.js";
import { sectorBytes } from "../limits.js";
import { readBatch, tagAt } from "./batch-reader.js";
import { claimedLastLogIndex } from "./batch.js";
import type { RecoveryFact, RecoveryFacts } from "./recovery-table.js";
import { recoveryFacts } from "./recovery-table.js";
import { Replay } from "./replay.js";
import { contentOf } from "./sector.js";
import { SegmentReader } from "./segment-reader.js";
import { clusterHash, decodeHeader, parseSegmentName, walFormatVersion } from "./segment.js";
import { scanTail } from "./tail.js";
import type { LogWitness, SegmentHeader, WalIdentity, WalState } from "./types.js";
import { emptyWalState } from "./types.js";

/** A place at which the log is not what it must be. */
export interface LogProblem {
  readonly fact: RecoveryFact;
  readonly file: string;
  readonly offset: number;
  readonly expected: string;
  readonly actual: string;
}

/** A segment that was read to its end. */
export interface ScannedSegment {
  readonly name: string;
  readonly header: SegmentHeader;
  /** Where its valid batches end. */
  readonly end: number;
  /** Where non-zero bytes end; equal to `end` when only zeros follow. */
  readonly writtenEnd: number;
  /** Highest position that any of its batches left the log at. */
  readonly highestLogIndex: number;
}

/** Everything that is known after reading. */
export interface LogScan {
  readonly facts: RecoveryFacts;
  /** One for each fact that holds, the first met. */
  readonly problems: readonly LogProblem[];
  readonly segments: readonly ScannedSegment[];
  readonly state: WalState;
  /** Above the floor; meaningful only when the decision is to use the log. */
  readonly entries: readonly Entry[];
  readonly nextBatchNo: number;
  readonly chain: number;
  /** Term of the last position, or 0 when it is not known. */
  readonly lastTerm: number;
  /** The last position if the batch behind the last valid one was complete, where it says so. */
  readonly claimedLogIndex: number | undefined;
}

/** What is scanned. */
export interface ScanOptions {
  readonly disk: Disk;
  readonly directory: string;
  /** Absent: whoever wrote the first segment. */
  readonly identity: WalIdentity | undefined;
  readonly witnesses: readonly LogWitness[];
}

/** Facts about the end of the last segment, which leave everything before it readable. */
const tailFacts: readonly RecoveryFact[] = ["tailWritten", "laterWritten", "foreignTail"];

/** Reads the log in `options.directory`; see the file comment. */
export function scanLog(options: ScanOptions): LogScan {
  assertText(options.directory, "a directory");
  return new LogScanner(options).run();
}

class LogScanner {
  readonly #options: ScanOptions;
  readonly #problems: LogProblem[] = [];
  readonly #segments: ScannedSegment[] = [];
  #replay: Replay | undefined;
  #batchNo = 1;
  #chain = 0;
  #file = "";
  #claimedLogIndex: number | undefined;

  constructor(options: ScanOptions) {
    const { identity } = options;
    assert(identity === undefined || identity.memberId > 0, "a log belongs to a member");
    assert(identity?.clusterId !== "", "a log belongs to a cluster");
    assert(
      options.witnesses.every(({ logIndex }) => logIndex >= 0),
      "witnesses name positions",
    );
    this.#options = options;
  }

  run(): LogScan {
    assert(this.#segments.length === 0, "a scanner runs once");
    assert(this.#problems.length === 0, "a scanner runs once");
    const names = this.#segmentNames();
    this.#checkSequences(names);
    for (const [order, name] of names.entries()) {
      if (this.#isHopeless()) break;
      this.#file = join(this.#options.directory, name);
      this.#scanSegment(name, order === names.length - 1);
    }
    return this.#conclude();
  }

  #checkSequences(names: readonly string[]): void {
    assert(names.length > 0, "a log has segments");
    assert(this.#segments.length === 0, "names are judged first");
    let next: number | undefined;
    for (const name of names) {
      const { sequence } = assertDefined(parseSegmentName(name), "only segments are listed");
      this.#file = join(this.#options.directory, name);
      if (next !== undefined && sequence !== next) {
        this.#report("sequenceBroken", 0, `segment ${next}`, `segment ${sequence}`);
      }
      next = sequence + 1;
    }
  }

  #segmentNames(): string[] {
    const { disk, directory } = this.#options;
    assertText(this.#options.directory, "a directory");
    return disk.list(directory).filter((name) => parseSegmentName(name) !== undefined);
  }

  #isHopeless(): boolean {
    return this.#problems.length > 0;
  }

  #conclude(): LogScan {
    assert(this.#batchNo > 0, "batches are numbered from 1");
    assertSum(this.#chain);
    const state = this.#replay?.state ?? emptyWalState;
    const entries = this.#replay === undefined ? [] : this.#replay.entriesAboveFloor();
    if (this.#problems.every(({ fact }) => tailFacts.includes(fact))) {
      if (entries === undefined) {
        const expected = `entries from position ${state.floorLogIndex + 1}`;
        this.#report("sequenceBroken", 0, expected, "older segments are missing");
      }
      this.#checkClaims(state);
    }
    const holds = (fact: RecoveryFact): boolean => this.#problems.some((p) => p.fact === fact);
    const facts = Object.fromEntries(recoveryFacts.map((fact) => [fact, holds(fact)]));
    return {
      facts: facts as unknown as RecoveryFacts,
      problems: this.#problems,
      segments: this.#segments,
      state,
      entries: entries ?? [],
      nextBatchNo: this.#batchNo,
      chain: this.#chain,
      lastTerm: this.#replay?.lastTerm ?? 0,
      claimedLogIndex: this.#claimedLogIndex,
    };
  }

  #checkClaims(state: WalState): void {
    assertWhole(state.lastLogIndex, "a log position");
    assert(this.#segments.length > 0, "a log was read");
    const claims: LogWitness[] = [
      { source: "the log's own commit position", logIndex: state.hardState.commit },
      ...this.#options.witnesses,
    ];
    const end = this.#segments.at(-1)?.end ?? 0;
    for (const claim of claims) {
      if (claim.logIndex <= state.lastLogIndex) continue;
      const expected = `position ${claim.logIndex}, which ${claim.source} has seen`;
      this.#report("claimBeyondLast", end, expected, `position ${state.lastLogIndex} as last`);
    }
  }

  #scanSegment(name: string, isLast: boolean): void {
    assertText(name, "a name");
    assert(!this.#isHopeless(), "a scan stops at the first problem");
    const reader = new SegmentReader(this.#options.disk, this.#file);
    try {
      const header = this.#readHeader(reader, name);
      if (header === undefined) return;
      const replay = (this.#replay ??= this.#begin(header));
      if (this.#segments.length > 0) this.#checkSuccession(header, replay.state);
      if (this.#isHopeless()) return;
      this.#scanBatches(reader, { name, header, isLast });
    } finally {
      reader.close();
    }
  }

  #begin(header: SegmentHeader): Replay {
    assert(this.#replay === undefined, "the first segment begins the replay");
    assert(this.#segments.length === 0, "the first segment begins the replay");
    this.#batchNo = header.batchNo;
    this.#chain = header.prevChain;
    return new Replay(header.state);
  }

  #readHeader(reader: SegmentReader, name: string): SegmentHeader | undefined {
    assertText(this.#file, "a path");
    const named = assertDefined(parseSegmentName(name), "only segments are read");
    if (reader.sectorsEnd < sectorBytes) {
      const actual = `${reader.byteLength} bytes`;
      this.#report("headerDamaged", reader.byteLength, "a whole segment", actual);
      return undefined;
    }
    const header = decodeHeader(reader.sectors(0, 1), named.sequence);
    if ("kind" in header) {
      if (header.kind === "damaged") {
        this.#report("headerDamaged", header.offset, header.expected, header.actual);
      } else {
        const expected = `format ${walFormatVersion} or older`;
        this.#report("newerFormat", 8, expected, `format ${header.version}`);
      }
      return undefined;
    }
    if (header.byteLength !== reader.byteLength) {
      const actual = `${reader.byteLength} bytes`;
      this.#report("headerDamaged", reader.byteLength, `${header.byteLength} bytes`, actual);
    }
    if (named.firstLogIndex !== header.state.lastLogIndex + 1) {
      const expected = `first position ${header.state.lastLogIndex + 1} in its name`;
      this.#report("headerDamaged", 0, expected, String(named.firstLogIndex));
    }
    this.#checkOwner(header);
    return this.#isHopeless() ? undefined : header;
  }

  #checkOwner(header: SegmentHeader): void {
    const { identity } = this.#options;
    const first = this.#segments[0]?.header ?? header;
    const memberId = identity?.memberId ?? first.memberId;
    const cluster = identity === undefined ? first.clusterHash : clusterHash(identity);
    assertText(header.clusterHash, "a cluster hash");
    assert(memberId > 0, "a log belongs to a member");
    if (header.memberId !== memberId) {
      const expected = `a log of member ${memberId}`;
      this.#report("otherOwner", 40, expected, `one of member ${header.memberId}`);
    }
    if (header.clusterHash !== cluster) {
      const expected = `a log of cluster ${identity?.clusterId ?? cluster}`;
      this.#report("otherOwner", 24, expected, "one of another cluster");
    }
  }

  #checkSuccession(header: SegmentHeader, state: WalState): void {
    assert(this.#segments.length > 0, "there is a segment before");
    assertText(this.#file, "a path");
    if (header.batchNo !== this.#batchNo || header.prevChain !== this.#chain) {
      const expected = `a segment that goes on with batch ${this.#batchNo}`;
      this.#report("chainBroken", 64, expected, `one that goes on with batch ${header.batchNo}`);
    } else if (!isDeepStrictEqual(header.state, state)) {
      this.#report("chainBroken", 80, "the state that the log was left in", "another state");
    }
  }

  #scanBatches(
    reader: SegmentReader,
    segment: { readonly name: string; readonly header: SegmentHeader; readonly isLast: boolean },
  ): void {
    assert(
      segment.header.byteLength === reader.byteLength,
      "the file is as long as its header says",
    );
    assertText(segment.name, "a name");
    assert(!this.#isHopeless(), "a scan stops at the first problem");
    let end = sectorBytes;
    let highestLogIndex = segment.header.state.lastLogIndex;
    for (;;) {
      const count = this.#applyBatch(reader, segment.header.sequence, end);
      if (count === 0) break;
      end += count * sectorBytes;
      highestLogIndex = Math.max(highestLogIndex, this.#replayed().lastLogIndex);
    }
    let writtenEnd = end;
    if (!this.#isHopeless()) {
      const { sequence } = segment.header;
      const tail = scanTail(reader, { sequence, offset: end, batchNo: this.#batchNo });
      writtenEnd = tail.writtenEnd;
      this.#claimedLogIndex = this.#claimAt(reader, sequence, end);
      for (const problem of tail.problems) {
        const fact = segment.isLast ? problem.fact : "sealedDamaged";
        this.#report(fact, problem.offset, problem.expected, problem.actual);
      }
    }
    this.#segments.push({
      name: segment.name,
      header: segment.header,
      end,
      writtenEnd,
      highestLogIndex,
    });
  }

  /** What the first sector of the batch that is missing or incomplete at `offset` says of it. */
  #claimAt(reader: SegmentReader, sequence: number, offset: number): number | undefined {
    assertAligned(offset);
    assert(this.#batchNo > 0, "batches are numbered from 1");
    const tag = tagAt(reader, sequence, offset);
    if (tag?.batchNo !== this.#batchNo || tag.ordinal !== 0) return undefined;
    return claimedLastLogIndex(contentOf(reader.sectors(offset, 1)));
  }

  #replayed(): WalState {
    return assertDefined(this.#replay, "a replay exists once a segment was opened").state;
  }

  /** Takes over the batch at `offset`; the sectors it has, or 0 when there is no whole one. */
  #applyBatch(reader: SegmentReader, sequence: number, offset: number): number {
    assertAligned(offset);
    assertWhole(sequence, "a sequence");
    const place = { sequence, offset, batchNo: this.#batchNo, prevChain: this.#chain };
    const reading = readBatch(reader, place);
    if (reading.kind === "none") return 0;
    if (reading.kind === "problem") {
      this.#report(reading.fact, offset, reading.expected, reading.actual);
      return 0;
    }
    const { batch, sectorCount } = reading;
    const problem = assertDefined(this.#replay, "a replay exists").apply(batch);
    if (problem !== undefined) {
      const isNewer = problem.kind === "unknownKind";
      const actual = isNewer ? `record kind ${problem.found}` : problem.problem;
      this.#report(isNewer ? "newerFormat" : "chainBroken", offset, "a known record", actual);
      return 0;
    }
    this.#batchNo += 1;
    this.#chain = batch.chain;
    return sectorCount;
  }

  #report(fact: RecoveryFact, offset: number, expected: string, actual: string): void {
    assertWhole(offset, "an offset");
    assertText(this.#file, "a path");
    assert(expected !== "" && actual !== "", "a problem says what was expected and found");
    if (this.#problems.some((problem) => problem.fact === fact)) return;
    this.#problems.push({ fact, file: this.#file, offset, expected, actual });
  }
}
