/** Members whose disks fill up and get room again, under calls. */
import { afterEach, describe, expect, it } from "vitest";

import { assertDefined } from "../../../src/base/assert.js";
import { MasterError } from "../../../src/base/errors.js";
import type { Proposed } from "../../../src/controlplane/port.js";
import { codeOf } from "../../contract/control-plane.suite.js";
import { MemberCluster } from "../../support/controlplane/member-cluster.js";
import { indexCreate } from "../../support/state/commands.js";

const caller = { origin: "test", budgetMs: 8000 } as const;
const lowBytes = 512 * 1024;

let cluster: MemberCluster | undefined;

afterEach(async () => {
  const last = cluster;
  cluster = undefined;
  await last?.close();
});

async function formed(size = 3): Promise<MemberCluster> {
  cluster = await MemberCluster.formed({ size });
  // The first report of everybody has come.
  await cluster.pass(2500);
  return cluster;
}

function write(members: MemberCluster, at: number, name: string): Promise<Proposed> {
  return members.settle(members.plane(at).propose(indexCreate(name), caller));
}

async function refusalOf(members: MemberCluster, at: number, name: string): Promise<MasterError> {
  const thrown: unknown = await write(members, at, name).catch((error: unknown) => error);
  if (thrown instanceof MasterError) return thrown;
  throw new Error("the write was not refused");
}

function read(members: MemberCluster, at: number): Promise<unknown> {
  return members.settle(members.plane(at).read("linearizable", { budgetMs: 8000 }));
}

function followersOf(members: MemberCluster, leader: number): [number, number] {
  const [a, b] = members.others(leader);
  return [assertDefined(a, "a follower"), assertDefined(b, "another follower")];
}

describe("a nearly full disk", () => {
  it("costs a leader its place, and nobody a write", async () => {
    const members = await formed();
    const leader = await members.leader();
    members.freeBytes.set(leader, lowBytes - 1);
    const others = members.others(leader);
    const [writer] = followersOf(members, leader);
    for (let n = 0; !others.some((at) => members.plane(at).leader().isSelf); n += 1) {
      expect((await write(members, writer, `i-${String(n)}`)).result.ok).toBe(true);
      await members.pass(20);
    }
    expect(members.status(leader).care).toMatchObject({ diskLow: true });
    expect(members.status(leader).role).toBe("follower");
    for (const at of others) {
      expect((await write(members, at, `late-${String(at)}`)).result.ok).toBe(true);
    }
  });

  it("lets a follower fall behind, and catch up by itself once there is room", async () => {
    const members = await formed();
    const leader = await members.leader();
    const [full, other] = followersOf(members, leader);
    members.freeBytes.set(full, lowBytes - 1);
    await members.pass(2000);
    const before = members.status(full).lastLogIndex;
    for (let n = 0; n < 20; n += 1) await write(members, other, `i-${String(n)}`);
    await members.pass(3000);
    expect(members.status(full).lastLogIndex).toBe(before);
    expect(members.status(full).care.droppedAppendsCount).toBeGreaterThan(0);
    // Its own callers would never learn what became of their writes.
    const refusal = await refusalOf(members, full, "never");
    expect(refusal.code).toBe("overloaded");
    expect(refusal.message).toContain(members.paths(full).directory);
    // It still votes and confirms: without its answer there would be no leader left.
    members.isolate(other);
    expect(await read(members, leader)).toBeDefined();
    expect(members.status(leader).role).toBe("leader");
    members.network.heal();
    members.freeBytes.delete(full);
    await members.agreement();
    await members.pass(2000);
    expect(members.status(full).care.diskLow).toBe(false);
    expect((await write(members, full, "after")).result.ok).toBe(true);
  });

  it("of a majority refuses writes by name and bytes, and reads and elections go on", async () => {
    const members = await formed();
    const leader = await members.leader();
    const [a, b] = followersOf(members, leader);
    for (const at of [a, b]) members.freeBytes.set(at, lowBytes - 1);
    await members.pass(4000);
    for (const at of members.members) {
      const refusal = await refusalOf(members, at, "never");
      expect(refusal.code).toBe("overloaded");
      for (const full of [a, b]) expect(refusal.message).toContain(String(members.idOf(full)));
      expect(refusal.message).toContain(String(lowBytes * 1.5));
      expect(await read(members, at)).toBeDefined();
    }
    // A new leader's first entry gets through, and with it reads.
    await members.stop(leader);
    const next = await members.leader([a, b]);
    expect(await read(members, next)).toBeDefined();
    const refusal = await refusalOf(members, next, "never");
    expect(refusal.message).toContain(members.paths(next).directory);
    expect(refusal.message).toContain(`${String(lowBytes - 1)} bytes are free`);

    await members.restart(leader);
    for (const at of [a, b]) members.freeBytes.set(at, lowBytes * 2);
    await members.pass(8000);
    for (const at of members.members) await write(members, at, `i-${String(at)}`);
    await members.agreement();
    expect(members.plane(next).local().state.indices.size).toBe(3);
  });

  it("of everybody, then of all but one: the leader's place and the writes follow", async () => {
    const members = await formed();
    const leader = await members.leader();
    for (const at of members.members) members.freeBytes.set(at, lowBytes - 1);
    await members.pass(4000);
    expect(await codeOf(write(members, leader, "never"))).toBe("overloaded");
    const [a, b] = followersOf(members, await members.leader());
    for (const at of [a, b]) members.freeBytes.delete(at);
    await members.until("one with room leads", () => {
      return [a, b].some((at) => members.plane(at).leader().isSelf);
    });
    expect((await write(members, a, "again")).result.ok).toBe(true);
  });

  it("of a single member refuses writes and answers reads", async () => {
    const members = await formed(1);
    await write(members, 0, "before");
    members.freeBytes.set(0, lowBytes - 1);
    await members.pass(2000);
    expect((await refusalOf(members, 0, "never")).message).toContain(members.paths(0).directory);
    expect(await read(members, 0)).toBeDefined();
    // Low ends only well above where it began.
    members.freeBytes.set(0, lowBytes + 1);
    await members.pass(2000);
    expect(await codeOf(write(members, 0, "never"))).toBe("overloaded");
    members.freeBytes.set(0, lowBytes * 1.5);
    await members.pass(2000);
    expect((await write(members, 0, "after")).result.ok).toBe(true);
  });

  it("that is critical takes nothing, though then nothing can be committed", async () => {
    const members = await formed();
    const leader = await members.leader();
    const [a, b] = followersOf(members, leader);
    for (const at of [a, b]) members.freeBytes.set(at, lowBytes / 2 - 1);
    await members.pass(2000);
    const before = members.status(a).lastLogIndex;
    expect(await codeOf(write(members, leader, "never"))).toBe("overloaded");
    expect(members.status(a).lastLogIndex).toBe(before);
    expect(await read(members, leader)).toBeDefined();
  });
});
