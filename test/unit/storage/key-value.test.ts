/** Both stores of keys and values do what the port says; the one in memory forgets as disks do. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/base/random.js";
import type { KeyValuePair, KeyValueStore, OpenKeyValue } from "../../../src/storage/key-value.js";
import { KeyValueLocked } from "../../../src/storage/key-value.js";
import { openLevel } from "../../../src/storage/level-key-value.js";
import { MemoryDisk } from "../../support/storage/memory-disk.js";
import { memoryKeyValue } from "../../support/storage/memory-key-value.js";
import { scratchDirectory } from "../../support/storage/scratch.js";

async function contentOf(store: KeyValueStore, pairsCountMax = 100): Promise<KeyValuePair[]> {
  const pairs: KeyValuePair[] = [];
  for await (const page of store.pages(pairsCountMax)) {
    expect(page.length).toBeLessThanOrEqual(pairsCountMax);
    pairs.push(...page);
  }
  return pairs;
}

function put(store: KeyValueStore, pairs: readonly KeyValuePair[], sync = false): Promise<void> {
  return store.write({ puts: pairs, deletes: [] }, { sync });
}

const engines: readonly (readonly [string, () => { open: OpenKeyValue; directory: string }])[] = [
  ["LevelDB", () => ({ open: openLevel, directory: join(scratchDirectory(), "pairs") })],
  ["memory", () => ({ open: memoryKeyValue(new MemoryDisk()), directory: "/data/pairs" })],
];

describe.each(engines)("a store of keys and values: %s", (_name, engine) => {
  it("holds what was put last and not what was deleted, in the order of keys", async () => {
    const { open, directory } = engine();
    const store = await open(directory, "create");
    await put(store, [
      ["b", "1"],
      ["c", "gone"],
      ["a", ""],
    ]);
    await store.write({ puts: [["b", "zwei – 2"]], deletes: ["c", "never"] }, { sync: true });
    const wanted = [
      ["a", ""],
      ["b", "zwei – 2"],
    ];
    expect(await store.hasMany(["c", "b", "a", "d"])).toEqual([false, true, true, false]);
    expect(await contentOf(store, 1)).toEqual(wanted);
    await store.close();
    const again = await open(directory, "existing");
    expect(await contentOf(again)).toEqual(wanted);
    await again.close();
  });

  it("is created once, opened only where there is one, and held by one", async () => {
    const { open, directory } = engine();
    await expect(open(directory, "existing")).rejects.toThrow();
    const store = await open(directory, "create");
    await expect(open(directory, "either")).rejects.toBeInstanceOf(KeyValueLocked);
    await store.close();
    await expect(open(directory, "create")).rejects.toThrow();
    await (await open(directory, "either")).close();
  });

  it("stays as small as its content asks, and whole", async () => {
    const { open, directory } = engine();
    const store = await open(directory, "create");
    for (let round = 0; round < 400; round += 1) {
      await put(store, [[`key-${round % 7}`, `${round}:`.padEnd(3000, "x")]]);
    }
    const wanted = await contentOf(store);
    expect(wanted.map(([, value]) => Number.parseInt(value, 10))).toEqual([
      399, 393, 394, 395, 396, 397, 398,
    ]);
    await store.close();
    const again = await open(directory, "existing");
    expect(await contentOf(again)).toEqual(wanted);
    await again.close();
  });
});

describe("the store of keys and values in memory", () => {
  const directory = "/data/pairs";

  /** Six synced batches and six that are not, each of one key and several sectors. */
  async function written(): Promise<MemoryDisk> {
    const disk = new MemoryDisk();
    const store = await memoryKeyValue(disk)(directory, "create");
    disk.syncDirectory(directory);
    disk.syncDirectory("/data");
    disk.syncDirectory("/");
    for (let n = 0; n < 12; n += 1) {
      await put(store, [[String.fromCharCode(97 + n), String(n).repeat(700)]], n < 6);
    }
    return disk;
  }

  it("loses any of the unsynced batches in a power cut, and none of the others", async () => {
    const outcomes = new Set<string>();
    const before = await written();
    for (let seed = 0; seed < 200; seed += 1) {
      const disk = before.crash(createRandom(seed));
      const store = await memoryKeyValue(disk)(directory, "existing");
      const content = await contentOf(store);
      for (const [key, value] of content) {
        expect(value).toBe(String(key.charCodeAt(0) - 97).repeat(700));
      }
      outcomes.add(content.map(([key]) => key).join(""));
    }
    const all = [...outcomes];
    expect(all.every((keys) => keys.startsWith("abcdef"))).toBe(true);
    expect(all).toContain("abcdef");
    expect(all.some((keys) => /^abcdef.*[hijkl]$/.test(keys) && keys.length < 12)).toBe(true);
    expect(outcomes.size).toBeGreaterThan(5);
  });

  it("goes on after a crash, and keeps what is written then", async () => {
    const disk = (await written()).crash(createRandom(11));
    const store = await memoryKeyValue(disk)(directory, "existing");
    const before = await contentOf(store);
    await put(store, [["z", "last"]], true);
    const again = await memoryKeyValue(disk.crash(createRandom(1), "lost"))(directory, "existing");
    expect(await contentOf(again)).toEqual([...before, ["z", "last"]]);
  });

  it("hands out what a flipped bit makes of a value, or loses the batch", async () => {
    const whole = (await written()).restart();
    const random = createRandom(5);
    const outcomes = new Set<string>();
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const disk = whole.restart();
      disk.damage(join(directory, "batches"), (bytes) => {
        const at = random.below(bytes.byteLength);
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        return bytes;
      });
      const store = await memoryKeyValue(disk)(directory, "existing");
      const content = await contentOf(store);
      const isAltered = content.some(([key, value]) => {
        return value !== String(key.charCodeAt(0) - 97).repeat(700);
      });
      outcomes.add(isAltered ? "altered" : content.length < 12 ? "lost" : "none");
    }
    expect(outcomes).toEqual(new Set(["altered", "lost", "none"]));
  });
});
