/**
 * Records: one append each, encoded on the calling thread and carried through to the disk as they
 * are, with a checksum of their own from end to end. An append too large for one record is cut
 * into several: positions and votes first, the commit position with the last, so that every
 * prefix of them is a state in which the member may restart.
 */
import { assert } from "../../base/assert.js";
import type { Entry, EntryKind, HardState } from "../../raft/types.js";
import { checksum, getUint64, putUint64, viewOf } from "../bytes.js";
import { assertSize, assertWalState, assertWhole } from "../invariants.js";
import { walBatchBytesMax, walEntryBytesMax, walRecordBytesMax } from "../limits.js";
import type { LogMarker, WalBatch, WalState } from "./types.js";

/** The one kind of record so far; an unknown one was written by a newer program. */
const recordKindAppend = 1;

const flag = { vote: 1, commit: 2, snapshot: 4, floor: 8 } as const;
const at = {
  kind: 0,
  flags: 2,
  byteLength: 4,
  seq: 8,
  term: 16,
  vote: 24,
  commit: 32,
  snapshotLogIndex: 40,
  snapshotTerm: 48,
  floorLogIndex: 56,
  firstLogIndex: 64,
  entryCount: 72,
  crc: 76,
} as const;
/** Bytes of a record before its entries. */
export const recordHeaderBytes = 80;
const entryAt = { term: 0, byteLength: 8, kind: 12 } as const;
const entryHeaderBytes = 16;
const entryKinds: readonly EntryKind[] = ["normal", "membership"];

/** A decoded record. Entries share the memory they were read from. */
export interface WalRecord {
  /** 0 when nobody waits for it. */
  readonly seq: number;
  readonly vote: { readonly term: number; readonly vote: number } | undefined;
  readonly commit: number | undefined;
  readonly snapshot: LogMarker | undefined;
  readonly floorLogIndex: number | undefined;
  /** Where its entries begin; 0 when it has none. */
  readonly firstLogIndex: number;
  readonly entryCount: number;
  readonly byteLength: number;
}

/** Why bytes are no record. */
export type RecordProblem =
  | { readonly kind: "unknownKind"; readonly found: number }
  | { readonly kind: "broken"; readonly problem: string };

/** Encodes an append as one record, or several when it is large. */
export function encodeAppend(batch: WalBatch): Uint8Array[] {
  assertWhole(batch.seq, "an append's number");
  assert(batch.seq > 0, "appends are numbered from 1");
  const groups = groupEntries(batch.entries);
  const lastGroup = groups.length - 1;
  return groups.map((entries, group) =>
    encodeRecord({
      seq: group === lastGroup ? batch.seq : 0,
      voteFrom: group === 0 ? batch.hardState : undefined,
      commitFrom: group === lastGroup ? batch.hardState : undefined,
      snapshot: group === 0 ? batch.snapshot : undefined,
      entries,
    }),
  );
}

/** Encodes "entries up to here are no longer needed". */
export function encodeFloor(floorLogIndex: number): Uint8Array {
  assert(floorLogIndex > 0, "something is given up");
  assertWhole(floorLogIndex, "a log position");
  return encodeRecord({ seq: 0, floorLogIndex, entries: [] });
}

/** Encodes "the log goes on behind this snapshot, whatever it held". */
export function encodeReset(snapshot: LogMarker): Uint8Array {
  assert(snapshot.logIndex > 0, "a snapshot stands for something");
  assertWhole(snapshot.term, "a term");
  return encodeRecord({ seq: 0, snapshot, entries: [] });
}

interface RecordParts {
  readonly seq: number;
  readonly voteFrom?: HardState | undefined;
  readonly commitFrom?: HardState | undefined;
  readonly snapshot?: LogMarker | undefined;
  readonly floorLogIndex?: number;
  readonly entries: readonly Entry[];
}

function groupEntries(entries: readonly Entry[]): Entry[][] {
  let group: Entry[] = [];
  const groups = [group];
  let bytes = recordHeaderBytes;
  let expected = entries[0]?.logIndex ?? 0;
  for (const entry of entries) {
    assert(entry.logIndex === expected, "appended entries are contiguous");
    assert(entry.data.byteLength <= walEntryBytesMax, "an entry's payload is bounded");
    const size = entryHeaderBytes + entry.data.byteLength;
    if (bytes + size > walRecordBytesMax) {
      group = [];
      groups.push(group);
      bytes = recordHeaderBytes;
    }
    group.push(entry);
    bytes += size;
    expected += 1;
  }
  return groups;
}

function encodeRecord(parts: RecordParts): Uint8Array {
  const { entries } = parts;
  assertWhole(parts.seq, "an append's number");
  assertWhole(entries.length, "a number of entries");
  const bodyBytes = entries.reduce((sum, e) => sum + entryHeaderBytes + e.data.byteLength, 0);
  const bytes = new Uint8Array(recordHeaderBytes + bodyBytes);
  const view = viewOf(bytes);
  view.setUint16(at.kind, recordKindAppend, true);
  view.setUint32(at.byteLength, bytes.byteLength, true);
  view.setUint16(at.flags, encodeFields(view, parts), true);
  putUint64(view, at.seq, parts.seq);
  putUint64(view, at.firstLogIndex, entries[0]?.logIndex ?? 0);
  view.setUint32(at.entryCount, entries.length, true);
  let offset = recordHeaderBytes;
  for (const entry of entries) {
    putUint64(view, offset + entryAt.term, entry.term);
    view.setUint32(offset + entryAt.byteLength, entry.data.byteLength, true);
    view.setUint8(offset + entryAt.kind, entryKinds.indexOf(entry.kind));
    bytes.set(entry.data, offset + entryHeaderBytes);
    offset += entryHeaderBytes + entry.data.byteLength;
  }
  assert(offset === bytes.byteLength, "a record is as long as computed");
  view.setUint32(at.crc, recordChecksum(bytes), true);
  return bytes;
}

/** Writes the optional fields; returns the flags of those present. */
function encodeFields(view: DataView, parts: RecordParts): number {
  const { voteFrom, commitFrom, snapshot, floorLogIndex } = parts;
  assert(view.byteLength >= recordHeaderBytes, "a record has a header");
  assert(floorLogIndex === undefined || snapshot === undefined, "a floor comes alone");
  assert(snapshot === undefined || snapshot.logIndex > 0, "a snapshot stands for something");
  let flags = 0;
  if (voteFrom !== undefined) {
    flags |= flag.vote;
    putUint64(view, at.term, voteFrom.term);
    putUint64(view, at.vote, voteFrom.vote);
  }
  if (commitFrom !== undefined) {
    flags |= flag.commit;
    putUint64(view, at.commit, commitFrom.commit);
  }
  if (snapshot !== undefined) {
    flags |= flag.snapshot;
    putUint64(view, at.snapshotLogIndex, snapshot.logIndex);
    putUint64(view, at.snapshotTerm, snapshot.term);
  }
  if (floorLogIndex !== undefined) {
    flags |= flag.floor;
    putUint64(view, at.floorLogIndex, floorLogIndex);
  }
  return flags;
}

/** Length of the record that starts `bytes`, or undefined when none can. */
export function recordLength(bytes: Uint8Array): number | undefined {
  assertSize(bytes, walBatchBytesMax);
  if (bytes.byteLength < recordHeaderBytes) return undefined;
  const length = viewOf(bytes).getUint32(at.byteLength, true);
  return length >= recordHeaderBytes && length <= bytes.byteLength ? length : undefined;
}

/** Reads the header of a record given as exactly its bytes, and checks all of them. */
export function decodeRecord(bytes: Uint8Array): WalRecord | RecordProblem {
  assertSize(bytes, walBatchBytesMax);
  assert(bytes.byteLength >= recordHeaderBytes, "a record has a header");
  const view = viewOf(bytes);
  if (view.getUint32(at.crc, true) !== recordChecksum(bytes)) {
    return { kind: "broken", problem: "a record's checksum does not fit" };
  }
  const kind = view.getUint16(at.kind, true);
  const flags = view.getUint16(at.flags, true);
  if (kind !== recordKindAppend || flags > 15) return { kind: "unknownKind", found: kind };
  const has = (bit: number): boolean => (flags & bit) !== 0;
  const number = (offset: number): number => getUint64(view, offset);
  return {
    seq: number(at.seq),
    vote: has(flag.vote) ? { term: number(at.term), vote: number(at.vote) } : undefined,
    commit: has(flag.commit) ? number(at.commit) : undefined,
    snapshot: has(flag.snapshot)
      ? { logIndex: number(at.snapshotLogIndex), term: number(at.snapshotTerm) }
      : undefined,
    floorLogIndex: has(flag.floor) ? number(at.floorLogIndex) : undefined,
    firstLogIndex: number(at.firstLogIndex),
    entryCount: view.getUint32(at.entryCount, true),
    byteLength: bytes.byteLength,
  };
}

/** Reads a record's entries; a problem when they do not fill it exactly. */
export function decodeEntries(bytes: Uint8Array, record: WalRecord): Entry[] | RecordProblem {
  assert(record.byteLength === bytes.byteLength, "the record is the one whose header was read");
  assertWhole(record.entryCount, "a number of entries");
  const view = viewOf(bytes);
  const entries: Entry[] = [];
  let offset = recordHeaderBytes;
  for (let n = 0; n < record.entryCount; n += 1) {
    if (offset + entryHeaderBytes > bytes.byteLength) return brokenEntries;
    const term = getUint64(view, offset + entryAt.term);
    const byteLength = view.getUint32(offset + entryAt.byteLength, true);
    const kind = entryKinds[view.getUint8(offset + entryAt.kind)];
    if (kind === undefined) return { kind: "unknownKind", found: view.getUint8(offset + 12) };
    const start = offset + entryHeaderBytes;
    if (Number.isNaN(term) || start + byteLength > bytes.byteLength) return brokenEntries;
    const data = bytes.subarray(start, start + byteLength);
    entries.push({ logIndex: record.firstLogIndex + n, term, kind, data });
    offset = start + byteLength;
  }
  return offset === bytes.byteLength ? entries : brokenEntries;
}

const brokenEntries: RecordProblem = {
  kind: "broken",
  problem: "a record's entries do not fill it",
};

/**
 * The log's state after a record, without its entries. Writer and recovery share it, so that what
 * a segment header says is what a replay finds.
 *
 * @returns the problem, as text, when the record cannot follow `state`.
 */
export function advancedState(state: WalState, record: WalRecord): WalState | string {
  assertWalState(state);
  if (hasImpossibleNumber(record)) return "a number is impossible";
  const hardState: HardState = {
    term: record.vote?.term ?? state.hardState.term,
    vote: record.vote?.vote ?? state.hardState.vote,
    commit: record.commit ?? state.hardState.commit,
  };
  if (hardState.term < state.hardState.term) return "the term goes back";
  const marker = record.snapshot ?? state.marker;
  if (marker.logIndex < state.marker.logIndex) return "an older snapshot replaces a newer one";
  const positions = advancedPositions(state, record);
  if (typeof positions === "string") return positions;
  const next: WalState = { hardState, marker, ...positions };
  assertWalState(next);
  return next;
}

function advancedPositions(
  state: WalState,
  record: WalRecord,
): { floorLogIndex: number; lastLogIndex: number } | string {
  assert(state.floorLogIndex <= state.lastLogIndex, "only what was written is given up");
  assertWhole(record.entryCount, "a number of entries");
  let floorLogIndex = record.snapshot?.logIndex ?? state.floorLogIndex;
  let lastLogIndex = record.snapshot?.logIndex ?? state.lastLogIndex;
  if (record.entryCount > 0) {
    const first = record.firstLogIndex;
    if (first > lastLogIndex + 1) return `entries begin at ${first} behind ${lastLogIndex}`;
    if (first <= floorLogIndex) return `entries begin at ${first}, at or below the floor`;
    lastLogIndex = first + record.entryCount - 1;
  }
  if (record.floorLogIndex !== undefined) {
    floorLogIndex = Math.max(floorLogIndex, record.floorLogIndex);
    if (floorLogIndex > lastLogIndex) return "more was given up than was written";
  }
  return { floorLogIndex, lastLogIndex };
}

/** Numbers that no writer of this format could have meant; see getUint64. */
function hasImpossibleNumber(record: WalRecord): boolean {
  assertWhole(record.byteLength, "a record's length");
  assertWhole(record.entryCount, "a number of entries");
  const { vote, snapshot, commit, floorLogIndex, firstLogIndex } = record;
  const numbers = [vote?.term, vote?.vote, snapshot?.logIndex, snapshot?.term, commit];
  return [...numbers, floorLogIndex, firstLogIndex].some((number) => Number.isNaN(number));
}

function recordChecksum(bytes: Uint8Array): number {
  assert(bytes.byteLength >= recordHeaderBytes, "a record has a header");
  const head = checksum(bytes.subarray(0, at.crc), 0);
  return checksum(bytes.subarray(recordHeaderBytes), head);
}
