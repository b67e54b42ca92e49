/**
 * Real logs, damaged in every way a disk can damage them, reach every row of the recovery table,
 * and each situation that the table is written for ends in the row that is meant for it. Whatever
 * is done to a log: it opens with a state it once had, or keeps every byte.
 */
import { describe, expect, it } from "vitest";
import { FatalError, exitCode } from "../../../src/base/errors.js";
import { createRandom } from "../../../src/base/random.js";
import { openLog } from "../../../src/storage/wal/recovery.js";
import { recoveryTable } from "../../../src/storage/wal/recovery-table.js";
import type { LogWitness, WalIdentity } from "../../../src/storage/wal/types.js";
import type { LogPicture } from "../../support/storage/wal-fixtures.js";
import {
  appendAll,
  directory,
  entriesOf,
  identity,
  modelPictures,
  openSmall,
  pictureOf,
  smallSegmentBytes,
} from "../../support/storage/wal-fixtures.js";
import { MemoryDisk } from "../../support/storage/memory-disk.js";
import {
  appendNewer,
  appendWideBatch,
  damages,
  lastSegment,
  raiseHeaderVersion,
  segmentPaths,
  writeRandomLog,
  writtenEnd,
} from "../../support/storage/wal-histories.js";

const sector = 512;

interface Outcome {
  readonly row: string;
  readonly picture: LogPicture | undefined;
}

interface Opening {
  readonly witnesses?: readonly LogWitness[];
  readonly identity?: WalIdentity;
}

/** Opens a log; a refusal must have changed nothing and say what must be said. */
function outcomeOf(disk: MemoryDisk, opening: Opening = {}): Outcome {
  const before = new Map(disk.paths.map((path) => [path, disk.bytesOf(path).slice()]));
  const options = { disk, directory, identity, segmentBytes: smallSegmentBytes, witnesses: [] };
  try {
    const { recovered, writer } = openLog({ ...options, ...opening, snapshot: undefined });
    writer.close();
    const { kind } = recovered.finding;
    return { row: kind === "torn" ? "torn" : "clean", picture: pictureOf(recovered) };
  } catch (error) {
    if (!(error instanceof FatalError)) throw error;
    expect(error.exit).toBe(exitCode.dataRefused);
    expect(error.message).toMatch(/nothing was changed.*(replace this|start the newer|its own)/);
    expect(new Map(disk.paths.map((path) => [path, disk.bytesOf(path)]))).toEqual(before);
    return { row: String(error.details["row"]), picture: undefined };
  }
}

/** Opened as its owner opens it. */
const asItIs: Opening = {};

/** A situation in the words of the table's description, made out of any log. */
interface Situation {
  readonly name: string;
  readonly row: string;
  readonly arrange: (disk: MemoryDisk) => Opening;
}

function middle(disk: MemoryDisk): string {
  return segmentPaths(disk)[1] ?? "";
}

function flip(disk: MemoryDisk, path: string, at: number): Opening {
  disk.damage(path, (bytes) => {
    bytes[at] = (bytes[at] ?? 0) ^ 16;
    return bytes;
  });
  return asItIs;
}

/** Zeroes or fills one sector of the batch of several sectors that the log now ends with. */
function strikeTail(disk: MemoryDisk, ordinal: number, fill: number): Opening {
  const at = appendWideBatch(disk) + ordinal * sector;
  disk.damage(lastSegment(disk), (bytes) => bytes.fill(fill, at, at + sector));
  return asItIs;
}

const situations: readonly Situation[] = [
  { name: "all valid, then zeros to the end", row: "clean", arrange: () => asItIs },
  {
    name: "the first sector of the last batch missing",
    row: "torn",
    arrange: (disk) => strikeTail(disk, 0, 0),
  },
  {
    name: "a later sector of the last batch missing",
    row: "torn",
    arrange: (disk) => strikeTail(disk, 2, 0),
  },
  {
    name: "other bytes in the last batch",
    row: "foreignTail",
    arrange: (disk) => strikeTail(disk, 1, 0xa5),
  },
  {
    name: "other bytes behind the last batch",
    row: "foreignTail",
    arrange: (disk) => {
      appendWideBatch(disk);
      return flip(disk, lastSegment(disk), writtenEnd(disk.bytesOf(lastSegment(disk))) + 40);
    },
  },
  {
    name: "a sector of the last batch that the disk cannot read",
    row: "foreignTail",
    arrange: (disk) => {
      const start = appendWideBatch(disk);
      disk.unreadable.set(lastSegment(disk), new Set([start + sector]));
      return asItIs;
    },
  },
  {
    name: "a valid batch behind a missing one",
    row: "laterWritten",
    arrange: (disk) => {
      const start = appendWideBatch(disk);
      disk.damage(lastSegment(disk), (bytes) => bytes.fill(0, start - sector, start));
      return asItIs;
    },
  },
  {
    name: "a valid batch behind one that the disk cannot read",
    row: "laterWritten",
    arrange: (disk) => {
      const start = appendWideBatch(disk);
      disk.unreadable.set(lastSegment(disk), new Set([start - sector]));
      return asItIs;
    },
  },
  {
    name: "damage in a completed segment",
    row: "sealedDamaged",
    arrange: (disk) => flip(disk, middle(disk), sector + 100),
  },
  {
    name: "a completed segment that the disk cannot read everywhere",
    row: "sealedDamaged",
    arrange: (disk) => {
      disk.unreadable.set(middle(disk), new Set([sector]));
      return asItIs;
    },
  },
  {
    name: "a completed segment without its batches",
    row: "chainBroken",
    arrange: (disk) => {
      disk.damage(middle(disk), (bytes) => bytes.fill(0, sector));
      return asItIs;
    },
  },
  {
    name: "a segment missing in the middle",
    row: "sequenceBroken",
    arrange: (disk) => {
      disk.vanish(middle(disk));
      return asItIs;
    },
  },
  {
    name: "a segment missing in front of the floor",
    row: "sequenceBroken",
    arrange: (disk) => {
      const { writer, recovered } = openSmall(disk);
      const from = recovered.lastLogIndex + 1;
      appendAll(writer, [{ seq: 1, entries: entriesOf(from, 3, { term: 99 }) }]);
      writer.close();
      disk.vanish(segmentPaths(disk)[0] ?? "");
      return asItIs;
    },
  },
  {
    name: "two segments with the same sequence",
    row: "sequenceBroken",
    arrange: (disk) => {
      const twin = middle(disk).replace(/-[0-9a-f]{16}\.wal$/, "-00000000000fffff.wal");
      disk.plant(twin, disk.bytesOf(middle(disk)).slice());
      return asItIs;
    },
  },
  {
    name: "no segment left",
    row: "sequenceBroken",
    arrange: (disk) => {
      for (const path of segmentPaths(disk)) disk.vanish(path);
      return asItIs;
    },
  },
  {
    name: "another member's log",
    row: "otherOwner",
    arrange: () => ({ identity: { ...identity, memberId: 5 } }),
  },
  {
    name: "another cluster's log",
    row: "otherOwner",
    arrange: () => ({ identity: { ...identity, clusterId: "another" } }),
  },
  {
    name: "a header that its checksum does not fit",
    row: "headerDamaged",
    arrange: (disk) => flip(disk, middle(disk), 90),
  },
  {
    name: "a header that the disk cannot read",
    row: "headerDamaged",
    arrange: (disk) => {
      disk.unreadable.set(lastSegment(disk), new Set([0]));
      return asItIs;
    },
  },
  {
    name: "a segment that is too short",
    row: "headerDamaged",
    arrange: (disk) => {
      disk.damage(lastSegment(disk), (bytes) => bytes.slice(0, bytes.byteLength - sector));
      return asItIs;
    },
  },
  {
    name: "a position that the state store has applied",
    row: "claimBeyondLast",
    arrange: () => ({ witnesses: [{ source: "the state store", logIndex: 1_000_000 }] }),
  },
  {
    name: "a position that the state store has applied, in a torn batch",
    row: "claimBeyondLast",
    arrange: (disk) => {
      const lastLogIndex = openSmall(disk).recovered.lastLogIndex + 3;
      strikeTail(disk, 1, 0);
      return { witnesses: [{ source: "the state store", logIndex: lastLogIndex }] };
    },
  },
  {
    name: "a position that the state store has applied, in a damaged batch",
    row: "claimBeyondLast",
    arrange: (disk) => {
      const lastLogIndex = openSmall(disk).recovered.lastLogIndex + 3;
      strikeTail(disk, 1, 0x77);
      return { witnesses: [{ source: "the state store", logIndex: lastLogIndex }] };
    },
  },
  {
    name: "a commit position beyond the end",
    row: "claimBeyondLast",
    arrange: (disk) => {
      const { writer, recovered } = openSmall(disk);
      const hardState = { ...recovered.hardState, commit: recovered.lastLogIndex + 1 };
      appendAll(writer, [{ seq: 1, hardState, entries: [] }]);
      writer.close();
      return asItIs;
    },
  },
  {
    name: "a newer format of segments",
    row: "newerFormat",
    arrange: (disk) => {
      raiseHeaderVersion(disk, middle(disk));
      return asItIs;
    },
  },
  {
    name: "a newer kind of batch",
    row: "newerFormat",
    arrange: (disk) => {
      appendNewer(disk, "batch");
      return asItIs;
    },
  },
  {
    name: "a newer kind of record",
    row: "newerFormat",
    arrange: (disk) => {
      appendNewer(disk, "record");
      return asItIs;
    },
  },
];

describe("each situation ends in its row, whatever the log holds", () => {
  it.each(situations)("$name: $row", ({ row, arrange }) => {
    for (let seed = 0; seed < 12; seed += 1) {
      const disk = new MemoryDisk();
      writeRandomLog(disk, createRandom(seed));
      const opening = arrange(disk);
      expect([seed, outcomeOf(disk, opening).row]).toEqual([seed, row]);
    }
  });

  it("and no row is without a situation", () => {
    const meant = new Set(situations.map(({ row }) => row));
    expect([...meant].sort()).toEqual(recoveryTable.map(({ name }) => name).sort());
  });
});

describe("random damage", () => {
  it(
    "reaches every row, and never opens a log in a state it never had",
    { timeout: 120_000 },
    () => {
      const reached = new Map<string, number>(recoveryTable.map(({ name }) => [name, 0]));
      const kinds = Object.entries(damages);
      for (let seed = 0; seed < 1500; seed += 1) {
        const random = createRandom(seed);
        const disk = new MemoryDisk();
        const pictures = modelPictures(writeRandomLog(disk, random));
        const last = pictures.at(-1)?.entries.length ?? 0;
        const names: string[] = [];
        for (let strikes = 1 + random.below(2); strikes > 0; strikes -= 1) {
          const [name, strike] = kinds[random.below(kinds.length)] ?? [
            "none",
            (): void => undefined,
          ];
          names.push(name);
          if (segmentPaths(disk).length > 0) strike(disk, random);
        }
        const memberId = random.below(20) === 0 ? 5 : identity.memberId;
        const seen = random.below(6) === 0 ? random.below(last + 4) : 0;
        const opening = {
          identity: { ...identity, memberId },
          witnesses: [{ source: "the state store", logIndex: seen }],
        };
        const { row, picture } = outcomeOf(disk, opening);
        reached.set(row, (reached.get(row) ?? 0) + 1);
        if (picture === undefined) continue;
        expect([seed, names, pictures.some((one) => isSame(one, picture))]).toEqual([
          seed,
          names,
          true,
        ]);
        expect(picture.entries.length).toBeGreaterThanOrEqual(seen);
        const again = outcomeOf(disk, opening);
        expect(again).toEqual({ row: "clean", picture });
      }
      const never = [...reached].filter(([, count]) => count === 0).map(([name]) => name);
      expect(never).toEqual([]);
    },
  );
});

function isSame(a: LogPicture, b: LogPicture): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
