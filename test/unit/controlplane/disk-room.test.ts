/** What follows from a nearly full disk, here and elsewhere. */
import { describe, expect, it } from "vitest";

import type { LogFields, Logger } from "../../../src/base/log.js";
import {
  decideLeaderRoom,
  diskLevel,
  dropsEntries,
  hasQuorumWithRoom,
  type DisksView,
} from "../../../src/controlplane/raft/disk-room.js";
import { DiskWatch } from "../../../src/controlplane/raft/disk-watch.js";
import { heirLagEntriesMax, reportFreshMs } from "../../../src/controlplane/raft/limits.js";
import type { Message, ProgressView, RaftView, Role } from "../../../src/raft/types.js";
import { ManualClock } from "../../support/server/manual-clock.js";

const three = { voters: [1, 2, 3], votersOutgoing: [] };

function view(
  level: DisksView["level"],
  lowPeers: number[],
  membership: DisksView["membership"] = three,
): DisksView {
  return { self: 1, level, membership, lowPeers: new Set(lowPeers) };
}

function peer(member: number, match: number, rest: Partial<ProgressView> = {}): ProgressView {
  return {
    ...{ member, match, next: match + 1, state: "replicate", paused: false },
    ...{ pendingSnapshotLogIndex: 0, recentActive: true, inflightCount: 0, inflightBytes: 0 },
    isLearner: false,
    ...rest,
  };
}

describe("the level of a disk", () => {
  it.each([
    ["room", 1000, "room"],
    ["room", 100, "room"],
    ["room", 99, "low"],
    ["room", 50, "low"],
    ["room", 49, "critical"],
    ["low", 100, "low"],
    ["low", 149, "low"],
    ["low", 150, "room"],
    ["critical", 60, "low"],
    ["critical", 149, "low"],
    ["critical", 150, "room"],
  ] as const)("that was %s, with %i bytes free and a mark at 100: %s", (before, free, after) => {
    expect(diskLevel(before, free, 100)).toBe(after);
  });
});

describe("a follower", () => {
  it.each([
    ["has room itself", view("room", [2, 3]), false],
    ["is the only one that is low", view("low", []), true],
    ["is low, and another one too", view("low", [2]), false],
    ["is low as all are", view("low", [2, 3]), false],
    ["is critical, and another one is low", view("critical", [2]), true],
    ["is a learner that is low", view("low", [], { voters: [2, 3, 4], votersOutgoing: [] }), true],
  ])("that %s", (_, disks, drops) => {
    expect(dropsEntries(disks)).toBe(drops);
  });
});

describe("a leader", () => {
  it.each([
    ["has room, as all have", view("room", []), [peer(2, 9), peer(3, 9)], { kind: "go" }],
    ["has room, one other has not", view("room", [3]), [peer(2, 9), peer(3, 1)], { kind: "go" }],
    [
      "has room, both others have not",
      view("room", [2, 3]),
      [peer(2, 9), peer(3, 9)],
      { kind: "refuse" },
    ],
    ["is low", view("low", []), [peer(2, 8), peer(3, 9)], { kind: "handOver", to: 3 }],
    [
      "is low, and the best of the others too",
      view("low", [3]),
      [peer(2, 8), peer(3, 9)],
      { kind: "refuse" },
    ],
    [
      "is low, and the best has not answered",
      view("low", []),
      [peer(2, 8), peer(3, 9, { recentActive: false })],
      { kind: "handOver", to: 2 },
    ],
    [
      "is low, and nobody answered",
      view("low", []),
      [peer(2, 9, { recentActive: false }), peer(3, 9, { recentActive: false })],
      { kind: "refuse" },
    ],
    [
      "is low, and only a learner has room",
      view("low", []),
      [peer(2, 9, { isLearner: true })],
      { kind: "refuse" },
    ],
    [
      "is alone and low",
      view("low", [], { voters: [1], votersOutgoing: [] }),
      [],
      { kind: "refuse" },
    ],
    [
      "is alone with room",
      view("room", [], { voters: [1], votersOutgoing: [] }),
      [],
      { kind: "go" },
    ],
    [
      "is critical with an heir",
      view("critical", []),
      [peer(2, 9), peer(3, 9)],
      { kind: "handOver", to: 2 },
    ],
  ] as const)("that %s", (_, disks, progress, decided) => {
    // prettier-ignore
    expect(decideLeaderRoom(disks, progress, 9)).toEqual(decided);
  });

  it("does not hand over to one that lags far, but refuses writes until it has caught up", () => {
    const last = heirLagEntriesMax + 10;
    const disks = view("low", []);
    expect(decideLeaderRoom(disks, [peer(2, 9), peer(3, 3)], last).kind).toBe("refuse");
    expect(decideLeaderRoom(disks, [peer(2, 10), peer(3, 3)], last).kind).toBe("handOver");
  });

  it("counts both halves of a change", () => {
    const joint = { voters: [1, 2, 4], votersOutgoing: [1, 2, 3] };
    expect(hasQuorumWithRoom(view("room", [4], joint))).toBe(true);
    expect(hasQuorumWithRoom(view("room", [2], joint))).toBe(true);
    expect(hasQuorumWithRoom(view("room", [2, 4], joint))).toBe(false);
    expect(hasQuorumWithRoom(view("low", [3], joint))).toBe(false);
  });
});

describe("the watch on the disk", () => {
  const lines: LogFields[] = [];
  const note = (fields: LogFields): void => {
    lines.push(fields);
  };
  const logger: Logger = {
    ...{ error: note, warn: note, info: note, debug: note },
    child: () => logger,
  };

  interface Watched {
    readonly watch: DiskWatch;
    readonly clock: ManualClock;
    readonly handed: number[];
    freeBytes: number | Error;
    role: Role;
  }

  function watched(): Watched {
    lines.length = 0;
    const clock = new ManualClock();
    const handed: number[] = [];
    const watch: DiskWatch = new DiskWatch({
      ...{ directory: "/data", lowBytes: 100, clock, logger },
      disk: {
        freeBytes: () => {
          if (one.freeBytes instanceof Error) throw one.freeBytes;
          return one.freeBytes;
        },
      },
      view: () =>
        ({
          ...{ memberId: 1, role: one.role, lastLogIndex: 9 },
          membership: { ...three, learners: [], learnersNext: [], autoLeave: false },
          progress: one.role === "leader" ? [peer(2, 9), peer(3, 9)] : [],
        }) as unknown as RaftView,
      handOver: (to) => handed.push(to),
    });
    const one: Watched = { watch, clock, handed, freeBytes: 1000, role: "follower" };
    return one;
  }

  const append: Message = {
    ...{ kind: "append", from: 2, to: 1, term: 1, prevLogIndex: 0, prevTerm: 0, commit: 0 },
    entries: [{ logIndex: 1, term: 1, kind: "normal", data: new Uint8Array() }],
  } as unknown as Message;

  it("drops and counts what carries entries, and nothing else, while a follower is low", () => {
    const one = watched();
    one.watch.look();
    expect(one.watch.drops(append)).toBe(false);
    one.freeBytes = 60;
    one.watch.look();
    expect(one.watch.isLow).toBe(true);
    expect(one.watch.drops(append)).toBe(true);
    const beat = { ...append, entries: [] } as unknown as Message;
    expect(one.watch.drops(beat)).toBe(false);
    expect(one.watch.drops({ ...append, kind: "heartbeat" } as unknown as Message)).toBe(false);
    expect(one.watch.drops({ ...append, kind: "vote" } as unknown as Message)).toBe(false);
    expect(one.watch.drops({ ...append, kind: "snapshot" } as unknown as Message)).toBe(true);
    expect(one.watch.refusal).toMatch(/data is nearly full/);
    expect(one.watch.droppedCount).toBe(2);
    one.freeBytes = 150;
    one.watch.look();
    expect(one.watch.drops(append)).toBe(false);
    expect(one.watch.refusal).toBeUndefined();
    expect(lines.map((line) => line["event"])).toEqual([
      ...["disk-low", "writes-refused", "disk-has-room", "writes-accepted"],
    ]);
  });

  it("takes entries again when another voter is low too, until that report is old", () => {
    const one = watched();
    one.freeBytes = 60;
    one.watch.onReport(2, true);
    one.watch.look();
    expect(one.watch.drops(append)).toBe(false);
    one.clock.advance(reportFreshMs + 1);
    one.watch.look();
    expect(one.watch.drops(append)).toBe(true);
    one.watch.onReport(2, true);
    one.watch.onReport(2, false);
    one.watch.look();
    expect(one.watch.drops(append)).toBe(true);
  });

  it("hands a leader's place over, and refuses with path and bytes when nobody has room", () => {
    const one = watched();
    one.role = "leader";
    one.watch.look();
    expect(one.watch.refusal).toBeUndefined();
    one.freeBytes = 60;
    one.watch.look();
    expect(one.handed).toEqual([2]);
    expect(one.watch.refusal).toBeUndefined();
    expect(one.watch.drops(append)).toBe(false);
    one.watch.onReport(2, true);
    one.watch.look();
    expect(one.handed).toEqual([2]);
    expect(one.watch.refusal).toMatch(/\/data is nearly full: 60 bytes are free, 150 are needed/);
    one.freeBytes = 200;
    one.watch.onReport(3, true);
    one.watch.look();
    expect(one.watch.refusal).toMatch(/disks of the members 2, 3 .* no quorum/);
    one.watch.onReport(3, false);
    one.watch.look();
    expect(one.watch.refusal).toBeUndefined();
    expect(lines.map((line) => line["event"])).toEqual([
      ...["disk-low", "hand-over-for-room", "writes-refused", "disk-has-room"],
      "writes-accepted",
    ]);
  });

  it("refuses nothing once it does not lead any more", () => {
    const one = watched();
    one.role = "leader";
    one.freeBytes = 10;
    one.watch.onReport(2, true);
    one.watch.look();
    expect(one.watch.refusal).toMatch(/nearly full/);
    one.role = "follower";
    one.freeBytes = 60;
    one.watch.onLeaderChange();
    expect(one.watch.refusal).toMatch(/nearly full/);
    one.watch.look();
    expect(one.watch.refusal).toBeUndefined();
  });

  it("keeps its last finding when the disk does not say, and says so once", () => {
    const one = watched();
    one.freeBytes = 60;
    one.watch.look();
    one.freeBytes = new Error("EIO");
    one.watch.look();
    one.watch.look();
    expect(one.watch.isLow).toBe(true);
    expect(lines.filter((line) => line["event"] === "disk-unknown")).toHaveLength(1);
  });
});
