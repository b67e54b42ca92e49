/**
 * Reading and writing of fixed-width little-endian numbers in byte arrays, and checksums. 64-bit
 * fields hold safe integers only: a greater value read from a disk is damage, reported as NaN so
 * that no comparison with it succeeds.
 */
import { crc32 } from "node:zlib";
import { assert } from "../base/assert.js";
import { assertSum, assertWhole } from "./invariants.js";

const wordRange = 2 ** 32;
const highWordMax = 2 ** 21;

/** A view over exactly the bytes of `bytes`. */
export function viewOf(bytes: Uint8Array): DataView {
  assert(
    bytes.byteOffset + bytes.byteLength <= bytes.buffer.byteLength,
    "a view is inside its memory",
  );
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Writes a non-negative safe integer as 8 bytes. */
export function putUint64(view: DataView, offset: number, value: number): void {
  assert(offset + 8 <= view.byteLength, "the field is inside its bytes");
  assert(Number.isSafeInteger(value) && value >= 0, "only safe integers are stored");
  view.setUint32(offset, value % wordRange, true);
  view.setUint32(offset + 4, Math.floor(value / wordRange), true);
}

/** Reads 8 bytes as a safe integer, or NaN when the value is none. */
export function getUint64(view: DataView, offset: number): number {
  assertWhole(offset, "an offset");
  assert(offset + 8 <= view.byteLength, "the field is inside its bytes");
  const high = view.getUint32(offset + 4, true);
  if (high >= highWordMax) return Number.NaN;
  return high * wordRange + view.getUint32(offset, true);
}

/** CRC-32 of `bytes`, started from `seed`; different seeds never give equal sums. */
export function checksum(bytes: Uint8Array | string, seed: number): number {
  assertSum(seed);
  return crc32(bytes, seed);
}

/** A number as operators see checksums: 8 hexadecimal digits. */
export function hex32(value: number): string {
  assert(Number.isInteger(value), "a checksum is a whole number");
  return `0x${(value >>> 0).toString(16).padStart(8, "0")}`;
}

/** A number as 16 hexadecimal digits, so that names sort as numbers do. */
export function hex64(value: number): string {
  assert(Number.isSafeInteger(value) && value >= 0, "names are made of safe integers");
  const text = value.toString(16).padStart(16, "0");
  assert(text.length === 16, "a number in a name has 16 digits");
  assert(Number.parseInt(text, 16) === value, "a number in a name reads back");
  return text;
}

/** Reads what {@link hex64} wrote, or undefined. */
export function parseHex64(text: string): number | undefined {
  if (!/^[0-9a-f]{16}$/.test(text)) return undefined;
  const value = Number.parseInt(text, 16);
  assert(value >= 0, "digits make no negative number");
  if (!Number.isSafeInteger(value)) return undefined;
  assert(hex64(value) === text, "a number in a name is written in one way");
  return value;
}

/** Whether all bytes are zero. */
export function isZero(bytes: Uint8Array): boolean {
  assert(zeros[0] === 0, "nobody writes to the zeros that others are compared with");
  for (let at = 0; at < bytes.byteLength; at += zeros.byteLength) {
    const part = bytes.subarray(at, at + zeros.byteLength);
    if (Buffer.compare(part, zeros.subarray(0, part.byteLength)) !== 0) return false;
  }
  return true;
}

const zeros = new Uint8Array(64 * 1024);
