import { beforeEach, describe, expect, it } from "vitest";

import { createRandom } from "../../../src/base/random.js";
import { writeJsonFile, type NodeFiles } from "../../../src/devnode/files.js";
import { MemoryFiles } from "../../support/devnode/memory-files.js";
import { VirtualTime } from "../../support/devnode/virtual-time.js";

let disk: MemoryFiles;
let files: NodeFiles;

function newDisk(seed: number): void {
  disk = new MemoryFiles({
    clock: new VirtualTime(),
    random: createRandom(seed),
    syncMs: () => 0,
  });
  files = disk.mount();
}

beforeEach(async () => {
  newDisk(1);
  await files.makeDirectory("/data");
});

/** What is in a file after the power failed, over many seeds. */
async function afterPowerCut(prepare: () => Promise<void>): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 40; seed += 1) {
    newDisk(seed);
    await files.makeDirectory("/data");
    await prepare();
    disk.crash("power");
    seen.add((await disk.mount().read("/data/file"))?.toString() ?? "missing");
  }
  return seen;
}

async function write(text: string, position = 0): Promise<void> {
  const file = await files.open("/data/file");
  await file.write(Buffer.from(text), position);
}

async function writeDurably(text: string): Promise<void> {
  const file = await files.open("/data/file");
  await file.write(Buffer.from(text), 0);
  await file.sync();
  await files.syncDirectory("/data");
}

describe("files in memory", () => {
  it("keep everything when only the process is gone", async () => {
    await write("hello");
    disk.crash("process");
    expect((await disk.mount().read("/data/file"))?.toString()).toBe("hello");
  });

  it("keep or lose a file whose name was not synced", async () => {
    const seen = await afterPowerCut(async () => {
      const file = await files.open("/data/file");
      await file.write(Buffer.from("hello"), 0);
      await file.sync();
    });
    expect(seen).toEqual(new Set(["hello", "missing"]));
  });

  it("keep or lose what was written after the last sync, and nothing before it", async () => {
    const seen = await afterPowerCut(async () => {
      await writeDurably("one");
      await write("two", 3);
    });
    expect(seen).toEqual(new Set(["one", "onetwo"]));
  });

  it("show the old or the new of a small file that is replaced", async () => {
    const seen = await afterPowerCut(async () => {
      await writeDurably("old");
      const temporary = await files.open("/data/file.tmp");
      await temporary.write(Buffer.from("new"), 0);
      await temporary.sync();
      await files.rename("/data/file.tmp", "/data/file");
    });
    expect(seen).toEqual(new Set(["old", "new"]));
    const durable = await afterPowerCut(() => writeJsonFile(files, "/data/file", 7));
    expect(durable).toEqual(new Set(["7\n"]));
  });

  it("tear a write between its sectors", async () => {
    const sectors = "a".repeat(512) + "b".repeat(512);
    const seen = await afterPowerCut(async () => {
      await writeDurably("-".repeat(1024));
      await write(sectors);
    });
    expect(seen).toContain("a".repeat(512) + "-".repeat(512));
    expect(seen).toContain("-".repeat(512) + "b".repeat(512));
  });

  it("never answer a process that is gone", async () => {
    let answered = false;
    const done = (): void => {
      answered = true;
    };
    files.read("/data/file").then(done, done);
    disk.crash("process");
    await disk.mount().read("/data/file");
    expect(answered).toBe(false);
  });
});
