/** Both disks keep the same contract, and the one in memory forgets as a power cut does. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/base/random.js";
import type { Disk } from "../../../src/storage/disk.js";
import { createDisk, systemCode } from "../../../src/storage/disk.js";
import { MemoryDisk } from "../../support/storage/memory-disk.js";
import { scratchDirectory } from "../../support/storage/scratch.js";

function codeOf(work: () => unknown): string {
  try {
    work();
    return "";
  } catch (error) {
    return systemCode(error);
  }
}

const disks: { name: string; create: () => { disk: Disk; root: string } }[] = [
  {
    name: "the machine's",
    create: () => ({ disk: createDisk(), root: scratchDirectory() }),
  },
  {
    name: "the one in memory",
    create: () => {
      const disk = new MemoryDisk();
      disk.makeDirectory("/root");
      return { disk, root: "/root" };
    },
  },
];

describe("the machine's disk", () => {
  it("gives up on a directory whose parent takes no entries", () => {
    const disk = createDisk();
    expect(
      codeOf(() => {
        disk.makeDirectory("/proc/no-such-folder/below");
      }),
    ).toBe("ENOENT");
  });

  it("makes no directory where a file is", () => {
    const disk = createDisk();
    const path = join(scratchDirectory(), "file");
    disk.close(disk.open(path, "create"));
    expect(
      codeOf(() => {
        disk.makeDirectory(path);
      }),
    ).toBe("EEXIST");
    expect(
      codeOf(() => {
        disk.makeDirectory(join(path, "below"));
      }),
    ).toMatch(/^(EEXIST|ENOTDIR)$/);
  });
});

describe.each(disks)("a disk: $name", ({ create }) => {
  it("writes, reads, syncs, renames and removes files", async () => {
    const { disk, root } = create();
    const path = join(root, "a");
    const file = disk.open(path, "create");
    disk.pwrite(file, new Uint8Array([1, 2, 3, 4]), 2);
    disk.fdatasync(file);
    const target = new Uint8Array(10);
    expect(disk.pread(file, target, 1)).toBe(5);
    expect([...target.subarray(0, 5)]).toEqual([0, 1, 2, 3, 4]);
    disk.truncate(file, 3);
    expect(disk.stat(path)).toEqual({ bytes: 3, isDirectory: false });
    await disk.background.pwrite(file, new Uint8Array([9]), 0);
    await disk.background.fdatasync(file);
    expect(await disk.background.pread(file, target, 0)).toBe(3);
    expect(target[0]).toBe(9);
    disk.close(file);
    disk.rename(path, join(root, "b"));
    disk.syncDirectory(root);
    await disk.background.syncDirectory(root);
    expect(disk.list(root)).toEqual(["b"]);
    disk.unlink(join(root, "b"));
    expect(disk.list(root)).toEqual([]);
  });

  it("fails with the system's codes", () => {
    const { disk, root } = create();
    const path = join(root, "a");
    expect(codeOf(() => disk.open(path, "read"))).toBe("ENOENT");
    disk.close(disk.open(path, "create"));
    expect(codeOf(() => disk.open(path, "create"))).toBe("EEXIST");
    expect(codeOf(() => disk.list(join(root, "none")))).toBe("ENOENT");
    expect(disk.stat(join(root, "none"))).toBeUndefined();
  });

  it("creates and removes trees", () => {
    const { disk, root } = create();
    const deep = join(root, "x", "y");
    disk.makeDirectory(deep);
    disk.makeDirectory(deep);
    disk.close(disk.open(join(deep, "f"), "create"));
    expect(disk.stat(deep)?.isDirectory).toBe(true);
    disk.removeTree(join(root, "x"));
    disk.removeTree(join(root, "x"));
    expect(disk.list(root)).toEqual([]);
    expect(disk.freeBytes(root)).toBeGreaterThan(0);
  });
});

describe("the machine's disk", () => {
  it("keeps directories and files to their owner", () => {
    const disk = createDisk();
    const path = join(scratchDirectory(), "private");
    disk.makeDirectory(path);
    disk.close(disk.open(join(path, "f"), "create"));
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, "f")).mode & 0o777).toBe(0o600);
  });
});

describe("the disk in memory", () => {
  it("keeps after a crash what was synced, and any subset of sectors of what was not", () => {
    const disk = new MemoryDisk();
    const file = disk.open("/f", "create");
    disk.pwrite(file, new Uint8Array(2048).fill(1), 0);
    disk.fdatasync(file);
    disk.syncDirectory("/");
    disk.pwrite(file, new Uint8Array(2048).fill(2), 0);
    const seen = new Set<string>();
    for (let seed = 0; seed < 200; seed += 1) {
      const bytes = disk.crash(createRandom(seed)).bytesOf("/f");
      seen.add([0, 512, 1024, 1536].map((at) => bytes[at]).join(""));
    }
    expect(seen.size).toBe(16);
  });

  it("forgets names whose directory was not synced", () => {
    const disk = new MemoryDisk();
    disk.fdatasync(disk.open("/f", "create"));
    const outcomes = new Set<boolean>();
    for (let seed = 0; seed < 50; seed += 1) {
      outcomes.add(disk.crash(createRandom(seed)).stat("/f") !== undefined);
    }
    expect(outcomes).toEqual(new Set([true, false]));
  });

  it("has no more room than its capacity, and takes nothing that does not fit", () => {
    const disk = new MemoryDisk();
    disk.capacityBytes = 2000;
    const file = disk.open("/f", "create");
    disk.pwrite(file, new Uint8Array(1500), 0);
    expect(disk.freeBytes()).toBe(500);
    expect(
      codeOf(() => {
        disk.pwrite(file, new Uint8Array(600), 1500);
      }),
    ).toBe("ENOSPC");
    disk.pwrite(file, new Uint8Array(600).fill(1), 900);
    expect(disk.freeBytes()).toBe(500);
    disk.unlink("/f");
    expect(disk.freeBytes()).toBe(2000);
  });

  it("moves a directory with all that is in it, durably once both ends are synced", () => {
    const disk = new MemoryDisk();
    disk.makeDirectory("/a/wal");
    disk.makeDirectory("/b");
    const file = disk.open("/a/wal/f", "create");
    disk.pwrite(file, new Uint8Array([7]), 0);
    disk.fdatasync(file);
    for (const path of ["/", "/a", "/a/wal"]) disk.syncDirectory(path);
    disk.rename("/a/wal", "/b/wal");
    expect(disk.list("/a")).toEqual([]);
    expect([...disk.bytesOf("/b/wal/f")]).toEqual([7]);
    expect(disk.crash(createRandom(1), "lost").paths).toEqual(["/a/wal/f"]);
    disk.syncDirectory("/b");
    disk.syncDirectory("/a");
    expect(disk.crash(createRandom(1), "lost").paths).toEqual(["/b/wal/f"]);
  });
});
