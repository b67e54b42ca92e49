/** What a member tells its peers each second, and what it makes of what they tell. */
import { describe, expect, it } from "vitest";

import type { LogFields, Logger } from "../../../src/base/log.js";
import { DiskWatch } from "../../../src/controlplane/raft/disk-watch.js";
import { undecidedLooksCount } from "../../../src/controlplane/raft/limits.js";
import { comparableHash, emptyMachineState } from "../../../src/controlplane/raft/machine-codec.js";
import type { MachineState } from "../../../src/controlplane/raft/machine.js";
import { SelfWatch } from "../../../src/controlplane/raft/self-watch.js";
import type { ProgressView, RaftView, Role } from "../../../src/raft/types.js";
import type { Suspicion } from "../../../src/storage/suspicion.js";
import type { StateReport } from "../../../src/transport/types.js";
import { ManualClock } from "../../support/server/manual-clock.js";

const founders = [1, 2, 3].map((memberId) => ({
  ...{ memberId, nodeId: `m${String(memberId)}`, address: `m${String(memberId)}:1` },
}));

function stateAt(logIndex: number, hash = `hash-${String(logIndex)}`): MachineState {
  return { ...emptyMachineState(founders), logIndex, hash };
}

interface Watched {
  readonly watch: SelfWatch;
  readonly clock: ManualClock;
  readonly sent: StateReport[];
  readonly suspicions: Suspicion[];
  readonly lines: LogFields[];
  role: Role;
  leader: number;
  lastLogIndex: number;
  progress: Partial<ProgressView>[];
  /** Applies up to `logIndex`. */
  apply(logIndex: number): void;
  /** A peer reports the hash of its state at a position. */
  told(member: number, logIndex: number, state?: MachineState): void;
  eventsNamed(event: string): LogFields[];
}

function watched(): Watched {
  const clock = new ManualClock();
  const sent: StateReport[] = [];
  const suspicions: Suspicion[] = [];
  const lines: LogFields[] = [];
  const note = (fields: LogFields): void => {
    lines.push(fields);
  };
  const logger: Logger = {
    ...{ error: note, warn: note, info: note, debug: note },
    child: () => logger,
  };
  let applied = 0;
  const { membership } = emptyMachineState(founders).directory;
  const view = (): RaftView =>
    ({
      ...{ memberId: 1, role: one.role, leader: one.leader, term: 4, commit: applied, applied },
      ...{ lastLogIndex: one.lastLogIndex, membership, progress: one.progress },
    }) as unknown as RaftView;
  const disk = new DiskWatch({
    ...{ directory: "/data", lowBytes: 100, clock, logger, view },
    disk: { freeBytes: () => 1000 },
    handOver: () => undefined,
  });
  const transport = {
    sendReport: (report: StateReport): void => {
      sent.push(report);
    },
  };
  const onSuspicion = (suspicion: Suspicion): void => {
    suspicions.push(suspicion);
  };
  const deps = { disk, clock, logger, transport, bootCount: 6, view, onSuspicion };
  const one: Watched = {
    ...{ clock, sent, suspicions, lines, role: "follower", leader: 2, lastLogIndex: 0 },
    progress: [],
    watch: undefined as never,
    apply: (logIndex) => {
      while (applied < logIndex) one.watch.onApplied(stateAt((applied += 1)));
      one.lastLogIndex = Math.max(one.lastLogIndex, applied);
    },
    told: (member, logIndex, state = stateAt(logIndex)) => {
      one.watch.onReport(member, {
        ...{ term: 4, lastLogIndex: logIndex, commitLogIndex: logIndex, bootCount: 1 },
        ...{ appliedLogIndex: logIndex, hashLogIndex: logIndex, diskLow: false },
        stateHash: comparableHash(state),
      });
    },
    eventsNamed: (event) => lines.filter((line) => line["event"] === event),
  };
  const watch = new SelfWatch(stateAt(0), deps);
  Object.assign(one, { watch });
  watch.start();
  return one;
}

const wrong = stateAt(5, "wrong");

describe("a report", () => {
  it("goes out at the start and each second, until the end", () => {
    const one = watched();
    one.clock.advance(3000);
    expect(one.sent).toHaveLength(4);
    one.watch.close();
    one.clock.advance(3000);
    expect(one.sent).toHaveLength(4);
  });

  it("of a follower tells the hash of the position that its leader told last", () => {
    const one = watched();
    one.apply(9);
    one.told(3, 4);
    one.clock.advance(1000);
    expect(one.sent.at(-1)).toMatchObject({ appliedLogIndex: 9, hashLogIndex: 9 });
    one.told(2, 7);
    one.clock.advance(1000);
    expect(one.sent.at(-1)).toEqual({
      ...{ term: 4, lastLogIndex: 9, commitLogIndex: 9, appliedLogIndex: 9, hashLogIndex: 7 },
      ...{ stateHash: comparableHash(stateAt(7)), diskLow: false, bootCount: 6 },
    });
    // One that is not there yet tells what it has.
    one.told(2, 12);
    one.clock.advance(1000);
    expect(one.sent.at(-1)).toMatchObject({ hashLogIndex: 9 });
    one.apply(12);
    one.clock.advance(1000);
    expect(one.sent.at(-1)).toMatchObject({ hashLogIndex: 12 });
  });

  it("of a leader tells its newest position, whatever others told it", () => {
    const one = watched();
    one.apply(9);
    one.told(2, 7);
    one.role = "leader";
    one.leader = 1;
    one.told(3, 8);
    one.clock.advance(1000);
    expect(one.sent.at(-1)).toMatchObject({ hashLogIndex: 9 });
  });
});

describe("a different state", () => {
  it("of two peers that agree is this member's own fault, once", () => {
    const one = watched();
    one.apply(5);
    one.told(2, 5, wrong);
    expect(one.suspicions).toEqual([]);
    one.told(3, 5, wrong);
    one.told(3, 5, wrong);
    expect(one.suspicions).toHaveLength(1);
    expect(one.suspicions[0]?.reason).toBe("state-diverged");
    const { detail } = one.suspicions[0] ?? { detail: "" };
    expect(detail).toContain("log position 5");
    expect(detail).toContain("members 2, 3");
    expect(detail).toContain(comparableHash(wrong));
    expect(detail).toContain(comparableHash(stateAt(5)));
  });

  it("of two peers at different positions proves nothing", () => {
    const one = watched();
    one.apply(6);
    one.told(2, 5, wrong);
    one.told(3, 6, stateAt(6, "wrong too"));
    expect(one.suspicions).toEqual([]);
  });

  it("of the directory alone counts as one", () => {
    const one = watched();
    one.apply(5);
    const other = { ...stateAt(5), directory: emptyMachineState(founders.slice(1)).directory };
    one.told(2, 5, other);
    one.told(3, 5, other);
    expect(one.suspicions).toHaveLength(1);
  });

  it("of one peer against a majority is said once, and the peer is left to itself", () => {
    const one = watched();
    one.apply(6);
    one.told(2, 5);
    one.told(3, 5, wrong);
    one.told(2, 6);
    one.told(3, 6, stateAt(6, "wrong"));
    expect(one.eventsNamed("peer-state-differs")).toHaveLength(1);
    expect(one.watch.figures().differingMembersCount).toBe(1);
    expect(one.suspicions).toEqual([]);
    // That one starts over, and tells what the others have.
    one.apply(7);
    one.told(2, 7);
    one.told(3, 7);
    expect(one.watch.figures().differingMembersCount).toBe(0);
    one.apply(8);
    one.told(2, 8);
    one.told(3, 8, stateAt(8, "wrong"));
    expect(one.eventsNamed("peer-state-differs")).toHaveLength(2);
  });

  it("without a majority is said once, and only when it stays", () => {
    const one = watched();
    one.apply(5);
    one.told(2, 5, wrong);
    one.clock.advance(1000);
    one.told(3, 5);
    one.clock.advance(10_000);
    expect(one.eventsNamed("states-differ")).toEqual([]);

    const stays = watched();
    stays.apply(5);
    stays.told(2, 5, wrong);
    stays.clock.advance(1000 * undecidedLooksCount);
    stays.clock.advance(10_000);
    expect(stays.eventsNamed("states-differ")).toHaveLength(1);
    expect(stays.watch.figures().differingMembersCount).toBe(1);
  });

  it("of somebody who is no member any more is forgotten", () => {
    const one = watched();
    one.apply(5);
    one.told(9, 5, wrong);
    one.clock.advance(1000);
    one.told(2, 5, wrong);
    expect(one.suspicions).toEqual([]);
  });
});

describe("the lag of members", () => {
  it("is told by a leader, in entries and in how long ago it had no more itself", () => {
    const one = watched();
    one.role = "leader";
    one.leader = 1;
    one.lastLogIndex = 10;
    one.clock.advance(1000);
    one.lastLogIndex = 30;
    one.progress = [
      { member: 1, match: 30 },
      { member: 2, match: 30 },
      { member: 3, match: 10 },
    ];
    one.clock.advance(5000);
    expect(one.watch.figures().lags).toEqual([
      { memberId: 2, entriesCount: 0, seconds: 0 },
      { memberId: 3, entriesCount: 20, seconds: 5 },
    ]);
    one.role = "follower";
    expect(one.watch.figures().lags).toEqual([]);
  });
});
