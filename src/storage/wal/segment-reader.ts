/**
 * Reads a segment file in aligned windows, so that a scan holds one window and one batch in
 * memory, whatever the segment's size. Sectors that the disk cannot read come back as bytes that
 * are neither zero nor valid: an unreadable sector is a damaged one.
 */
import { assert } from "../../base/assert.js";
import { isZero } from "../bytes.js";
import type { Disk, FileId } from "../disk.js";
import { systemCode } from "../disk.js";
import { assertAligned, assertText, assertWhole } from "../invariants.js";
import { sectorBytes, walReadWindowBytes } from "../limits.js";

const unreadableFill = 0xee;

/** See the file comment. */
export class SegmentReader {
  readonly byteLength: number;
  readonly #disk: Disk;
  readonly #file: FileId;
  readonly #window: Uint8Array;
  #windowOffset = -1;

  constructor(disk: Disk, path: string) {
    assertText(path, "a path");
    this.#disk = disk;
    this.byteLength = disk.stat(path)?.bytes ?? 0;
    this.#file = disk.open(path, "read");
    this.#window = new Uint8Array(Math.min(walReadWindowBytes, this.byteLength));
  }

  /** Bytes that are whole sectors; a ragged end is the caller's finding. */
  get sectorsEnd(): number {
    return this.byteLength - (this.byteLength % sectorBytes);
  }

  /** The sector at `offset`; valid until the next call. */
  sector(offset: number): Uint8Array {
    assert(offset % sectorBytes === 0, "sectors are aligned");
    assert(offset >= 0 && offset + sectorBytes <= this.sectorsEnd, "the sector is in the file");
    const start = offset - (offset % walReadWindowBytes);
    if (start !== this.#windowOffset) this.#fill(start);
    return this.#window.subarray(offset - start, offset - start + sectorBytes);
  }

  /** The first offset at or behind `offset` whose window is not all zero, or the end. */
  skipZeroWindows(offset: number): number {
    assertAligned(offset);
    assert(offset <= this.sectorsEnd, "the offset is in the file");
    let at = offset;
    while (at < this.sectorsEnd) {
      this.sector(at);
      const behind = Math.min(this.#windowOffset + walReadWindowBytes, this.sectorsEnd);
      if (!isZero(this.#window.subarray(at - this.#windowOffset, behind - this.#windowOffset))) {
        break;
      }
      at = behind;
    }
    return at;
  }

  /** A copy of `count` sectors from `offset`. */
  sectors(offset: number, count: number): Uint8Array {
    assert(count > 0, "something is read");
    assert(offset + count * sectorBytes <= this.sectorsEnd, "the sectors are in the file");
    const copy = new Uint8Array(count * sectorBytes);
    for (let n = 0; n < count; n += 1) {
      copy.set(this.sector(offset + n * sectorBytes), n * sectorBytes);
    }
    return copy;
  }

  close(): void {
    assertWhole(this.#file, "an open file");
    this.#disk.close(this.#file);
  }

  #fill(start: number): void {
    assert(this.#window.byteLength > 0, "a window holds something");
    assert(start % walReadWindowBytes === 0, "windows are aligned");
    assert(start < this.sectorsEnd, "the window is in the file");
    const length = Math.min(walReadWindowBytes, this.sectorsEnd - start);
    const target = this.#window.subarray(0, length);
    if (!this.#tryRead(target, start)) this.#fillBySector(target, start);
    this.#windowOffset = start;
  }

  #fillBySector(target: Uint8Array, start: number): void {
    assertAligned(start);
    assertAligned(target.byteLength);
    for (let at = 0; at < target.byteLength; at += sectorBytes) {
      const sector = target.subarray(at, at + sectorBytes);
      if (!this.#tryRead(sector, start + at)) sector.fill(unreadableFill);
    }
  }

  #tryRead(target: Uint8Array, position: number): boolean {
    assert(target.byteLength <= walReadWindowBytes, "what is read at once is bounded");
    assertWhole(position, "a position");
    assert(target.byteLength > 0, "something is read");
    try {
      return this.#disk.pread(this.#file, target, position) === target.byteLength;
    } catch (error) {
      if (systemCode(error) === "EIO") return false;
      throw error;
    }
  }
}
