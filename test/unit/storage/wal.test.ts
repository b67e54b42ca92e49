/** The log in front of the driver: order, group commit, failures, and the thread it runs in. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { FatalError, exitCode } from "../../../src/base/errors.js";
import { createDisk } from "../../../src/storage/disk.js";
import { openWal } from "../../../src/storage/wal/threaded-wal.js";
import type { ThreadedOptions } from "../../../src/storage/wal/threaded-wal.js";
import type { OpenedWal, Wal } from "../../../src/storage/wal/wal.js";
import { openInlineWal } from "../../../src/storage/wal/wal.js";
import { MemoryDisk } from "../../support/storage/memory-disk.js";
import {
  directory,
  entriesOf,
  identity,
  modelPictures,
  openSmall,
  pictureOf,
  sampleBatches,
  smallSegmentBytes,
} from "../../support/storage/wal-fixtures.js";

/** A log in this thread whose disk works only when told to. */
function openManual(disk: MemoryDisk): OpenedWal & { runDisk: () => void } {
  let now = 0;
  const due: (() => void)[] = [];
  const opened = openInlineWal({
    disk,
    directory,
    identity,
    segmentBytes: smallSegmentBytes,
    witnesses: [],
    snapshot: undefined,
    schedule: (work) => due.push(work),
    monotonicMs: () => (now += 1),
  });
  return {
    ...opened,
    runDisk: () => {
      due.shift()?.();
    },
  };
}

function durableOf(wal: Wal): number[] {
  const seqs: number[] = [];
  wal.onDurable((seq) => seqs.push(seq));
  return seqs;
}

describe("the log on the caller's schedule", () => {
  it("merges what is queued into one batch and reports the highest append", () => {
    const { wal, runDisk } = openManual(new MemoryDisk());
    const durable = durableOf(wal);
    for (const batch of sampleBatches().slice(0, 3)) wal.append(batch);
    expect(wal.stats()).toMatchObject({ queuedCount: 3, batchesCount: 0 });
    expect(wal.stats().oldestQueuedMs).toBeGreaterThan(0);
    expect(durable).toEqual([]);
    runDisk();
    expect(durable).toEqual([3]);
    const stats = wal.stats();
    expect(stats).toMatchObject({ batchesCount: 1, recordsCount: 3, queuedCount: 0 });
    expect(stats.syncBuckets.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(stats.oldestQueuedMs).toBe(0);
  });

  it("reports in order across batches", () => {
    const { wal, runDisk } = openManual(new MemoryDisk());
    const durable = durableOf(wal);
    for (const batch of sampleBatches()) {
      wal.append(batch);
      if (batch.seq % 3 === 0) runDisk();
    }
    runDisk();
    expect(durable).toEqual([3, 6, 9, 10]);
  });

  it("makes everything durable on close", async () => {
    const disk = new MemoryDisk();
    const { wal } = openManual(disk);
    const durable = durableOf(wal);
    for (const batch of sampleBatches()) wal.append(batch);
    await wal.close();
    expect(durable).toEqual([10]);
    expect(disk.openCount).toBe(0);
    const last = modelPictures(sampleBatches()).at(-1);
    expect(pictureOf(openSmall(disk).recovered)).toEqual(last);
  });

  it("deletes given-up segments only after the floor is durable", () => {
    const disk = new MemoryDisk();
    const { wal, runDisk } = openManual(disk);
    for (let n = 1; n <= 20; n += 1) {
      wal.append({ seq: n, entries: entriesOf(n, 1, { bytes: 1000 }) });
      runDisk();
    }
    const { segmentsCount } = wal.stats();
    expect(segmentsCount).toBeGreaterThan(5);
    wal.truncatePrefix(20);
    expect(disk.list(directory).filter((name) => name.endsWith(".wal"))).toHaveLength(
      segmentsCount,
    );
    runDisk();
    expect(disk.list(directory).filter((name) => name.endsWith(".wal"))).toHaveLength(1);
  });

  it("stops at the first failed sync, says so once, and acknowledges nothing more", () => {
    const disk = new MemoryDisk();
    const { wal, runDisk } = openManual(disk);
    const durable = durableOf(wal);
    const errors: FatalError[] = [];
    wal.onError((error) => errors.push(error));
    disk.failNextSync = true;
    wal.append({ seq: 1, entries: entriesOf(1, 1) });
    runDisk();
    wal.append({ seq: 2, entries: entriesOf(2, 1) });
    runDisk();
    expect(durable).toEqual([]);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.exit).toBe(exitCode.temporary);
    expect(errors[0]?.message).toContain("cannot be written");
  });

  it("rejects appends that cannot follow", () => {
    const { wal, runDisk } = openManual(new MemoryDisk());
    const errors: FatalError[] = [];
    wal.onError((error) => errors.push(error));
    expect(() => {
      wal.append({ seq: 1, entries: [...entriesOf(1, 1), ...entriesOf(3, 1)] });
    }).toThrow(/contiguous/);
    wal.append({ seq: 2, entries: entriesOf(5, 1) });
    runDisk();
    expect(errors[0]?.message).toContain("entries begin at 5 behind 0");
    expect(() => {
      wal.append({ seq: 2, entries: [] });
    }).not.toThrow();
  });
});

describe("the log in its own thread", () => {
  const directories: string[] = [];
  afterEach(() => {
    for (const path of directories.splice(0)) rmSync(path, { recursive: true });
  });

  function optionsIn(parent: string): ThreadedOptions {
    const segmentBytes = 128 * 1024;
    return { directory: join(parent, "wal"), identity, segmentBytes, witnesses: [] };
  }

  function temporaryDirectory(): string {
    const path = mkdtempSync(join(tmpdir(), "quidditch-wal-"));
    directories.push(path);
    return path;
  }

  function nextDurable(wal: Wal, wanted: number): Promise<number[]> {
    const seqs: number[] = [];
    return new Promise((resolve, reject) => {
      wal.onError(reject);
      wal.onDurable((seq) => {
        seqs.push(seq);
        if (seq >= wanted) resolve(seqs);
      });
    });
  }

  it("keeps what it acknowledged, over many appends, rotations and a reopening", async () => {
    const options = optionsIn(temporaryDirectory());
    const { wal, recovered } = await openWal(options);
    expect(recovered.finding.kind).toBe("created");
    const done = nextDurable(wal, 400);
    for (let n = 1; n <= 400; n += 1) {
      wal.append({ seq: n, entries: entriesOf(n, 1, { bytes: 1500 }) });
    }
    const seqs = await done;
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    expect(wal.stats().batchesCount).toBeLessThanOrEqual(400);
    expect(wal.stats().writtenBytes).toBeGreaterThan(400 * 1500);
    wal.truncatePrefix(350);
    await wal.close();
    await wal.close();

    const again = await openWal(options);
    expect(again.recovered).toMatchObject({ floorLogIndex: 350, lastLogIndex: 400 });
    const wanted = entriesOf(351, 50, { bytes: 1500 });
    expect(again.recovered.entries.map(({ data }) => Buffer.from(data))).toEqual(
      wanted.map(({ data }) => Buffer.from(data)),
    );
    await again.wal.close();
  });

  it("finishes what is queued before it closes", async () => {
    const options = optionsIn(temporaryDirectory());
    const { wal } = await openWal(options);
    const durable = durableOf(wal);
    for (const batch of sampleBatches()) wal.append(batch);
    await wal.close();
    expect(durable.at(-1)).toBe(10);
    const again = await openWal(options);
    expect(pictureOf(again.recovered)).toEqual(modelPictures(sampleBatches()).at(-1));
    await again.wal.close();
  });

  it("passes a refusal on with its exit code", async () => {
    const options = optionsIn(temporaryDirectory());
    const { wal } = await openWal(options);
    wal.append({ seq: 1, entries: entriesOf(1, 5) });
    await wal.close();
    const disk = createDisk();
    const name = disk.list(options.directory).find((found) => found.endsWith(".wal")) ?? "";
    const file = disk.open(join(options.directory, name), "readWrite");
    disk.pwrite(file, new Uint8Array([1, 2, 3]), 700);
    disk.close(file);
    const refused = openWal(options);
    await expect(refused).rejects.toBeInstanceOf(FatalError);
    await expect(refused).rejects.toMatchObject({ exit: exitCode.dataRefused });
    await expect(refused).rejects.toThrow(/refused at byte 512/);
  });

  it("reports a failing append as a failure of the log", async () => {
    const { wal } = await openWal(optionsIn(temporaryDirectory()));
    const failed = new Promise<FatalError>((resolve) => {
      wal.onError(resolve);
    });
    wal.append({ seq: 1, entries: entriesOf(9, 1) });
    expect((await failed).message).toContain("entries begin at 9 behind 0");
    await wal.close();
  });
});
