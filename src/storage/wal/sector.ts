/**
 * Sectors: the smallest unit a disk keeps or loses. Every 512-byte sector of a batch carries a tag
 * {checksum, batch number, ordinal, count, mark} in front of 496 bytes of content, so that after
 * a power cut a sector that never reached the disk (zero) can be told from one that was damaged.
 * Checksums start from a seed made of segment sequence and offset: a valid sector at a wrong
 * place is no valid sector. This file knows nothing of what the content means.
 */
import { assert } from "../../base/assert.js";
import { checksum, isZero, viewOf } from "../bytes.js";
import { assertAligned, assertWhole } from "../invariants.js";
import { sectorBytes } from "../limits.js";

const tagBytes = 16;
/** Content bytes per sector. */
const sectorContentBytes: number = sectorBytes - tagBytes;
/** Most sectors in one batch: ordinals are 16-bit numbers. */
const batchSectorsMax = 65_535;

const fields = { crc: 0, batchLow: 4, batchHigh: 8, ordinal: 10, count: 12, mark: 14 } as const;
/** Never zero, so that a valid sector is never a zero sector. */
const sectorMark = 0x5751;
const wordRange = 2 ** 32;

/** Which part of which batch a sector is. */
export interface SectorTag {
  readonly batchNo: number;
  readonly ordinal: number;
  readonly count: number;
}

/** What a sector turned out to be. `foreign` is neither: nothing of ours, or damaged. */
export type SectorReading =
  | { readonly kind: "zero" }
  | { readonly kind: "foreign"; readonly stored: number; readonly actual: number }
  | { readonly kind: "valid"; readonly tag: SectorTag };

/** How many sectors a batch with this much content takes. */
export function sectorsFor(contentBytes: number): number {
  assert(contentBytes > 0, "a batch has content");
  assertWhole(contentBytes, "a size");
  return Math.ceil(contentBytes / sectorContentBytes);
}

/** The start value of a sector's checksum. */
export function sectorSeed(sequence: number, offset: number): number {
  assertWhole(sequence, "a sequence");
  assert(offset % sectorBytes === 0, "sectors are aligned");
  const place = Math.imul(offset / sectorBytes + 1, 0x9e3779b1);
  return (place ^ Math.imul(sequence + 1, 0x85ebca6b)) >>> 0;
}

/** Where a run of sectors lies. */
export interface SectorPlace {
  readonly sequence: number;
  readonly offset: number;
}

/** Spreads `content` over tagged sectors in `target`, which is exactly as long as they are. */
export function writeSectors(
  target: Uint8Array,
  content: Uint8Array,
  batchNo: number,
  place: SectorPlace,
): void {
  assert(batchNo > 0, "batches are numbered from 1");
  assertAligned(place.offset);
  assert(place.offset > 0, "the header has its own sector");
  const count = sectorsFor(content.byteLength);
  assert(count > 0 && count <= batchSectorsMax, "a batch has a bounded number of sectors");
  assert(target.byteLength === count * sectorBytes, "the target fits the sectors");
  const view = viewOf(target);
  for (let ordinal = 0; ordinal < count; ordinal += 1) {
    const at = ordinal * sectorBytes;
    const start = ordinal * sectorContentBytes;
    const part = content.subarray(start, start + sectorContentBytes);
    target.set(part, at + tagBytes);
    if (part.byteLength < sectorContentBytes) {
      target.fill(0, at + tagBytes + part.byteLength, at + sectorBytes);
    }
    view.setUint32(at + fields.batchLow, batchNo % wordRange, true);
    view.setUint16(at + fields.batchHigh, Math.floor(batchNo / wordRange), true);
    view.setUint16(at + fields.ordinal, ordinal, true);
    view.setUint16(at + fields.count, count, true);
    view.setUint16(at + fields.mark, sectorMark, true);
    const seed = sectorSeed(place.sequence, place.offset + at);
    const crc = checksum(target.subarray(at + fields.batchLow, at + sectorBytes), seed);
    view.setUint32(at + fields.crc, crc, true);
  }
}

/** Reads the sector at `place` from exactly its bytes. */
export function readSector(sector: Uint8Array, place: SectorPlace): SectorReading {
  assertAligned(place.offset);
  assert(sector.byteLength === sectorBytes, "a sector is read as a whole");
  const view = viewOf(sector);
  const stored = view.getUint32(fields.crc, true);
  const seed = sectorSeed(place.sequence, place.offset);
  const actual = checksum(sector.subarray(fields.batchLow), seed);
  const marked = view.getUint16(fields.mark, true) === sectorMark;
  if (stored !== actual || !marked) {
    return isZero(sector) ? { kind: "zero" } : { kind: "foreign", stored, actual };
  }
  const batchLow = view.getUint32(fields.batchLow, true);
  const batchNo = view.getUint16(fields.batchHigh, true) * wordRange + batchLow;
  const ordinal = view.getUint16(fields.ordinal, true);
  return { kind: "valid", tag: { batchNo, ordinal, count: view.getUint16(fields.count, true) } };
}

/** Copies the content bytes of a run of sectors, without tags. */
export function contentOf(sectors: Uint8Array): Uint8Array {
  assert(sectors.byteLength > 0, "something is read");
  const count = sectors.byteLength / sectorBytes;
  assert(Number.isInteger(count), "whole sectors are read");
  const content = new Uint8Array(count * sectorContentBytes);
  for (let ordinal = 0; ordinal < count; ordinal += 1) {
    const at = ordinal * sectorBytes;
    content.set(sectors.subarray(at + tagBytes, at + sectorBytes), ordinal * sectorContentBytes);
  }
  return content;
}
