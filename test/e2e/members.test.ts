/**
 * Members that come, go and are replaced while the cluster works: real daemons, changed with the
 * admin program as an operator does. Each test says which promise it keeps.
 */
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

import { exitCode } from "../../src/base/errors.js";
import { runAdmin, startAdmin, type AdminRun } from "../support/admin-program.js";
import { MasterClient } from "../support/master-client.js";
import { memberStatus } from "../support/member-status.js";
import { eventually, TestCluster, type MasterPlace } from "../support/processes.js";

/** As these daemons are configured, which is the default. */
const electionTimeoutMs = 1_000;

let cluster: TestCluster | undefined;
const clients: MasterClient[] = [];
const loads: Load[] = [];

afterEach(async () => {
  for (const load of loads.splice(0)) await load.stop();
  for (const client of clients.splice(0)) client.close();
  await cluster?.close();
  cluster = undefined;
});

/** Starts three masters; gives them with the positions of the leader and of the others. */
async function started(): Promise<{
  readonly made: TestCluster;
  readonly leader: number;
  readonly followers: readonly [number, number];
}> {
  const made = await TestCluster.create(3);
  cluster = made;
  made.startAll();
  const client = clientOf(made.place(0));
  const leader = await eventually("a leader is named", async () => {
    const state = await client.state("CONSISTENCY_LINEARIZABLE", 2000);
    const at = made.places.findIndex((place) => place.nodeId === state.master_node?.node_id);
    return at === -1 ? undefined : at;
  });
  const [one = 0, other = 0] = [0, 1, 2].filter((i) => i !== leader);
  return { made, leader, followers: [one, other] };
}

/** Starts one more master, which waits to be added; gives its place. */
async function newcomer(made: TestCluster, nodeId: string): Promise<MasterPlace> {
  const { place, master } = await made.newcomer(nodeId);
  master.start();
  await eventually("the new one listens", () =>
    master.log().includes('"event":"started"') ? true : undefined,
  );
  return place;
}

function clientOf(place: MasterPlace): MasterClient {
  const client = new MasterClient(`127.0.0.1:${String(place.grpcPort)}`);
  clients.push(client);
  return client;
}

function endpoint(place: MasterPlace): readonly string[] {
  return ["--endpoint", `127.0.0.1:${String(place.grpcPort)}`];
}

function peerAddress(place: MasterPlace): string {
  return `127.0.0.1:${String(place.raftPort)}`;
}

interface ListedMember {
  readonly node_id: string;
  readonly suffrage: string;
  readonly last_contact_ms?: number;
}

interface Listed {
  readonly members: readonly ListedMember[];
  readonly is_joint: boolean;
  readonly removed: readonly number[];
}

/** The members as `member list` at one of them shows them. */
async function listed(place: MasterPlace): Promise<Listed> {
  const run = await runAdmin("member", "list", "--json", ...endpoint(place));
  expect(run).toMatchObject({ code: exitCode.clean, stderr: "" });
  return (JSON.parse(run.stdout) as { members: Listed }).members;
}

function voters({ members }: Listed): string[] {
  return members
    .filter((member) => member.suffrage === "SUFFRAGE_VOTER")
    .map((member) => member.node_id)
    .sort();
}

/** Writers that create indices one after the other until they are told to stop. */
class Load {
  readonly acknowledged: string[] = [];
  readonly failures: unknown[] = [];
  readonly #writers: Promise<void>[];
  #isOver = false;

  constructor(places: readonly MasterPlace[], count: number) {
    loads.push(this);
    this.#writers = Array.from({ length: count }, async (_, writer) => {
      const place = places[writer % places.length];
      if (place === undefined) throw new Error("there is nobody to write to");
      const client = clientOf(place);
      for (let n = 0; !this.#isOver; n += 1) {
        const name = `w${String(writer)}-${String(n)}`;
        try {
          await client.createIndex(name);
          this.acknowledged.push(name);
        } catch (thrown) {
          this.failures.push(thrown);
        }
      }
    });
  }

  /** Resolves when so many more writes are acknowledged. */
  async progress(count: number): Promise<void> {
    const until = this.acknowledged.length + count;
    await eventually("writes flow", () => (this.acknowledged.length >= until ? true : undefined));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#writers);
  }
}

/** Waits until all given members have applied the same, and gives how many voters they see. */
async function converged(places: readonly MasterPlace[]): Promise<void> {
  await eventually("all members have applied the same", async () => {
    const all = await Promise.all(places.map((place) => memberStatus(place.httpPort)));
    const [first] = all;
    return all.every((one) => one.version === first?.version && one.stateHash === first.stateHash)
      ? true
      : undefined;
  });
}

async function expectHeld(place: MasterPlace, names: readonly string[]): Promise<void> {
  const state = await clientOf(place).state("CONSISTENCY_LOCAL");
  const held = new Set(state.indices.map((index) => index.index_name));
  expect(held.size).toBe(state.indices.length);
  expect(names.filter((name) => !held.has(name))).toEqual([]);
}

describe("a cluster grows and shrinks", () => {
  it("takes in a fourth through a follower, moves leadership without an error, loses its leader", async () => {
    const { made, leader, followers } = await started();
    const follower = made.place(followers[0]);
    const place = await newcomer(made, "m4");
    const adding = startAdmin(["member", "add", peerAddress(place), ...endpoint(follower)]);
    await eventually("it waits for the vote", () =>
      adding.stderr().includes("m4 (id ") ? true : undefined,
    );
    adding.interrupt();
    const interrupted = await adding.done;
    expect(interrupted.code).toBe(130);
    expect(interrupted.stdout).toMatch(/^m4 \(id \d+\) is in as a learner and will vote/);
    expect(interrupted.stderr).toContain("the change is made and stays");
    await eventually("it votes all the same", async () =>
      voters(await listed(follower)).includes("m4") ? true : undefined,
    );

    const load = new Load([follower, place], 4);
    await load.progress(50);
    const moved = await runAdmin("member", "transfer", "m4", ...endpoint(follower));
    expect(moved.code, moved.stderr).toBe(exitCode.clean);
    expect(moved.stdout).toMatch(/^m4 \(id \d+\) leads now$/m);
    await load.progress(50);
    const back = await runAdmin("member", "transfer", ...endpoint(place));
    expect(back.code, back.stderr).toBe(exitCode.clean);
    await load.progress(50);
    await load.stop();
    expect(load.failures).toEqual([]);

    const old = made.place(leader);
    expect((await runAdmin("member", "transfer", old.nodeId, ...endpoint(place))).code).toBe(0);
    const removed = await runAdmin("member", "remove", old.nodeId, ...endpoint(follower));
    expect(removed.code, removed.stderr).toBe(exitCode.clean);
    expect((await made.master(leader).exit()).code).toBe(exitCode.dataRefused);
    const after = await listed(place);
    expect(voters(after)).toEqual([follower.nodeId, made.place(followers[1]).nodeId, "m4"].sort());
    expect(after.removed).toHaveLength(1);
    await expectHeld(place, load.acknowledged);
  }, 60_000);

  it("refuses to remove a member that the others need, and says why", async () => {
    const { made, leader, followers } = await started();
    const [one, other] = followers;
    await made.master(one).kill();
    const { nodeId } = made.place(one);
    await eventually("the leader misses it", async () => {
      const { members } = await listed(made.place(leader));
      const missed = members.find((member) => member.node_id === nodeId);
      return (missed?.last_contact_ms ?? 0) > electionTimeoutMs ? true : undefined;
    });
    const needed = made.place(other).nodeId;
    const refused = await runAdmin("member", "remove", needed, ...endpoint(made.place(leader)));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^quidditch-admin: refused: .*2 of 2 are needed/);
    expect(voters(await listed(made.place(leader)))).toHaveLength(3);
    const unknown = await runAdmin("member", "remove", "m9", ...endpoint(made.place(leader)));
    expect(unknown).toMatchObject({ code: 1, stdout: "" });
    expect(unknown.stderr).toContain("there is no member m9; there are: m");
  }, 60_000);
});

describe("a member is replaced", () => {
  it("under load without a failed write although it leads, and cannot come back", async () => {
    const { made, leader, followers } = await started();
    const stay = followers.map((i) => made.place(i));
    const load = new Load(stay, 4);
    await load.progress(100);
    const place = await newcomer(made, "m4");
    const old = made.master(leader);
    const args = [old.name, peerAddress(place), ...endpoint(made.place(followers[0]))];
    const replaced = await runAdmin("member", "replace", ...args);
    expect(replaced.code, replaced.stderr).toBe(exitCode.clean);
    expect(replaced.stdout).toMatch(/^m4 \(id \d+\) is in as a learner and will replace m\d /);
    expect(replaced.stdout).toContain(`votes now; ${old.name} is out for good`);
    expect((await old.exit()).code).toBe(exitCode.dataRefused);
    await load.progress(100);

    for (const extra of [[], ["--join"]]) {
      old.start(extra);
      expect((await old.exit()).code).toBe(exitCode.dataRefused);
    }
    await load.stop();
    expect(load.failures).toEqual([]);
    const after = await listed(place);
    expect(voters(after)).toEqual([...stay.map((one) => one.nodeId), "m4"].sort());
    expect(after).toMatchObject({ is_joint: false, removed: [expect.any(Number)] });
    await converged([...stay, place]);
    await expectHeld(place, load.acknowledged);
  }, 60_000);
});

/** Newest file below a folder whose name ends so. */
function fileIn(folder: string, suffix: string): string {
  const name = readdirSync(folder)
    .filter((one) => one.endsWith(suffix))
    .sort()
    .at(-1);
  if (name === undefined) throw new Error(`no ${suffix} in ${folder}`);
  return join(folder, name);
}

describe("the admin program", () => {
  it("names the way out when it can do nothing", async () => {
    expect(await runAdmin()).toMatchObject({ code: exitCode.usage, stdout: "" });
    const wrong = await runAdmin("member", "remove");
    expect(wrong.code).toBe(exitCode.usage);
    expect(wrong.stderr).toMatch(/^quidditch-admin: MEMBER is missing\n\nusage: /);
    const help = await runAdmin("--help");
    expect(help).toMatchObject({ code: exitCode.clean, stderr: "" });
    const silent = await runAdmin("member", "list", "--endpoint", "127.0.0.1:1");
    expect(silent).toMatchObject({ code: exitCode.temporary, stdout: "" });
    expect(silent.stderr).toContain("127.0.0.1:1: nobody listens there");
    const version = await runAdmin("--version");
    expect(version.stdout).toMatch(/^quidditch-admin \d+\.\d+\.\d+ \(node v\d+/);
  });

  it("looks at a data directory while the daemon runs and when it is damaged", async () => {
    const { made, followers } = await started();
    const [at] = followers;
    const { dataDir } = made.place(at);
    const client = clientOf(made.place(at));
    for (let n = 0; n < 20; n += 1) await client.createIndex(`index-${String(n)}`);
    const live = await runAdmin("wal", "verify", dataDir);
    expect(live.code, live.stdout).toBe(exitCode.clean);
    expect(live.stderr).toContain(`process ${String(made.master(at).pid)} uses ${dataDir}`);
    await made.master(at).stop();
    const stopped = await runAdmin("wal", "inspect", dataDir, "--json");
    expect(stopped).toMatchObject({ code: exitCode.clean, stderr: "" });
    const seen = JSON.parse(stopped.stdout) as { last_log_index: number; decision: string };
    expect(seen.decision).toBe("open");
    expect(seen.last_log_index).toBeGreaterThan(20);
    const segment = fileIn(join(dataDir, "wal"), ".wal");
    const bytes = readFileSync(segment);
    bytes[520] = (bytes[520] ?? 0) ^ 1;
    writeFileSync(segment, bytes);
    const damaged: AdminRun = await runAdmin("wal", "verify", dataDir);
    expect(damaged.code).toBe(exitCode.dataRefused);
    expect(damaged.stdout).toContain(`${segment} at byte 512 `);
    rmSync(segment);
    const deleted = await runAdmin("wal", "verify", dataDir);
    expect(deleted.code).toBe(exitCode.dataRefused);
    expect(deleted.stderr).toContain("the log was deleted");
  }, 60_000);
});
