/** The data directory refuses damage by name, and belongs to one process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FatalError, exitCode } from "../../../src/base/errors.js";
import { createRandom } from "../../../src/base/random.js";
import { createDisk } from "../../../src/storage/disk.js";
import type { Formation, Identity } from "../../../src/storage/identity.js";
import {
  dataPaths,
  prepareDataDirectory,
  readFormation,
  readIdentity,
  writeFormation,
  writeIdentity,
} from "../../../src/storage/identity.js";
import { openLevel } from "../../../src/storage/level-key-value.js";
import { acquireProcessLock } from "../../../src/storage/process-lock.js";
import { DiskCrash, MemoryDisk } from "../../support/storage/memory-disk.js";
import { scratchDirectory } from "../../support/storage/scratch.js";

const directory = "/data";
const paths = dataPaths(directory);
const identity: Identity = { memberId: 2 ** 53 - 1, nodeId: "master-1", createdMs: 1_700_000 };
const formation: Formation = {
  clusterId: "6f1c2b7e-1f0e-4b6a-9f4f-0d9a4f4f7a11",
  members: [{ id: 5, nodeId: "master-1", address: "10.0.0.1:9300" }],
};

function formatted(): MemoryDisk {
  const disk = new MemoryDisk();
  prepareDataDirectory(disk, directory);
  writeIdentity(disk, directory, identity);
  return disk;
}

function refusal(work: () => unknown): FatalError {
  try {
    work();
  } catch (error) {
    if (error instanceof FatalError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("the data directory", () => {
  it("is unformatted when empty, and keeps identity and formation", () => {
    const disk = new MemoryDisk();
    prepareDataDirectory(disk, directory);
    expect(readIdentity(disk, directory)).toBeUndefined();
    writeIdentity(disk, directory, identity);
    expect(readIdentity(disk, directory)).toEqual(identity);
    expect(readFormation(disk, directory)).toBeUndefined();
    writeFormation(disk, directory, formation);
    expect(readFormation(disk, directory)).toEqual(formation);
  });

  it("is formatted and formed only once", () => {
    const disk = formatted();
    expect(() => {
      writeIdentity(disk, directory, identity);
    }).toThrow(/formatted once/);
    writeFormation(disk, directory, formation);
    expect(() => {
      writeFormation(disk, directory, formation);
    }).toThrow(/recorded once/);
  });

  it("refuses each changed byte of its files, naming file and byte", () => {
    const disk = formatted();
    writeFormation(disk, directory, formation);
    for (const path of [paths.identity, paths.formation]) {
      const { byteLength } = disk.bytesOf(path);
      for (let at = 0; at < byteLength; at += 1) {
        const damaged = disk.restart();
        damaged.damage(path, (bytes) => {
          bytes[at] = (bytes[at] ?? 0) ^ 0x10;
          return bytes;
        });
        const read = path === paths.identity ? readIdentity : readFormation;
        const error = refusal(() => read(damaged, directory));
        expect(error.exit).toBe(exitCode.dataRefused);
        expect(error.message).toMatch(new RegExp(`${path} is damaged at byte \\d+:.*replace`));
      }
    }
  });

  it("refuses truncated and swapped files", () => {
    const short = formatted();
    short.damage(paths.identity, (bytes) => bytes.slice(0, 10));
    expect(refusal(() => readIdentity(short, directory)).message).toContain("byte 10");

    const swapped = formatted();
    const bytes = swapped.bytesOf(paths.identity).slice();
    writeFormation(swapped, directory, formation);
    swapped.damage(paths.formation, () => bytes);
    expect(refusal(() => readFormation(swapped, directory)).message).toContain("another kind");
  });

  it("refuses data without an identity, and a log without a formation", () => {
    const orphan = new MemoryDisk();
    orphan.makeDirectory(paths.wal);
    expect(refusal(() => readIdentity(orphan, directory)).message).toContain(
      `${paths.identity} is missing although ${paths.wal} exists`,
    );
    const unformed = formatted();
    unformed.makeDirectory(paths.wal);
    expect(refusal(() => readFormation(unformed, directory)).exit).toBe(exitCode.dataRefused);
  });

  it("is the old or the new one after a power cut at any call", () => {
    const whole = formatted();
    for (let crashAt = 1; crashAt <= whole.mutations; crashAt += 1) {
      for (let seed = 0; seed < 10; seed += 1) {
        const disk = new MemoryDisk();
        disk.crashAt = crashAt;
        expect(() => {
          prepareDataDirectory(disk, directory);
          writeIdentity(disk, directory, identity);
        }).toThrow(crashAt === 1 ? FatalError : DiskCrash);
        const after = disk.crash(createRandom(seed));
        const found = readIdentity(after, directory);
        if (found !== undefined) expect(found).toEqual(identity);
        else {
          prepareDataDirectory(after, directory);
          writeIdentity(after, directory, identity);
        }
        expect(readIdentity(after, directory)).toEqual(identity);
      }
    }
  });

  it.each(["/", "//", "/data/.."])("is never the root: %s", (root) => {
    const error = refusal(() => {
      prepareDataDirectory(new MemoryDisk(), root);
    });
    expect(error.exit).toBe(exitCode.config);
    expect(error.message).toContain("root");
  });

  it("may be the current one", () => {
    const disk = new MemoryDisk();
    prepareDataDirectory(disk, ".");
    expect(disk.stat("lock")?.isDirectory).toBe(true);
  });

  it("that cannot be used is a configuration error", () => {
    const file = "/proc/version";
    const error = refusal(() => {
      prepareDataDirectory(createDisk(), join(file, "data"));
    });
    expect(error.exit).toBe(exitCode.config);
    expect(error.message).toContain(join(file, "data"));
  });
});

describe("the process lock", () => {
  const holder = `
    import { ClassicLevel } from "classic-level";
    const store = new ClassicLevel(process.argv[1]);
    await store.open();
    console.log("held");
    setInterval(() => {}, 1000);
  `;

  it("is held by one process, and free when that one is killed", async () => {
    const lock = join(scratchDirectory(), "lock");
    const child = spawn(process.execPath, ["--input-type=module", "-e", holder, lock], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    const refused = acquireProcessLock(lock, openLevel);
    await expect(refused).rejects.toMatchObject({ exit: exitCode.dataRefused });
    await expect(refused).rejects.toThrow(/another process uses the data directory.*lock: stop it/);
    child.kill("SIGKILL");
    await once(child, "exit");
    const mine = await acquireProcessLock(lock, openLevel);
    await expect(acquireProcessLock(lock, openLevel)).rejects.toBeInstanceOf(FatalError);
    await mine.release();
    await (await acquireProcessLock(lock, openLevel)).release();
  });

  it("says what to do when its directory is damaged", async () => {
    const lock = join(scratchDirectory(), "lock");
    await (await acquireProcessLock(lock, openLevel)).release();
    const disk = createDisk();
    for (const name of disk.list(lock)) {
      if (name.startsWith("MANIFEST")) disk.unlink(join(lock, name));
    }
    await expect(acquireProcessLock(lock, openLevel)).rejects.toThrow(
      /cannot be opened .*holds no data/,
    );
  });
});
