/** What inspection shows is what is on the disk, and what it judges is what opening would do. */
import { describe, expect, it } from "vitest";
import { assertDefined } from "../../../src/base/assert.js";
import { createRandom } from "../../../src/base/random.js";
import { inspectSnapshot, verifySnapshot } from "../../../src/storage/inspect/snapshot.js";
import type { WalInspection } from "../../../src/storage/inspect/wal.js";
import { inspectWal, verifyWal } from "../../../src/storage/inspect/wal.js";
import { SnapshotStore, snapshotId } from "../../../src/storage/snapshot/snapshot-store.js";
import { MemoryDisk } from "../../support/storage/memory-disk.js";
import {
  appendAll,
  directory,
  entriesOf,
  identity,
  openSmall,
  sampleBatches,
} from "../../support/storage/wal-fixtures.js";

const sector = 512;

function writtenDisk(): MemoryDisk {
  const disk = new MemoryDisk();
  const { writer } = openSmall(disk);
  appendAll(writer, sampleBatches());
  writer.close();
  return disk;
}

function inspected(disk: MemoryDisk): WalInspection {
  const { mutations } = disk;
  const found = assertDefined(inspectWal(disk, directory), "there is a log");
  expect(disk.mutations).toBe(mutations);
  expect(found).toMatchObject({ ...verifyWal(disk, directory) });
  return found;
}

function segmentPath(disk: MemoryDisk, order: number): string {
  const names = disk.list(directory).filter((name) => name.endsWith(".wal"));
  return `${directory}/${names.at(order) ?? ""}`;
}

describe("inspecting a log", () => {
  it("shows every batch with its positions, terms and votes, in order", () => {
    const found = inspected(writtenDisk());
    expect(found).toMatchObject({ decision: "open", row: "clean", findings: [] });
    expect(found).toMatchObject({ floorLogIndex: 40, lastLogIndex: 45, lastTerm: 3 });
    expect(found.hardState).toEqual({ term: 3, vote: 9, commit: 40 });
    expect(found.marker).toEqual({ logIndex: 40, term: 3 });
    expect(found.segments.map(({ sequence }) => sequence)).toEqual(
      found.segments.map((_, n) => n + 1),
    );
    for (const { header, bytes, writtenBytes, problems } of found.segments) {
      expect(header?.memberId).toBe(identity.memberId);
      expect(header?.byteLength).toBe(bytes);
      expect(writtenBytes).toBeGreaterThan(sector);
      expect(writtenBytes).toBeLessThanOrEqual(bytes);
      expect(problems).toEqual([]);
    }
    const batches = found.segments.flatMap((segment) => segment.batches);
    expect(batches.map(({ batchNo }) => batchNo)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(batches.every(({ isChained }) => isChained)).toBe(true);
    expect(batches[0]).toMatchObject({ entries: undefined, vote: { term: 1, vote: 5 }, commit: 0 });
    expect(batches[4]?.entries).toEqual({
      ...{ firstLogIndex: 3, lastLogIndex: 4 },
      ...{ firstTerm: 2, lastTerm: 2 },
    });
    expect(batches[8]).toMatchObject({ snapshot: { logIndex: 40, term: 3 }, lastLogIndex: 42 });
  });

  it("says that there is none", () => {
    const disk = new MemoryDisk();
    expect(inspectWal(disk, directory)).toBeUndefined();
    disk.makeDirectory(directory);
    expect(verifyWal(disk, directory)).toBeUndefined();
  });

  it("judges as opening does, whichever byte is changed, and names that place", () => {
    const disk = writtenDisk();
    const random = createRandom(4);
    const rows = new Set<string>();
    for (const order of [0, 1, 2, -1]) {
      const path = segmentPath(disk, order);
      const { byteLength } = disk.bytesOf(path);
      for (let at = random.below(7); at < byteLength; at += 1 + random.below(60)) {
        const damaged = disk.restart();
        damaged.damage(path, (bytes) => {
          bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
          return bytes;
        });
        const found = inspected(damaged);
        expect(found.decision).not.toBe("open");
        const judged = found.findings.find(({ fact }) => fact === found.row);
        expect(() => openSmall(damaged)).toThrow(judged?.expected ?? "no finding");
        rows.add(found.row);
        const [finding] = found.findings.filter(({ file }) => file === path);
        const distance = at - assertDefined(finding, "the file is named").offset;
        expect(Math.abs(distance)).toBeLessThan(byteLength);
      }
    }
    const wanted = ["foreignTail", "headerDamaged", "laterWritten", "sealedDamaged"];
    expect([...rows].sort()).toEqual(wanted);
  });

  it("shows what is intact behind damage, and which positions are between", () => {
    const disk = new MemoryDisk();
    const { writer } = openSmall(disk);
    for (const first of [1, 4, 7]) {
      appendAll(writer, [{ seq: first, entries: entriesOf(first, 3) }]);
    }
    writer.close();
    const path = segmentPath(disk, 0);
    const whole = inspected(disk).segments[0]?.batches ?? [];
    const second = assertDefined(whole[1], "there is a second batch").offset;
    disk.damage(path, (bytes) => bytes.fill(7, second + 20, second + 30));
    const found = inspected(disk);
    expect(found.segments[0]?.batches.map((batch) => [batch.batchNo, batch.isChained])).toEqual([
      [1, true],
      [3, false],
    ]);
    expect(found).toMatchObject({ row: "laterWritten", lastLogIndex: 3 });
    const [finding] = found.findings.filter(({ offset }) => offset === second);
    expect(finding).toMatchObject({ file: path, firstLogIndex: 4, lastLogIndex: 6 });
  });

  it("finds the damage in several segments, not only the first", () => {
    const disk = writtenDisk();
    for (const order of [0, 2]) {
      disk.damage(segmentPath(disk, order), (bytes) => bytes.fill(9, 600, 610));
    }
    const files = inspected(disk).findings.map(({ file, fact }) => [file, fact]);
    expect(files).toContainEqual([segmentPath(disk, 0), "sealedDamaged"]);
    expect(files).toContainEqual([segmentPath(disk, 2), "sealedDamaged"]);
  });

  it("takes witnesses into account, and shows a missing segment and an unreadable sector", () => {
    const disk = writtenDisk();
    const witnesses = [{ source: "the state store", logIndex: 46 }];
    expect(verifyWal(disk, directory, witnesses)?.row).toBe("claimBeyondLast");
    disk.unreadable.set(segmentPath(disk, 0), new Set([sector]));
    expect(inspected(disk).findings[0]).toMatchObject({ fact: "sealedDamaged", offset: sector });
    disk.unreadable.clear();
    disk.vanish(segmentPath(disk, 1));
    expect(inspected(disk).row).toBe("sequenceBroken");
  });

  it("would cut a torn tail, and lists the copies of earlier ones", () => {
    const disk = new MemoryDisk();
    const { writer } = openSmall(disk);
    appendAll(writer, [{ seq: 1, entries: entriesOf(1, 2) }]);
    appendAll(writer, [{ seq: 2, entries: entriesOf(3, 6, { bytes: 200 }) }]);
    writer.close();
    const path = segmentPath(disk, 0);
    const start = assertDefined(inspected(disk).segments[0]?.batches[1], "a batch").offset;
    disk.damage(path, (bytes) => bytes.fill(0, start, start + sector));
    expect(inspected(disk)).toMatchObject({ decision: "torn", lastLogIndex: 2, tornCopies: [] });
    openSmall(disk).writer.close();
    expect(inspected(disk)).toMatchObject({ decision: "open", lastLogIndex: 2 });
    expect(inspected(disk).tornCopies).toHaveLength(1);
  });
});

describe("inspecting a snapshot", () => {
  const place = "/data/snapshots";
  const clusterId = "cluster-1";

  async function taken(): Promise<{ disk: MemoryDisk; file: string }> {
    const disk = new MemoryDisk();
    const store = new SnapshotStore({ disk, directory: place, clusterId });
    const writer = await store.create({ logIndex: 70, term: 4, meta: new Uint8Array([1, 2]) });
    await writer.write(Buffer.from("one\ntwo\n"));
    await writer.write(Buffer.from("three\n"));
    const { id } = await writer.finish();
    return { disk, file: `${place}/${id}.snap` };
  }

  it("shows its head, its size and that every checksum fits", async () => {
    const { disk, file } = await taken();
    expect(await inspectSnapshot(disk, file)).toEqual({
      file,
      bytes: disk.bytesOf(file).byteLength,
      header: { clusterId, logIndex: 70, term: 4, meta: new Uint8Array([1, 2]) },
      ...{ chunkCount: 2, bodyBytes: 14, itemCount: 3, isWhole: true, findings: [] },
    });
    expect(disk.openCount).toBe(0);
  });

  it("names the byte of any damage", async () => {
    const { disk, file } = await taken();
    const { byteLength } = disk.bytesOf(file);
    for (let at = 0; at < byteLength; at += 1) {
      const damaged = disk.restart();
      damaged.damage(file, (bytes) => {
        bytes[at] = (bytes[at] ?? 0) ^ 0x20;
        return bytes;
      });
      const [finding] = await verifySnapshot(damaged, file);
      expect(finding).toMatchObject({ fact: "snapshotDamaged", file });
      expect(finding?.offset).toBeLessThanOrEqual(byteLength);
      expect(damaged.openCount).toBe(0);
    }
  });

  it("reports a file under another position's name, and takes a backup's own name", async () => {
    const { disk, file } = await taken();
    const other = `${place}/${snapshotId({ term: 4, logIndex: 71 })}.snap`;
    disk.rename(file, other);
    expect(await verifySnapshot(disk, other)).toMatchObject([{ fact: "snapshotMisnamed" }]);
    disk.rename(other, `${place}/backup`);
    expect(await verifySnapshot(disk, `${place}/backup`)).toEqual([]);
  });
});
