/**
 * Layout of a snapshot file: a checksummed header (cluster, position, membership), chunks that
 * each carry a checksum started from their ordinal, and a footer with counts and a SHA-256 of
 * everything before it. The body is opaque. The same file is sent to peers and kept as a backup.
 */
import { assert } from "../../base/assert.js";
import { checksum, getUint64, hex32, putUint64, viewOf } from "../bytes.js";
import { assertSize, assertSum, assertWhole } from "../invariants.js";
import { snapshotChunkBytesMax, snapshotMetaBytesMax } from "../limits.js";

/** The version this program writes, and the highest it reads. */
const snapshotFormatVersion = 1;

const magic = "QDTSNAPS";
const footerMagic = 0x544f4f46;
const at = { version: 8, logIndex: 16, term: 24, clusterBytes: 32, metaBytes: 36 } as const;
const fixedHeaderBytes = 40;
const crcBytes = 4;
const clusterIdBytesMax = 256;
/** Length and checksum in front of every chunk; a length of 0 announces the footer. */
export const chunkHeaderBytes = 8;
const shaBytes = 32;
const footerAt = { magic: 0, chunkCount: 4, bodyBytes: 8, sha: 16, crc: 48 } as const;
/** Bytes of the footer. */
export const footerBytes = 52;

/** What a snapshot stands for. */
export interface SnapshotHeader {
  readonly clusterId: string;
  /** The last position whose effect is in the body. */
  readonly logIndex: number;
  /** Term of the entry there. */
  readonly term: number;
  /** The membership at that position, encoded by the caller. */
  readonly meta: Uint8Array;
}

/** What the footer says of the body. */
export interface SnapshotFooter {
  readonly chunkCount: number;
  readonly bodyBytes: number;
  /** Of all bytes before the footer. */
  readonly sha256: Uint8Array;
}

/** Why bytes are not what they must be. `offset` counts from the start of the given bytes. */
export interface FormatProblem {
  readonly problem: string;
  readonly offset: number;
}

/** Encodes the header. */
export function encodeSnapshotHeader(header: SnapshotHeader): Uint8Array {
  assertWhole(header.logIndex, "a log position");
  assertWhole(header.term, "a term");
  const cluster = Buffer.from(header.clusterId, "utf8");
  assert(cluster.byteLength > 0 && cluster.byteLength <= clusterIdBytesMax, "a cluster has an id");
  assert(header.meta.byteLength <= snapshotMetaBytesMax, "a membership is bounded");
  const end = fixedHeaderBytes + cluster.byteLength + header.meta.byteLength;
  const bytes = new Uint8Array(end + crcBytes);
  const view = viewOf(bytes);
  bytes.set(Buffer.from(magic, "latin1"), 0);
  view.setUint32(at.version, snapshotFormatVersion, true);
  putUint64(view, at.logIndex, header.logIndex);
  putUint64(view, at.term, header.term);
  view.setUint32(at.clusterBytes, cluster.byteLength, true);
  view.setUint32(at.metaBytes, header.meta.byteLength, true);
  bytes.set(cluster, fixedHeaderBytes);
  bytes.set(header.meta, fixedHeaderBytes + cluster.byteLength);
  view.setUint32(end, checksum(bytes.subarray(0, end), 0), true);
  return bytes;
}

/** Bytes to read to know how long the header is. */
export const headerPrefixBytes: number = fixedHeaderBytes;

/** Length of the header that starts with `prefix`. */
export function snapshotHeaderBytes(prefix: Uint8Array): number | FormatProblem {
  assertSize(prefix, fixedHeaderBytes);
  if (prefix.byteLength < fixedHeaderBytes) {
    return { problem: "the file ends inside its header", offset: prefix.byteLength };
  }
  const found = Buffer.from(prefix.subarray(0, magic.length)).toString("latin1");
  if (found !== magic) return { problem: "this is no snapshot", offset: 0 };
  const view = viewOf(prefix);
  const version = view.getUint32(at.version, true);
  if (version > snapshotFormatVersion) {
    const problem = `format ${version} is newer than ${snapshotFormatVersion}: start the newer program`;
    return { problem, offset: at.version };
  }
  const clusterBytes = view.getUint32(at.clusterBytes, true);
  const metaBytes = view.getUint32(at.metaBytes, true);
  if (clusterBytes > clusterIdBytesMax || metaBytes > snapshotMetaBytesMax) {
    return { problem: "the header's lengths are impossible", offset: at.clusterBytes };
  }
  return fixedHeaderBytes + clusterBytes + metaBytes + crcBytes;
}

/** Decodes a header of exactly the length that {@link snapshotHeaderBytes} gave. */
export function decodeSnapshotHeader(bytes: Uint8Array): SnapshotHeader | FormatProblem {
  assert(bytes.byteLength >= fixedHeaderBytes + crcBytes, "a whole header is decoded");
  const view = viewOf(bytes);
  const end = bytes.byteLength - crcBytes;
  const stored = view.getUint32(end, true);
  const actual = checksum(bytes.subarray(0, end), 0);
  if (stored !== actual) return mismatch("the header's", { stored, actual, offset: end });
  const metaStart = fixedHeaderBytes + view.getUint32(at.clusterBytes, true);
  const cluster = bytes.subarray(fixedHeaderBytes, metaStart);
  return {
    clusterId: Buffer.from(cluster).toString("utf8"),
    logIndex: getUint64(view, at.logIndex),
    term: getUint64(view, at.term),
    meta: bytes.slice(metaStart, end),
  };
}

/** Encodes a chunk with its length and checksum. */
export function encodeChunk(data: Uint8Array, ordinal: number): Uint8Array {
  assertWhole(ordinal, "a chunk's ordinal");
  assert(data.byteLength > 0, "an empty chunk would announce the footer");
  assert(data.byteLength <= snapshotChunkBytesMax, "chunks are bounded");
  const bytes = new Uint8Array(chunkHeaderBytes + data.byteLength);
  const view = viewOf(bytes);
  view.setUint32(0, data.byteLength, true);
  view.setUint32(4, checksum(data, ordinal + 1), true);
  bytes.set(data, chunkHeaderBytes);
  return bytes;
}

/** The zero chunk header that announces the footer. */
export function encodeEndOfChunks(): Uint8Array {
  return new Uint8Array(chunkHeaderBytes);
}

/** Length and stored checksum of the next chunk. */
export function decodeChunkHeader(
  bytes: Uint8Array,
): { readonly byteLength: number; readonly crc: number } | FormatProblem {
  assertSize(bytes, chunkHeaderBytes);
  if (bytes.byteLength < chunkHeaderBytes) {
    return { problem: "the file ends before its footer", offset: bytes.byteLength };
  }
  const view = viewOf(bytes);
  const byteLength = view.getUint32(0, true);
  if (byteLength > snapshotChunkBytesMax) {
    return { problem: `a chunk of ${byteLength} bytes is impossible`, offset: 0 };
  }
  return { byteLength, crc: view.getUint32(4, true) };
}

/** Why `data` is not the chunk whose header said `stored`, or undefined when it is. */
export function chunkProblem(
  data: Uint8Array,
  ordinal: number,
  stored: number,
): FormatProblem | undefined {
  assertSize(data, snapshotChunkBytesMax);
  assertWhole(ordinal, "a chunk's ordinal");
  assertSum(stored);
  const actual = checksum(data, ordinal + 1);
  if (actual === stored) return undefined;
  return mismatch(`chunk ${ordinal}'s`, { stored, actual, offset: 0 });
}

/** Encodes the footer. */
export function encodeFooter(footer: SnapshotFooter): Uint8Array {
  assertWhole(footer.chunkCount, "a number of chunks");
  assert(footer.bodyBytes >= footer.chunkCount, "no chunk is empty");
  assert(footer.sha256.byteLength === shaBytes, "a SHA-256 has 32 bytes");
  const bytes = new Uint8Array(footerBytes);
  const view = viewOf(bytes);
  view.setUint32(footerAt.magic, footerMagic, true);
  view.setUint32(footerAt.chunkCount, footer.chunkCount, true);
  putUint64(view, footerAt.bodyBytes, footer.bodyBytes);
  bytes.set(footer.sha256, footerAt.sha);
  view.setUint32(footerAt.crc, checksum(bytes.subarray(0, footerAt.crc), 0), true);
  return bytes;
}

/** Why `bytes` are not this footer at the file's end, or undefined when they are. */
export function footerProblem(
  bytes: Uint8Array,
  wanted: SnapshotFooter,
): FormatProblem | undefined {
  assertSize(bytes, footerBytes + 1);
  assertWhole(wanted.chunkCount, "a number of chunks");
  if (bytes.byteLength !== footerBytes) {
    return { problem: "the file does not end with its footer", offset: 0 };
  }
  const expected = encodeFooter(wanted);
  const offset = bytes.findIndex((byte, n) => byte !== expected[n]);
  if (offset === -1) return undefined;
  const isSha = offset >= footerAt.sha && offset < footerAt.crc;
  const what = isSha ? "the SHA-256 of the whole" : "the footer";
  return { problem: `${what} does not fit the content`, offset };
}

function mismatch(
  whose: string,
  sums: { readonly stored: number; readonly actual: number; readonly offset: number },
): FormatProblem {
  const { stored, actual, offset } = sums;
  assertSum(sums.stored);
  assertSum(sums.actual);
  assert(sums.stored !== sums.actual, "the checksums differ");
  const problem = `${whose} checksum is ${hex32(stored)} but the content gives ${hex32(actual)}`;
  return { problem, offset };
}
