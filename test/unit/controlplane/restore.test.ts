/** What a member starts from, for every combination of what its disk holds. */
import { describe, expect, it } from "vitest";

import { FatalError } from "../../../src/base/errors.js";
import type { MachineState } from "../../../src/controlplane/raft/machine.js";
import { emptyMachineState, metaOf } from "../../../src/controlplane/raft/machine-codec.js";
import {
  restoreMachine,
  type RestoredMachine,
  type SavedStates,
} from "../../../src/controlplane/raft/restore.js";
import type { HardState, Membership } from "../../../src/raft/types.js";
import type { RecoveredLog } from "../../../src/storage/wal/types.js";
import type { PeerAddress } from "../../../src/transport/types.js";

const founding = membershipOf(1, 2, 3);

function membershipOf(...voters: number[]): Membership {
  return { voters, votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };
}

function foundersOf(...voters: number[]): PeerAddress[] {
  return voters.map((memberId) => ({ memberId, nodeId: `m${String(memberId)}`, address: "x" }));
}

function savedAt(logIndex: number, term: number, voters = [1, 2, 3]): MachineState {
  return { ...emptyMachineState(foundersOf(...voters)), logIndex, term };
}

function states(stored?: MachineState, snapshot?: MachineState): SavedStates {
  return {
    stored,
    snapshot:
      snapshot === undefined
        ? undefined
        : { state: snapshot, meta: metaOf(snapshot, "c"), bytes: 1 },
    doubts: ["a reason"],
    witnesses: [],
  };
}

function logOf(floor: number, last: number, hardState: Partial<HardState> = {}): RecoveredLog {
  const entries = Array.from({ length: last - floor }, (_, n) => ({
    ...{ logIndex: floor + 1 + n, term: 2, kind: "normal" as const },
    data: new Uint8Array(),
  }));
  return {
    hardState: { term: 3, vote: 2, commit: last, ...hardState },
    marker: { logIndex: 0, term: 0 },
    floorLogIndex: floor,
    lastLogIndex: last,
    entries,
    finding: { kind: "clean" },
    segmentCount: 1,
  };
}

function restore(saved: SavedStates, recovered: RecoveredLog): RestoredMachine {
  return restoreMachine({ saved, recovered, empty: emptyMachineState(foundersOf(1, 2, 3)) });
}

describe("restoring", () => {
  it.each([
    ["nothing", states(), logOf(0, 0), { applied: 0, base: 0, entries: 0, commit: 0 }],
    ["log only", states(), logOf(0, 9), { applied: 0, base: 0, entries: 9, commit: 9 }],
    [
      "store and log",
      states(savedAt(7, 2)),
      logOf(0, 9),
      { applied: 7, base: 0, entries: 9, commit: 9 },
    ],
    [
      "snapshot and log",
      states(undefined, savedAt(5, 2)),
      logOf(3, 9),
      { applied: 5, base: 5, entries: 4, commit: 9 },
    ],
    [
      "store ahead of the snapshot",
      states(savedAt(7, 2), savedAt(5, 2)),
      logOf(3, 9),
      { applied: 7, base: 5, entries: 4, commit: 9 },
    ],
    [
      "store behind the snapshot",
      states(savedAt(4, 2), savedAt(5, 2)),
      logOf(3, 9),
      { applied: 5, base: 5, entries: 4, commit: 9 },
    ],
    [
      "snapshot at the log's end",
      states(undefined, savedAt(9, 2)),
      logOf(9, 9),
      { applied: 9, base: 9, entries: 0, commit: 9 },
    ],
    [
      "a commit position that lags behind what was applied",
      states(savedAt(7, 2)),
      logOf(0, 9, { commit: 2 }),
      { applied: 7, base: 0, entries: 9, commit: 7 },
    ],
    [
      "a commit position beyond the log",
      states(savedAt(7, 2)),
      logOf(0, 9, { commit: 50 }),
      { applied: 7, base: 0, entries: 9, commit: 9 },
    ],
  ])("from %s", (_, saved, recovered, expected) => {
    const { machine, raft } = restore(saved, recovered);
    expect({
      applied: machine.logIndex,
      base: raft.snapshot.logIndex,
      entries: raft.entries.length,
      commit: raft.hardState.commit,
    }).toEqual(expected);
    expect(raft.applied).toBe(machine.logIndex);
    expect(raft.entries[0]?.logIndex ?? raft.snapshot.logIndex + 1).toBe(
      raft.snapshot.logIndex + 1,
    );
  });

  it("the membership is that of what was chosen, and of the base", () => {
    const { raft } = restore(
      states(savedAt(7, 2, [1, 2]), savedAt(5, 2, [1, 2, 3, 4])),
      logOf(3, 9),
    );
    expect(raft.membership).toEqual(membershipOf(1, 2));
    expect(raft.snapshot.membership).toEqual(membershipOf(1, 2, 3, 4));
    expect(restore(states(), logOf(0, 1)).raft.membership).toEqual(founding);
  });

  it("a snapshot of a term that the log has not recorded moves the term, without a vote", () => {
    const { raft } = restore(states(undefined, savedAt(9, 8)), logOf(9, 9));
    expect(raft.hardState).toEqual({ term: 8, vote: 0, commit: 9 });
    const known = restore(states(undefined, savedAt(9, 3)), logOf(9, 9)).raft;
    expect(known.hardState).toEqual({ term: 3, vote: 2, commit: 9 });
  });

  it.each([
    ["no snapshot", states()],
    ["one that does not reach it", states(undefined, savedAt(4, 2))],
    ["only a store", states(savedAt(7, 2))],
  ])("a log that begins behind position 5, and %s: 79, with the reason", (_, saved) => {
    let thrown: unknown;
    try {
      restore(saved, logOf(5, 9));
    } catch (error) {
      thrown = error;
    }
    expect(thrown instanceof FatalError && thrown.exit).toBe(79);
    expect(String(thrown)).toContain("a reason");
  });
});
