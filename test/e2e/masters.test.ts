/**
 * Three real daemons: what survives kill -9, who may vote after losing a disk, and what is still
 * answered without a quorum. Each test says which promise it keeps.
 */
import { rmSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";

import { status } from "@grpc/grpc-js";

import { MasterClient } from "../support/master-client.js";
import { memberStatus, type MemberStatus } from "../support/member-status.js";
import { eventually, TestCluster, type ManagedProcess } from "../support/processes.js";

let cluster: TestCluster | undefined;
let clients: MasterClient[] = [];

afterEach(async () => {
  for (const client of clients) client.close();
  clients = [];
  await cluster?.close();
  cluster = undefined;
});

/** Prepares a cluster of `size` masters with a client each; nothing runs yet. */
async function prepare(size = 3): Promise<TestCluster> {
  const made = await TestCluster.create(size);
  cluster = made;
  clients = made.places.map((_, i) => new MasterClient(made.grpcAddress(i)));
  return made;
}

function client(i: number): MasterClient {
  const found = clients[i];
  if (found === undefined) throw new Error(`there is no client ${String(i)}`);
  return found;
}

/** Position of the leader that member `i` names. */
async function leaderOf(made: TestCluster, i = 0): Promise<number> {
  return eventually("a leader is named", async () => {
    const state = await client(i).state("CONSISTENCY_LINEARIZABLE", 2000);
    const at = made.places.findIndex((place) => place.nodeId === state.master_node?.node_id);
    return at === -1 ? undefined : at;
  });
}

/** Waits until all given members have applied the same version; returns their statuses. */
function converged(made: TestCluster, members: readonly number[]): Promise<MemberStatus[]> {
  return eventually("all members have applied the same", async () => {
    const all = await Promise.all(members.map((i) => memberStatus(made.place(i).httpPort)));
    const first = all[0];
    const same = all.every(
      (one) => one.version === first?.version && one.stateHash === first.stateHash,
    );
    return same ? all : undefined;
  });
}

/** The cluster's uuid each time that a master took part, as its log says. */
function clustersJoined(master: ManagedProcess): string[] {
  return [...master.log().matchAll(/"event":"joined","clusterUuid":"([^"]*)"/g)].map(
    ([, uuid]) => uuid ?? "",
  );
}

/** The status a call fails with; 0 when it succeeds. */
function codeOf(call: Promise<unknown>): Promise<number> {
  return call.then(
    () => 0,
    (error: unknown) => (error as { code: number }).code,
  );
}

async function indexNames(i: number): Promise<string[]> {
  const state = await client(i).state("CONSISTENCY_LOCAL");
  return state.indices.map((index) => index.index_name).sort();
}

describe("acknowledged means durable", () => {
  it("keeps every acknowledged index once when the leader is killed under load", async () => {
    const made = await prepare();
    made.startAll();
    const leader = await leaderOf(made);
    const asked = [0, 1, 2].find((i) => i !== leader) ?? 0;
    const acknowledged: string[] = [];
    const unknown: string[] = [];
    let stop = false;
    const writers = [0, 1, 2, 3].map(async (writer) => {
      for (let n = 0; !stop; n += 1) {
        const name = `w${String(writer)}-${String(n)}`;
        try {
          await client(asked).createIndex(name);
          acknowledged.push(name);
        } catch {
          unknown.push(name);
        }
      }
    });
    await eventually("writes flow", () => (acknowledged.length > 100 ? true : undefined));
    const before = acknowledged.length;
    await made.master(leader).kill();
    await eventually("a new leader takes writes", () =>
      acknowledged.length > before + 100 ? true : undefined,
    );
    stop = true;
    await Promise.all(writers);
    made.master(leader).start();
    await converged(made, [0, 1, 2]);
    for (const i of [0, 1, 2]) {
      const names = await indexNames(i);
      expect(new Set(names).size).toBe(names.length);
      expect(acknowledged.filter((name) => !names.includes(name))).toEqual([]);
      const explained = new Set([...acknowledged, ...unknown]);
      expect(names.filter((name) => !explained.has(name))).toEqual([]);
    }
  }, 60_000);

  it("comes back with the same state after all members are killed at once", async () => {
    const made = await prepare();
    made.startAll();
    await leaderOf(made);
    const names = Array.from({ length: 30 }, (_, n) => `index-${String(n).padStart(2, "0")}`);
    for (const [n, name] of names.entries()) {
      await client(n % 3).createIndex(name, { shards: 2, replicas: 1 });
    }
    const before = (await converged(made, [0, 1, 2]))[0];
    await Promise.all(made.masters.map((master) => master.kill()));
    made.startAll();
    await leaderOf(made);
    for (const after of await converged(made, [0, 1, 2])) {
      expect(after.stateHash).toBe(before?.stateHash);
      expect(after.version).toBe(before?.version);
      expect(after.clusterUuid).toBe(before?.clusterUuid);
    }
    expect(before?.clusterUuid).not.toBe("");
    for (const i of [0, 1, 2]) expect(await indexNames(i)).toEqual(names);
  }, 60_000);
});

describe("stopping in good order", () => {
  it("hands leadership over without an error for those who write elsewhere", async () => {
    const made = await prepare();
    made.startAll();
    const leader = await leaderOf(made);
    const others = [0, 1, 2].filter((i) => i !== leader);
    const failures: unknown[] = [];
    let written = 0;
    let stop = false;
    const writers = others.map(async (i) => {
      for (let n = 0; !stop; n += 1) {
        await client(i)
          .createIndex(`from-${String(i)}-${String(n)}`)
          .then(
            () => (written += 1),
            (error: unknown) => failures.push(error),
          );
      }
    });
    await eventually("writes flow", () => (written > 50 ? true : undefined));
    const exit = await made.master(leader).stop();
    const atStop = written;
    await eventually("writes go on", () => (written > atStop + 50 ? true : undefined));
    stop = true;
    await Promise.all(writers);
    expect(exit).toEqual({ code: 0, signal: null });
    expect(failures).toEqual([]);
    expect(made.master(leader).log()).not.toContain("stop-overdue");
  }, 60_000);
});

describe("forming a cluster", () => {
  it("forms one cluster of masters that start one after the other", async () => {
    const made = await prepare();
    made.master(0).start();
    const listening = await eventually("the first listens", () =>
      made.master(0).log().includes("formation-waiting") ? true : undefined,
    );
    expect(listening).toBe(true);
    const waiting = client(0).createIndex("early", { timeoutMs: 20_000 });
    await eventually("the first waits", () =>
      made.master(0).log().includes("formation-waiting") ? true : undefined,
    );
    made.master(1).start();
    await eventually("the second waits", () =>
      made.master(1).log().includes("formation-waiting") ? true : undefined,
    );
    made.master(2).start();
    await leaderOf(made);
    const statuses = await converged(made, [0, 1, 2]);
    expect(new Set(statuses.map((one) => one.clusterUuid)).size).toBe(1);
    // The call that came before there was a cluster waited for it, or ended with the one status
    // that existing clients repeat.
    await waiting.catch((error: unknown) => {
      expect((error as { code: number }).code).toBe(status.FAILED_PRECONDITION);
    });
  }, 60_000);

  it("ends in good order when it is told to stop before there is a cluster", async () => {
    const made = await prepare();
    const waiting = [made.master(0), made.master(1)];
    for (const master of waiting) {
      master.start();
      await eventually("it waits for the others", () =>
        master.log().includes("formation-waiting") ? true : undefined,
      );
    }
    for (const master of waiting) {
      expect(await master.stop()).toEqual({ code: 0, signal: null });
      expect(master.log()).not.toContain('"level":"fatal"');
    }
  }, 60_000);

  it("lets no member with a wiped disk vote or join by itself", async () => {
    const made = await prepare();
    made.startAll();
    await leaderOf(made);
    await client(0).createIndex("kept");
    await made.master(2).kill();
    rmSync(made.place(2).dataDir, { recursive: true });
    made.master(2).start();
    expect((await made.master(2).exit()).code).toBe(79);
    expect(made.master(2).log()).toContain("replace");

    await made.master(1).kill();
    rmSync(made.place(1).dataDir, { recursive: true });
    made.master(1).start();
    expect((await made.master(1).exit()).code).toBe(79);
    await expect(client(0).createIndex("lost", { timeoutMs: 1500 })).rejects.toThrow();
    const state = await client(0).state("CONSISTENCY_LOCAL");
    expect(state.indices.map((index) => index.index_name)).toEqual(["kept"]);
  }, 60_000);

  it("does not form a second cluster of two wiped members", async () => {
    const made = await prepare();
    made.startAll();
    await leaderOf(made);
    const [clusterUuid] = clustersJoined(made.master(0));
    expect(clusterUuid).toMatch(/^[0-9a-f-]{36}$/);
    await Promise.all(made.masters.map((master) => master.kill()));
    for (const i of [1, 2]) rmSync(made.place(i).dataDir, { recursive: true });
    for (const i of [1, 2]) made.master(i).start();
    for (const i of [1, 2]) {
      await eventually("a wiped member waits for all addresses", () =>
        made.master(i).log().includes("formation-waiting") ? true : undefined,
      );
    }
    made.master(0).start();
    const wiped: readonly ManagedProcess[] = [made.master(1), made.master(2)];
    for (const master of wiped) expect((await master.exit()).code).toBe(79);
    // By its disk: what it has applied may be less without a majority to tell what is committed.
    await eventually("the survivor takes part again", () =>
      clustersJoined(made.master(0)).length === 2 ? true : undefined,
    );
    expect(clustersJoined(made.master(0))).toEqual([clusterUuid, clusterUuid]);
    for (const master of wiped) expect(clustersJoined(master)).toEqual([clusterUuid]);
  }, 60_000);
});

describe("without a quorum", () => {
  it("answers old clients with the last state, marked stale, and nothing else", async () => {
    const made = await prepare();
    made.startAll();
    const leader = await leaderOf(made);
    await client(leader).createIndex("seen");
    await converged(made, [0, 1, 2]);
    const [last, ...stopped] = [0, 1, 2].sort((a) => (a === leader ? 1 : -1));
    if (last === undefined) throw new Error("three members");
    for (const i of stopped) await made.master(i).kill();
    const answer = await client(last).state(undefined, 9000);
    expect(answer.stale).toBe(true);
    expect(answer.indices.map((index) => index.index_name)).toEqual(["seen"]);
    const refused = [status.FAILED_PRECONDITION, status.DEADLINE_EXCEEDED];
    const read = client(last).state("CONSISTENCY_LINEARIZABLE", 3000);
    expect(refused).toContain(await codeOf(read));
    const write = client(last).createIndex("unseen", { timeoutMs: 3000 });
    expect([...refused, status.UNAVAILABLE]).toContain(await codeOf(write));
    expect((await client(last).state("CONSISTENCY_LOCAL")).indices).toHaveLength(1);
  }, 60_000);
});
