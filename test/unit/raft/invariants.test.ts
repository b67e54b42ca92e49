/** The invariants themselves: a sound view passes, and each broken one is found. */
import { describe, expect, it } from "vitest";
import { checkState, checkStep } from "../../../src/raft/invariants.js";
import { emptyMembership } from "../../../src/raft/membership.js";
import type { ProgressView, RaftView } from "../../../src/raft/types.js";

const progress: ProgressView = {
  member: 1,
  match: 4,
  next: 6,
  state: "replicate",
  paused: false,
  pendingSnapshotLogIndex: 0,
  recentActive: true,
  inflightCount: 0,
  inflightBytes: 0,
  isLearner: false,
};

const view: RaftView = {
  memberId: 1,
  role: "leader",
  term: 3,
  vote: 1,
  leader: 1,
  commit: 4,
  applied: 3,
  firstLogIndex: 2,
  lastLogIndex: 5,
  stableLogIndex: 4,
  snapshotLogIndex: 1,
  membership: { ...emptyMembership, voters: [1] },
  transferTarget: 0,
  progress: [progress],
  logBytes: 9,
};

describe("one look", () => {
  it("at a sound member passes", () => {
    expect(() => {
      checkState(view);
    }).not.toThrow();
  });

  const rows: readonly (readonly [Partial<RaftView>, string])[] = [
    [{ applied: 5 }, "committed is applied"],
    [{ commit: 6 }, "held is committed"],
    [{ stableLogIndex: 6 }, "held is durable"],
    [{ snapshotLogIndex: 0 }, "in the snapshot"],
    [{ leader: 2 }, "follows itself"],
    [{ role: "follower" }, "follows itself"],
    [{ vote: 2 }, "voted for itself"],
    [{ progress: [] }, "exactly the members"],
    [{ progress: [{ ...progress, match: 6, next: 7 }] }, "held matches"],
    [{ progress: [{ ...progress, next: 4 }] }, "sent before"],
    [{ progress: [{ ...progress, match: 5 }] }, "only what is durable"],
    [{ progress: [{ ...progress, state: "probe", inflightCount: 1 }] }, "in flight"],
    [{ progress: [{ ...progress, inflightBytes: 3 }] }, "window is empty"],
    [{ progress: [{ ...progress, isLearner: true }] }, "known as one"],
  ];
  it.each(rows)("with %j fails", (change, message) => {
    expect(() => {
      checkState({ ...view, ...change });
    }).toThrow(message);
  });
});

describe("two looks", () => {
  it("at a member that moves forward pass", () => {
    expect(() => {
      checkStep(view, { ...view, commit: 5, applied: 4, lastLogIndex: 8 });
      checkStep(view, { ...view, term: 4, vote: 0, role: "follower", leader: 0, progress: [] });
    }).not.toThrow();
  });

  const rows: readonly (readonly [Partial<RaftView>, string])[] = [
    [{ term: 2 }, "term never goes back"],
    [{ commit: 3 }, "commit position never goes back"],
    [{ applied: 2 }, "applied position never goes back"],
    [{ vote: 2 }, "one vote"],
    [{ role: "candidate" }, "does not campaign"],
    [{ lastLogIndex: 4 }, "only appends"],
    [{ progress: [{ ...progress, match: 3 }] }, "match never goes back"],
    [{ memberId: 2 }, "one member"],
  ];
  it.each(rows)("with %j afterwards fail", (change, message) => {
    expect(() => {
      checkStep(view, { ...view, ...change });
    }).toThrow(message);
  });
});
