/** How a member ends that learns that its data cannot be trusted. */
import { describe, expect, it } from "vitest";

import type { FatalError } from "../../../src/base/errors.js";
import { exitCode } from "../../../src/base/errors.js";
import { handOverWaitMs } from "../../../src/controlplane/raft/limits.js";
import { Quarantine } from "../../../src/controlplane/raft/quarantine.js";
import type { RaftView, Role } from "../../../src/raft/types.js";
import { prepareDataDirectory } from "../../../src/storage/identity.js";
import { readSuspicion, type Suspicion } from "../../../src/storage/suspicion.js";
import { silentLogger } from "../../support/controlplane/silent-logger.js";
import { ManualClock } from "../../support/server/manual-clock.js";
import { MemoryDisk } from "../../support/storage/memory-disk.js";

const dataDir = "/data";
const diverged: Suspicion = { reason: "state-diverged", detail: "at 5" };
const regressed: Suspicion = { reason: "boot-regress", detail: "m2 says so" };

interface Held {
  readonly clock: ManualClock;
  readonly disk: MemoryDisk;
  readonly done: string[];
  readonly fatal: FatalError[];
  role: Role;
  begin(suspicion: Suspicion, takesPart?: boolean): void;
}

function held(peers: readonly Partial<RaftView["progress"][number]>[] = []): Held {
  const clock = new ManualClock();
  const disk = new MemoryDisk();
  prepareDataDirectory(disk, dataDir);
  const done: string[] = [];
  const fatal: FatalError[] = [];
  const quarantine = new Quarantine({
    ...{ dataDir, disk, clock, logger: silentLogger },
    onBegin: (why) => {
      expect(readSuspicion(disk, dataDir)).toBeUndefined();
      done.push(`begin: ${why}`);
    },
    onFatal: (error) => {
      done.push("fatal");
      fatal.push(error);
    },
  });
  const member = {
    view: (): RaftView =>
      ({ memberId: 1, role: one.role, progress: [{ member: 1 }, ...peers] }) as never,
    endCalls: (): void => {
      done.push("end calls");
    },
    transferTo: (to: number): void => {
      expect(readSuspicion(disk, dataDir)).toBeDefined();
      done.push(`transfer to ${String(to)}`);
    },
    stop: (): void => {
      done.push("stop");
    },
  };
  const one: Held = {
    ...{ clock, disk, done, fatal, role: "follower" },
    begin: (suspicion, takesPart = true) => {
      quarantine.begin(suspicion, takesPart ? member : undefined);
    },
  };
  return one;
}

const voters = [
  { member: 2, match: 8, isLearner: false, recentActive: true },
  { member: 3, match: 9, isLearner: false, recentActive: true },
  { member: 4, match: 9, isLearner: true, recentActive: true },
  { member: 5, match: 9, isLearner: false, recentActive: false },
];

describe("a member in quarantine", () => {
  it("serves nobody, marks its directory, stops, and asks to be started again", () => {
    const one = held(voters);
    one.begin(diverged);
    expect(one.done.map((step) => step.split(":")[0])).toEqual([
      ...["begin", "end calls", "stop", "fatal"],
    ]);
    expect(one.done[0]).toMatch(/not trusted \(state-diverged\)/);
    expect(readSuspicion(one.disk, dataDir)).toEqual(diverged);
    expect(one.fatal[0]?.exit).toBe(exitCode.temporary);
    expect(one.fatal[0]?.message).toMatch(/\/data .*state-diverged: at 5.*starts anew/);
  });

  it("as a leader hands over to the best voter, and stops once that one leads", () => {
    const one = held(voters);
    one.role = "leader";
    one.begin(diverged);
    expect(one.done.slice(1)).toEqual(["end calls", "transfer to 3"]);
    one.clock.advance(100);
    expect(one.fatal).toEqual([]);
    one.role = "follower";
    one.clock.advance(100);
    expect(one.done.slice(3)).toEqual(["stop", "fatal"]);
  });

  it("as a leader does not wait longer than a hand-over may take", () => {
    const one = held(voters);
    one.role = "leader";
    one.begin(diverged);
    one.clock.advance(handOverWaitMs + 50);
    expect(one.done.slice(3)).toEqual(["stop", "fatal"]);
  });

  it("as a leader without a voter to hand to stops at once", () => {
    const one = held(voters.slice(2));
    one.role = "leader";
    one.begin(diverged);
    expect(one.done.slice(1)).toEqual(["end calls", "stop", "fatal"]);
  });

  it("says nothing more at all when its log is in doubt, leader or not", () => {
    const one = held(voters);
    one.role = "leader";
    one.begin(regressed);
    expect(one.done.slice(1)).toEqual(["end calls", "stop", "fatal"]);
  });

  it("that does not take part yet is marked and ends", () => {
    const one = held();
    one.begin(regressed, false);
    expect(one.done.slice(1)).toEqual(["fatal"]);
    expect(readSuspicion(one.disk, dataDir)).toEqual(regressed);
  });

  it("ends once, for the first doubt", () => {
    const one = held();
    one.begin(diverged);
    one.begin(regressed);
    expect(one.fatal).toHaveLength(1);
    expect(readSuspicion(one.disk, dataDir)).toEqual(diverged);
  });

  it("that cannot mark its directory must not be started again", () => {
    const one = held();
    one.disk.failure = { mutation: one.disk.mutations + 2, code: "EIO" };
    one.begin(diverged);
    expect(one.fatal[0]?.exit).toBe(exitCode.dataRefused);
    expect(one.fatal[0]?.message).toMatch(/\/data\/suspect could not be written.*do not start/);
  });
});
