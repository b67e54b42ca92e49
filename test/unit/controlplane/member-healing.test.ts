/** Members whose data cannot be trusted: noticed, stopped, and back as another one. */
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

import { FatalError, exitCode } from "../../../src/base/errors.js";
import { createDisk } from "../../../src/storage/disk.js";
import { readIdentity } from "../../../src/storage/identity.js";
import { readSuspicion, writeSuspicion } from "../../../src/storage/suspicion.js";
import { codeOf } from "../../contract/control-plane.suite.js";
import {
  alterStoredState,
  copyDirectory,
  damageTail,
  endedInAnotherBoot,
  flip,
} from "../../support/controlplane/damage.js";
import { MemberCluster, type ClusterOptions } from "../../support/controlplane/member-cluster.js";
import { indexCreate } from "../../support/state/commands.js";

const caller = { origin: "test", budgetMs: 8000 } as const;

let cluster: MemberCluster | undefined;

afterEach(async () => {
  const last = cluster;
  cluster = undefined;
  await last?.close();
});

async function formed(options: Partial<ClusterOptions> = {}): Promise<MemberCluster> {
  cluster = await MemberCluster.formed({ size: 3, ...options });
  await write(cluster, 0, "first");
  return cluster;
}

async function write(members: MemberCluster, at: number, name: string): Promise<void> {
  const { result } = await members.settle(members.plane(at).propose(indexCreate(name), caller));
  expect(result.ok).toBe(true);
}

function votersAt(members: MemberCluster, at: number): readonly number[] {
  const known = members.transport(at).handlers.describe().members;
  return known.filter((one) => one.suffrage === "voter").map((one) => one.memberId);
}

function eventsNamed(members: MemberCluster, event: string): Record<string, unknown>[] {
  return members.events.filter((fields) => fields["event"] === event);
}

/** Waits until the member at `at` votes under a new id, and nobody knows the old one. */
async function comesBack(members: MemberCluster, at: number, oldId: number): Promise<number> {
  await members.settle(members.joined(at));
  const newId = members.idOf(at);
  expect(newId).not.toBe(oldId);
  await members.until("it votes in the place of its old self", () =>
    members.members.every((one) => {
      const voters = votersAt(members, one);
      return voters.includes(newId) && !voters.includes(oldId) && voters.length === 3;
    }),
  );
  await members.agreement();
  return newId;
}

/** The same while others let time pass. */
async function comesBackQuietly(members: MemberCluster, at: number, oldId: number): Promise<void> {
  await members.joined(at);
  const newId = members.idOf(at);
  expect(newId).not.toBe(oldId);
  const isIn = (): boolean =>
    members.members.every((one) => {
      const voters = votersAt(members, one);
      return voters.includes(newId) && !voters.includes(oldId) && voters.length === 3;
    });
  while (!isIn()) {
    await new Promise<void>((resolve) => {
      members.clock.after(50, resolve);
    });
  }
}

/** Every other voter is away: what is written now needs the reborn one's vote. */
async function votesAgain(members: MemberCluster, at: number): Promise<void> {
  const [away, rest] = members.others(at);
  await members.stop(away ?? 0);
  await members.leader([at, rest ?? 0]);
  await write(members, at, "with-its-vote");
  await members.restart(away ?? 0);
  await members.agreement();
}

function setAside(members: MemberCluster, at: number): string[] {
  const { setAside: place } = members.paths(at);
  return existsSync(place) ? readdirSync(place) : [];
}

describe("a log whose tail is suspect", () => {
  it("heals from the leader under a new id, and its member votes again", async () => {
    const members = await formed();
    const oldId = members.idOf(1);
    await members.stop(1);
    await write(members, 0, "meanwhile");
    const log = join(members.paths(1).wal, readdirSync(members.paths(1).wal).sort()[0] ?? "");
    damageTail(members.paths(1));
    await members.restart(1);
    const newId = await comesBack(members, 1, oldId);
    const [place] = setAside(members, 1);
    expect(place).toMatch(/^\d{4}-.*Z-suspect-tail$/);
    const left = join(members.paths(1).setAside, place ?? "");
    expect(existsSync(join(left, "wal", log.slice(log.lastIndexOf("/") + 1)))).toBe(true);
    expect(readIdentity(createDisk(), left)?.memberId).toBe(oldId);
    expect(members.plane(1).local().state.indices.size).toBe(2);
    await votesAgain(members, 1);

    // It is an ordinary member now, whenever it starts again.
    await members.stop(1);
    await members.restart(1);
    await members.settle(members.joined(1));
    expect(members.idOf(1)).toBe(newId);
    await members.agreement();
    expect(setAside(members, 1)).toHaveLength(1);
  });

  it("waits while most members are suspect, says so, and touches nothing", async () => {
    const members = await formed();
    const ids = [members.idOf(1), members.idOf(2)];
    for (const at of [1, 2]) await members.stop(at);
    const restore = copyDirectory(members.paths(2).directory);
    for (const at of [1, 2]) damageTail(members.paths(at));
    for (const at of [1, 2]) await members.restart(at);
    await members.pass(30_000);
    expect(eventsNamed(members, "healing-waiting").length).toBeGreaterThanOrEqual(4);
    expect(String(eventsNamed(members, "healing-waiting")[0]?.["why"])).toMatch(/leads|answers/);
    for (const at of [1, 2]) expect(setAside(members, at)).toEqual([]);
    expect(await codeOf(members.settle(members.plane(1).propose(indexCreate("no"), caller)))).toBe(
      "no_leader",
    );
    // The way out that it names: an undamaged copy of enough of them.
    await members.stop(2);
    restore();
    await members.restart(2);
    await members.settle(members.joined(2));
    await comesBack(members, 1, ids[0] ?? 0);
    expect(members.idOf(2)).toBe(ids[1]);
  });

  it("of a single member is refused, and every byte stays", async () => {
    const members = await formed({ size: 1 });
    await members.stop(0);
    damageTail(members.paths(0));
    const before = readdirSync(members.paths(0).directory);
    await members.restart(0);
    const thrown: unknown = await members
      .settle(members.joined(0))
      .catch((error: unknown) => error);
    expect(thrown instanceof FatalError && thrown.exit).toBe(exitCode.dataRefused);
    expect(readdirSync(members.paths(0).directory)).toEqual(before);
    expect(readSuspicion(createDisk(), members.paths(0).directory)).toBeUndefined();
  });

  it("of a member that was stopped while it healed goes on at the next start", async () => {
    const members = await formed();
    const oldId = members.idOf(2);
    await members.stop(2);
    damageTail(members.paths(2));
    // Whatever it had come to after so many milliseconds.
    for (const ms of [1, 50, 300, 1100, 1500, 2500]) {
      await members.restart(2);
      const joined = members.joined(2).catch((error: unknown) => error);
      await members.pass(ms);
      await members.stop(2);
      await members.settle(joined);
    }
    await members.restart(2);
    await comesBack(members, 2, oldId);
    expect(setAside(members, 2)).toHaveLength(1);
  });
});

describe("one member after the other", () => {
  it("heals under writes, the leader too, and nothing acknowledged is lost", async () => {
    const members = await formed({ seed: 7 });
    const written = new Set<string>();
    const keepWriting = async (at: number, name: string): Promise<void> => {
      await write(members, at, name);
      written.add(name);
    };
    for (const round of [0, 1, 2, 3]) {
      const leader = await members.leader();
      const at = round % 2 === 0 ? leader : (members.others(leader)[0] ?? 0);
      const oldId = members.idOf(at);
      await members.stop(at);
      damageTail(members.paths(at));
      await members.leader(members.others(at));
      await members.restart(at);
      const seen = { isBack: false };
      const back = comesBackQuietly(members, at, oldId).then(() => {
        seen.isBack = true;
      });
      for (let n = 0; !seen.isBack; n += 1) {
        await keepWriting(members.others(at)[n % 2] ?? 0, `r${String(round)}-${String(n)}`);
        await members.pass(100);
      }
      await back;
    }
    await members.agreement();
    for (const at of members.members) {
      const { indices } = members.plane(at).local().state;
      expect([...written].filter((name) => !indices.has(name))).toEqual([]);
    }
    expect(written.size).toBeGreaterThan(40);
  });
});

describe("a data directory that is an older copy of itself", () => {
  it("is noticed by a peer, answers nobody any more, and comes back as another one", async () => {
    const members = await formed();
    await members.stop(1);
    const putBack = copyDirectory(members.paths(1).directory);
    await members.restart(1);
    await members.settle(members.joined(1));
    await write(members, 1, "forgotten-by-the-copy");
    await members.agreement();
    const oldId = members.idOf(1);
    await members.stop(1);
    putBack();
    await members.restart(1);
    await members.settle(members.joined(1));
    await members.until("it is stopped", () => members.fatal.length > 0);
    const [fatal] = members.takeFatal();
    expect(fatal instanceof FatalError && fatal.exit).toBe(exitCode.temporary);
    expect(String(fatal)).toMatch(/boot-regress.*older copy/);
    const { directory } = members.paths(1);
    expect(readSuspicion(createDisk(), directory)?.reason).toBe("boot-regress");
    await members.stop(1);
    await members.restart(1);
    await comesBack(members, 1, oldId);
    await votesAgain(members, 1);
  });

  it("stays refused although it was ended before it could mark itself", async () => {
    const members = await formed();
    await members.stop(1);
    const putBack = copyDirectory(members.paths(1).directory);
    await members.restart(1);
    await members.settle(members.joined(1));
    await members.agreement();
    const oldId = members.idOf(1);
    await members.stop(1);
    putBack();
    for (let start = 0; start < 3; start += 1) {
      await members.restart(1);
      await members.settle(members.joined(1));
      await members.until("it is stopped", () => members.fatal.length > 0);
      members.takeFatal();
      await members.stop(1);
      rmSync(members.paths(1).suspect);
    }
    const suspicion = { reason: "boot-regress", detail: "as it would have been" } as const;
    writeSuspicion(createDisk(), members.paths(1).directory, suspicion);
    await members.restart(1);
    await comesBack(members, 1, oldId);
  });

  it("of which the count was damaged is not trusted either", async () => {
    const members = await formed();
    const oldId = members.idOf(1);
    await members.stop(1);
    flip(members.paths(1).boots, 30);
    await members.restart(1);
    await comesBack(members, 1, oldId);
    expect(setAside(members, 1)[0]).toMatch(/boots-damaged$/);
  });

  it("cannot mark itself: then it is not to be started again", async () => {
    const members = await formed();
    const { suspect } = members.paths(2);
    mkdirSync(`${suspect}.tmp`);
    members.transport(2).handlers.onRefused(members.idOf(0), "bootRegress");
    const [fatal] = members.takeFatal();
    expect(fatal instanceof FatalError && fatal.exit).toBe(exitCode.dataRefused);
    expect(String(fatal)).toContain(suspect);
  });
});

describe("a state that is not what the entries made", () => {
  async function alter(members: MemberCluster, at: number): Promise<void> {
    await members.stop(at);
    await alterStoredState(members.paths(at), indexCreate("from-nowhere"));
    await members.restart(at);
    await members.settle(members.joined(at));
  }

  it("is noticed on a follower, which stops serving at once and heals", async () => {
    const members = await formed();
    const leader = await members.leader();
    const at = members.others(leader)[0] ?? 0;
    const oldId = members.idOf(at);
    await alter(members, at);
    await members.until("it is stopped", () => members.fatal.length > 0);
    const plane = members.plane(at);
    const call = { budgetMs: 1000 };
    const refused = [
      codeOf(plane.read("local", call)),
      codeOf(plane.read("linearizable", call)),
      codeOf(plane.propose(indexCreate("no"), caller)),
    ];
    expect(await members.settle(Promise.all(refused))).toEqual([
      "stopping",
      "stopping",
      "stopping",
    ]);
    // What can be looked at without a call is as before it joined: health is not good.
    expect(plane.local().state.indices.size).toBe(0);
    expect(plane.leader().nodeId).toBe("");
    const [fatal] = members.takeFatal();
    expect(fatal instanceof FatalError && fatal.exit).toBe(exitCode.temporary);
    expect(String(fatal)).toMatch(/state-diverged.*hashes to/);
    await members.stop(at);
    await members.restart(at);
    await comesBack(members, at, oldId);
    expect(members.plane(at).local().state.indices.size).toBe(1);
    await votesAgain(members, at);
  });

  it("is noticed on the leader, which hands over before it goes", async () => {
    const members = await formed();
    const at = members.others(await members.leader())[0] ?? 0;
    const oldId = members.idOf(at);
    await members.stop(at);
    await alterStoredState(members.paths(at), indexCreate("from-nowhere"));
    await members.restart(at);
    await members.settle(members.joined(at));
    // Before the first reports are compared.
    const leader = members.members.find((one) => members.plane(one).leader().isSelf) ?? 0;
    members
      .transport(leader)
      .handlers.onMessages([
        { kind: "transferLeader", from: oldId, to: members.idOf(leader), term: 0 } as never,
      ]);
    await members.until("the wrong one leads", () => members.status(at).role === "leader");
    const { epoch } = members.plane(at).leader();
    await members.until("it is stopped", () => members.fatal.length > 0);
    expect(members.status(at).role).not.toBe("leader");
    const next = members.others(at).find((one) => members.plane(one).leader().isSelf);
    expect(next).toBeDefined();
    expect(members.plane(next ?? 0).leader().epoch).toBeGreaterThan(epoch);
    members.takeFatal();
    await members.stop(at);
    await members.restart(at);
    await comesBack(members, at, oldId);
  });

  it("without a majority on either side is said, and nobody acts on it", async () => {
    const members = await formed();
    const at = members.others(await members.leader())[0] ?? 0;
    const third = members.others(at).find((one) => !members.plane(one).leader().isSelf) ?? 0;
    await members.stop(third);
    await alter(members, at);
    await members.pass(10_000);
    expect(members.fatal).toEqual([]);
    expect(eventsNamed(members, "states-differ").length).toBeGreaterThan(0);
    expect(members.status(at).care.differingMembersCount).toBe(1);
    // The third one decides when it is back.
    await members.restart(third);
    await members.until("it is stopped", () => members.fatal.length > 0);
    expect(members.takeFatal()).toHaveLength(1);
  });

  it("is never suspected while writes, pauses and snapshots go on", async () => {
    const snapshot = { entriesCount: 20, logBytes: 2 ** 30, trailingEntries: 5 };
    const members = await formed({ snapshot });
    for (let round = 0; round < 30; round += 1) {
      const at = round % 3;
      if (round % 7 === 0) members.isolate((at + 1) % 3);
      const names = Array.from({ length: 8 }, (_, n) => `i-${String(round)}-${String(n)}`);
      const calls = names.map((name) => members.plane(at).propose(indexCreate(name), caller));
      const settled = Promise.allSettled(calls);
      await members.pass(700);
      members.network.heal();
      await members.settle(settled);
    }
    await members.agreement();
    await members.pass(3000);
    expect(members.fatal).toEqual([]);
    expect(eventsNamed(members, "states-differ")).toEqual([]);
    for (const at of members.members) {
      expect(members.status(at).care.differingMembersCount).toBe(0);
    }
  });
});

describe("a restart of the machine without a clean stop", () => {
  it("rebuilds the state from the log, whatever the store held", async () => {
    const members = await formed();
    await members.stop(1);
    await alterStoredState(members.paths(1), indexCreate("lost-by-the-power-cut"));
    endedInAnotherBoot(members.paths(1));
    await members.restart(1);
    await members.settle(members.joined(1));
    const [rebuilt] = eventsNamed(members, "state-rebuild");
    expect(rebuilt?.["reason"]).toMatch(/machine restarted while the store was in use/);
    await members.agreement();
    expect(members.plane(1).local().state.indices.has("lost-by-the-power-cut")).toBe(false);
    await members.pass(3000);
    expect(members.fatal).toEqual([]);
  });
});
