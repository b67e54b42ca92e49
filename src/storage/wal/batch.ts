/**
 * Batches: what one write and one sync make durable. A batch is a small header, the records, and
 * the chain value; the chain value is a checksum started from the previous batch's, so that a
 * batch is only valid behind the one it was written behind. Sectors are another file's matter.
 */
import { assert } from "../../base/assert.js";
import { checksum, getUint64, hex32, putUint64, viewOf } from "../bytes.js";
import { assertSum, assertText, assertWhole } from "../invariants.js";

const batchKind = 1;
const at = {
  kind: 0,
  byteLength: 4,
  batchNo: 8,
  prevChain: 16,
  recordCount: 20,
  last: 24,
} as const;
/** Bytes of a batch before its records. */
const batchHeaderBytes = 32;
const chainBytes = 4;

/** Bytes that a batch adds to its records. */
export const batchOverheadBytes: number = batchHeaderBytes + chainBytes;

/** What a batch is encoded from. */
export interface BatchParts {
  readonly batchNo: number;
  readonly prevChain: number;
  /** Last position of the log after this batch. */
  readonly lastLogIndex: number;
  readonly records: readonly Uint8Array[];
}

/** A batch's content and the chain value behind it. */
export interface EncodedBatch {
  readonly content: Uint8Array;
  readonly chain: number;
}

/** Encodes a batch without its sectors. */
export function encodeBatch(parts: BatchParts): EncodedBatch {
  assert(parts.batchNo > 0, "batches are numbered from 1");
  assertSum(parts.prevChain);
  assertWhole(parts.lastLogIndex, "a log position");
  assert(parts.records.length > 0, "a batch has records");
  const body = parts.records.reduce((sum, record) => sum + record.byteLength, 0);
  const content = new Uint8Array(batchOverheadBytes + body);
  const view = viewOf(content);
  view.setUint16(at.kind, batchKind, true);
  view.setUint32(at.byteLength, content.byteLength, true);
  putUint64(view, at.batchNo, parts.batchNo);
  view.setUint32(at.prevChain, parts.prevChain, true);
  view.setUint32(at.recordCount, parts.records.length, true);
  putUint64(view, at.last, parts.lastLogIndex);
  let offset = batchHeaderBytes;
  for (const record of parts.records) {
    content.set(record, offset);
    offset += record.byteLength;
  }
  const chain = checksum(content.subarray(0, offset), parts.prevChain);
  view.setUint32(offset, chain, true);
  return { content, chain };
}

/** A decoded batch. */
export interface DecodedBatch {
  readonly kind: "batch";
  readonly chain: number;
  readonly lastLogIndex: number;
  readonly recordCount: number;
  /** The records' bytes, one after another. */
  readonly records: Uint8Array;
}

/** Why content whose sectors are all valid is not the batch that must follow. */
export type BatchProblem =
  | { readonly kind: "unknownKind"; readonly found: number }
  | { readonly kind: "broken"; readonly expected: string; readonly actual: string };

/** What the next batch must be. */
export interface BatchExpectation {
  readonly batchNo: number;
  readonly prevChain: number;
}

/** Decodes the content of a batch's sectors (padded with zeros to whole sectors). */
export function decodeBatch(
  content: Uint8Array,
  expectation: BatchExpectation,
): DecodedBatch | BatchProblem {
  assert(expectation.batchNo > 0, "batches are numbered from 1");
  assertSum(expectation.prevChain);
  assert(content.byteLength >= batchOverheadBytes, "a sector has room for a batch's frame");
  const view = viewOf(content);
  const kind = view.getUint16(at.kind, true);
  if (kind !== batchKind) return { kind: "unknownKind", found: kind };
  const byteLength = view.getUint32(at.byteLength, true);
  if (byteLength < batchOverheadBytes || byteLength > content.byteLength) {
    return broken(`a batch of at most ${content.byteLength} bytes`, `${byteLength} bytes`);
  }
  const batchNo = getUint64(view, at.batchNo);
  if (batchNo !== expectation.batchNo) {
    return broken(`batch ${expectation.batchNo}`, `batch ${batchNo}`);
  }
  const prevChain = view.getUint32(at.prevChain, true);
  if (prevChain !== expectation.prevChain) {
    return broken(`chain ${hex32(expectation.prevChain)}`, `chain ${hex32(prevChain)}`);
  }
  const end = byteLength - chainBytes;
  const stored = view.getUint32(end, true);
  const chain = checksum(content.subarray(0, end), prevChain);
  if (stored !== chain) return broken(`checksum ${hex32(stored)}`, `checksum ${hex32(chain)}`);
  const records = content.subarray(batchHeaderBytes, end);
  const recordCount = view.getUint32(at.recordCount, true);
  return { kind: "batch", chain, lastLogIndex: getUint64(view, at.last), recordCount, records };
}

/**
 * The last position of the log behind the batch that `content` begins, for a batch that is known
 * to be incomplete: one valid first sector says it. Undefined when it says nothing possible.
 */
export function claimedLastLogIndex(content: Uint8Array): number | undefined {
  assert(content.byteLength >= batchHeaderBytes, "a sector has room for a batch's header");
  const view = viewOf(content);
  if (view.getUint16(at.kind, true) !== batchKind) return undefined;
  const claimed = getUint64(view, at.last);
  return Number.isNaN(claimed) ? undefined : claimed;
}

/** The chain value that the batch which `content` begins says it follows; believes nothing else. */
export function storedChain(content: Uint8Array): number {
  assert(content.byteLength >= batchHeaderBytes, "a sector has room for a batch's header");
  const chain = viewOf(content).getUint32(at.prevChain, true);
  assertSum(chain);
  return chain;
}

function broken(expected: string, actual: string): BatchProblem {
  assertText(expected, "an expectation");
  assertText(actual, "a finding");
  assert(expected !== actual, "they differ");
  return { kind: "broken", expected, actual };
}
