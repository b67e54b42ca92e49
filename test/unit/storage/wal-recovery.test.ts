/**
 * Promises of the log: what was acknowledged survives any power cut, and damage is refused in one
 * line without a byte being changed. A single changed byte anywhere in a segment is always refused;
 * only whole missing sectors of the last batch can look like a write that was never synced.
 */
import { describe, expect, it } from "vitest";
import { FatalError, exitCode } from "../../../src/base/errors.js";
import { createRandom } from "../../../src/base/random.js";
import { encodeAppend } from "../../../src/storage/wal/record.js";
import { tornCopiesKeptCount } from "../../../src/storage/limits.js";
import { checksum } from "../../../src/storage/bytes.js";
import { sectorSeed } from "../../../src/storage/wal/sector.js";
import { openLog } from "../../../src/storage/wal/recovery.js";
import {
  decideRecovery,
  recoveryFacts,
  recoveryTable,
  rowMatches,
} from "../../../src/storage/wal/recovery-table.js";
import type {
  RecoveryDecision,
  RecoveryFact,
  RecoveryFacts,
} from "../../../src/storage/wal/recovery-table.js";
import { suspectTailOf } from "../../../src/storage/wal/suspect-tail.js";
import type { LogWitness } from "../../../src/storage/wal/types.js";
import { DiskCrash, MemoryDisk } from "../../support/storage/memory-disk.js";
import {
  appendAll,
  directory,
  entriesOf,
  giveUp,
  identity,
  modelPictures,
  openSmall,
  pictureOf,
  sampleBatches,
  smallSegmentBytes,
} from "../../support/storage/wal-fixtures.js";

const sector = 512;

function writtenDisk(): MemoryDisk {
  const disk = new MemoryDisk();
  const { writer } = openSmall(disk);
  appendAll(writer, sampleBatches());
  writer.close();
  return disk;
}

function segmentPaths(disk: MemoryDisk): string[] {
  return disk
    .list(directory)
    .filter((name) => name.endsWith(".wal"))
    .map((name) => `${directory}/${name}`);
}

function lastSegment(disk: MemoryDisk): string {
  return segmentPaths(disk).at(-1) ?? "";
}

/** End of the last byte that is not zero, as a sector boundary. */
function writtenEnd(bytes: Uint8Array): number {
  let end = bytes.byteLength;
  while (bytes[end - 1] === 0) end -= 1;
  return Math.ceil(end / sector) * sector;
}

function refusalOf(disk: MemoryDisk, witnesses: readonly LogWitness[] = []): FatalError {
  const { mutations } = disk;
  let thrown: unknown;
  try {
    openSmall(disk, witnesses);
  } catch (error) {
    thrown = error;
  }
  if (!(thrown instanceof FatalError)) throw new Error(`not refused: ${String(thrown)}`);
  expect(thrown.exit).toBe(exitCode.dataRefused);
  expect(thrown.message).not.toContain("\n");
  expect(disk.mutations).toBe(mutations);
  return thrown;
}

describe("the recovery table", () => {
  it("matches each combination of facts with exactly one row", () => {
    const combinations = 2 ** recoveryFacts.length;
    for (let bits = 0; bits < combinations; bits += 1) {
      const facts = Object.fromEntries(
        recoveryFacts.map((fact, n) => [fact, (bits & (1 << n)) !== 0]),
      ) as unknown as RecoveryFacts;
      expect(recoveryTable.filter((row) => rowMatches(row, facts))).toHaveLength(1);
    }
  });

  it("has a combination for each row, and decides as the reference says", () => {
    const reached = new Set<string>();
    for (let bits = 0; bits < 2 ** recoveryFacts.length; bits += 1) {
      const holding = recoveryFacts.filter((_, n) => (bits & (1 << n)) !== 0);
      const facts = Object.fromEntries(
        recoveryFacts.map((fact) => [fact, holding.includes(fact)]),
      ) as unknown as RecoveryFacts;
      const { decision, name } = decideRecovery(facts);
      reached.add(name);
      expect([holding, decision]).toEqual([holding, referenceDecision(holding)]);
    }
    expect(reached.size).toBe(recoveryTable.length);
  });
});

/** The decision in other words: only what is harmless may be there for anything but a refusal. */
function referenceDecision(holding: readonly RecoveryFact[]): RecoveryDecision {
  if (holding.length === 0) return "open";
  if (holding.every((fact) => fact === "tailWritten")) return "torn";
  const isTailOnly = holding.every((fact) => fact === "tailWritten" || fact === "foreignTail");
  return isTailOnly ? "suspect" : "refuse";
}

describe("recovery of a log that was closed", () => {
  it("creates an empty log once", () => {
    const disk = new MemoryDisk();
    const { recovered, writer } = openSmall(disk);
    expect(recovered.finding).toEqual({ kind: "created" });
    expect(pictureOf(recovered)).toEqual(modelPictures([])[0]);
    writer.close();
    expect(openSmall(disk).recovered.finding).toEqual({ kind: "clean" });
  });

  it("returns what was appended, after each prefix of a history", () => {
    const batches = sampleBatches();
    const pictures = modelPictures(batches);
    for (const [count, picture] of pictures.entries()) {
      const disk = new MemoryDisk();
      const { writer } = openSmall(disk);
      appendAll(writer, batches.slice(0, count));
      writer.close();
      const { recovered } = openSmall(disk);
      expect(pictureOf(recovered)).toEqual(picture);
      expect(recovered.finding.kind).toBe("clean");
    }
  });

  it("goes on appending after each reopening", () => {
    const disk = new MemoryDisk();
    const batches = sampleBatches();
    for (const batch of batches) {
      const { writer } = openSmall(disk);
      writer.append(encodeAppend(batch));
      writer.close();
    }
    expect(pictureOf(openSmall(disk).recovered)).toEqual(modelPictures(batches).at(-1));
    expect(disk.openCount).toBe(1);
  });

  it("merges several appends into one atomic batch", () => {
    const disk = new MemoryDisk();
    const batches = sampleBatches().slice(0, 6);
    const { writer } = openSmall(disk);
    const outcome = writer.append(batches.flatMap((batch) => encodeAppend(batch)));
    expect(outcome.seq).toBe(6);
    writer.close();
    expect(pictureOf(openSmall(disk).recovered)).toEqual(modelPictures(batches).at(-1));
  });

  it("puts a batch larger than a segment into a longer segment", () => {
    const disk = new MemoryDisk();
    const { writer } = openSmall(disk);
    const batch = { seq: 1, entries: entriesOf(1, 3, { bytes: 5000 }) };
    appendAll(writer, [batch, { seq: 2, entries: entriesOf(4, 1) }]);
    writer.close();
    const sizes = segmentPaths(disk).map((path) => disk.bytesOf(path).byteLength);
    expect(sizes[0]).toBe(smallSegmentBytes);
    expect(sizes[1]).toBeGreaterThan(15_000);
    expect(openSmall(disk).recovered.lastLogIndex).toBe(4);
  });

  it("cuts a very large append into records and reports it once", () => {
    const records = encodeAppend({
      seq: 9,
      hardState: { term: 4, vote: 2, commit: 3 },
      entries: entriesOf(1, 4, { bytes: 1_500_000 }),
    });
    expect(records.length).toBe(2);
    const disk = new MemoryDisk();
    const { writer } = openSmall(disk);
    const seqs = records.map((record) => writer.append([record]).seq);
    expect(seqs).toEqual([0, 9]);
    writer.close();
    const { recovered } = openSmall(disk);
    expect(recovered.hardState).toEqual({ term: 4, vote: 2, commit: 3 });
    expect(recovered.entries.map(({ data }) => data.byteLength)).toEqual(
      [1, 2, 3, 4].map(() => 1_500_000),
    );
  });
});

describe("giving up a prefix", () => {
  it("deletes whole segments, oldest first, and keeps what is above the floor", () => {
    const disk = new MemoryDisk();
    const { writer } = openSmall(disk);
    for (let n = 0; n < 40; n += 1) {
      appendAll(writer, [{ seq: n + 1, entries: entriesOf(n * 3 + 1, 3, { bytes: 300 }) }]);
    }
    const before = segmentPaths(disk);
    giveUp(writer, 60);
    const after = segmentPaths(disk);
    expect(after.length).toBeLessThan(before.length);
    expect(before.slice(-after.length)).toEqual(after);
    writer.close();
    const { recovered } = openSmall(disk);
    expect(recovered.floorLogIndex).toBe(60);
    expect(recovered.entries[0]?.logIndex).toBe(61);
    expect(recovered.lastLogIndex).toBe(120);
  });

  it("keeps vote, commit and marker when every older segment is gone", () => {
    const disk = new MemoryDisk();
    const { writer } = openSmall(disk);
    appendAll(writer, sampleBatches());
    writer.append(
      encodeAppend({ seq: 11, hardState: { term: 3, vote: 9, commit: 45 }, entries: [] }),
    );
    giveUp(writer, 45);
    writer.rotate();
    writer.deleteUnneededSegments();
    expect(segmentPaths(disk)).toHaveLength(1);
    writer.close();
    const { recovered } = openSmall(disk);
    expect(recovered.hardState).toEqual({ term: 3, vote: 9, commit: 45 });
    expect(recovered.marker).toEqual({ logIndex: 40, term: 3 });
    expect(recovered).toMatchObject({ floorLogIndex: 45, lastLogIndex: 45, entries: [] });
  });

  it("refuses when a segment above the floor is missing in front", () => {
    const disk = new MemoryDisk();
    const { writer } = openSmall(disk);
    appendAll(writer, sampleBatches().slice(0, 8));
    writer.close();
    disk.vanish(segmentPaths(disk)[0] ?? "");
    expect(refusalOf(disk).details["row"]).toBe("sequenceBroken");
  });
});

describe("a snapshot that was complete before the log knew of it", () => {
  function diskUpTo(lastLogIndex: number): MemoryDisk {
    const disk = new MemoryDisk();
    const { writer } = openSmall(disk);
    appendAll(writer, [
      { seq: 1, hardState: { term: 2, vote: 5, commit: 1 }, entries: entriesOf(1, lastLogIndex) },
    ]);
    writer.close();
    return disk;
  }

  it.each([
    { name: "beyond the log", snapshot: { logIndex: 50, term: 2 } },
    { name: "where the log differs", snapshot: { logIndex: 4, term: 2 } },
  ])("resets the log when it is $name", ({ snapshot }) => {
    const disk = diskUpTo(6);
    const { recovered, writer } = openSmall(disk, [], snapshot);
    const { logIndex } = snapshot;
    const wanted = { floorLogIndex: logIndex, lastLogIndex: logIndex, marker: snapshot };
    expect(recovered).toMatchObject({ ...wanted, entries: [] });
    expect(recovered.hardState).toEqual({ term: 2, vote: 5, commit: 1 });
    appendAll(writer, [{ seq: 1, entries: entriesOf(logIndex + 1, 2, { term: 2 }) }]);
    writer.close();
    const again = openSmall(disk, [], snapshot).recovered;
    expect(again).toMatchObject({ floorLogIndex: logIndex, lastLogIndex: logIndex + 2 });
  });

  it("leaves a log alone that holds its position and term, or was cut above it", () => {
    const disk = diskUpTo(6);
    const held = openSmall(disk, [], { logIndex: 4, term: 1 });
    expect(held.recovered).toMatchObject({ floorLogIndex: 0, lastLogIndex: 6 });
    giveUp(held.writer, 5);
    held.writer.close();
    const cut = openSmall(disk, [], { logIndex: 4, term: 1 });
    expect(cut.recovered).toMatchObject({ floorLogIndex: 5, lastLogIndex: 6 });
  });

  it("does not excuse what the state store has seen", () => {
    const disk = diskUpTo(6);
    const witness = { source: "the state store", logIndex: 50 };
    expect(() => openSmall(disk, [witness], { logIndex: 50, term: 2 })).toThrow(/has seen/);
    expect(() => openSmall(new MemoryDisk(), [], { logIndex: 50, term: 2 })).toThrow(/is gone/);
  });
});

describe("a log that must be refused", () => {
  it("refuses every single changed byte, and changes nothing", { timeout: 60_000 }, () => {
    const disk = writtenDisk();
    const random = createRandom(11);
    for (const path of segmentPaths(disk)) {
      const { byteLength } = disk.bytesOf(path);
      for (let at = 0; at < byteLength; at += 1 + random.below(13)) {
        const mask = 1 + random.below(255);
        flip(disk, { path, at, mask });
        const error = refusalOf(disk);
        flip(disk, { path, at, mask });
        expect(error.details["file"]).toBe(path);
        const distance = at - Number(error.details["offset"]);
        expect(Math.abs(distance)).toBeLessThan(smallSegmentBytes);
      }
    }
    expect(openSmall(disk).recovered.finding.kind).toBe("clean");
  });

  it("names file, byte, reason and the ways out in one line", () => {
    const disk = writtenDisk();
    const path = segmentPaths(disk)[0] ?? "";
    disk.damage(path, (bytes) => {
      bytes[sector * 2 + 100] = (bytes[sector * 2 + 100] ?? 0) ^ 1;
      return bytes;
    });
    const { message } = refusalOf(disk);
    expect(message).toContain(`${path} refused at byte 1024`);
    expect(message).toMatch(/expected .*0x[0-9a-f]{8}, found checksum 0x[0-9a-f]{8}/);
    expect(message).toContain(`quidditch-admin wal inspect ${directory}`);
    expect(message).toContain("replace this member");
  });

  it("refuses missing, swapped and repeated segments", () => {
    const count = segmentPaths(writtenDisk()).length;
    expect(count).toBeGreaterThanOrEqual(4);
    const missing = writtenDisk();
    missing.vanish(segmentPaths(missing)[1] ?? "");
    expect(refusalOf(missing).details["row"]).toBe("sequenceBroken");

    const repeated = writtenDisk();
    const path = segmentPaths(repeated)[1] ?? "";
    const bytes = repeated.bytesOf(path).slice();
    const twin = path.replace(/-[0-9a-f]{16}\.wal$/, "-0000000000000001.wal");
    repeated.damage(path, (all) => all);
    writeFile(repeated, twin, bytes);
    expect(refusalOf(repeated).details["row"]).toBe("sequenceBroken");

    const swapped = writtenDisk();
    const [a = "", b = ""] = segmentPaths(swapped);
    const other = swapped.bytesOf(b).slice();
    swapped.damage(a, () => other);
    expect(refusalOf(swapped).details["row"]).toBe("headerDamaged");
  });

  it("refuses a segment of the same sequence from another history", () => {
    const disk = writtenDisk();
    const other = new MemoryDisk();
    const { writer } = openSmall(other);
    const batches = sampleBatches();
    appendAll(writer, [
      ...batches.slice(0, 2),
      {
        seq: 3,
        hardState: { term: 1, vote: 5, commit: 1 },
        entries: entriesOf(4, 4, { bytes: 150 }),
      },
      ...batches.slice(3),
    ]);
    writer.close();
    const path = segmentPaths(disk)[1] ?? "";
    expect(segmentPaths(other)).toContain(path);
    const bytes = other.bytesOf(path).slice();
    disk.damage(path, () => bytes);
    expect(refusalOf(disk).details["row"]).toBe("chainBroken");
  });

  it("refuses a segment that was cut short, or is damaged before its successor", () => {
    const cut = writtenDisk();
    cut.damage(lastSegment(cut), (bytes) => bytes.slice(0, bytes.byteLength - 100));
    expect(refusalOf(cut).details["row"]).toBe("headerDamaged");

    const damaged = writtenDisk();
    damaged.damage(segmentPaths(damaged)[0] ?? "", (bytes) => bytes.fill(9, 1030, 1040));
    expect(refusalOf(damaged).details["row"]).toBe("sealedDamaged");
  });

  it("refuses a sealed segment that lost its last batch without a trace", () => {
    const disk = new MemoryDisk();
    const { writer } = openSmall(disk);
    appendAll(writer, [{ seq: 1, entries: entriesOf(1, 1) }]);
    writer.rotate();
    appendAll(writer, [{ seq: 2, entries: entriesOf(2, 1) }]);
    writer.close();
    disk.damage(segmentPaths(disk)[0] ?? "", (bytes) => bytes.fill(0, sector));
    expect(refusalOf(disk).details["row"]).toBe("chainBroken");
  });

  it("refuses another member's and another cluster's log", () => {
    const disk = writtenDisk();
    const options = {
      disk,
      directory,
      segmentBytes: smallSegmentBytes,
      witnesses: [],
      snapshot: undefined,
    };
    const member = { ...options, identity: { ...identity, memberId: 8 } };
    expect(() => openLog(member)).toThrow(/not this member's log.*member 8/);
    const cluster = { ...options, identity: { ...identity, clusterId: "another" } };
    expect(() => openLog(cluster)).toThrow(/not this member's log.*cluster another/);
  });

  it("refuses when a witness or the commit position has seen more than is there", () => {
    const witness = { source: "the state store", logIndex: 46 };
    const { message, details } = refusalOf(writtenDisk(), [witness]);
    expect(details["row"]).toBe("claimBeyondLast");
    expect(message).toContain("position 46, which the state store has seen");

    const disk = new MemoryDisk();
    const { writer } = openSmall(disk);
    appendAll(writer, [{ seq: 1, hardState: { term: 1, vote: 0, commit: 5 }, entries: [] }]);
    writer.close();
    expect(refusalOf(disk).details["row"]).toBe("claimBeyondLast");
  });

  it("refuses a log whose segments all vanished", () => {
    const disk = writtenDisk();
    for (const path of segmentPaths(disk)) disk.vanish(path);
    expect(refusalOf(disk).message).toContain("is gone");
    const witness = { source: "the state store", logIndex: 3 };
    expect(refusalOf(new MemoryDisk(), [witness]).message).toContain("the state store has seen 3");
  });

  it("refuses a newer segment format and names it", () => {
    const disk = writtenDisk();
    expect(refusalOf(withHeaderVersion(disk, 2)).message).toMatch(/format 2.*start the newer/);
  });

  it("treats an unreadable sector as damage", () => {
    const middle = writtenDisk();
    middle.unreadable.set(segmentPaths(middle)[0] ?? "", new Set([1024]));
    expect(refusalOf(middle).details["offset"]).toBe(1024);

    const tail = writtenDisk();
    const end = writtenEnd(tail.bytesOf(lastSegment(tail)));
    tail.unreadable.set(lastSegment(tail), new Set([end]));
    expect(refusalOf(tail).details).toMatchObject({ decision: "suspect", offset: end });
  });
});

describe("a torn tail", () => {
  /** A log whose last batch takes several sectors. */
  function diskWithWideTail(): { disk: MemoryDisk; start: number; end: number } {
    const disk = new MemoryDisk();
    const { writer } = openSmall(disk);
    appendAll(writer, [{ seq: 1, entries: entriesOf(1, 2) }]);
    const start = writtenEnd(disk.bytesOf(lastSegment(disk)));
    appendAll(writer, [{ seq: 2, entries: entriesOf(3, 6, { bytes: 300 }) }]);
    writer.close();
    return { disk, start, end: writtenEnd(disk.bytesOf(lastSegment(disk))) };
  }

  it("starts with any subset of the last batch's sectors missing, and keeps a copy", () => {
    const { disk, start, end } = diskWithWideTail();
    const sectors = (end - start) / sector;
    expect(sectors).toBeGreaterThanOrEqual(4);
    for (let kept = 1; kept < 2 ** sectors - 1; kept += 1) {
      const torn = disk.restart();
      torn.damage(lastSegment(torn), (bytes) => {
        for (let n = 0; n < sectors; n += 1) {
          if ((kept & (1 << n)) === 0) bytes.fill(0, start + n * sector, start + (n + 1) * sector);
        }
        return bytes;
      });
      const before = torn.bytesOf(lastSegment(torn)).slice(start, end);
      const { recovered, writer } = openSmall(torn);
      expect(recovered.finding).toMatchObject({ kind: "torn", offset: start });
      expect(recovered.lastLogIndex).toBe(2);
      const copy = recovered.finding.kind === "torn" ? recovered.finding.copy : "";
      const saved = torn.bytesOf(copy);
      expect(Buffer.compare(saved, before.subarray(0, saved.byteLength))).toBe(0);
      appendAll(writer, [{ seq: 3, entries: entriesOf(3, 1, { term: 2 }) }]);
      writer.close();
      expect(openSmall(torn).recovered).toMatchObject({
        lastLogIndex: 3,
        finding: { kind: "clean" },
      });
    }
  });

  it("is refused as suspect when one of its sectors holds other bytes", () => {
    const { disk, start } = diskWithWideTail();
    disk.damage(lastSegment(disk), (bytes) => {
      bytes.fill(0, start, start + sector);
      return bytes.fill(0x55, start + sector, start + sector + 10);
    });
    const error = refusalOf(disk);
    expect(error.details).toMatchObject({ row: "foreignTail", decision: "suspect" });
    expect(suspectTailOf(error)).toEqual({
      file: lastSegment(disk),
      offset: start + sector,
      lastValid: { logIndex: 2, term: 1 },
      claimedLogIndex: undefined,
      why: error.message,
    });
  });

  it("tells, as suspect, up to where it went, when its first sector says so", () => {
    const { disk, start } = diskWithWideTail();
    disk.damage(lastSegment(disk), (bytes) =>
      bytes.fill(0x55, start + sector, start + sector + 10),
    );
    expect(suspectTailOf(refusalOf(disk))).toMatchObject({ claimedLogIndex: 8 });
    const refused = writtenDisk();
    refused.damage(segmentPaths(refused)[0] ?? "", (bytes) => bytes.fill(9, 1030, 1040));
    expect(suspectTailOf(refusalOf(refused))).toBeUndefined();
    expect(suspectTailOf(new Error("suspect"))).toBeUndefined();
  });

  it("is refused, damaged or not, when a witness or the commit position is beyond", () => {
    const { disk, start } = diskWithWideTail();
    disk.damage(lastSegment(disk), (bytes) =>
      bytes.fill(0x55, start + sector, start + sector + 10),
    );
    const witness = { source: "the state store", logIndex: 3 };
    const error = refusalOf(disk, [witness]);
    expect(error.details).toMatchObject({ row: "claimBeyondLast", decision: "refuse" });
  });

  it("is kept a bounded number of times, the newest ones", () => {
    const disk = new MemoryDisk();
    openSmall(disk).writer.close();
    const offsets: number[] = [];
    for (let round = 1; round <= tornCopiesKeptCount + 4; round += 1) {
      const { writer } = openSmall(disk);
      const at = writtenEnd(disk.bytesOf(lastSegment(disk)));
      appendAll(writer, [{ seq: 1, entries: entriesOf(1, 2, { term: round, bytes: 600 }) }]);
      writer.close();
      disk.damage(lastSegment(disk), (bytes) => bytes.fill(0, at, at + sector));
      const { recovered, writer: next } = openSmall(disk);
      expect(recovered.finding.kind).toBe("torn");
      if (round % 3 === 0) {
        appendAll(next, [{ seq: 1, hardState: { term: round, vote: 0, commit: 0 }, entries: [] }]);
      }
      next.close();
      offsets.push(at);
    }
    const kept = disk.list(directory).filter((name) => name.endsWith(".torn"));
    expect(kept).toHaveLength(tornCopiesKeptCount);
    const newest = offsets.slice(-tornCopiesKeptCount);
    const found = kept.map((name) => Number(name.split("-")[2]));
    expect(found.sort((a, b) => a - b)).toEqual(newest.sort((a, b) => a - b));
  });

  it("is refused when a later batch follows", () => {
    const { disk, start } = diskWithWideTail();
    const { writer } = openSmall(disk);
    appendAll(writer, [{ seq: 3, entries: entriesOf(9, 1) }]);
    writer.close();
    disk.damage(lastSegment(disk), (bytes) => bytes.fill(0, start, start + sector));
    expect(refusalOf(disk).details["row"]).toBe("laterWritten");
  });

  it("is refused when a witness has seen the missing batch", () => {
    const { disk, start } = diskWithWideTail();
    disk.damage(lastSegment(disk), (bytes) => bytes.fill(0, start, start + sector));
    const witness = { source: "the state store", logIndex: 8 };
    expect(refusalOf(disk, [witness]).details["row"]).toBe("claimBeyondLast");
  });
});

describe("power cuts", () => {
  /** Appends until the disk crashes; what was acknowledged by then. */
  function runUntilCrash(disk: MemoryDisk): number {
    let acknowledged = 0;
    try {
      const { writer } = openSmall(disk);
      for (const batch of sampleBatches()) {
        writer.append(encodeAppend(batch));
        acknowledged = batch.seq;
        while (writer.prepareStep());
      }
      giveUp(writer, 42);
    } catch (error) {
      if (!isCrash(error)) throw error;
    }
    return acknowledged;
  }

  /** A disk on which recovery will find a torn batch. */
  function tornDisk(): { start: MemoryDisk; acknowledged: number } {
    for (let crashAt = 20; crashAt < 60; crashAt += 1) {
      const disk = new MemoryDisk();
      disk.crashAt = crashAt;
      const acknowledged = runUntilCrash(disk);
      const start = disk.crash(createRandom(crashAt));
      if (openSmall(start.restart()).recovered.finding.kind === "torn") {
        return { start, acknowledged };
      }
    }
    throw new Error("no crash tore a batch");
  }

  function isCrash(error: unknown): boolean {
    if (error instanceof DiskCrash) return true;
    return error instanceof FatalError && error.cause instanceof DiskCrash;
  }

  it("at every call lose nothing acknowledged and start again", { timeout: 60_000 }, () => {
    const whole = new MemoryDisk();
    const pictures = modelPictures(sampleBatches());
    expect(runUntilCrash(whole)).toBe(10);
    const outcomes = new Set<string>();
    for (let crashAt = 1; crashAt <= whole.mutations + 1; crashAt += 1) {
      for (let seed = 0; seed < 6; seed += 1) {
        const disk = new MemoryDisk();
        disk.crashAt = crashAt;
        const acknowledged = runUntilCrash(disk);
        const { recovered } = openSmall(disk.crash(createRandom(crashAt * 100 + seed)));
        outcomes.add(recovered.finding.kind);
        const allowed = pictures.slice(acknowledged, acknowledged + 2);
        const found = { ...pictureOf(recovered) };
        if (found.floor !== 42) expect(allowed).toContainEqual(found);
        else expect(found.entries).toEqual(pictures.at(-1)?.entries.slice(2));
      }
    }
    expect([...outcomes].sort()).toEqual(["clean", "created", "torn"]);
  });

  it("during recovery itself lose nothing either", () => {
    const pictures = modelPictures(sampleBatches());
    const { start, acknowledged } = tornDisk();
    const probe = start.restart();
    openSmall(probe);
    for (let crashAt = 1; crashAt <= probe.mutations; crashAt += 1) {
      const disk = start.restart();
      disk.crashAt = crashAt;
      expect(() => openSmall(disk)).toThrow(DiskCrash);
      const { recovered } = openSmall(disk.crash(createRandom(crashAt)));
      expect(pictures.slice(acknowledged, acknowledged + 2)).toContainEqual(pictureOf(recovered));
    }
  });

  it("after a failed sync: the writer refuses for good, and a restart trusts no page cache", () => {
    const disk = new MemoryDisk();
    const { writer } = openSmall(disk);
    appendAll(writer, [{ seq: 1, entries: entriesOf(1, 1) }]);
    disk.failNextSync = true;
    const append = (): unknown => writer.append(encodeAppend({ seq: 2, entries: entriesOf(2, 1) }));
    expect(append).toThrow(FatalError);
    const syncs = disk.mutations;
    expect(append).toThrow(/nothing more is acknowledged/);
    expect(disk.mutations).toBe(syncs);
    const restarted = disk.restart();
    const { recovered } = openSmall(restarted);
    expect(recovered.lastLogIndex).toBe(2);
    for (let seed = 0; seed < 20; seed += 1) {
      expect(openSmall(restarted.crash(createRandom(seed))).recovered.lastLogIndex).toBe(2);
    }
  });
});

function flip(disk: MemoryDisk, byte: { path: string; at: number; mask: number }): void {
  disk.damage(byte.path, (bytes) => {
    bytes[byte.at] = (bytes[byte.at] ?? 0) ^ byte.mask;
    return bytes;
  });
}

function writeFile(disk: MemoryDisk, path: string, bytes: Uint8Array): void {
  const file = disk.open(path, "create");
  disk.pwrite(file, bytes, 0);
  disk.fdatasync(file);
  disk.close(file);
}

/** Raises the format version of the first segment and makes its checksum fit again. */
function withHeaderVersion(disk: MemoryDisk, version: number): MemoryDisk {
  const path = segmentPaths(disk)[0] ?? "";
  disk.damage(path, (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    view.setUint32(8, version, true);
    const sum = checksum(bytes.subarray(0, 508), sectorSeed(1, 0));
    view.setUint32(508, sum, true);
    return bytes;
  });
  return disk;
}
