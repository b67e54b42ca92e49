/**
 * Looks at what follows the last valid batch of a segment. Only one batch can have been written
 * without having been synced: the next one, right there. Of it, a power cut leaves any subset of
 * sectors. Everything else that is not zero is evidence of damage.
 */
import { assert } from "../../base/assert.js";
import { hex32 } from "../bytes.js";
import { assertAligned } from "../invariants.js";
import { sectorBytes } from "../limits.js";
import type { SectorReading } from "./sector.js";
import { readSector } from "./sector.js";
import type { SegmentReader } from "./segment-reader.js";

/** Where the tail begins, and which batch may have been on its way. */
export interface TailPlace {
  readonly sequence: number;
  readonly offset: number;
  readonly batchNo: number;
}

/** Something other than zeros. */
export interface TailProblem {
  readonly fact: "tailWritten" | "laterWritten" | "foreignTail";
  readonly offset: number;
  readonly expected: string;
  readonly actual: string;
}

/** What was found. */
export interface TailScan {
  /** The first of each kind. */
  readonly problems: readonly TailProblem[];
  /** End of the last sector that is not zero. */
  readonly writtenEnd: number;
}

/** Reads from `place.offset` to the end of the file. */
export function scanTail(reader: SegmentReader, place: TailPlace): TailScan {
  assertAligned(place.offset);
  assert(place.offset > 0, "the header has its own sector");
  assert(place.batchNo > 0, "batches are numbered from 1");
  const problems: TailProblem[] = [];
  const report = (problem: TailProblem): void => {
    if (problems.every((known) => known.fact !== problem.fact)) problems.push(problem);
  };
  let writtenEnd = place.offset;
  let count: number | undefined;
  const inspect = (offset: number): void => {
    const reading = readSector(reader.sector(offset), { sequence: place.sequence, offset });
    if (reading.kind === "zero") return;
    writtenEnd = offset + sectorBytes;
    report({ fact: "tailWritten", offset, ...describe(reading) });
    if (reading.kind === "foreign") {
      report({ fact: "foreignTail", offset, ...describe(reading) });
      return;
    }
    count ??= reading.tag.count;
    if (!belongs(reading.tag, { place, offset, count })) {
      report({ fact: "laterWritten", offset, ...describe(reading) });
    }
  };
  let offset = reader.skipZeroWindows(place.offset);
  while (offset < reader.sectorsEnd) {
    inspect(offset);
    offset = reader.skipZeroWindows(offset + sectorBytes);
  }
  assertAligned(writtenEnd);
  assert(writtenEnd === place.offset || problems.length > 0, "what is not zero is reported");
  return { problems, writtenEnd };
}

function belongs(
  tag: { readonly batchNo: number; readonly ordinal: number; readonly count: number },
  at: { readonly place: TailPlace; readonly offset: number; readonly count: number },
): boolean {
  assertAligned(at.offset);
  assert(at.offset >= at.place.offset, "the tail begins at its place");
  const ordinal = (at.offset - at.place.offset) / sectorBytes;
  if (tag.batchNo !== at.place.batchNo || tag.ordinal !== ordinal) return false;
  return tag.count === at.count && ordinal < tag.count;
}

function describe(reading: SectorReading): { expected: string; actual: string } {
  switch (reading.kind) {
    case "zero":
      return { expected: "zeros", actual: "zeros" };
    case "foreign":
      return {
        expected: `zeros or checksum ${hex32(reading.stored)}`,
        actual: `checksum ${hex32(reading.actual)}`,
      };
    case "valid":
      return {
        expected: "zeros",
        actual: `sector ${reading.tag.ordinal + 1} of ${reading.tag.count} of batch ${
          reading.tag.batchNo
        }`,
      };
  }
}
