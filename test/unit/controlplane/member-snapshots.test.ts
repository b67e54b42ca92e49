/**
 * Snapshots from end to end: taken, offered, pulled, verified, installed, restarted from; and a
 * member started again from each of the things its disk may still hold.
 */
import { rmSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";

import { assertDefined } from "../../../src/base/assert.js";
import { createDisk } from "../../../src/storage/disk.js";
import { SnapshotStore } from "../../../src/storage/snapshot/snapshot-store.js";
import { RecordingSink, codeOf } from "../../contract/control-plane.suite.js";
import { MemberCluster, type ClusterOptions } from "../../support/controlplane/member-cluster.js";
import { indexCreate } from "../../support/state/commands.js";

const caller = { origin: "test", budgetMs: 8000 } as const;
const often = { entriesCount: 20, logBytes: 2 ** 30, trailingEntries: 5 };

let cluster: MemberCluster | undefined;

afterEach(async () => {
  const last = cluster;
  cluster = undefined;
  await last?.close();
});

async function formed(options: Partial<ClusterOptions> = {}): Promise<MemberCluster> {
  cluster = await MemberCluster.formed({ size: 3, snapshot: often, ...options });
  return cluster;
}

async function write(members: MemberCluster, at: number, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const call = members.plane(at).propose(indexCreate(name), caller);
    expect((await members.settle(call)).result.ok).toBe(true);
  }
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}-${String(n)}`);
}

function taken(members: MemberCluster): number {
  return members.events.filter(({ event }) => event === "snapshot-taken").length;
}

/** Writes with `cut` away until its log alone cannot be brought up to date. */
async function leaveBehind(members: MemberCluster, cut: number): Promise<number> {
  members.isolate(cut);
  const leader = await members.leader(members.others(cut));
  const before = taken(members);
  for (let batch = 0; taken(members) < before + 4; batch += 1) {
    await write(members, leader, names(`away-${String(batch)}`, 10));
  }
  return leader;
}

async function pickFollower(members: MemberCluster): Promise<number> {
  return assertDefined(members.others(await members.leader())[0], "there is a follower");
}

describe("a member left behind", () => {
  it("installs the leader's snapshot; watchers start over once and then follow", async () => {
    const members = await formed();
    const cut = await pickFollower(members);
    await write(members, cut, names("both", 3));
    const sink = new RecordingSink();
    members.plane(cut).watch(undefined, sink);
    const from = members.plane(cut).local().state.version;
    const leader = await leaveBehind(members, cut);
    members.network.heal();
    await members.agreement();
    await write(members, leader, ["after"]);
    await members.agreement();
    expect(members.network.snapshotFetchCount).toBeGreaterThan(0);
    const snapshots = sink.got.filter((one) => one.startsWith("="));
    expect(snapshots).toHaveLength(1);
    expect(sink.versions[0]).toBeGreaterThan(from + 1);
    const first = sink.versions[0] ?? 0;
    const last = members.plane(leader).local().state.version;
    expect(sink.versions).toEqual(Array.from({ length: last - first + 1 }, (_, n) => first + n));
  });

  it("has the others' hash after a restart, and goes on", async () => {
    const members = await formed();
    const cut = await pickFollower(members);
    const leader = await leaveBehind(members, cut);
    members.network.heal();
    await members.agreement();
    await members.stop(cut);
    await write(members, leader, names("down", 3));
    await members.restart(cut);
    await members.agreement();
    await write(members, cut, ["up"]);
    await members.agreement();
  });

  it("a pull that breaks is repeated from the start, and nothing half is used", async () => {
    const members = await formed();
    const cut = await pickFollower(members);
    await leaveBehind(members, cut);
    let breaks = 3;
    members.network.breaksSnapshot = () => {
      breaks -= 1;
      return breaks >= 0;
    };
    members.network.heal();
    await members.agreement();
    expect(members.network.snapshotFetchCount).toBeGreaterThan(3);
    const failed = members.events.filter(({ event }) => event === "snapshot-fetch-failed");
    expect(failed.length).toBeGreaterThanOrEqual(3);
  });

  it("an acknowledgement that is lost does not leave the leader offering for ever", async () => {
    const members = await formed();
    const cut = await pickFollower(members);
    const leader = await leaveBehind(members, cut);
    const cutId = members.status(cut).memberId;
    members.network.heal();
    let lost = 0;
    members.network.drops = (message) => {
      const answers = message.kind === "appendResponse" && message.from === cutId;
      const installed = members.events.some(({ event }) => event === "test-installed");
      if (!answers || installed || members.network.snapshotFetchCount === 0) return false;
      lost += 1;
      return members.plane(cut).local().state.version > 40 && lost < 50;
    };
    await members.until("the snapshot is in", () => {
      const applied = members.plane(cut).local().state.version;
      return applied > 40 && lost > 0;
    });
    await members.pass(200);
    members.network.drops = undefined;
    await write(members, leader, ["after"]);
    await members.agreement();
  });

  it("what it had proposed is answered: applied, or unknown", async () => {
    const members = await formed();
    const leader = await members.leader();
    const cut = assertDefined(members.others(leader)[0], "there is a follower");
    await write(members, cut, ["before"]);
    members.isolate(cut);
    const calls = names("hidden", 5).map((name) =>
      codeOf(members.plane(cut).propose(indexCreate(name), { origin: "t", budgetMs: 60_000 })),
    );
    const taking = await leaveBehind(members, cut);
    members.network.heal();
    const codes = await members.settle(Promise.all(calls));
    for (const code of codes) expect(["none", "leader_lost"]).toContain(code);
    await members.agreement();
    const held = members.plane(taking).local().state.indices;
    for (const [n, code] of codes.entries()) {
      if (code === "none") expect(held.get(`hidden-${String(n)}`)).toBeDefined();
    }
  });

  it("a proposal whose entry the snapshot hides ends with leader_lost", async () => {
    const members = await formed();
    const leader = await members.leader();
    const cut = assertDefined(members.others(leader)[0], "there is a follower");
    await write(members, cut, ["before"]);
    const cutId = members.status(cut).memberId;
    // The request arrives, the log does not.
    members.network.drops = (message) => message.to === cutId && message.kind === "append";
    const call = members.plane(cut).propose(indexCreate("mine"), { ...caller, budgetMs: 60_000 });
    const code = codeOf(call);
    await members.until("it is in", () => members.plane(leader).local().state.indices.has("mine"));
    await leaveBehind(members, cut);
    members.network.drops = undefined;
    members.network.heal();
    expect(await members.settle(code)).toBe("leader_lost");
    await members.agreement();
    expect(members.plane(cut).local().state.indices.has("mine")).toBe(true);
  });
});

describe("a member started again", () => {
  async function stopped(): Promise<{ members: MemberCluster; at: number; leader: number }> {
    const members = await formed();
    const at = await pickFollower(members);
    for (let batch = 0; taken(members) < 12; batch += 1) {
      await write(members, at, names(`kept-${String(batch)}`, 10));
    }
    await members.agreement();
    await members.stop(at);
    const leader = await members.leader();
    await write(members, leader, names("more", 3));
    return { members, at, leader };
  }

  it("from its store, log and snapshots", async () => {
    const { members, at } = await stopped();
    await members.restart(at);
    await members.agreement();
    expect(members.events.some(({ event }) => event === "state-rebuild")).toBe(false);
  });

  it("from snapshot and log, its store wiped", async () => {
    const { members, at } = await stopped();
    rmSync(members.paths(at).state, { recursive: true });
    await members.restart(at);
    await members.agreement();
    await write(members, at, ["after"]);
    await members.agreement();
  });

  it("from snapshot and log, its store damaged", async () => {
    const { members, at } = await stopped();
    rmSync(`${members.paths(at).state}/current`);
    await members.restart(at);
    await members.agreement();
    expect(members.events.some(({ event }) => event === "state-rebuild")).toBe(true);
  });

  it("not without the snapshot that its log begins behind", async () => {
    const { members, at } = await stopped();
    rmSync(members.paths(at).snapshots, { recursive: true });
    await members.restart(at);
    const failed = members.joined(at).then(
      () => "joined",
      (thrown: unknown) => String(thrown),
    );
    expect(await members.settle(failed)).toContain("no snapshot reaches that far");
  });

  it("from the log alone, while nothing of it was given up", async () => {
    const members = await formed({ snapshot: { entriesCount: 1000, logBytes: 2 ** 30 } });
    const at = await pickFollower(members);
    await write(members, at, names("kept", 30));
    await members.stop(at);
    rmSync(members.paths(at).state, { recursive: true });
    rmSync(members.paths(at).snapshots, { recursive: true });
    await members.restart(at);
    await members.agreement();
    expect(members.plane(at).local().state.indices.size).toBe(30);
  });

  it("after a snapshot arrived whole and the process ended before the log knew", async () => {
    const members = await formed();
    const cut = await pickFollower(members);
    await write(members, cut, names("both", 3));
    await members.stop(cut);
    const leader = await leaveBehindStopped(members, cut);
    await copySnapshot(members, { from: leader, to: cut });
    await members.restart(cut);
    await members.agreement();
    await write(members, cut, ["after"]);
    await members.agreement();
  });

  it("all at once, with everything acknowledged still there", async () => {
    const members = await formed();
    const leader = await members.leader();
    await write(members, leader, names("kept", 45));
    await members.agreement();
    const { stateHash } = members.status(leader);
    for (const at of members.members) await members.stop(at);
    for (const at of members.members) await members.restart(at);
    await members.leader();
    await members.agreement();
    expect(members.members.map((at) => members.status(at).stateHash)).toEqual(
      members.members.map(() => stateHash),
    );
  });
});

async function leaveBehindStopped(members: MemberCluster, cut: number): Promise<number> {
  const leader = await members.leader(members.others(cut));
  const before = taken(members);
  for (let batch = 0; taken(members) < before + 4; batch += 1) {
    await write(members, leader, names(`away-${String(batch)}`, 10));
  }
  return leader;
}

/** Puts the newest snapshot of one member onto the disk of another, as a finished pull does. */
async function copySnapshot(
  members: MemberCluster,
  between: { readonly from: number; readonly to: number },
): Promise<void> {
  const clusterId = members.member(between.from).clusterUuid;
  const open = (at: number): SnapshotStore =>
    new SnapshotStore({ disk: createDisk(), directory: members.paths(at).snapshots, clusterId });
  const source = open(between.from);
  const newest = assertDefined(source.list()[0], "there is a snapshot");
  const writer = open(between.to).receive(newest.id);
  for (let offset = 0; offset < newest.bytes;) {
    const { bytes } = await source.readChunkAt(newest.id, offset);
    await writer.write(bytes);
    offset += bytes.byteLength;
  }
  await writer.finish();
}
