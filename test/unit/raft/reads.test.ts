/**
 * Linearizable reads (section 6.4 of the dissertation): what a position must be confirmed by
 * before it is answered, here and for a follower. What the others say is scripted.
 */
import { describe, expect, it } from "vitest";
import { readWaitingCountMax } from "../../../src/raft/limits.js";
import { Solo, changeOf, ofKind } from "../../support/raft/solo.js";
import type { SoloOptions } from "../../support/raft/solo.js";

/** A leader whose first entry, at position 1, is committed. */
function settledLeader(options: SoloOptions = {}): Solo {
  const solo = Solo.leader(options);
  solo.acknowledgeAll();
  return solo;
}

describe("a read at a leader", () => {
  it("is answered with the commit position of its arrival, once a quorum confirmed", () => {
    const solo = settledLeader();
    solo.node.readIndex(7);
    const beats = ofKind(solo.settle(), "heartbeat");
    expect(beats.map(({ to, readRound }) => [to, readRound])).toEqual([
      [2, 1],
      [3, 1],
    ]);
    solo.propose(1);
    solo.settle();
    solo.acknowledge(2, 2);
    expect(solo.readStates).toEqual([]);
    solo.hear(3, "heartbeatResponse", { readRound: 1 });
    expect(solo.readStates).toEqual([{ requestId: 7, logIndex: 1 }]);
  });

  it.each([
    { size: 2, from: [], answered: false },
    { size: 2, from: [2], answered: true },
    { size: 3, from: [2], answered: true },
    { size: 4, from: [2], answered: false },
    { size: 5, from: [2], answered: false },
    { size: 5, from: [2, 5], answered: true },
  ])("needs a majority of $size: $from confirm, answered $answered", (row) => {
    const solo = settledLeader({ voters: Array.from({ length: row.size }, (_, at) => at + 1) });
    solo.node.readIndex(1);
    solo.settle();
    for (const from of row.from) solo.hear(from, "heartbeatResponse", { readRound: 1 });
    expect(solo.readStates.length).toBe(row.answered ? 1 : 0);
  });

  it("is not confirmed by learners, nor twice by one member", () => {
    const solo = settledLeader({ voters: [1, 2, 3, 4, 5], learners: [6] });
    solo.node.readIndex(1);
    solo.settle();
    for (const from of [6, 2, 2, 2]) solo.hear(from, "heartbeatResponse", { readRound: 1 });
    expect(solo.readStates).toEqual([]);
    solo.hear(3, "heartbeatResponse", { readRound: 1 });
    expect(solo.readStates.length).toBe(1);
  });

  it("is confirmed by both halves of a joint configuration", () => {
    const membership = {
      voters: [1, 2, 3],
      votersOutgoing: [1, 4, 5],
      learners: [],
      learnersNext: [],
      autoLeave: false,
    };
    const solo = settledLeader({ membership });
    solo.node.readIndex(1);
    solo.settle();
    for (const from of [2, 3]) solo.hear(from, "heartbeatResponse", { readRound: 1 });
    expect(solo.readStates).toEqual([]);
    solo.hear(4, "heartbeatResponse", { readRound: 1 });
    expect(solo.readStates.length).toBe(1);
  });

  it("waits for the first commit of the term, however old the log is", () => {
    const solo = Solo.leader({ terms: [1, 1, 2], commit: 3, term: 2 });
    solo.node.readIndex(1);
    expect(ofKind(solo.settle(), "heartbeat")).toEqual([]);
    solo.tick(1);
    solo.hear(2, "heartbeatResponse", { readRound: 0 });
    expect(solo.readStates).toEqual([]);
    solo.acknowledge(2, 4);
    solo.hear(2, "heartbeatResponse", { readRound: 1 });
    expect(solo.readStates).toEqual([{ requestId: 1, logIndex: 4 }]);
  });

  it("alone is answered at once, but not before its own first commit", () => {
    const solo = new Solo({ voters: [1] });
    solo.node.stepLocal({ kind: "hup" });
    const campaign = solo.take();
    solo.node.persisted(campaign.mark);
    expect(solo.role).toBe("leader");
    solo.node.readIndex(1);
    solo.take();
    expect(solo.readStates).toEqual([]);
    solo.node.persisted(2);
    solo.settle();
    expect(solo.readStates).toEqual([{ requestId: 1, logIndex: 1 }]);
  });

  it("that is asked for twice under one name is confirmed twice", () => {
    const solo = settledLeader();
    solo.node.readIndex(5);
    solo.settle();
    solo.propose(1);
    solo.settle();
    solo.acknowledge(2, 2);
    solo.node.readIndex(5);
    solo.settle();
    solo.hear(2, "heartbeatResponse", { readRound: 1 });
    expect(solo.readStates).toEqual([{ requestId: 5, logIndex: 1 }]);
    solo.hear(3, "heartbeatResponse", { readRound: 1 });
    expect(solo.readStates.length).toBe(1);
    solo.hear(3, "heartbeatResponse", { readRound: 2 });
    expect(solo.readStates.at(-1)).toEqual({ requestId: 5, logIndex: 2 });
  });

  it("is dropped with the leadership, and an old answer does not confirm a later one", () => {
    const solo = settledLeader();
    solo.node.readIndex(1);
    solo.settle();
    solo.hearAppend(2, { term: 2, prev: [1, 1], terms: [2] });
    solo.elect();
    solo.acknowledgeAll();
    solo.node.readIndex(2);
    solo.settle();
    solo.hear(3, "heartbeatResponse", { readRound: 1, term: 1 });
    expect(solo.readStates).toEqual([]);
    solo.hear(3, "heartbeatResponse", { readRound: 1 });
    expect(solo.readStates).toEqual([{ requestId: 2, logIndex: 3 }]);
  });

  it("is confirmed anew by who is left when a change makes the quorum smaller", () => {
    const solo = settledLeader({ voters: [1, 2] });
    solo.node.proposeMembership(changeOf("r2"));
    solo.settle();
    solo.node.readIndex(1);
    solo.settle();
    expect(solo.readStates).toEqual([]);
    solo.acknowledge(2, 2);
    expect(solo.view.membership.voters).toEqual([1]);
    expect(solo.readStates).toEqual([{ requestId: 1, logIndex: 1 }]);
  });

  it("is refused when too many wait", () => {
    const solo = settledLeader();
    for (let id = 1; id <= readWaitingCountMax; id += 1) {
      expect(solo.node.readIndex(id)).toEqual({ ok: true });
    }
    expect(solo.node.readIndex(1)).toMatchObject({ ok: false });
    solo.hear(3, "readIndex", { requestId: 9, term: 0 });
    expect(solo.events.at(-1)?.event).toBe("read-dropped");
  });
});

describe("a read at another member", () => {
  it("goes to the leader and comes back with a position", () => {
    const solo = new Solo({ term: 1 });
    solo.heartbeat(2);
    solo.node.readIndex(4);
    const forwarded = { from: 1, to: 2, term: 0, requestId: 4 };
    expect(ofKind(solo.settle(), "readIndex")).toMatchObject([forwarded]);
    solo.hear(2, "readIndexResponse", { requestId: 4, logIndex: 9 });
    expect(solo.readStates).toEqual([{ requestId: 4, logIndex: 9 }]);
  });

  it("is answered by the leader to who asked", () => {
    const solo = settledLeader({ learners: [4] });
    solo.hear(4, "readIndex", { requestId: 11, term: 0 });
    const sent = solo.hear(2, "heartbeatResponse", { readRound: 1 });
    expect(ofKind(sent, "readIndexResponse")).toMatchObject([
      { to: 4, requestId: 11, logIndex: 1, term: 1 },
    ]);
    expect(solo.readStates).toEqual([]);
  });

  it("is not forwarded without a leader, and an answer of an old term is not taken", () => {
    const solo = new Solo({ term: 3 });
    expect(solo.node.readIndex(1)).toEqual({ ok: false, reason: "noLeader" });
    solo.heartbeat(2);
    solo.hear(3, "readIndexResponse", { requestId: 1, logIndex: 9, term: 2 });
    expect(solo.readStates).toEqual([]);
  });
});
