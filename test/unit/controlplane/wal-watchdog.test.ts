/** How long a member puts up with its log's disk, in virtual time. */
import { describe, expect, it } from "vitest";

import type { FatalError } from "../../../src/base/errors.js";
import { exitCode } from "../../../src/base/errors.js";
import type { LogFields, Logger } from "../../../src/base/log.js";
import {
  syncSlowMs,
  syncStalledMs,
  syncWatchIntervalMs,
} from "../../../src/controlplane/raft/limits.js";
import { WalWatchdog, type WatchedMember } from "../../../src/controlplane/raft/wal-watchdog.js";
import { ManualClock } from "../../support/server/manual-clock.js";
import { Lane } from "../../support/controlplane/lane.js";

interface Watched {
  readonly clock: ManualClock;
  readonly lane: Lane;
  readonly watchdog: WalWatchdog;
  readonly lines: LogFields[];
  readonly fatal: FatalError[];
  /** When the append that waits longest was handed over; undefined = none waits. */
  queuedSinceMs: number | undefined;
  role: string;
  handOvers: number;
  readonly member: WatchedMember;
}

function watch(electionTimeoutMs = 1000): Watched {
  const clock = new ManualClock();
  const lane = new Lane(clock);
  const lines: LogFields[] = [];
  const note = (fields: LogFields): void => {
    lines.push(fields);
  };
  const log: Logger = {
    ...{ error: note, warn: note, info: note, debug: note },
    child: () => log,
  };
  const fatal: FatalError[] = [];
  const member: WatchedMember = {
    status: () => {
      const since = one.queuedSinceMs;
      const oldestQueuedMs = since === undefined ? 0 : clock.monotonicMs() - since;
      return { role: one.role, wal: { oldestQueuedMs } };
    },
    handOver: () => {
      one.handOvers += 1;
      return Promise.resolve();
    },
  };
  const onFatal = (error: FatalError): void => {
    fatal.push(error);
  };
  const deps = { clock: lane.clock, log, electionTimeoutMs, onFatal };
  const one: Watched = {
    ...{ clock, lane, lines, fatal, member, watchdog: new WalWatchdog(member, deps) },
    ...{ queuedSinceMs: undefined, role: "leader", handOvers: 0 },
  };
  return one;
}

function eventsOf(one: Watched): unknown[] {
  return one.lines.map((line) => line["event"]);
}

/** Lets time pass in small steps, as a process that runs sees it. */
async function pass(one: Watched, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 50) {
    one.clock.advance(Math.min(50, left));
    await Promise.resolve();
  }
}

describe("a log that waits for its disk", () => {
  it("is of no interest while it is quick", async () => {
    const one = watch();
    for (let round = 0; round < 50; round += 1) {
      one.queuedSinceMs = one.clock.monotonicMs();
      await pass(one, syncSlowMs / 2);
    }
    expect(one.lines).toEqual([]);
    expect(one.handOvers).toBe(0);
  });

  it("is warned about once for each time it is slow", async () => {
    const one = watch(60_000);
    for (let time = 1; time <= 2; time += 1) {
      one.queuedSinceMs = one.clock.monotonicMs();
      await pass(one, syncSlowMs - 50);
      expect(eventsOf(one)).toHaveLength(time - 1);
      await pass(one, 3 * syncWatchIntervalMs);
      expect(eventsOf(one)).toHaveLength(time);
      one.queuedSinceMs = undefined;
      await pass(one, 2 * syncWatchIntervalMs);
    }
    expect(eventsOf(one)).toEqual(["disk-slow", "disk-slow"]);
    expect(one.handOvers).toBe(0);
    expect(one.fatal).toEqual([]);
  });

  it.each([300, 1000, 3000])(
    "costs the leadership once it takes longer than an election of %i ms",
    async (electionTimeoutMs) => {
      const one = watch(electionTimeoutMs);
      one.queuedSinceMs = 0;
      await pass(one, electionTimeoutMs - 50);
      expect(one.handOvers).toBe(0);
      await pass(one, 2 * syncWatchIntervalMs);
      expect(one.handOvers).toBeGreaterThan(0);
    },
  );

  it("costs a follower nothing", async () => {
    const one = watch();
    one.role = "follower";
    one.queuedSinceMs = 0;
    await pass(one, syncStalledMs - 100);
    expect(one.handOvers).toBe(0);
    expect(one.fatal).toEqual([]);
  });

  it("ends the process when it stands still, with the code that asks for a restart", async () => {
    const one = watch();
    one.queuedSinceMs = 0;
    await pass(one, syncStalledMs - 50);
    expect(one.fatal).toEqual([]);
    await pass(one, 2 * syncWatchIntervalMs);
    expect(one.fatal[0]?.exit).toBe(exitCode.temporary);
    expect(one.fatal[0]?.message).toMatch(/disk has not answered for \d+ ms/);
  });

  it("does not count the time in which the process itself stood still", async () => {
    const one = watch();
    await pass(one, 500);
    one.queuedSinceMs = one.clock.monotonicMs();
    one.lane.pause();
    one.clock.advance(3 * syncStalledMs);
    one.lane.resume();
    await pass(one, syncSlowMs - 2 * syncWatchIntervalMs);
    expect(one.fatal).toEqual([]);
    expect(one.handOvers).toBe(0);
    // From here on the disk is given what it would have been given at first.
    await pass(one, syncStalledMs + syncWatchIntervalMs);
    expect(one.handOvers).toBeGreaterThan(0);
    expect(one.fatal).not.toEqual([]);
  });

  it("is not looked at any more after the end", async () => {
    const one = watch();
    one.watchdog.close();
    one.queuedSinceMs = 0;
    await pass(one, 2 * syncStalledMs);
    expect(one.lines).toEqual([]);
    expect(one.fatal).toEqual([]);
  });
});
