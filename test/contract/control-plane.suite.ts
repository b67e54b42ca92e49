/**
 * What every implementation of the control plane's port must keep, whatever it stores the state
 * in. A fixture brings one or more members and says how time passes; nothing here knows more than
 * the port.
 */
import { afterEach, describe, expect, it } from "vitest";

import { MasterError, type ErrorCode } from "../../src/base/errors.js";
import type { ControlPlane, LeaderView, WatchSink } from "../../src/controlplane/port.js";
import type { StateDelta } from "../../src/state/changes.js";
import type { Command } from "../../src/state/commands.js";
import type { ClusterState } from "../../src/state/model.js";
import { indexCreate } from "../support/state/commands.js";

/** One cluster under test. */
export interface ControlPlaneFixture {
  /** One plane per member. */
  readonly planes: readonly ControlPlane[];
  /** Lets time pass until `call` is settled. */
  settle<T>(call: Promise<T>): Promise<T>;
  /** Lets time pass until `probe` is true. */
  until(what: string, probe: () => boolean): Promise<void>;
  /** Cuts a member off from all others, without a sign. */
  isolate(member: number): void;
  heal(): void;
  /** Stops a member in good order; its plane may still be called. */
  stop(member: number): Promise<void>;
  close(): Promise<void>;
}

const caller = { origin: "test", budgetMs: 8000 } as const;

/** A watcher that writes down what it gets. */
export class RecordingSink implements WatchSink {
  readonly got: string[] = [];
  readonly versions: number[] = [];

  onDelta(delta: StateDelta): void {
    this.got.push(`${String(delta.before.version)}>${String(delta.after.version)}`);
    this.versions.push(delta.after.version);
  }

  onSnapshot(state: ClusterState): void {
    this.got.push(`=${String(state.version)}`);
    this.versions.push(state.version);
  }

  onEnd(): void {
    this.got.push("end");
  }
}

/** The code of the error that `call` ends with, or "none". */
export async function codeOf(call: Promise<unknown>): Promise<ErrorCode | "none"> {
  return call.then(
    () => "none" as const,
    (thrown: unknown) => MasterError.from(thrown).code,
  );
}

/** Runs the suite; `open` starts a cluster of that size and waits for nothing. */
export function controlPlaneContract(
  name: string,
  open: (size: number) => Promise<ControlPlaneFixture>,
): void {
  let opened: ControlPlaneFixture[] = [];
  const start = async (size: number): Promise<ControlPlaneFixture> => {
    const fixture = await open(size);
    opened.push(fixture);
    return fixture;
  };
  afterEach(async () => {
    const fixtures = opened;
    opened = [];
    for (const fixture of fixtures) await fixture.close();
  });
  for (const size of [1, 3]) {
    describe(`${name}: a control plane of ${String(size)}`, () => {
      describeCalls(() => start(size));
      describeWatches(() => start(size));
      describeLeadership(() => start(size));
    });
  }
  describe(`${name}: a control plane of 3`, () => {
    describeFailures(() => start(3));
  });
}

function describeCalls(start: () => Promise<ControlPlaneFixture>): void {
  it("a call made before there is a leader waits for one", async () => {
    const fixture = await start();
    const calls = fixture.planes.map((plane, at) => plane.propose(create(`early-${at}`), caller));
    const results = await fixture.settle(Promise.all(calls));
    expect(results.every(({ result }) => result.ok)).toBe(true);
  });

  it("a proposal is applied on the member that was asked, with its version", async () => {
    const fixture = await start();
    for (const [at, plane] of fixture.planes.entries()) {
      const proposed = await fixture.settle(plane.propose(create(`own-${at}`), caller));
      expect(plane.local().state.version).toBeGreaterThanOrEqual(proposed.version);
      expect(plane.local().state.indices.get(`own-${at}`)).toBeDefined();
    }
  });

  it("a rejection is a value and moves no version", async () => {
    const fixture = await start();
    const plane = planeOf(fixture, 0);
    const first = await fixture.settle(plane.propose(create("twice"), caller));
    const second = await fixture.settle(plane.propose(create("twice"), caller));
    expect(second).toMatchObject({
      version: first.version,
      result: { ok: false, code: "index_already_exists" },
    });
  });

  it("every acknowledged write is in every linearizable read that starts afterwards", async () => {
    const fixture = await start();
    for (let round = 0; round < 6; round += 1) {
      const writer = planeOf(fixture, round % fixture.planes.length);
      const reader = planeOf(fixture, (round + 1) % fixture.planes.length);
      const name = `seen-${String(round)}`;
      const { version } = await fixture.settle(writer.propose(create(name), caller));
      const view = await fixture.settle(reader.read("linearizable", { budgetMs: 8000 }));
      expect(view.state.version).toBeGreaterThanOrEqual(version);
      expect(view.state.indices.get(name)).toBeDefined();
      expect(view.stale).toBe(false);
    }
  });

  it("many writes at once: each exactly one version, none lost", async () => {
    const fixture = await start();
    const calls = Array.from({ length: 60 }, (_, n) =>
      planeOf(fixture, n % fixture.planes.length).propose(create(`many-${String(n)}`), caller),
    );
    const results = await fixture.settle(Promise.all(calls));
    const versions = results.map((one) => one.version).sort((a, b) => a - b);
    expect(new Set(versions).size).toBe(60);
    expect((versions.at(-1) ?? 0) - (versions[0] ?? 0)).toBe(59);
    const view = await fixture.settle(planeOf(fixture, 0).read("linearizable", { budgetMs: 8000 }));
    expect(view.state.indices.size).toBe(60);
  });

  it("a local read is marked stale and costs no wait", async () => {
    const fixture = await start();
    const view = await planeOf(fixture, 0).read("local", { budgetMs: 0 });
    expect(view.stale).toBe(true);
  });

  it("a caller that has gone ends its wait", async () => {
    const fixture = await start();
    const gone = AbortSignal.abort();
    const plane = planeOf(fixture, 0);
    const options = { budgetMs: undefined, signal: gone };
    expect(await codeOf(plane.propose(create("gone"), { ...options, origin: "test" }))).toBe(
      "no_leader",
    );
    expect(await codeOf(plane.read("linearizable", options))).toBe("no_leader");
  });

  it("a stopped member refuses calls as stopping, and ends those that wait", async () => {
    const fixture = await start();
    const plane = planeOf(fixture, 0);
    const waiting = codeOf(plane.propose(create("w"), { origin: "test", budgetMs: undefined }));
    await fixture.stop(0);
    expect(["none", "stopping", "leader_lost"]).toContain(await fixture.settle(waiting));
    expect(await fixture.settle(codeOf(plane.propose(create("x"), caller)))).toBe("stopping");
    expect(await fixture.settle(codeOf(plane.read("linearizable", caller)))).toBe("stopping");
  });
}

function describeWatches(start: () => Promise<ControlPlaneFixture>): void {
  it("every watcher on every member gets each version once and in order", async () => {
    const fixture = await start();
    const before = await write(fixture, 0, "before");
    await fixture.until("all have it", () =>
      fixture.planes.every((plane) => plane.local().state.version >= before),
    );
    const sinks = fixture.planes.map((plane) => {
      const sink = new RecordingSink();
      plane.watch(plane.local().state.version, sink);
      return { plane, sink, from: plane.local().state.version };
    });
    let last = 0;
    for (let n = 0; n < 5; n += 1) last = await write(fixture, n, `w-${String(n)}`);
    for (const { plane, sink, from } of sinks) {
      await fixture.until("applied", () => plane.local().state.version >= last);
      expect(sink.got).toEqual(
        Array.from(
          { length: last - from },
          (_, n) => `${String(from + n)}>${String(from + n + 1)}`,
        ),
      );
    }
  });

  it("resumes after the version it names; 0 begins with a snapshot; ahead waits", async () => {
    const fixture = await start();
    const plane = planeOf(fixture, 0);
    const first = await write(fixture, 0, "a");
    const second = await write(fixture, 0, "b");
    const [resumed, whole, ahead] = [new RecordingSink(), new RecordingSink(), new RecordingSink()];
    plane.watch(first, resumed);
    plane.watch(0, whole);
    plane.watch(second + 1, ahead);
    expect(resumed.versions).toEqual(range(first + 1, second));
    expect(whole.got).toEqual([`=${String(second)}`]);
    const third = await write(fixture, 0, "c");
    const fourth = await write(fixture, 0, "d");
    expect(ahead.versions).toEqual(range(second + 2, fourth));
    expect(whole.versions).toEqual([second, ...range(second + 1, fourth)]);
    expect(third).toBeLessThan(fourth);
  });

  it("a closed watch gets nothing more, and a stop ends the open ones once", async () => {
    const fixture = await start();
    const plane = planeOf(fixture, 0);
    await write(fixture, 0, "a");
    const [closed, open] = [new RecordingSink(), new RecordingSink()];
    plane.watch(undefined, closed).close();
    plane.watch(undefined, open);
    const last = await write(fixture, 0, "b");
    await fixture.stop(0);
    expect(closed.got).toEqual([]);
    expect(open.versions).toEqual([last]);
    expect(open.got.filter((one) => one === "end")).toEqual(["end"]);
  });

  it("a rejected command reaches no watcher", async () => {
    const fixture = await start();
    const plane = planeOf(fixture, 0);
    await write(fixture, 0, "a");
    const sink = new RecordingSink();
    plane.watch(undefined, sink);
    await fixture.settle(plane.propose(create("a"), caller));
    expect(sink.got).toEqual([]);
  });
}

function describeLeadership(start: () => Promise<ControlPlaneFixture>): void {
  it("one leader, named alike by all, and listeners are told", async () => {
    const fixture = await start();
    const told: LeaderView[][] = fixture.planes.map((plane) => {
      const seen: LeaderView[] = [];
      plane.onLeaderChange((view) => seen.push(view));
      return seen;
    });
    const leader = await leaderOf(fixture);
    const { epoch, nodeId } = planeOf(fixture, leader).leader();
    await fixture.until("all know", () =>
      fixture.planes.every((plane) => {
        const view = plane.leader();
        return view.epoch === epoch && view.nodeId === nodeId && view.electedAtMs > 0;
      }),
    );
    expect(nodeId).not.toBe("");
    expect(fixture.planes.filter((plane) => plane.leader().isSelf)).toHaveLength(1);
    for (const [at, seen] of told.entries()) {
      expect(seen.at(-1)).toEqual(fixture.planes[at]?.leader());
      const epochs = seen.map((view) => view.epoch);
      expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
    }
  });

  it("a closed listener is told nothing", async () => {
    const fixture = await start();
    const seen: LeaderView[] = [];
    planeOf(fixture, 0)
      .onLeaderChange((view) => seen.push(view))
      .close();
    await leaderOf(fixture);
    expect(seen).toEqual([]);
  });

  it("a proposal for an epoch goes to its leader alone", async () => {
    const fixture = await start();
    const leader = await leaderOf(fixture);
    const plane = planeOf(fixture, leader);
    const { epoch } = plane.leader();
    const mine = plane.propose(create("fenced"), { ...caller, epoch });
    expect((await fixture.settle(mine)).result.ok).toBe(true);
    const old = plane.propose(create("old"), { ...caller, epoch: epoch - 1 });
    expect(await fixture.settle(codeOf(old))).toBe("not_leader");
    for (const [at, other] of fixture.planes.entries()) {
      if (at === leader) continue;
      const wrong = other.propose(create("wrong"), { ...caller, epoch });
      expect(await fixture.settle(codeOf(wrong))).toBe("not_leader");
    }
  });

  it("leadership is confirmed to the leader under its epoch only", async () => {
    const fixture = await start();
    const leader = await leaderOf(fixture);
    const { epoch } = planeOf(fixture, leader).leader();
    for (const [at, plane] of fixture.planes.entries()) {
      const confirmed = await fixture.settle(plane.confirmLeadership(epoch, caller));
      expect(confirmed).toBe(at === leader);
      expect(await fixture.settle(plane.confirmLeadership(epoch - 1, caller))).toBe(false);
    }
  });
}

function describeFailures(start: () => Promise<ControlPlaneFixture>): void {
  it("a leader cut off: its reads and confirmations fail, the others go on", async () => {
    const fixture = await start();
    const old = await leaderOf(fixture);
    await write(fixture, old, "before");
    const { epoch } = planeOf(fixture, old).leader();
    fixture.isolate(old);
    const budgetMs = 400;
    const read = codeOf(planeOf(fixture, old).read("linearizable", { budgetMs }));
    const confirm = planeOf(fixture, old).confirmLeadership(epoch, { budgetMs });
    expect(await fixture.settle(read)).toBe("no_leader");
    expect(await fixture.settle(confirm)).toBe(false);
    const rest = fixture.planes.map((_, at) => at).filter((at) => at !== old);
    const next = await leaderOf(fixture, rest);
    expect(planeOf(fixture, next).leader().epoch).toBeGreaterThan(epoch);
    await write(fixture, next, "after");
    expect(planeOf(fixture, old).local().state.indices.get("after")).toBeUndefined();
    fixture.heal();
    const view = await fixture.settle(planeOf(fixture, old).read("linearizable", caller));
    expect(view.state.indices.get("after")).toBeDefined();
  });

  it("no majority: a follower's write ends in time, and says what is known of it", async () => {
    const fixture = await start();
    const leader = await leaderOf(fixture);
    await write(fixture, leader, "before");
    const cut = fixture.planes.map((_, at) => at).find((at) => at !== leader) ?? 0;
    fixture.isolate(cut);
    const plane = planeOf(fixture, cut);
    const offered = plane.propose(create("offered"), { origin: "test", budgetMs: 300 });
    expect(await fixture.settle(codeOf(offered))).toBe("leader_lost");
    await fixture.until("it notices", () => plane.leader().nodeId === "");
    const unoffered = plane.propose(create("unoffered"), { origin: "test", budgetMs: 300 });
    expect(await fixture.settle(codeOf(unoffered))).toBe("no_leader");
    fixture.heal();
    const view = await fixture.settle(plane.read("linearizable", caller));
    expect(view.state.indices.get("unoffered")).toBeUndefined();
  });

  it("a write under way while the leader is lost costs time, not an error", async () => {
    const fixture = await start();
    const old = await leaderOf(fixture);
    await write(fixture, old, "before");
    const follower = fixture.planes.map((_, at) => at).find((at) => at !== old) ?? 0;
    fixture.isolate(old);
    const calls = Array.from({ length: 20 }, (_, n) =>
      planeOf(fixture, follower).propose(create(`held-${String(n)}`), caller),
    );
    const results = await fixture.settle(Promise.all(calls));
    expect(new Set(results.map((one) => one.version)).size).toBe(20);
    expect(results.every((one) => one.result.ok)).toBe(true);
  });
}

function planeOf(fixture: ControlPlaneFixture, at: number): ControlPlane {
  const plane = fixture.planes[at % fixture.planes.length];
  if (plane === undefined) throw new Error("a fixture has a plane");
  return plane;
}

async function leaderOf(fixture: ControlPlaneFixture, those?: readonly number[]): Promise<number> {
  const find = (): number =>
    fixture.planes.findIndex((plane, at) => (those?.includes(at) ?? true) && plane.leader().isSelf);
  await fixture.until("there is a leader", () => find() >= 0);
  return find();
}

async function write(fixture: ControlPlaneFixture, at: number, name: string): Promise<number> {
  const { version } = await fixture.settle(planeOf(fixture, at).propose(create(name), caller));
  return version;
}

function create(name: string): Command {
  return indexCreate(name);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n);
}
