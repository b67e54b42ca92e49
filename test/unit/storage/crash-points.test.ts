/**
 * A member's storage is cut off at every single call that changes the disk, with its unsynced
 * sectors kept, lost, torn and reordered, and must come back with all that was reported durable,
 * nothing else, and the right state; and again when that coming back is cut off too. A call that
 * fails instead ends the process with 75 before anything more is acknowledged.
 */
import { describe, expect, it } from "vitest";
import { FatalError, exitCode } from "../../../src/base/errors.js";
import { createRandom } from "../../../src/base/random.js";
import type { CrashStyle, DiskCall, MemoryDisk } from "../../support/storage/memory-disk.js";
import { crashStyles } from "../../support/storage/memory-disk.js";
import type { StorageMember } from "../../support/storage/storage-member.js";
import { stateAt } from "../../support/storage/storage-member.js";
import type { Promised } from "../../support/storage/storage-workload.js";
import { Workload, boot, bootedDisk, openMember } from "../../support/storage/storage-workload.js";
import { pictureOf } from "../../support/storage/wal-fixtures.js";

const pointsFloor = 1500;

/** The moment before a call: the disk as it was, and what had been promised by then. */
interface Point {
  readonly mutation: number;
  readonly call: DiskCall;
  readonly path: string;
  readonly disk: MemoryDisk;
  readonly promised: Promised;
}

const peers = Workload.peerSnapshots();

/** One undisturbed life, seen at every call. */
async function pointsOfLife(): Promise<Point[]> {
  const disk = bootedDisk();
  const workload = new Workload(disk, await peers);
  const points: Point[] = [];
  disk.onMutation = (call, path) => {
    const { promised } = workload.ledger;
    points.push({ mutation: points.length + 1, call, path, disk: disk.restart(), promised });
  };
  await workload.run();
  expect(disk.openCount).toBe(0);
  expect(points.length).toBe(disk.mutations);
  return points;
}

/** Opens what a crash left, checks all of it, and that opening it again finds the same. */
async function expectKept(disk: MemoryDisk, promised: Promised, label: unknown): Promise<void> {
  const member = await openMember(disk);
  expectHeld(member, promised, label);
  expect(member.newestSnapshot).toBeGreaterThanOrEqual(promised.snapshotLogIndex);
  const picture = pictureOf(member.recovered);
  await member.close();
  expect(disk.openCount).toBe(0);
  const again = await openMember(disk);
  expectHeld(again, promised, label);
  expect([label, pictureOf(again.recovered)]).toEqual([label, picture]);
  expect(again.recovered.finding.kind).toBe("clean");
  await again.close();
}

function expectHeld(member: StorageMember, promised: Promised, label: unknown): void {
  const found = JSON.stringify(pictureOf(member.recovered));
  const isAllowed = promised.pictures.some((picture) => JSON.stringify(picture) === found);
  if (!isAllowed) expect([label, pictureOf(member.recovered)]).toEqual([label, promised.pictures]);
  expect(member.items).toEqual(stateAt(member.appliedLogIndex));
  member.catchUp();
  expect(member.items).toEqual(stateAt(member.commitLogIndex));
}

function afterCrash(disk: MemoryDisk, seed: number, style: CrashStyle): MemoryDisk {
  const after = disk.crash(createRandom(seed), style);
  boot(after, `boot-${seed}-${style}`);
  return after;
}

describe("a life of the storage", () => {
  it("cut off at every call keeps what was durable", { timeout: 300_000 }, async () => {
    const visited = new Map<string, number>();
    let pointCount = 0;
    for (const { mutation, call, path, disk, promised } of await pointsOfLife()) {
      for (const [n, style] of [...crashStyles, "any" as const].entries()) {
        const label = { mutation, call, path, style };
        await expectKept(afterCrash(disk, mutation * 10 + n, style), promised, label);
        visited.set(call, (visited.get(call) ?? 0) + 1);
        pointCount += 1;
      }
    }
    process.stdout.write(`crash points visited: ${pointCount} ${JSON.stringify([...visited])}\n`);
    expect(pointCount).toBeGreaterThan(pointsFloor);
    const calls = ["create", "removeTree", "rename", "sync", "syncDirectory", "unlink", "write"];
    expect([...visited.keys()].sort()).toEqual(calls);
  });

  it("killed at every call, and later cut off, keeps it too", { timeout: 300_000 }, async () => {
    for (const { mutation, disk, promised } of await pointsOfLife()) {
      const killed = disk.restart();
      const member = await openMember(killed);
      expectHeld(member, promised, { mutation });
      const style = crashStyles[mutation % crashStyles.length] ?? "any";
      await expectKept(afterCrash(killed, mutation, style), promised, { mutation, style });
    }
  });

  it("cut off again at every call of its recovery keeps it too", { timeout: 300_000 }, async () => {
    for (const { mutation, disk, promised } of await pointsOfLife()) {
      if (mutation % 16 !== 3) continue;
      const recovering = afterCrash(disk, mutation, "any");
      const images: MemoryDisk[] = [];
      recovering.onMutation = () => images.push(recovering.restart());
      await (await openMember(recovering)).close();
      for (const [second, image] of images.entries()) {
        await expectKept(afterCrash(image, second, "any"), promised, { mutation, second });
      }
    }
  });
});

describe("a failing disk", () => {
  it.each(["EIO", "ENOSPC"] as const)(
    "ends the process with 75 at any call that fails with %s, and acknowledges no more",
    { timeout: 300_000 },
    async (code) => {
      const points = await pointsOfLife();
      let failures = 0;
      for (const { mutation, call, path } of points) {
        const isSync = call === "sync" || call === "syncDirectory";
        if (code === "ENOSPC" && isSync) continue;
        const label = { call, path, mutation };
        const disk = bootedDisk();
        disk.failure = { mutation, code };
        const workload = new Workload(disk, await peers);
        const thrown: unknown = await workload.run().then(
          () => "it went on",
          (error: unknown) => error,
        );
        if (thrown instanceof FatalError) {
          expect([label, thrown.exit]).toEqual([label, exitCode.temporary]);
        } else {
          // A state store that cannot be opened is rebuilt: nothing was acknowledged on its word.
          expect([label, isStoreOpening({ call, path }), thrown]).toEqual([
            label,
            true,
            "it went on",
          ]);
        }
        const { running } = workload;
        if (path.includes("/wal/") && running !== undefined) expectSilence(running, disk);
        failures += 1;
        const { promised } = workload.ledger;
        await expectKept(afterCrash(disk.restart(), mutation, "any"), promised, label);
      }
      expect(failures).toBeGreaterThan(100);
    },
  );

  it("that cannot read a sector of any file is damage, never a crash", async () => {
    const whole = bootedDisk();
    const workload = new Workload(whole, await peers);
    await workload.run();
    const outcomes = new Set<string>();
    for (const path of whole.paths.filter((one) => one.startsWith("/data/"))) {
      for (let at = 0; at < whole.bytesOf(path).byteLength; at += 512) {
        const disk = whole.restart();
        disk.unreadable.set(path, new Set([at]));
        try {
          const member = await openMember(disk);
          expectHeld(member, workload.ledger.promised, { path, at });
          outcomes.add("opened");
        } catch (error) {
          if (!(error instanceof FatalError)) throw error;
          expect([path, at, error.exit]).toEqual([path, at, exitCode.dataRefused]);
          expect(error.message).toContain("/data");
          outcomes.add("refused");
        }
      }
    }
    expect(outcomes).toEqual(new Set(["opened", "refused"]));
  });
});

/** Opening makes durable what is there; nothing else in the life syncs these without writing. */
function isStoreOpening({ call, path }: Pick<Point, "call" | "path">): boolean {
  return call === "sync" && /^\/data\/state\/gen-[0-9]+\/batches$/.test(path);
}

/** A failed log reports nothing and touches nothing, however often it is asked. */
function expectSilence(member: StorageMember, disk: MemoryDisk): void {
  const { acknowledgedCount } = member;
  const { mutations } = disk;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    expect(() => {
      member.append({ hardState: { term: 99, vote: 1, commit: 0 }, entries: [] });
    }).toThrow(FatalError);
  }
  expect(disk.mutations).toBe(mutations);
  expect(member.acknowledgedCount).toBe(acknowledgedCount);
}
