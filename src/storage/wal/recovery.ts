/**
 * Opens a log: reads it, decides by the recovery table, and only then changes anything. The last
 * segment is always copied into a fresh, synced file before use, because after a failed sync the
 * page cache may show bytes that the disk does not hold. A log that is refused keeps every byte.
 */
import { basename, dirname, join } from "node:path";
import { assert, assertDefined } from "../../base/assert.js";
import { FatalError, exitCode } from "../../base/errors.js";
import type { Disk, FileId } from "../disk.js";
import { writeFailure } from "../disk.js";
import {
  assertAligned,
  assertSegmentHeader,
  assertSum,
  assertText,
  assertWalState,
} from "../invariants.js";
import { sectorBytes, tornCopiesKeptCount, walReadWindowBytes } from "../limits.js";
import type { SmallFileKind } from "../small-file.js";
import { readSmallFile, writeSmallFile } from "../small-file.js";
import type { RecoveryRow } from "./recovery-table.js";
import { decideRecovery } from "./recovery-table.js";
import type { LogProblem, LogScan, ScannedSegment } from "./scan.js";
import { scanLog } from "./scan.js";
import type { OpenSegment } from "./segment-file.js";
import { PreparedSegment, preparedName } from "./segment-file.js";
import { clusterHash, parseSegmentName } from "./segment.js";
import { encodeReset } from "./record.js";
import type { LogMarker, LogWitness, RecoveredLog, WalFinding } from "./types.js";
import { emptyWalState } from "./types.js";
import type { WriterOptions } from "./writer.js";
import { WalWriter } from "./writer.js";

/** How a log is opened. */
export interface OpenLogOptions extends WriterOptions {
  /** Positions that must be in the log because something else has seen them durable in it. */
  readonly witnesses: readonly LogWitness[];
  /**
   * The newest verified snapshot, if any. When the process ended after its file was complete and
   * before the log learned of it, the log does not hold its position with its term: then the log
   * is reset to it, because what follows a position that differs is not what follows the snapshot.
   */
  readonly snapshot: LogMarker | undefined;
}

/** An open log. */
export interface OpenedLog {
  readonly writer: WalWriter;
  readonly recovered: RecoveredLog;
}

const copyName = "copy.tmp";
const createdKind: SmallFileKind = {
  name: "log marker",
  version: 1,
  remedy: "nothing was changed: replace this member with an empty one",
};

/**
 * Opens the log in `options.directory`, and creates it when there has never been one.
 *
 * @throws FatalError (data refused) when it is damaged, incomplete or not this member's;
 *   (temporary) when the disk failed.
 */
export function openLog(options: OpenLogOptions): OpenedLog {
  assertText(options.directory, "a directory");
  assert(options.identity.memberId > 0, "a log belongs to a member");
  assert(options.identity.clusterId !== "", "a log exists only after the cluster has an id");
  try {
    return readAndOpen(options);
  } catch (error) {
    throw writeFailure("the write-ahead log", options.directory, error);
  }
}

function readAndOpen(options: OpenLogOptions): OpenedLog {
  const { disk, directory } = options;
  assertText(directory, "a directory");
  const markerPath = `${directory}.created`;
  const isMarked = readSmallFile(disk, markerPath, createdKind) !== undefined;
  const exists = disk.stat(directory) !== undefined;
  const names = exists ? disk.list(directory) : [];
  if (!names.some((name) => parseSegmentName(name) !== undefined)) {
    refuseVanishedLog(options, isMarked);
    return createLog(options, markerPath);
  }
  const scan = scanLog(options);
  const row = decideRecovery(scan.facts);
  if (row.decision === "refuse" || row.decision === "suspect") {
    throw refusal(options, scan, row);
  }
  removeLeftovers(disk, directory);
  const opened = adoptSnapshot(takeOver(options, scan, row), options.snapshot);
  if (!isMarked) writeSmallFile(disk, markerPath, createdKind, {});
  return opened;
}

function refuseVanishedLog(options: OpenLogOptions, isMarked: boolean): void {
  assertText(options.directory, "a directory");
  const { snapshot } = options;
  const claims = snapshot === undefined ? [] : [{ ...snapshot, source: "a snapshot" }];
  const witness = [...options.witnesses, ...claims].find(({ logIndex }) => logIndex > 0);
  if (!isMarked && witness === undefined) return;
  const seen =
    witness === undefined ? "it was created" : `${witness.source} has seen ${witness.logIndex}`;
  const text = `write-ahead log ${options.directory} is gone: ${seen}, but it has no segments; nothing was changed: put the directory back, or replace this member with an empty one`;
  throw new FatalError(exitCode.dataRefused, text, {
    file: options.directory,
    offset: 0,
    row: "sequenceBroken",
  });
}

function createLog(options: OpenLogOptions, markerPath: string): OpenedLog {
  const { disk, directory, identity, segmentBytes } = options;
  assertText(markerPath, "a path");
  assert(options.segmentBytes % sectorBytes === 0, "segments are whole sectors");
  disk.makeDirectory(directory);
  disk.syncDirectory(dirname(directory));
  removeLeftovers(disk, directory);
  const segment = new PreparedSegment(disk, directory).finish({
    sequence: 1,
    byteLength: segmentBytes,
    memberId: identity.memberId,
    clusterHash: clusterHash(identity),
    batchNo: 1,
    prevChain: 0,
    state: emptyWalState,
  });
  writeSmallFile(disk, markerPath, createdKind, {});
  const writer = new WalWriter(options, {
    segment,
    end: sectorBytes,
    highestLogIndex: 0,
    sealed: [],
    state: emptyWalState,
    nextBatchNo: 1,
    chain: 0,
  });
  const recovered: RecoveredLog = {
    ...emptyWalState,
    entries: [],
    finding: { kind: "created" },
    segmentCount: 1,
  };
  return { writer, recovered };
}

function takeOver(options: OpenLogOptions, scan: LogScan, row: RecoveryRow): OpenedLog {
  const { disk, directory } = options;
  assert(row.decision === "open" || row.decision === "torn", "a refused log is not touched");
  assertWalState(scan.state);
  assertSum(scan.chain);
  const last = assertDefined(scan.segments.at(-1), "a usable log has segments");
  let finding: WalFinding = { kind: "clean" };
  if (row.decision === "torn") {
    const copy = keepTornTail(disk, directory, last);
    const bytes = last.writtenEnd - last.end;
    finding = { kind: "torn", file: join(directory, last.name), offset: last.end, bytes, copy };
  }
  const segment = renewSegment(disk, directory, last);
  const sealed = scan.segments.slice(0, -1).map(({ name, highestLogIndex }) => {
    return { name, highestLogIndex };
  });
  const writer = new WalWriter(options, {
    segment,
    end: last.end,
    highestLogIndex: last.highestLogIndex,
    sealed,
    state: scan.state,
    nextBatchNo: scan.nextBatchNo,
    chain: scan.chain,
  });
  const segmentCount = scan.segments.length;
  return { writer, recovered: { ...scan.state, entries: scan.entries, finding, segmentCount } };
}

/** See {@link OpenLogOptions.snapshot}. */
function adoptSnapshot(opened: OpenedLog, snapshot: LogMarker | undefined): OpenedLog {
  const { writer, recovered } = opened;
  if (snapshot === undefined || snapshot.logIndex <= recovered.floorLogIndex) return opened;
  const held = recovered.entries[snapshot.logIndex - recovered.floorLogIndex - 1];
  if (held?.term === snapshot.term) return opened;
  writer.append([encodeReset(snapshot)]);
  assert(writer.state.lastLogIndex === snapshot.logIndex, "the log goes on behind the snapshot");
  assert(writer.state.floorLogIndex === snapshot.logIndex, "the log holds nothing older");
  return { writer, recovered: { ...recovered, ...writer.state, entries: [] } };
}

function removeLeftovers(disk: Disk, directory: string): void {
  assertText(directory, "a directory");
  const names = disk.list(directory);
  for (const name of [preparedName, copyName]) {
    if (names.includes(name)) disk.unlink(join(directory, name));
  }
}

/** Copies what is about to be cut off, durably. */
function keepTornTail(disk: Disk, directory: string, last: ScannedSegment): string {
  assertAligned(last.end);
  assertAligned(last.writtenEnd);
  assert(last.end < last.writtenEnd, "there is something to keep");
  const earlier = disk
    .list(directory)
    .map((name) => tornOrder(name) ?? [])
    .filter(([sequence, end]) => sequence === last.header.sequence && end === last.end)
    .map(([, , attempt = 0]) => attempt);
  const path = join(directory, tornName(last, 1 + Math.max(0, ...earlier)));
  const source = disk.open(join(directory, last.name), "read");
  const target = disk.open(path, "create");
  try {
    copyBytes(disk, { source, target, from: last.end, to: last.writtenEnd, shift: last.end });
    disk.fdatasync(target);
  } finally {
    disk.close(source);
    disk.close(target);
  }
  disk.syncDirectory(directory);
  removeOldCopies(disk, directory, path);
  return path;
}

/** Copies are for people who look into a power cut; those of long ago make room. */
function removeOldCopies(disk: Disk, directory: string, newest: string): void {
  const names = disk.list(directory).filter((name) => tornOrder(name) !== undefined);
  assert(names.includes(basename(newest)), "the newest copy is there");
  names.sort((a, b) => compareOrders(tornOrder(a), tornOrder(b)));
  const excess = Math.max(0, names.length - tornCopiesKeptCount);
  for (const name of names.slice(0, excess)) {
    if (name !== basename(newest)) disk.unlink(join(directory, name));
  }
  if (excess > 0) disk.syncDirectory(directory);
  assert(disk.stat(newest) !== undefined, "the newest copy stays");
}

/** Segment, offset and attempt of a copy, in which order copies were made; else undefined. */
function tornOrder(name: string): readonly number[] | undefined {
  assertText(name, "a name");
  const match = /^(.*\.wal)-([0-9]{1,12})-([0-9]{1,6})\.torn$/.exec(name);
  const segment = match === null ? undefined : parseSegmentName(match[1] ?? "");
  if (match === null || segment === undefined) return undefined;
  return [segment.sequence, Number(match[2]), Number(match[3])];
}

function compareOrders(a: readonly number[] = [], b: readonly number[] = []): number {
  assert(a.length === b.length, "copies are ordered by the same things");
  const at = a.findIndex((number, n) => number !== b[n]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

function tornName(last: ScannedSegment, attempt: number): string {
  assert(attempt > 0, "attempts are counted from 1");
  assertAligned(last.end);
  return `${last.name}-${last.end}-${attempt}.torn`;
}

/** Writes the valid part of the last segment into a new file of the same name. */
function renewSegment(disk: Disk, directory: string, last: ScannedSegment): OpenSegment {
  assertSegmentHeader(last.header);
  assertAligned(last.end);
  assert(last.end <= last.header.byteLength, "the valid part is inside the segment");
  const path = join(directory, last.name);
  const copyPath = join(directory, copyName);
  const source = disk.open(path, "read");
  const target = disk.open(copyPath, "create");
  try {
    copyBytes(disk, { source, target, from: 0, to: last.end, shift: 0 });
    const rest = last.header.byteLength - last.end;
    const zeros = new Uint8Array(Math.min(walReadWindowBytes, rest));
    for (let at = last.end; at < last.header.byteLength; at += zeros.byteLength) {
      const length = Math.min(zeros.byteLength, last.header.byteLength - at);
      disk.pwrite(target, zeros.subarray(0, length), at);
    }
    disk.fdatasync(target);
  } finally {
    disk.close(source);
  }
  disk.rename(copyPath, path);
  disk.syncDirectory(directory);
  return { file: target, name: last.name, header: last.header };
}

interface CopyRange {
  readonly source: FileId;
  readonly target: FileId;
  readonly from: number;
  readonly to: number;
  /** Subtracted from positions in the target. */
  readonly shift: number;
}

function copyBytes(disk: Disk, range: CopyRange): void {
  assert(range.from < range.to, "something is copied");
  assert(range.shift <= range.from, "a copy begins inside its file");
  assert(range.source !== range.target, "a file is not copied onto itself");
  const window = new Uint8Array(Math.min(walReadWindowBytes, range.to - range.from));
  for (let at = range.from; at < range.to; at += window.byteLength) {
    const part = window.subarray(0, Math.min(window.byteLength, range.to - at));
    const got = disk.pread(range.source, part, at);
    assert(got === part.byteLength, "a segment does not shrink while it is copied");
    disk.pwrite(range.target, part, at - range.shift);
  }
}

function refusal(options: OpenLogOptions, scan: LogScan, row: RecoveryRow): FatalError {
  assert(row.decision === "refuse" || row.decision === "suspect", "only what must be is refused");
  assertText(options.directory, "a directory");
  const problem = assertDefined(
    scan.problems.find(({ fact }) => fact === row.name),
    "a refusing row names a fact that was reported",
  );
  const last = scan.state.lastLogIndex;
  const text = [
    `write-ahead log ${problem.file} refused at byte ${problem.offset} (${reasons[problem.fact]}):`,
    `expected ${problem.expected}, found ${problem.actual};`,
    `log positions up to ${last} read well, later ones cannot be trusted; nothing was changed:`,
    waysOut(options.directory, problem),
  ].join(" ");
  return new FatalError(exitCode.dataRefused, text, {
    file: problem.file,
    offset: problem.offset,
    row: row.name,
    decision: row.decision,
    lastLogIndex: last,
    lastTerm: scan.lastTerm,
    claimedLogIndex: scan.claimedLogIndex ?? 0,
  });
}

const reasons: Readonly<Record<LogProblem["fact"], string>> = {
  newerFormat: "written by a newer program",
  otherOwner: "not this member's log",
  headerDamaged: "damaged segment header",
  sequenceBroken: "missing or repeated segment",
  sealedDamaged: "damage in a completed segment",
  chainBroken: "bytes that cannot follow what comes before",
  claimBeyondLast: "acknowledged positions are missing",
  tailWritten: "unexpected bytes behind the last batch",
  laterWritten: "damage in front of later batches",
  foreignTail: "damage where the last batch may have been",
};

function waysOut(directory: string, problem: LogProblem): string {
  assertText(directory, "a directory");
  assertText(problem.file, "a path");
  if (problem.fact === "newerFormat") return "start the newer program that wrote it";
  const inspect = `look at it offline with "quidditch-admin wal inspect ${directory}"`;
  if (problem.fact === "otherOwner")
    return `${inspect}, or give this member its own data directory`;
  return `${inspect}, or replace this member with an empty one`;
}
