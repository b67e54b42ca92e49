/**
 * Snapshots (section 7 of the Raft paper): when a leader offers one, what it does meanwhile, and
 * how the receiver takes it or leaves it. What the others say is scripted.
 */
import { describe, expect, it } from "vitest";
import { emptyMembership } from "../../../src/raft/membership.js";
import type { Membership, SnapshotMeta } from "../../../src/raft/types.js";
import { Solo, appendTexts, ofKind } from "../../support/raft/solo.js";
import type { SoloOptions } from "../../support/raft/solo.js";

const three: Membership = { ...emptyMembership, voters: [1, 2, 3] };

function snapshotAt(logIndex: number, term: number, membership = three): SnapshotMeta {
  return { logIndex, term, membership };
}

/** A leader with its log forgotten up to 11; members 2 and 3 are being probed there. */
function compactedLeader(options: SoloOptions = {}): Solo {
  return Solo.leader({ snapshot: { logIndex: 11, term: 11 }, ...options });
}

/** A {@link compactedLeader} that has offered member 2 its snapshot. */
function offeringLeader(options: SoloOptions = {}): Solo {
  const solo = compactedLeader(options);
  const sent = solo.refuse(2, 11, [0, 0]);
  expect(ofKind(sent, "snapshot")).toMatchObject([{ to: 2, snapshot: { logIndex: 11 } }]);
  return solo;
}

describe("a leader whose log is compacted", () => {
  it("offers the snapshot to a member that lacks what it holds, and knows that it did", () => {
    const solo = offeringLeader();
    expect(solo.progressOf(2)).toMatchObject({
      state: "snapshot",
      next: 12,
      pendingSnapshotLogIndex: 11,
      paused: true,
    });
  });

  it("offers it only to a member that gives signs of life", () => {
    const solo = Solo.leader();
    solo.acknowledge(2, 1);
    solo.propose(1);
    solo.settle();
    solo.acknowledge(2, 2);
    solo.compact(2);
    expect(ofKind(solo.tick(5), "snapshot")).toEqual([]);
    const sent = solo.hear(3, "heartbeatResponse", { readRound: 0 });
    expect(ofKind(sent, "snapshot")).toMatchObject([{ to: 3, snapshot: { logIndex: 2 } }]);
  });

  it("sends nothing else while the offer stands", () => {
    const solo = offeringLeader();
    solo.propose(1);
    const sent = [...solo.settle(), ...solo.acknowledge(3, 13), ...solo.tick(3)];
    expect(appendTexts(sent, 2)).toEqual([]);
    expect(ofKind(sent, "snapshot")).toEqual([]);
    expect(solo.refuse(2, 11, [0, 0])).toEqual([]);
  });

  it("has nothing to offer without a snapshot, says so, and does not spin", () => {
    const solo = Solo.leader({ voters: [1] });
    expect(solo.view.snapshotLogIndex).toBe(0);
    const joined = Solo.leader();
    joined.refuse(2, 0, [0, 0]);
    expect(joined.events.at(-1)?.event).toBe("became-leader");
    joined.hear(2, "heartbeatResponse", { readRound: 0 });
    joined.refuse(2, 0, [0, 0]);
    joined.tick(1);
    expect(joined.events.map(({ event }) => event)).toContain("snapshot-missing");
    expect(ofKind(joined.tick(5), "append")).toEqual([]);
  });
});

describe("an offered snapshot", () => {
  it("that failed makes the leader probe where it stood, after a sign of life", () => {
    const solo = offeringLeader();
    solo.node.stepLocal({ kind: "snapshotStatus", member: 2, failed: true });
    expect(solo.progressOf(2)).toMatchObject({
      state: "probe",
      next: 1,
      pendingSnapshotLogIndex: 0,
      paused: true,
    });
  });

  it("that was taken makes the leader probe behind it, after a sign of life", () => {
    const solo = offeringLeader();
    solo.node.stepLocal({ kind: "snapshotStatus", member: 2, failed: false });
    expect(solo.progressOf(2)).toMatchObject({ state: "probe", next: 12, paused: true });
    const sent = solo.hear(2, "heartbeatResponse", { readRound: 0 });
    expect(appendTexts(sent, 2)).toEqual(["11/11 [12] 11"]);
  });

  it("that is acknowledged makes the leader pipeline what follows", () => {
    const solo = offeringLeader();
    const sent = solo.acknowledge(2, 11);
    expect(solo.progressOf(2)).toMatchObject({
      state: "replicate",
      match: 11,
      next: 13,
      pendingSnapshotLogIndex: 0,
    });
    expect(appendTexts(sent, 2)).toEqual(["11/11 [12] 11"]);
  });

  it("older than what the leader has forgotten meanwhile is offered anew", () => {
    const solo = offeringLeader();
    solo.propose(1, 1);
    solo.settle();
    solo.acknowledge(3, 14);
    solo.compact(14);
    solo.acknowledge(2, 11);
    expect(solo.progressOf(2)).toMatchObject({ state: "snapshot", match: 11 });
    for (let tick = 0; tick < 30; tick += 1) solo.tick(1);
    const sent = solo.hear(2, "heartbeatResponse", { readRound: 0 });
    expect(ofKind(sent, "snapshot")).toMatchObject([{ snapshot: { logIndex: 14 } }]);
    solo.acknowledge(2, 14);
    expect(solo.progressOf(2)).toMatchObject({ state: "replicate", match: 14 });
  });

  it("that got lost is offered again after some election timeouts, not before", () => {
    const solo = offeringLeader();
    solo.tick(29);
    expect(solo.hear(2, "heartbeatResponse", { readRound: 0 })).toEqual([]);
    solo.tick(1);
    const sent = solo.hear(2, "heartbeatResponse", { readRound: 0 });
    expect(ofKind(sent, "snapshot").length).toBe(1);
    solo.tick(1);
    expect(solo.hear(2, "heartbeatResponse", { readRound: 0 })).toEqual([]);
  });

  it.each(["unreachable", "snapshotStatus"] as const)(
    "is not disturbed by a report of %s about somebody else",
    (kind) => {
      const solo = offeringLeader();
      const before = solo.progressOf(2);
      if (kind === "unreachable") solo.node.stepLocal({ kind, member: 3 });
      else solo.node.stepLocal({ kind, member: 3, failed: false });
      expect(solo.progressOf(2)).toEqual(before);
    },
  );
});

describe("a received snapshot", () => {
  it("replaces the log, and counts as committed at once and as applied when it is durable", () => {
    const solo = new Solo({ term: 11, terms: [1, 1] });
    solo.say(2, "snapshot", { snapshot: snapshotAt(11, 11) });
    expect(solo.view).toMatchObject({
      commit: 11,
      applied: 0,
      lastLogIndex: 11,
      stableLogIndex: 0,
    });
    const ready = solo.take();
    expect(ready).toMatchObject({ mustSync: true, entries: [], sendNow: [] });
    expect(ready.snapshot).toEqual(snapshotAt(11, 11));
    expect(ready.sendAfterPersist).toMatchObject([{ kind: "appendResponse", logIndex: 11 }]);
    solo.node.persisted(ready.mark);
    expect(solo.view).toMatchObject({ applied: 11, stableLogIndex: 11, firstLogIndex: 12 });
    expect(solo.node.termAt(11)).toBe(11);
  });

  it("comes from the leader of its term", () => {
    const solo = new Solo({ term: 1 });
    solo.hear(2, "snapshot", { snapshot: snapshotAt(11, 11), term: 12 });
    expect(solo.view).toMatchObject({ leader: 2, term: 12, role: "follower" });
  });

  it("that says nothing new is answered with the commit position", () => {
    const solo = new Solo({ term: 1, terms: [1, 1, 1], commit: 2 });
    solo.settle();
    for (const logIndex of [1, 2]) {
      const sent = solo.hear(2, "snapshot", { snapshot: snapshotAt(logIndex, 1) });
      expect(ofKind(sent, "appendResponse")).toMatchObject([{ logIndex: 2, reject: false }]);
    }
    expect(solo.terms).toEqual([1, 1, 1]);
  });

  it("that the log already leads up to only moves the commit position", () => {
    const solo = new Solo({ term: 2, terms: [1, 1, 2], commit: 1 });
    const sent = solo.hear(2, "snapshot", { snapshot: snapshotAt(2, 1) });
    expect(solo.view).toMatchObject({ commit: 2, lastLogIndex: 3, snapshotLogIndex: 0 });
    expect(ofKind(sent, "appendResponse")).toMatchObject([{ logIndex: 2 }]);
  });

  it("at a held position, but of another history, replaces the log behind it too", () => {
    const solo = new Solo({ term: 3, terms: [1, 1, 1, 1], commit: 1 });
    solo.hear(2, "snapshot", { snapshot: snapshotAt(2, 3) });
    expect(solo.view).toMatchObject({ lastLogIndex: 2, commit: 2, applied: 2 });
    expect(solo.node.termAt(2)).toBe(3);
  });

  it("of a greater term never replaces what is committed", () => {
    const solo = new Solo({ term: 3, terms: [1, 1, 1], commit: 3 });
    solo.settle();
    solo.hear(2, "snapshot", { snapshot: snapshotAt(3, 3) });
    expect([solo.terms, solo.view.snapshotLogIndex]).toEqual([[1, 1, 1], 0]);
  });

  it("from before this member was added is installed: the entry that adds it follows", () => {
    const solo = new Solo({ term: 3 });
    const before = { ...emptyMembership, voters: [2, 3, 4] };
    const sent = solo.hear(2, "snapshot", { snapshot: snapshotAt(9, 3, before) });
    expect(solo.view).toMatchObject({ commit: 9, snapshotLogIndex: 9, membership: before });
    expect(ofKind(sent, "appendResponse")).toMatchObject([{ logIndex: 9 }]);
    solo.hup();
    expect(solo.view.role).toBe("follower");
  });

  const outgoing: Membership = { ...three, voters: [2, 3], votersOutgoing: [1, 2, 3] };
  it.each([
    ["a voter", { ...emptyMembership, voters: [1, 2, 3, 4] }],
    ["a learner", { ...emptyMembership, voters: [2, 3], learners: [1] }],
    ["an outgoing voter", outgoing],
    ["an outgoing voter that becomes a learner", { ...outgoing, learnersNext: [1] }],
  ])("makes this member %s once it is durable", (_, membership) => {
    const solo = new Solo({ term: 3 });
    solo.say(2, "snapshot", { snapshot: snapshotAt(9, 3, membership) });
    expect(solo.view.membership).toEqual(three);
    solo.settle();
    expect(solo.view.membership).toEqual(membership);
  });

  it("makes a learner of a voter's snapshot a voter, which may then campaign", () => {
    const solo = new Solo({ voters: [2, 3], learners: [1], term: 3 });
    solo.hear(2, "snapshot", { snapshot: snapshotAt(9, 3) });
    solo.hup();
    expect(solo.view).toMatchObject({ role: "candidate", term: 4 });
  });

  it("gives a member without a configuration its first one", () => {
    const solo = new Solo({ voters: [] });
    solo.hear(2, "snapshot", { snapshot: snapshotAt(9, 3), term: 3 });
    expect(solo.view).toMatchObject({ membership: three, applied: 9 });
  });

  it.each([
    ["each reported by itself", [1, 2]],
    ["reported together", [2]],
  ])("followed by another before it is durable: both are installed, %s", (_, marks) => {
    const solo = new Solo({ term: 4, terms: [1, 1] });
    const later = { ...emptyMembership, voters: [1, 2, 3, 4] };
    solo.say(2, "snapshot", { snapshot: snapshotAt(9, 3) });
    const first = solo.take();
    solo.say(2, "snapshot", { snapshot: snapshotAt(15, 4, later) });
    const second = solo.take();
    expect([first.snapshot?.logIndex, second.snapshot?.logIndex]).toEqual([9, 15]);
    for (const mark of marks) solo.node.persisted(mark);
    expect(solo.view).toMatchObject({ applied: 15, stableLogIndex: 15, membership: later });
    solo.hearAppend(2, { prev: [15, 4], terms: [4], commit: 16 });
    expect(solo.applied.map(({ logIndex }) => logIndex)).toEqual([16]);
  });

  it("followed by another in one batch installs the later one", () => {
    const solo = new Solo({ term: 4 });
    solo.say(2, "snapshot", { snapshot: snapshotAt(9, 3) });
    solo.say(2, "snapshot", { snapshot: snapshotAt(15, 4) });
    expect(solo.take().snapshot?.logIndex).toBe(15);
    solo.node.persisted(1);
    expect(solo.view).toMatchObject({ applied: 15, commit: 15, stableLogIndex: 15 });
  });

  it("may be followed by entries before it is durable; they wait for it", () => {
    const solo = new Solo({ term: 4 });
    solo.say(2, "snapshot", { snapshot: snapshotAt(9, 3) });
    const first = solo.take();
    const entry = { logIndex: 10, term: 4, kind: "normal", data: new Uint8Array(1) } as const;
    solo.say(2, "append", { prevLogIndex: 9, prevLogTerm: 3, entries: [entry], commit: 10 });
    const second = solo.take();
    expect([first.committed, second.committed]).toEqual([[], []]);
    solo.node.persisted(second.mark);
    expect(solo.take().committed).toEqual([entry]);
  });
});

describe("compaction", () => {
  it("does not touch members that are not behind it", () => {
    const solo = Solo.leader();
    solo.acknowledgeAll();
    solo.propose(1, 1);
    solo.settle();
    solo.acknowledge(2, 3);
    solo.compact(1);
    const sent = solo.acknowledge(3, 2);
    expect(ofKind(sent, "snapshot")).toEqual([]);
    expect(solo.acknowledge(3, 3)).toEqual([]);
    expect(solo.progressOf(3)).toMatchObject({ state: "replicate", match: 3 });
  });

  it("offers entries from the log as long as it holds the position before them", () => {
    const solo = compactedLeader();
    const sent = solo.hear(3, "heartbeatResponse", { readRound: 0 });
    expect(appendTexts(sent, 3)).toEqual(["11/11 [12] 11"]);
  });
});
