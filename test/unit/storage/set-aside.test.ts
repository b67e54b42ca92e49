/** A member becomes another one, whenever the power goes: exactly one of the two, nothing lost. */
import { describe, expect, it } from "vitest";
import { FatalError, exitCode } from "../../../src/base/errors.js";
import { createRandom } from "../../../src/base/random.js";
import type { Identity } from "../../../src/storage/identity.js";
import {
  dataPaths,
  prepareDataDirectory,
  readFormation,
  readIdentity,
  writeFormation,
  writeIdentity,
} from "../../../src/storage/identity.js";
import { setAsideCountMax } from "../../../src/storage/limits.js";
import { finishRebirth, rebear, type RebirthPlan } from "../../../src/storage/set-aside.js";
import { readSuspicion, writeSuspicion } from "../../../src/storage/suspicion.js";
import { crashStyles, DiskCrash, MemoryDisk } from "../../support/storage/memory-disk.js";

const directory = "/data";
const paths = dataPaths(directory);
const old: Identity = { memberId: 7, nodeId: "m1", createdMs: 1 };
const formation = {
  clusterId: "c",
  members: [{ id: 7, nodeId: "m1", address: "10.0.0.1:9300" }],
};
const replaces = {
  memberId: 7,
  reason: "suspect-tail",
  clusterId: "c",
  addresses: ["10.0.0.2:9300"],
};
const plan: RebirthPlan = {
  reason: "suspect-tail",
  nowMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  identity: { memberId: 99, nodeId: "m1", createdMs: 2, replaces },
};
const place = `${paths.setAside}/2026-01-02T03-04-05Z-suspect-tail`;

/** Every part that a member's directory can have, with a byte of its own in each. */
function grown(): MemoryDisk {
  const disk = new MemoryDisk();
  prepareDataDirectory(disk, directory);
  writeIdentity(disk, directory, old);
  writeFormation(disk, directory, formation);
  writeSuspicion(disk, directory, { reason: "suspect-tail", detail: "bytes" });
  disk.plant(`${paths.wal}/000001.wal`, Uint8Array.of(1));
  disk.plant(`${paths.wal}/000002.wal`, Uint8Array.of(2));
  disk.plant(paths.walCreated, Uint8Array.of(3));
  disk.plant(`${paths.snapshots}/a.snap`, Uint8Array.of(4));
  disk.plant(`${paths.state}/gen-1/CURRENT`, Uint8Array.of(5));
  disk.plant(paths.boots, Uint8Array.of(6));
  return disk;
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** What must be there of the old member, wherever it is. */
function expectAllOf(disk: MemoryDisk, base: string): void {
  const contents = new Map([
    ["wal/000001.wal", 1],
    ["wal/000002.wal", 2],
    ["wal.created", 3],
    ["snapshots/a.snap", 4],
    ["state/gen-1/CURRENT", 5],
    ["boots", 6],
  ]);
  for (const [name, byte] of contents) expect(disk.bytesOf(`${base}/${name}`)[0]).toBe(byte);
  expect(readIdentity(disk, base)).toEqual(old);
  expect(readFormation(disk, base)).toEqual(formation);
  expect(readSuspicion(disk, base)?.reason).toBe("suspect-tail");
}

describe("a member that becomes another one", () => {
  it("leaves everything in a place of its own and begins with nothing but its identity", () => {
    const disk = grown();
    expect(rebear(disk, directory, plan)).toBe(place);
    expectAllOf(disk, place);
    expect(readIdentity(disk, directory)).toEqual(plan.identity);
    expect(disk.list(directory)).toEqual(["identity", "lock", "set-aside"]);
    expect(readFormation(disk, directory)).toBeUndefined();
    expect(readSuspicion(disk, directory)).toBeUndefined();
  });

  it("is exactly one of the two after a power cut at any call, and nothing is lost", () => {
    const whole = grown();
    const before = whole.mutations;
    rebear(whole, directory, plan);
    let oldCount = 0;
    let newCount = 0;
    for (let call = before + 1; call <= whole.mutations; call += 1) {
      for (const style of crashStyles) {
        for (let seed = 0; seed < 4; seed += 1) {
          const disk = grown();
          disk.crashAt = call;
          expect(() => rebear(disk, directory, plan)).toThrow(DiskCrash);
          const after = disk.crash(createRandom(seed), style);
          finishRebirth(after, directory);
          const { memberId } = readIdentity(after, directory) ?? { memberId: 0 };
          if (memberId === old.memberId) {
            oldCount += 1;
            expectAllOf(after, directory);
            expect(after.list(directory)).not.toContain("set-aside");
            expect(rebear(after, directory, plan)).toBe(place);
          } else newCount += 1;
          expectAllOf(after, place);
          expect(readIdentity(after, directory)).toEqual(plan.identity);
          expect(after.stat(paths.rebirth)).toBeUndefined();
        }
      }
    }
    expect(oldCount).toBeGreaterThan(0);
    expect(newCount).toBeGreaterThan(0);
  });

  it("goes on after any number of power cuts in a row", () => {
    const random = createRandom(5);
    for (let round = 0; round < 50; round += 1) {
      let disk = grown();
      let cuts = 0;
      for (;;) {
        disk.crashAt = disk.mutations + 1 + random.below(6);
        try {
          finishRebirth(disk, directory);
          if (readIdentity(disk, directory)?.memberId === 7) rebear(disk, directory, plan);
          break;
        } catch (error) {
          if (!(error instanceof DiskCrash)) throw error;
          cuts += 1;
          disk = disk.crash(random);
          // A disk that is cut off within each six calls would never get anywhere.
          if (cuts === 20) disk.crashAt = undefined;
          if (cuts >= 20) finishRebirth(disk, directory);
          if (cuts >= 20) break;
        }
      }
      expect(cuts).toBeGreaterThan(0);
      disk.crashAt = undefined;
      if (readIdentity(disk, directory)?.memberId === 7) rebear(disk, directory, plan);
      expectAllOf(disk, place);
      expect(readIdentity(disk, directory)).toEqual(plan.identity);
    }
  });

  it("may happen twice in a second, but not forever", () => {
    const disk = grown();
    rebear(disk, directory, plan);
    for (let next = 2; next <= setAsideCountMax; next += 1) {
      const before = readIdentity(disk, directory)?.memberId ?? 0;
      const identity = {
        ...plan.identity,
        memberId: before + 1,
        replaces: { ...replaces, memberId: before },
      };
      expect(rebear(disk, directory, { ...plan, identity })).toBe(`${place}-${String(next)}`);
    }
    const before = disk.mutations;
    const identity = {
      ...plan.identity,
      memberId: 500,
      replaces: { ...replaces, memberId: readIdentity(disk, directory)?.memberId ?? 0 },
    };
    const error = thrownBy(() => rebear(disk, directory, { ...plan, identity }));
    expect(error instanceof FatalError && error.exit).toBe(exitCode.dataRefused);
    expect(String(error)).toContain(`${String(setAsideCountMax)} times`);
    expect(String(error)).toContain(paths.setAside);
    expect(disk.mutations).toBe(before);
  });

  it("is refused when its plan is damaged, wherever", () => {
    const disk = grown();
    disk.crashAt = disk.mutations + 6;
    expect(() => rebear(disk, directory, plan)).toThrow(DiskCrash);
    const cut = disk.crash(createRandom(1), "kept");
    const { byteLength } = cut.bytesOf(paths.rebirth);
    for (let at = 0; at < byteLength; at += 1) {
      const damaged = cut.restart();
      damaged.damage(paths.rebirth, (bytes) => {
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        return bytes;
      });
      const error = thrownBy(() => {
        finishRebirth(damaged, directory);
      });
      expect(error instanceof FatalError && error.exit).toBe(exitCode.dataRefused);
      expect(String(error)).toContain(paths.rebirth);
    }
  });

  it("says what cannot be moved, and goes on once it can", () => {
    const disk = grown();
    const rename = disk.rename.bind(disk);
    disk.rename = (from, to): void => {
      if (from === paths.wal) throw Object.assign(new Error("EBUSY"), { code: "EBUSY" });
      rename(from, to);
    };
    const error = thrownBy(() => rebear(disk, directory, plan));
    expect(error instanceof FatalError && error.exit).toBe(exitCode.temporary);
    expect(String(error)).toContain(`${paths.wal} cannot be set aside`);
    disk.rename = rename;
    finishRebirth(disk, directory);
    expectAllOf(disk, place);
  });
});

describe("the mark of a member that is not trusted", () => {
  it("stays as it was first written, and says so when it is unreadable", () => {
    const disk = new MemoryDisk();
    prepareDataDirectory(disk, directory);
    expect(readSuspicion(disk, directory)).toBeUndefined();
    const first = { reason: "boot-regress", detail: "m2 says so" } as const;
    writeSuspicion(disk, directory, first);
    writeSuspicion(disk, directory, { reason: "state-diverged", detail: "later" });
    expect(readSuspicion(disk, directory)).toEqual(first);
    const { byteLength } = disk.bytesOf(paths.suspect);
    for (let at = 0; at < byteLength; at += 1) {
      const damaged = disk.restart();
      damaged.damage(paths.suspect, (bytes) => {
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        return bytes;
      });
      expect(readSuspicion(damaged, directory)?.reason).toBe("mark-damaged");
    }
  });

  it("is there or not after a power cut at any call", () => {
    const whole = new MemoryDisk();
    prepareDataDirectory(whole, directory);
    const before = whole.mutations;
    const suspicion = { reason: "state-diverged", detail: "at 5" } as const;
    writeSuspicion(whole, directory, suspicion);
    expect(whole.mutations).toBeGreaterThan(before + 3);
    for (let call = before + 1; call <= whole.mutations; call += 1) {
      for (const style of crashStyles) {
        const disk = new MemoryDisk();
        prepareDataDirectory(disk, directory);
        disk.crashAt = call;
        expect(() => {
          writeSuspicion(disk, directory, suspicion);
        }).toThrow(DiskCrash);
        const after = disk.crash(createRandom(call), style);
        writeSuspicion(after, directory, suspicion);
        expect(readSuspicion(after, directory)).toEqual(suspicion);
      }
    }
  });
});
