/** The state store returns a state that was written, or the reason to rebuild; never wrong data. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/base/random.js";
import type { Disk } from "../../../src/storage/disk.js";
import { createDisk } from "../../../src/storage/disk.js";
import { openLevel } from "../../../src/storage/level-key-value.js";
import type { AppliedState, LoadedState, StateStore } from "../../../src/storage/state-store.js";
import { openStateStore, readBootId } from "../../../src/storage/state-store.js";
import { scratchDirectory } from "../../support/storage/scratch.js";

const disk = createDisk();

function open(directory: string, bootId = "boot-1"): Promise<StateStore> {
  return openStateStore({ disk, directory, bootId, openKeyValue: openLevel });
}

/** Order-independent, and different for different items. */
function hashItems(items: ReadonlyMap<string, string>): string {
  let sum = 0;
  for (const [key, value] of items) {
    let one = 7;
    for (const character of `${key}=${value}`) {
      one = (Math.imul(one, 31) + character.charCodeAt(0)) >>> 0;
    }
    sum = (sum + one) >>> 0;
  }
  return String(sum);
}

function appliedAt(logIndex: number, items: ReadonlyMap<string, string>): AppliedState {
  return { logIndex, term: 2, hash: hashItems(items), meta: `members at ${logIndex}` };
}

function manyItems(count: number, bytes = 60): Map<string, string> {
  return new Map(
    Array.from({ length: count }, (_, n) => [`index/${n}`, `${n}:`.padEnd(bytes, "xyz")] as const),
  );
}

function reasonOf(loaded: LoadedState): string {
  return loaded.kind === "rebuild" ? loaded.reason : "";
}

async function filled(directory: string, items: ReadonlyMap<string, string>): Promise<StateStore> {
  const store = await open(directory);
  await store.write({ puts: items, deletes: [], applied: appliedAt(5, items) }, { sync: true });
  return store;
}

function generationDirectory(directory: string): string {
  const name = disk.list(directory).find((found) => found.startsWith("gen-")) ?? "";
  return join(directory, name);
}

describe("the state store", () => {
  it("starts empty with nothing applied", async () => {
    const store = await open(join(scratchDirectory(), "state"));
    const loaded = await store.load();
    expect(loaded).toEqual({
      kind: "loaded",
      applied: { logIndex: 0, term: 0, hash: "", meta: "" },
      items: new Map(),
    });
    await store.close();
  });

  it("returns puts without deletes, with what was applied", async () => {
    const directory = join(scratchDirectory(), "state");
    const store = await open(directory);
    const first = new Map([
      ["a", "1"],
      ["b", "ü 2"],
    ]);
    await store.write({ puts: first, deletes: [], applied: appliedAt(3, first) }, { sync: false });
    const second = new Map([
      ["b", "two"],
      ["c", ""],
    ]);
    await store.write(
      { puts: second, deletes: ["a", "never there"], applied: appliedAt(4, second) },
      { sync: false },
    );
    await store.close();
    const again = await open(directory);
    const loaded = await again.load(hashItems);
    expect(loaded).toEqual({ kind: "loaded", applied: appliedAt(4, second), items: second });
    await again.close();
  });

  it("is written to only after it was loaded", async () => {
    const directory = join(scratchDirectory(), "state");
    await (await filled(directory, manyItems(3))).close();
    const store = await open(directory);
    const change = { puts: new Map(), deletes: [], applied: appliedAt(6, new Map()) };
    await expect(store.write(change, { sync: false })).rejects.toThrow(/only a loaded/);
    await store.close();
  });

  it("says rebuild when the caller's hash does not fit", async () => {
    const directory = join(scratchDirectory(), "state");
    await (await filled(directory, manyItems(3))).close();
    const store = await open(directory);
    const loaded = await store.load(() => "another");
    expect(loaded).toEqual({
      kind: "rebuild",
      reason: "the state hash does not fit the items",
    });
    await store.close();
  });

  it("trusts a restart of the process, but not of the machine", async () => {
    const directory = join(scratchDirectory(), "state");
    const items = manyItems(10);
    const store = await filled(directory, items);
    await store.close();
    const clean = await open(directory, "boot-2");
    expect((await clean.load(hashItems)).kind).toBe("loaded");
    disk.removeTree(`${directory}-copy`);
    copyTree(directory, `${directory}-copy`);
    const unclean = await open(`${directory}-copy`, "boot-3");
    const loaded = await unclean.load(hashItems);
    expect(reasonOf(loaded)).toBe("the machine restarted while the store was in use");
    await unclean.close();
    const killed = await open(`${directory}-copy`, "boot-3");
    expect((await killed.load()).kind).toBe("rebuild");
    await killed.replaceAll(items, appliedAt(5, items));
    expect((await killed.load(hashItems)).kind).toBe("loaded");
    await killed.close();
    await clean.close();
  });

  it("takes no two unnamed boots for the same one", async () => {
    const directory = join(scratchDirectory(), "state");
    const store = await open(directory, "");
    const items = manyItems(3);
    await store.write({ puts: items, deletes: [], applied: appliedAt(5, items) }, { sync: true });
    copyTree(directory, `${directory}-copy`);
    const unclean = await open(`${directory}-copy`, "");
    const loaded = await unclean.load(hashItems);
    expect(reasonOf(loaded)).toBe("the machine restarted while the store was in use");
    await unclean.close();
    await store.close();
  });

  it("replaces everything, and keeps one generation", async () => {
    const directory = join(scratchDirectory(), "state");
    const store = await filled(directory, manyItems(30));
    const items = manyItems(5000, 20);
    await store.replaceAll(items, appliedAt(90, items));
    const extra = new Map([["more", "1"]]);
    const all = new Map([...items, ...extra]);
    await store.write({ puts: extra, deletes: [], applied: appliedAt(91, all) }, { sync: false });
    await store.close();
    expect(disk.list(directory).filter((name) => name.startsWith("gen-"))).toHaveLength(1);
    const again = await open(directory);
    const loaded = await again.load(hashItems);
    expect(loaded).toMatchObject({ kind: "loaded", applied: { logIndex: 91 } });
    await again.wipe();
    const wiped = await again.load(hashItems);
    expect(wiped).toMatchObject({ kind: "loaded", applied: { logIndex: 0 }, items: new Map() });
    await again.close();
  });

  it(
    "is the old or the new one when replacing stops at any call",
    { timeout: 60_000 },
    async () => {
      const parent = scratchDirectory();
      const oldItems = manyItems(4);
      const newItems = manyItems(9, 10);
      const outcomes = new Set<number>();
      for (let stopAt = 1; stopAt <= 14; stopAt += 1) {
        const directory = join(parent, `state-${stopAt}`);
        await (await filled(directory, oldItems)).close();
        const stopping = stoppingDisk(stopAt);
        const store = await openStateStore({
          disk: stopping,
          directory,
          bootId: "boot-1",
          openKeyValue: openLevel,
        });
        const loaded = await store.load().catch(() => undefined);
        if (loaded !== undefined) {
          await store.replaceAll(newItems, appliedAt(8, newItems)).catch(() => undefined);
        }
        await store.close().catch(() => undefined);
        const again = await open(directory);
        const found = await again.load(hashItems);
        if (found.kind === "loaded") outcomes.add(found.applied.logIndex);
        else throw new Error(found.reason);
        await again.close();
      }
      expect(outcomes).toEqual(new Set([5, 8]));
    },
  );

  it(
    "never returns wrong data for flipped bytes in tables and logs",
    { timeout: 60_000 },
    async () => {
      const parent = scratchDirectory();
      const items = manyItems(1500, 120);
      const random = createRandom(3);
      const reasons = new Set<string>();
      for (const kind of [".log", ".ldb"] as const) {
        const original = join(parent, `original${kind}`);
        const store = await filled(original, items);
        if (kind === ".ldb") await store.replaceAll(items, appliedAt(5, items));
        await store.close();
        for (let attempt = 0; attempt < 12; attempt += 1) {
          const directory = join(parent, `damaged${kind}-${attempt}`);
          copyTree(original, directory);
          flipByte(generationDirectory(directory), kind, random.below(2 ** 32));
          const damaged = await open(directory);
          const loaded = await damaged.load(hashItems);
          if (loaded.kind === "loaded") expect(hashItems(loaded.items)).toBe(hashItems(items));
          else reasons.add(loaded.reason.replace(/\d+/g, "n").slice(0, 12));
          await damaged.close();
        }
      }
      expect(reasons.size).toBeGreaterThan(0);
    },
  );

  it("notices a vanished record by its count, without a hash", async () => {
    const directory = join(scratchDirectory(), "state");
    const items = manyItems(400, 200);
    const store = await open(directory);
    for (const [key, value] of items) {
      const applied = appliedAt(5, items);
      await store.write({ puts: new Map([[key, value]]), deletes: [], applied }, { sync: false });
    }
    await store.close();
    flipByte(generationDirectory(directory), ".log", 20_000);
    const damaged = await open(directory);
    const loaded = await damaged.load();
    expect(reasonOf(loaded)).toMatch(/400 items were recorded, \d+ are there/);
    await damaged.wipe();
    expect((await damaged.load()).kind).toBe("loaded");
    await damaged.close();
  });

  it("says rebuild when its markers or its tables are gone or damaged", async () => {
    const parent = scratchDirectory();
    const original = join(parent, "original");
    await (await filled(original, manyItems(10))).close();
    const breakages: ((directory: string) => void)[] = [
      (directory) => {
        disk.unlink(join(directory, "current"));
      },
      (directory) => {
        disk.unlink(join(directory, "session"));
      },
      (directory) => {
        const file = disk.open(join(directory, "current"), "readWrite");
        disk.pwrite(file, new Uint8Array([1]), 30);
        disk.close(file);
      },
      (directory) => {
        disk.removeTree(generationDirectory(directory));
      },
      (directory) => {
        disk.unlink(join(generationDirectory(directory), "CURRENT"));
      },
    ];
    for (const [n, damage] of breakages.entries()) {
      const directory = join(parent, `case-${n}`);
      copyTree(original, directory);
      damage(directory);
      const store = await open(directory);
      expect((await store.load(hashItems)).kind).toBe("rebuild");
      await store.wipe();
      expect((await store.load(hashItems)).kind).toBe("loaded");
      await store.close();
    }
  });
});

describe("the boot id", () => {
  it("is the same on each reading", () => {
    expect(readBootId(disk)).toMatch(/^[0-9a-f-]{36}$/);
    expect(readBootId(disk)).toBe(readBootId(disk));
  });
});

/** The machine's disk until the n-th call that changes something; from then on nothing works. */
function stoppingDisk(stopAt: number): Disk {
  let mutations = 0;
  const stop = (): void => {
    mutations += 1;
    if (mutations >= stopAt) throw new Error("stopped");
  };
  return {
    ...disk,
    pwrite: (file, source, position) => {
      stop();
      disk.pwrite(file, source, position);
    },
    fdatasync: (file) => {
      stop();
      disk.fdatasync(file);
    },
    rename: (from, to) => {
      stop();
      disk.rename(from, to);
    },
    syncDirectory: (path) => {
      stop();
      disk.syncDirectory(path);
    },
    removeTree: (path) => {
      stop();
      disk.removeTree(path);
    },
  };
}

function copyTree(from: string, to: string): void {
  disk.makeDirectory(to);
  for (const name of disk.list(from)) {
    const source = join(from, name);
    const facts = disk.stat(source);
    if (facts?.isDirectory === true) copyTree(source, join(to, name));
    else copyFile(source, join(to, name), facts?.bytes ?? 0);
  }
}

function copyFile(from: string, to: string, length: number): void {
  const bytes = new Uint8Array(length);
  const source = disk.open(from, "read");
  disk.pread(source, bytes, 0);
  disk.close(source);
  const target = disk.open(to, "create");
  disk.pwrite(target, bytes, 0);
  disk.close(target);
}

/** Flips a bit somewhere in the largest file whose name ends with `ending`. */
function flipByte(directory: string, ending: string, place: number): void {
  const files = disk
    .list(directory)
    .filter((name) => name.endsWith(ending))
    .map((name) => ({
      path: join(directory, name),
      bytes: disk.stat(join(directory, name))?.bytes ?? 0,
    }))
    .sort((a, b) => b.bytes - a.bytes);
  const largest = files[0];
  if (largest === undefined || largest.bytes === 0) throw new Error(`no ${ending} file to damage`);
  const at = place % largest.bytes;
  const file = disk.open(largest.path, "readWrite");
  const byte = new Uint8Array(1);
  disk.pread(file, byte, at);
  byte[0] = (byte[0] ?? 0) ^ 0x08;
  disk.pwrite(file, byte, at);
  disk.close(file);
}
