/**
 * Random histories of a log and random ways to damage one, under a seed: for tests that want every
 * situation a log can be found in, and not only those somebody thought of.
 */
import { assertDefined } from "../../../src/base/assert.js";
import type { Random } from "../../../src/base/random.js";
import { checksum } from "../../../src/storage/bytes.js";
import { encodeBatch } from "../../../src/storage/wal/batch.js";
import { encodeAppend } from "../../../src/storage/wal/record.js";
import { scanLog } from "../../../src/storage/wal/scan.js";
import { sectorSeed, sectorsFor, writeSectors } from "../../../src/storage/wal/sector.js";
import type { WalBatch } from "../../../src/storage/wal/types.js";
import type { MemoryDisk } from "./memory-disk.js";
import { appendAll, directory, entriesOf, openSmall } from "./wal-fixtures.js";

const sector = 512;

/** `count` appends, each of which follows from those before. */
function randomBatches(random: Random, count: number): WalBatch[] {
  let term = 1;
  let last = 0;
  let commit = 0;
  const batches: WalBatch[] = [];
  for (let seq = 1; seq <= count; seq += 1) {
    if (random.below(4) === 0) term += 1;
    const first = Math.max(commit + 1, last + 1 - (random.below(5) === 0 ? random.below(4) : 0));
    const size = random.below(6);
    const bytes = 20 + random.below(400);
    const entries = size === 0 ? [] : entriesOf(first, size, { term, bytes });
    if (size > 0) last = first + size - 1;
    const vote = random.below(3);
    const knows = entries.length === 0 || random.below(3) === 0;
    if (knows) commit = Math.min(last, commit + random.below(4));
    batches.push({ seq, entries, hardState: knows ? { term, vote, commit } : undefined });
  }
  return batches;
}

/** Writes a random history of three segments and more, closed in good order. */
export function writeRandomLog(disk: MemoryDisk, random: Random): readonly WalBatch[] {
  const batches = randomBatches(random, 12 + random.below(10));
  const { writer } = openSmall(disk);
  for (const [n, batch] of batches.entries()) {
    appendAll(writer, [batch]);
    if (n === 2 || n === 6) writer.rotate();
  }
  writer.close();
  return batches;
}

/** Paths of the segments in order. */
export function segmentPaths(disk: MemoryDisk): string[] {
  return disk
    .list(directory)
    .filter((name) => name.endsWith(".wal"))
    .map((name) => `${directory}/${name}`);
}

/** The last segment. */
export function lastSegment(disk: MemoryDisk): string {
  return assertDefined(segmentPaths(disk).at(-1), "a log has segments");
}

/** End of the last byte that is not zero, as a sector boundary. */
export function writtenEnd(bytes: Uint8Array): number {
  let end = bytes.byteLength;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return Math.ceil(end / sector) * sector;
}

/** Lets the last segment end with a batch of several sectors; returns where that begins. */
export function appendWideBatch(disk: MemoryDisk): number {
  const { writer, recovered } = openSmall(disk);
  writer.rotate();
  const first = recovered.lastLogIndex + 1;
  const term = Math.max(1, recovered.hardState.term);
  appendAll(writer, [{ seq: 1, entries: entriesOf(first, 1, { term, bytes: 30 }) }]);
  const start = writtenEnd(disk.bytesOf(lastSegment(disk)));
  appendAll(writer, [{ seq: 2, entries: entriesOf(first + 1, 5, { term, bytes: 200 }) }]);
  writer.close();
  return start;
}

/** Raises the format version of a segment and makes its checksum fit again. */
export function raiseHeaderVersion(disk: MemoryDisk, path: string): void {
  const sequence = Number.parseInt(path.slice(directory.length + 1, directory.length + 17), 16);
  disk.damage(path, (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    view.setUint32(8, view.getUint32(8, true) + 1, true);
    view.setUint32(508, checksum(bytes.subarray(0, 508), sectorSeed(sequence, 0)), true);
    return bytes;
  });
}

/** Appends a batch that only a newer program would write, or one with such a record. */
export function appendNewer(disk: MemoryDisk, what: "batch" | "record"): void {
  const scan = scanLog({ disk, directory, identity: undefined, witnesses: [] });
  const segment = assertDefined(scan.segments.at(-1), "a log has segments");
  const [record = new Uint8Array()] = encodeAppend({
    seq: 1,
    hardState: scan.state.hardState,
    entries: [],
  });
  if (what === "record") {
    const view = new DataView(record.buffer);
    view.setUint16(0, 7, true);
    view.setUint32(76, checksum(record.subarray(80), checksum(record.subarray(0, 76), 0)), true);
  }
  const { content } = encodeBatch({
    batchNo: scan.nextBatchNo,
    prevChain: scan.chain,
    lastLogIndex: scan.state.lastLogIndex,
    records: [record],
  });
  if (what === "batch") new DataView(content.buffer).setUint16(0, 9, true);
  const target = new Uint8Array(sectorsFor(content.byteLength) * sector);
  const { sequence } = segment.header;
  writeSectors(target, content, scan.nextBatchNo, { sequence, offset: segment.end });
  disk.damage(lastSegment(disk), (bytes) => {
    bytes.set(target, segment.end);
    return bytes;
  });
}

/** A way to damage a log. */
export type Damage = (disk: MemoryDisk, random: Random) => void;

function anySegment(disk: MemoryDisk, random: Random): string {
  const paths = segmentPaths(disk);
  return assertDefined(paths[random.below(paths.length)], "a log has segments");
}

function anySector(disk: MemoryDisk, path: string, random: Random): number {
  const end = Math.max(sector, writtenEnd(disk.bytesOf(path)));
  return random.below(end / sector + 1) * sector;
}

/** Each strikes at a random place. */
export const damages: Readonly<Record<string, Damage>> = {
  none: () => undefined,
  flippedBit: (disk, random) => {
    const path = anySegment(disk, random);
    disk.damage(path, (bytes) => {
      const at = random.below(Math.max(1, writtenEnd(bytes)));
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      return bytes;
    });
  },
  zeroedSectors: (disk, random) => {
    const path = anySegment(disk, random);
    const at = anySector(disk, path, random);
    disk.damage(path, (bytes) => bytes.fill(0, at, at + sector * (1 + random.below(3))));
  },
  zeroedTail: (disk, random) => {
    const path = lastSegment(disk);
    disk.damage(path, (bytes) => {
      const end = writtenEnd(bytes);
      return bytes.fill(0, Math.max(sector, end - sector * (1 + random.below(2))), end);
    });
  },
  foreignSector: (disk, random) => {
    const path = anySegment(disk, random);
    const at = anySector(disk, path, random);
    disk.damage(path, (bytes) => bytes.fill(1 + random.below(255), at, at + sector));
  },
  movedSector: (disk, random) => {
    const path = anySegment(disk, random);
    const from = anySector(disk, path, random);
    const to = anySector(disk, path, random);
    disk.damage(path, (bytes) => {
      bytes.set(bytes.slice(from, from + sector).subarray(0, bytes.byteLength - to), to);
      return bytes;
    });
  },
  cutFile: (disk, random) => {
    disk.damage(anySegment(disk, random), (bytes) =>
      bytes.slice(0, random.below(bytes.byteLength)),
    );
  },
  lostSegment: (disk, random) => {
    disk.vanish(anySegment(disk, random));
  },
  repeatedSegment: (disk, random) => {
    const path = anySegment(disk, random);
    const twin = path.replace(/-[0-9a-f]{16}\.wal$/, "-00000000000fffff.wal");
    disk.plant(twin, disk.bytesOf(path).slice());
  },
  swappedSegment: (disk, random) => {
    const bytes = disk.bytesOf(anySegment(disk, random)).slice();
    disk.damage(anySegment(disk, random), () => bytes);
  },
  newerSegment: (disk, random) => {
    raiseHeaderVersion(disk, anySegment(disk, random));
  },
  unreadableSector: (disk, random) => {
    const path = anySegment(disk, random);
    disk.unreadable.set(path, new Set([anySector(disk, path, random)]));
  },
};
