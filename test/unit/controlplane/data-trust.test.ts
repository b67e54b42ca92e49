/** What a start finds in a data directory, and the way to another identity, cut off anywhere. */
import { describe, expect, it } from "vitest";

import { FatalError, exitCode } from "../../../src/base/errors.js";
import { createRandom } from "../../../src/base/random.js";
import {
  healDirectory,
  markSuspectTail,
  takeDirectory,
  type TakenDirectory,
} from "../../../src/controlplane/raft/data-trust.js";
import type { MemberOptions } from "../../../src/controlplane/raft/member-options.js";
import {
  dataPaths,
  prepareDataDirectory,
  readIdentity,
  writeFormation,
  writeIdentity,
} from "../../../src/storage/identity.js";
import { readSuspicion, writeSuspicion } from "../../../src/storage/suspicion.js";
import type { ProbeAnswer } from "../../../src/transport/types.js";
import { silentLogger } from "../../support/controlplane/silent-logger.js";
import { ManualClock } from "../../support/server/manual-clock.js";
import { crashStyles, DiskCrash, MemoryDisk } from "../../support/storage/memory-disk.js";

const dataDir = "/data";
const paths = dataPaths(dataDir);
const addresses = ["m1:1", "m2:1", "m3:1"];
const options = {
  ...{ nodeId: "m1", dataDir, peerAddress: "m1:1", peers: addresses },
} as unknown as MemberOptions;
const members = addresses.map((address, at) => ({
  ...{ memberId: at + 1, nodeId: `m${String(at + 1)}`, address, suffrage: "voter" as const },
}));

function take(disk: MemoryDisk, given: MemberOptions = options): TakenDirectory {
  return takeDirectory(given, 5, {
    ...{ disk, clock: new ManualClock(), logger: silentLogger, newId: () => 1 },
    onFatal: (error) => {
      throw error;
    },
  });
}

async function heal(disk: MemoryDisk, { identity, suspicion }: TakenDirectory): Promise<void> {
  if (suspicion === undefined) throw new Error("only who is not trusted heals");
  let id = 100 + identity.memberId;
  const answer: ProbeAnswer = {
    ...{ nonce: 1, memberId: 2, nodeId: "m2", peers: [], joining: false, replaces: undefined },
    ...{ formation: { clusterUuid: "c", members }, members, removed: [], leaderEpoch: 3 },
  };
  await healDirectory({ identity, suspicion }, options, {
    ...{ disk, clock: new ManualClock(), logger: silentLogger, newId: () => (id += 1) },
    onFatal: () => undefined,
    transport: {
      probe: () => Promise.resolve(answer),
      administer: () => Promise.reject(new Error("nobody asks yet")),
    },
    signal: new AbortController().signal,
  });
}

function formed(founders = members): MemoryDisk {
  const disk = new MemoryDisk();
  prepareDataDirectory(disk, dataDir);
  writeIdentity(disk, dataDir, { memberId: 1, nodeId: "m1", createdMs: 1 });
  writeFormation(disk, dataDir, {
    clusterId: "c",
    members: founders.map(({ memberId: id, nodeId, address }) => ({ id, nodeId, address })),
  });
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

const marked = { reason: "boot-regress", detail: "m2 says so" } as const;

describe("taking a data directory", () => {
  it("formats an empty one and counts its starts", () => {
    const disk = new MemoryDisk();
    prepareDataDirectory(disk, dataDir);
    expect(take(disk)).toMatchObject({ identity: { memberId: 1 }, boot: { count: 1, nonce: 5 } });
    expect(take(disk.restart()).boot.count).toBe(2);
  });

  it("that is marked does not count, and says why", () => {
    const disk = formed();
    writeSuspicion(disk, dataDir, marked);
    const before = disk.mutations;
    expect(take(disk)).toMatchObject({ suspicion: marked, ledger: undefined });
    expect(disk.mutations).toBe(before);
  });

  it.each([
    [
      "a mark",
      (disk: MemoryDisk): void => {
        writeSuspicion(disk, dataDir, marked);
      },
      /boot-regress/,
    ],
    [
      "a damaged count",
      (disk: MemoryDisk): void => {
        take(disk);
        disk.damage(paths.boots, (bytes) => bytes.slice(0, 30));
      },
      /boots.*damaged/,
    ],
  ] as const)("with %s, but without anybody to heal from, is refused", (_, harm, text) => {
    const disk = formed(members.slice(0, 1));
    harm(disk);
    const before = disk.mutations;
    const error = thrownBy(() => take(disk, { ...options, peers: [] }));
    expect(error instanceof FatalError && error.exit).toBe(exitCode.dataRefused);
    expect(String(error)).toMatch(text);
    expect(disk.mutations).toBe(before);
  });

  it("with a damaged count is never trusted again under that id, cut off anywhere", () => {
    const harmed = (): MemoryDisk => {
      const disk = formed();
      take(disk);
      disk.damage(paths.boots, (bytes) => bytes.slice(0, 30));
      return disk;
    };
    const whole = harmed();
    const before = whole.mutations;
    expect(take(whole).suspicion?.reason).toBe("boots-damaged");
    expect(whole.mutations).toBeGreaterThan(before);
    for (let call = before + 1; call <= whole.mutations; call += 1) {
      for (const style of crashStyles) {
        const disk = harmed();
        disk.crashAt = call;
        expect(() => take(disk)).toThrow(DiskCrash);
        const after = take(disk.crash(createRandom(call), style));
        expect(after.suspicion?.reason).toBe("boots-damaged");
        expect(after.boot.count).toBe(0);
      }
    }
  });

  it("of another failure than a suspect tail marks nothing", () => {
    const disk = formed();
    const taken = take(disk);
    const other = new FatalError(exitCode.dataRefused, "a flipped byte", { decision: "refuse" });
    expect(markSuspectTail(other, taken, { options, disk })).toBeUndefined();
    expect(markSuspectTail(new Error("bug"), taken, { options, disk })).toBeUndefined();
    expect(readSuspicion(disk, dataDir)).toBeUndefined();
  });
});

describe("healing a data directory", () => {
  it("cut off at any call leaves the old member untrusted or the new one, never both", async () => {
    const harmed = (): MemoryDisk => {
      const disk = formed();
      take(disk);
      disk.plant(`${paths.wal}/1.wal`, Uint8Array.of(1));
      writeSuspicion(disk, dataDir, marked);
      return disk;
    };
    const whole = harmed();
    const before = whole.mutations;
    await heal(whole, take(whole));
    const found = { old: 0, reborn: 0 };
    for (let call = before + 1; call <= whole.mutations; call += 1) {
      for (const style of crashStyles) {
        const disk = harmed();
        const taken = take(disk);
        disk.crashAt = call;
        await expect(heal(disk, taken)).rejects.toThrow(DiskCrash);
        let after = disk.crash(createRandom(call), style);
        let again = take(after);
        if (again.identity.memberId === 1) {
          found.old += 1;
          expect(again.suspicion).toEqual(marked);
          await heal(after, again);
          again = take(after);
        } else found.reborn += 1;
        expect(again.suspicion).toBeUndefined();
        expect(again.identity.replaces).toEqual({
          ...{ memberId: 1, reason: "boot-regress", clusterId: "c" },
          addresses: ["m2:1", "m3:1"],
        });
        expect(again.boot.count).toBe(1);
        const [place = ""] = after.list(paths.setAside);
        expect(after.list(paths.setAside)).toHaveLength(1);
        expect(after.bytesOf(`${paths.setAside}/${place}/wal/1.wal`)[0]).toBe(1);
        after = after.crash(createRandom(call), "lost");
        expect(readIdentity(after, dataDir)).toEqual(again.identity);
      }
    }
    expect(Math.min(found.old, found.reborn)).toBeGreaterThan(0);
  });

  it("of one that was reborn and not let in yet keeps the place of the first old self", async () => {
    const disk = formed();
    writeSuspicion(disk, dataDir, marked);
    await heal(disk, take(disk));
    const reborn = take(disk);
    expect(reborn.suspicion).toBeUndefined();
    disk.damage(paths.boots, (bytes) => bytes.slice(0, 30));
    const harmed = take(disk);
    expect(harmed.suspicion?.reason).toBe("boots-damaged");
    await heal(disk, harmed);
    const last = take(disk).identity;
    expect(last.memberId).not.toBe(reborn.identity.memberId);
    expect(last.replaces?.memberId).toBe(1);
    expect(disk.list(paths.setAside)).toHaveLength(2);
  });
});
