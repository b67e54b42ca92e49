/**
 * Reads one batch from a segment: all its sectors must be there, be valid and belong together, and
 * its content must follow the batch before. It changes and decides nothing; recovery and offline
 * inspection share it, so that both see the same batches.
 */
import { assert } from "../../base/assert.js";
import { assertAligned, assertSum, assertWhole } from "../invariants.js";
import { sectorBytes } from "../limits.js";
import type { DecodedBatch } from "./batch.js";
import { decodeBatch } from "./batch.js";
import type { RecoveryFact } from "./recovery-table.js";
import type { SectorTag } from "./sector.js";
import { contentOf, readSector } from "./sector.js";
import type { SegmentReader } from "./segment-reader.js";

/** Where a batch is expected, and which. */
export interface BatchPlace {
  readonly sequence: number;
  readonly offset: number;
  readonly batchNo: number;
  readonly prevChain: number;
}

/** What is there. `none`: not all sectors of this batch. */
export type BatchReading =
  | { readonly kind: "none" }
  | {
      readonly kind: "problem";
      readonly fact: RecoveryFact;
      readonly expected: string;
      readonly actual: string;
    }
  | { readonly kind: "batch"; readonly batch: DecodedBatch; readonly sectorCount: number };

/** Reads the batch at a place. */
export function readBatch(reader: SegmentReader, place: BatchPlace): BatchReading {
  const { sequence, offset, batchNo, prevChain } = place;
  assertAligned(offset);
  assertSum(prevChain);
  assert(batchNo > 0, "batches are numbered from 1");
  const first = tagAt(reader, sequence, offset);
  if (first?.batchNo !== batchNo || first.ordinal !== 0) return { kind: "none" };
  if (offset + first.count * sectorBytes > reader.sectorsEnd) return { kind: "none" };
  for (let ordinal = 1; ordinal < first.count; ordinal += 1) {
    const tag = tagAt(reader, sequence, offset + ordinal * sectorBytes);
    if (tag?.batchNo !== batchNo || tag.ordinal !== ordinal) return { kind: "none" };
  }
  const content = contentOf(reader.sectors(offset, first.count));
  const batch = decodeBatch(content, { batchNo, prevChain });
  if (batch.kind === "unknownKind") {
    const actual = `kind ${batch.found}`;
    return { kind: "problem", fact: "newerFormat", expected: "a known batch kind", actual };
  }
  if (batch.kind === "broken") {
    const { expected, actual } = batch;
    return { kind: "problem", fact: "chainBroken", expected, actual };
  }
  return { kind: "batch", batch, sectorCount: first.count };
}

/** The tag of the sector at `offset`, or undefined when it is none of ours. */
export function tagAt(
  reader: SegmentReader,
  sequence: number,
  offset: number,
): SectorTag | undefined {
  assertAligned(offset);
  assertWhole(sequence, "a sequence");
  if (offset + sectorBytes > reader.sectorsEnd) return undefined;
  const reading = readSector(reader.sector(offset), { sequence, offset });
  return reading.kind === "valid" ? reading.tag : undefined;
}
