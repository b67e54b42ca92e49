/**
 * Conditions that hold wherever storage passes numbers, names and log states around, in one place
 * so that both sides of each call can state them cheaply. Only for values of our own making:
 * bytes read from a disk are judged by their readers, which report instead of asserting.
 */
import { assert } from "../base/assert.js";
import { sectorBytes } from "./limits.js";
import type { SegmentHeader, WalState } from "./wal/types.js";

const sumRange = 2 ** 32;

/** A count, a size, a term or a log position: whole, not negative, exact. */
export function assertWhole(value: number, what: string): void {
  assert(Number.isSafeInteger(value), `${what} is a whole number`);
  assert(value >= 0, `${what} is not negative`);
}

/** A place in a file that is read or written by sectors. */
export function assertAligned(offset: number): void {
  assertWhole(offset, "an offset");
  assert(offset % sectorBytes === 0, "sectors are aligned");
}

/** A checksum or chain value. */
export function assertSum(value: number): void {
  assertWhole(value, "a checksum");
  assert(value < sumRange, "a checksum has 32 bits");
}

/** A path, name or sentence that must say something. */
export function assertText(text: string, what: string): void {
  assert(what.length > 0, "a condition names its subject");
  assert(text.length > 0, `${what} is not empty`);
}

/** Bytes within their bound. */
export function assertSize(bytes: Uint8Array, bytesMax: number): void {
  assert(bytesMax > 0, "a bound leaves room");
  assert(bytes.byteLength <= bytesMax, "bytes stay within their bound");
}

/** The log's state as its writer holds it. */
export function assertWalState(state: WalState): void {
  assertWhole(state.hardState.term, "a term");
  assertWhole(state.hardState.vote, "a vote");
  assertWhole(state.hardState.commit, "a commit position");
  assert(state.marker.logIndex <= state.floorLogIndex, "an installed snapshot gives up the log");
  assert(state.floorLogIndex <= state.lastLogIndex, "only what was written is given up");
}

/** A segment as it is written. */
export function assertSegmentHeader(header: SegmentHeader): void {
  assert(header.sequence > 0, "segments are numbered from 1");
  assert(header.batchNo > 0, "batches are numbered from 1");
  assert(header.byteLength > sectorBytes, "a segment has room behind its header");
  assert(header.byteLength % sectorBytes === 0, "segments are whole sectors");
  assert(header.memberId > 0, "a segment belongs to a member");
  assertSum(header.prevChain);
  assertWalState(header.state);
}
