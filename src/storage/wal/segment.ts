/**
 * Segment files: their names and the header sector that each begins with. The header repeats
 * the log's state as of its start, so that older segments can be deleted without a trace, and
 * names the batch and the chain value that must come next, so that none can be lost or swapped
 * unnoticed.
 */
import { createHash } from "node:crypto";
import { assert } from "../../base/assert.js";
import { checksum, getUint64, hex32, hex64, parseHex64, putUint64, viewOf } from "../bytes.js";
import { assertSegmentHeader, assertText, assertWhole } from "../invariants.js";
import { sectorBytes } from "../limits.js";
import { sectorSeed } from "./sector.js";
import type { SegmentHeader, WalIdentity } from "./types.js";

/** The version this program writes, and the highest it reads. */
export const walFormatVersion = 1;

const magic = "QDTWALSG";
const clusterHashBytes = 16;
const at = {
  version: 8,
  byteLength: 16,
  clusterHash: 24,
  memberId: 40,
  sequence: 48,
  firstLogIndex: 56,
  batchNo: 64,
  prevChain: 72,
  term: 80,
  vote: 88,
  commit: 96,
  markerLogIndex: 104,
  markerTerm: 112,
  floorLogIndex: 120,
  lastLogIndex: 128,
  crc: 508,
} as const;

/** Why a header sector is not acceptable. */
export type HeaderProblem =
  | { readonly kind: "newerVersion"; readonly version: number }
  | {
      readonly kind: "damaged";
      readonly offset: number;
      readonly expected: string;
      readonly actual: string;
    };

/** A short stand-in for the cluster's id. */
export function clusterHash(identity: WalIdentity): string {
  assertText(identity.clusterId, "a cluster id");
  assert(identity.memberId > 0, "a log belongs to a member");
  const digest = createHash("sha256").update(identity.clusterId).digest();
  return digest.subarray(0, clusterHashBytes).toString("hex");
}

/** `<sequence>-<first position>.wal`, which sorts by sequence. */
export function segmentName(header: SegmentHeader): string {
  assertSegmentHeader(header);
  const name = `${hex64(header.sequence)}-${hex64(header.state.lastLogIndex + 1)}.wal`;
  assert(parseSegmentName(name)?.sequence === header.sequence, "a segment's name reads back");
  return name;
}

/** The sequence and first position in a segment's name; undefined for other files. */
export function parseSegmentName(
  name: string,
): { readonly sequence: number; readonly firstLogIndex: number } | undefined {
  assertText(name, "a name");
  const match = /^([0-9a-f]{16})-([0-9a-f]{16})\.wal$/.exec(name);
  if (match === null) return undefined;
  const sequence = parseHex64(match[1] ?? "");
  const firstLogIndex = parseHex64(match[2] ?? "");
  if (sequence === undefined || firstLogIndex === undefined) return undefined;
  return { sequence, firstLogIndex };
}

/** Encodes the header as one sector. */
export function encodeHeader(header: SegmentHeader): Uint8Array {
  const { state } = header;
  assertSegmentHeader(header);
  const bytes = new Uint8Array(sectorBytes);
  const view = viewOf(bytes);
  bytes.set(Buffer.from(magic, "latin1"), 0);
  view.setUint32(at.version, walFormatVersion, true);
  putUint64(view, at.byteLength, header.byteLength);
  const hash = Buffer.from(header.clusterHash, "hex");
  assert(hash.byteLength === clusterHashBytes, "a cluster hash has a fixed length");
  bytes.set(hash, at.clusterHash);
  putUint64(view, at.memberId, header.memberId);
  putUint64(view, at.sequence, header.sequence);
  putUint64(view, at.firstLogIndex, state.lastLogIndex + 1);
  putUint64(view, at.batchNo, header.batchNo);
  view.setUint32(at.prevChain, header.prevChain, true);
  putUint64(view, at.term, state.hardState.term);
  putUint64(view, at.vote, state.hardState.vote);
  putUint64(view, at.commit, state.hardState.commit);
  putUint64(view, at.markerLogIndex, state.marker.logIndex);
  putUint64(view, at.markerTerm, state.marker.term);
  putUint64(view, at.floorLogIndex, state.floorLogIndex);
  putUint64(view, at.lastLogIndex, state.lastLogIndex);
  view.setUint32(at.crc, headerChecksum(bytes, header.sequence), true);
  return bytes;
}

/** Decodes a header sector of the segment that its name says is `sequence`. */
export function decodeHeader(bytes: Uint8Array, sequence: number): SegmentHeader | HeaderProblem {
  assertWhole(sequence, "a sequence");
  assert(bytes.byteLength === sectorBytes, "a header is one sector");
  const view = viewOf(bytes);
  const found = Buffer.from(bytes.subarray(0, magic.length)).toString("latin1");
  if (found !== magic) return damagedHeader(0, "a segment header", "other bytes");
  const stored = view.getUint32(at.crc, true);
  const actual = headerChecksum(bytes, sequence);
  if (stored !== actual) {
    return damagedHeader(at.crc, `checksum ${hex32(stored)}`, `checksum ${hex32(actual)}`);
  }
  const version = view.getUint32(at.version, true);
  if (version > walFormatVersion) return { kind: "newerVersion", version };
  const number = (offset: number): number => getUint64(view, offset);
  const hashBytes = bytes.subarray(at.clusterHash, at.clusterHash + clusterHashBytes);
  return {
    sequence: number(at.sequence),
    byteLength: number(at.byteLength),
    memberId: number(at.memberId),
    clusterHash: Buffer.from(hashBytes).toString("hex"),
    batchNo: number(at.batchNo),
    prevChain: view.getUint32(at.prevChain, true),
    state: {
      hardState: { term: number(at.term), vote: number(at.vote), commit: number(at.commit) },
      marker: { logIndex: number(at.markerLogIndex), term: number(at.markerTerm) },
      floorLogIndex: number(at.floorLogIndex),
      lastLogIndex: number(at.lastLogIndex),
    },
  };
}

function headerChecksum(bytes: Uint8Array, sequence: number): number {
  assert(bytes.byteLength === sectorBytes, "a header is one sector");
  assertWhole(sequence, "a sequence");
  return checksum(bytes.subarray(0, at.crc), sectorSeed(sequence, 0));
}

function damagedHeader(offset: number, expected: string, actual: string): HeaderProblem {
  assert(offset < sectorBytes, "a header is one sector");
  assertText(expected, "an expectation");
  assert(expected !== actual, "they differ");
  return { kind: "damaged", offset, expected, actual };
}
