/**
 * Makes segment files: filled with zeros and synced under a temporary name, in steps that can be
 * spread between batches, then given a header and their name. From the moment a segment has its
 * name, its length never changes and writing to it moves no metadata.
 */
import { join } from "node:path";
import { assert } from "../../base/assert.js";
import type { Disk, FileId } from "../disk.js";
import { assertAligned, assertSegmentHeader, assertText } from "../invariants.js";
import { sectorBytes, walPrepareStepBytes } from "../limits.js";
import { encodeHeader, segmentName } from "./segment.js";
import type { SegmentHeader } from "./types.js";

/** Name of the segment being prepared; removed at open, it never holds anything. */
export const preparedName = "prepared.tmp";

/** A segment that has its name, open for writing. */
export interface OpenSegment {
  readonly file: FileId;
  readonly name: string;
  readonly header: SegmentHeader;
}

/** A file on its way to become a segment. */
export class PreparedSegment {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #file: FileId;
  #filled = 0;

  constructor(disk: Disk, directory: string) {
    assertText(directory, "a directory");
    this.#disk = disk;
    this.#directory = directory;
    this.#file = disk.open(join(directory, preparedName), "create");
  }

  /** Bytes that are zero-filled and synced. */
  get filledBytes(): number {
    return this.#filled;
  }

  /** Fills and syncs the next piece of a segment that is to have `byteLength` bytes. */
  fillStep(byteLength: number): void {
    assert(byteLength % sectorBytes === 0, "segments are whole sectors");
    assert(this.#filled < byteLength, "a segment is filled once");
    const length = Math.min(zeros.byteLength, byteLength - this.#filled);
    assert(length > 0, "there is something left to fill");
    this.#disk.pwrite(this.#file, zeros.subarray(0, length), this.#filled);
    this.#disk.fdatasync(this.#file);
    this.#filled += length;
  }

  /** Writes the header and gives the file its name, durably. */
  finish(header: SegmentHeader): OpenSegment {
    assertSegmentHeader(header);
    assert(header.byteLength % sectorBytes === 0, "segments are whole sectors");
    while (this.#filled < header.byteLength) this.fillStep(header.byteLength);
    assert(this.#filled === header.byteLength, "a segment is as long as its header says");
    this.#disk.pwrite(this.#file, encodeHeader(header), 0);
    this.#disk.fdatasync(this.#file);
    const name = segmentName(header);
    this.#disk.rename(join(this.#directory, preparedName), join(this.#directory, name));
    this.#disk.syncDirectory(this.#directory);
    return { file: this.#file, name, header };
  }

  close(): void {
    assertAligned(this.#filled);
    this.#disk.close(this.#file);
  }
}

const zeros = new Uint8Array(walPrepareStepBytes);
