/**
 * Log replication, by section of the Raft paper: 5.3 appending and repairing logs, 5.4.2 what a
 * leader may commit; and the flow of appends to one member. One member is looked at; what the
 * others say is scripted. Clusters are in cluster.test.ts.
 */
import { describe, expect, it } from "vitest";
import type { Message } from "../../../src/raft/types.js";
import { Solo, appendTexts, changeOf, ofKind } from "../../support/raft/solo.js";
import type { SoloOptions } from "../../support/raft/solo.js";

/** A leader of three in term 1 whose first entry is committed everywhere. */
function settledLeader(options: SoloOptions = {}): Solo {
  const solo = Solo.leader(options);
  solo.acknowledgeAll();
  return solo;
}

describe("a leader's heartbeat (5.2)", () => {
  it("goes to everybody once an interval, learners included", () => {
    const solo = Solo.leader({
      learners: [4],
      config: { heartbeatTicks: 3, electionTimeoutTicks: 20 },
    });
    expect(solo.tick(2)).toEqual([]);
    expect(ofKind(solo.tick(1), "heartbeat").map(({ to }) => to)).toEqual([2, 3, 4]);
    expect(solo.tick(2)).toEqual([]);
  });

  it("never names a commit position beyond what the member is known to hold", () => {
    const solo = settledLeader();
    solo.propose(1, 1, 1);
    solo.settle();
    solo.acknowledge(2, 4);
    const commits = ofKind(solo.tick(1), "heartbeat").map(({ to, commit }) => [to, commit]);
    expect(commits).toEqual([
      [2, 4],
      [3, 1],
    ]);
  });
});

describe("a leader's proposal (5.3)", () => {
  it("is appended, sent to everybody, and not committed by that", () => {
    const solo = settledLeader();
    expect(solo.propose(1)).toEqual({ ok: true, firstLogIndex: 2, term: 1 });
    const sent = solo.settle();
    expect(solo.view).toMatchObject({ lastLogIndex: 2, commit: 1 });
    expect([appendTexts(sent, 2), appendTexts(sent, 3)]).toEqual([["1/1 [1] 1"], ["1/1 [1] 1"]]);
  });

  it.each([
    { size: 1, from: [], committed: true },
    { size: 3, from: [], committed: false },
    { size: 3, from: [2], committed: true },
    { size: 3, from: [2, 3], committed: true },
    { size: 4, from: [2], committed: false },
    { size: 4, from: [2, 3], committed: true },
    { size: 5, from: [], committed: false },
    { size: 5, from: [2], committed: false },
    { size: 5, from: [2, 3], committed: true },
    { size: 5, from: [2, 3, 4, 5], committed: true },
  ])("is committed once a majority of $size holds it: $from and itself, $committed", (row) => {
    const voters = Array.from({ length: row.size }, (_, at) => at + 1);
    const solo = settledLeader({ voters });
    solo.propose(1);
    solo.settle();
    for (const from of row.from) solo.acknowledge(from, 2);
    expect(solo.view.commit).toBe(row.committed ? 2 : 1);
    expect(solo.applied.at(-1)?.logIndex).toBe(row.committed ? 2 : 1);
  });

  it("is not committed by learners", () => {
    const solo = settledLeader({ learners: [4, 5] });
    solo.propose(1);
    solo.settle();
    solo.acknowledge(4, 2);
    solo.acknowledge(5, 2);
    expect(solo.view.commit).toBe(1);
  });

  it("is told to be committed at once", () => {
    const solo = settledLeader();
    solo.propose(1);
    solo.settle();
    const sent = solo.acknowledge(2, 2);
    expect([appendTexts(sent, 2), appendTexts(sent, 3)]).toEqual([["2/1 [] 2"], ["2/1 [] 2"]]);
  });

  it("is refused by everybody else, and by a leader that a change removed", () => {
    for (const solo of [new Solo(), new Solo({ voters: [2, 3], learners: [1] })]) {
      expect(solo.propose(1)).toEqual({ ok: false, reason: "noLeader" });
      solo.heartbeat(2, 0);
      solo.hear(2, "heartbeat", { term: 1, commit: 0, readRound: 0 });
      expect(solo.propose(1)).toEqual({ ok: false, reason: "notLeader" });
    }
    const removed = settledLeader({ config: { stepDownOnRemoval: false } });
    removed.node.proposeMembership(changeOf("r1"));
    removed.settle();
    removed.acknowledgeAll();
    expect(removed.view.membership.voters).toEqual([2, 3]);
    expect(removed.propose(1)).toEqual({ ok: false, reason: "removed" });
  });
});

describe("a new leader (5.4.2)", () => {
  it.each([
    { terms: [] },
    { terms: [2] },
    { terms: [1, 2] },
    { terms: [1] },
    { terms: [1, 1, 2, 2, 2] },
  ])("with $terms commits them with its own first entry", ({ terms }) => {
    const solo = Solo.leader({ terms, term: 2 });
    expect(solo.terms).toEqual([...terms, 3]);
    expect(solo.view.commit).toBe(0);
    solo.acknowledge(2, terms.length + 1);
    expect(solo.applied.map(({ term }) => term)).toEqual([...terms, 3]);
  });

  it.each([
    { logIndex: 1, commit: 0 },
    { logIndex: 2, commit: 0 },
    { logIndex: 3, commit: 3 },
    { logIndex: 4, commit: 4 },
  ])("commits nothing of an earlier term alone: $logIndex gives $commit", (row) => {
    const solo = Solo.leader({ terms: [1, 2], term: 2 });
    solo.propose(1);
    solo.settle();
    solo.acknowledge(2, row.logIndex);
    expect(solo.view.commit).toBe(row.commit);
  });

  it("does not count its own log before it is durable", () => {
    const solo = settledLeader();
    solo.propose(1);
    const ready = solo.take();
    solo.say(2, "appendResponse", { logIndex: 2, reject: false, hintLogIndex: 0, hintTerm: 0 });
    expect(solo.view.commit).toBe(1);
    solo.node.persisted(ready.mark);
    expect(solo.view.commit).toBe(2);
  });

  it("may commit what it does not hold durably, and applies it only when it does", () => {
    const solo = settledLeader();
    solo.propose(1);
    const ready = solo.take();
    for (const from of [2, 3]) {
      solo.say(from, "appendResponse", {
        logIndex: 2,
        reject: false,
        hintLogIndex: 0,
        hintTerm: 0,
      });
    }
    expect(solo.view).toMatchObject({ commit: 2, stableLogIndex: 1 });
    expect(solo.take().committed).toEqual([]);
    solo.node.persisted(ready.mark);
    expect(solo.take().committed.map(({ logIndex }) => logIndex)).toEqual([2]);
  });

  it("applies what is durable here and no more, when others are ahead of its own disk", () => {
    const solo = settledLeader();
    solo.propose(1);
    const first = solo.take();
    solo.propose(1);
    const second = solo.take();
    for (const from of [2, 3]) {
      const rest = { reject: false, hintLogIndex: 0, hintTerm: 0 };
      solo.say(from, "appendResponse", { logIndex: 3, ...rest });
    }
    solo.node.persisted(first.mark);
    expect(solo.view).toMatchObject({ commit: 3, stableLogIndex: 2 });
    expect(solo.take().committed.map(({ logIndex }) => logIndex)).toEqual([2]);
    solo.node.persisted(second.mark);
    expect(solo.take().committed.map(({ logIndex }) => logIndex)).toEqual([3]);
  });

  it("counts an old leadership's batches that become durable late for what they still hold", () => {
    const solo = settledLeader();
    solo.propose(1, 1);
    solo.take();
    solo.say(2, "append", { term: 2, prevLogIndex: 1, prevLogTerm: 1, entries: [], commit: 1 });
    solo.take();
    solo.node.stepLocal({ kind: "hup" });
    const campaign = solo.take();
    solo.say(3, "voteResponse", { term: 3, reject: false });
    expect(solo.role).toBe("candidate");
    solo.node.persisted(campaign.mark);
    expect(solo.view).toMatchObject({ role: "leader", commit: 1, stableLogIndex: 3 });
    expect(solo.progressOf(1).match).toBe(3);
  });

  it("does not count a batch whose entries were overwritten by others of the same place", () => {
    const solo = settledLeader();
    solo.propose(1, 1);
    const overwritten = solo.take();
    const entries = [{ logIndex: 2, term: 2, ...normal }];
    solo.say(2, "append", { term: 2, prevLogIndex: 1, prevLogTerm: 1, entries, commit: 1 });
    solo.take();
    solo.node.persisted(overwritten.mark);
    expect(solo.view).toMatchObject({ lastLogIndex: 2, stableLogIndex: 1 });
  });
});

describe("a follower's append (5.3)", () => {
  it.each([
    { prev: [0, 0], answer: { logIndex: 1, reject: false } },
    { prev: [1, 1], answer: { logIndex: 1, reject: false } },
    { prev: [2, 2], answer: { logIndex: 2, reject: false } },
    { prev: [2, 1], answer: { logIndex: 2, reject: true, hintLogIndex: 1, hintTerm: 1 } },
    { prev: [3, 3], answer: { logIndex: 3, reject: true, hintLogIndex: 2, hintTerm: 2 } },
  ] as const)("behind $prev is answered with $answer", ({ prev, answer }) => {
    const solo = new Solo({ terms: [1, 2], term: 2, commit: 1 });
    const sent = solo.hearAppend(2, { term: 3, prev });
    expect(ofKind(sent, "appendResponse")).toMatchObject([{ to: 2, term: 3, ...answer }]);
    expect(solo.terms).toEqual([1, 2]);
  });

  it.each([
    { prev: [2, 2], terms: [3], after: [1, 2, 3], written: [3] },
    { prev: [1, 1], terms: [3, 4], after: [1, 3, 4], written: [3, 4] },
    { prev: [0, 0], terms: [1], after: [1, 2], written: [] },
    { prev: [0, 0], terms: [3], after: [3], written: [3] },
    { prev: [1, 1], terms: [2], after: [1, 2], written: [] },
    { prev: [0, 0], terms: [1, 2, 2], after: [1, 2, 2], written: [2] },
  ] as const)("of $terms behind $prev leaves $after", ({ prev, terms, after, written }) => {
    const solo = new Solo({ terms: [1, 2], term: 2 });
    const from = solo.readys.length;
    solo.hearAppend(2, { term: 4, prev, terms });
    expect(solo.terms).toEqual(after);
    const entries = solo.readys.slice(from).flatMap((ready) => ready.entries);
    expect(entries.map(({ term }) => term)).toEqual(written);
  });

  it.each([
    { prev: [0, 0], terms: [1], commit: 1, expected: 1 },
    { prev: [0, 0], terms: [1, 1], commit: 2, expected: 2 },
    { prev: [0, 0], terms: [1, 1], commit: 1, expected: 1 },
    { prev: [0, 0], terms: [1, 1], commit: 9, expected: 2 },
    { prev: [0, 0], terms: [], commit: 3, expected: 0 },
  ] as const)("of $terms with commit $commit commits up to $expected", (row) => {
    const solo = new Solo({ term: 1 });
    solo.hearAppend(2, row);
    expect(solo.view.commit).toBe(row.expected);
    expect(solo.applied.length).toBe(row.expected);
  });

  it("commits no more than the append has shown to match, however long its own log is", () => {
    const solo = new Solo({ terms: [1, 1, 1], term: 1 });
    solo.hearAppend(2, { term: 2, prev: [1, 1], commit: 3 });
    expect(solo.view.commit).toBe(1);
  });

  it("that arrives twice, or after a longer one, takes nothing away", () => {
    const solo = new Solo({ term: 1 });
    solo.hearAppend(2, { terms: [1, 1, 1], commit: 1 });
    const sent = solo.hearAppend(2, { terms: [1] });
    expect(ofKind(sent, "appendResponse")).toMatchObject([{ logIndex: 1, reject: false }]);
    solo.hearAppend(2, { prev: [1, 1], terms: [1] });
    expect(solo.terms).toEqual([1, 1, 1]);
  });

  it("answers leave only when what they promise is durable", () => {
    const solo = new Solo({ term: 1 });
    const rest = { prevLogIndex: 0, prevLogTerm: 0, commit: 1 };
    solo.say(2, "append", { ...rest, entries: [{ logIndex: 1, term: 1, ...normal }] });
    const ready = solo.take();
    expect([ready.sendNow, ready.committed]).toEqual([[], []]);
    expect(ready.sendAfterPersist).toMatchObject([{ kind: "appendResponse", logIndex: 1 }]);
  });

  it("may not begin the log of a member that has no configuration", () => {
    const solo = new Solo({ voters: [], term: 1 });
    const sent = solo.hearAppend(2, { terms: [1, 1], commit: 2 });
    expect(ofKind(sent, "appendResponse")).toMatchObject([{ logIndex: 0, reject: true }]);
    expect(solo.view.lastLogIndex).toBe(0);
  });
});

const normal = { kind: "normal", data: new Uint8Array(1) } as const;

describe("a follower's heartbeat", () => {
  it.each([
    { commit: 3, expected: 3 },
    { commit: 1, expected: 2 },
    { commit: 0, expected: 2 },
  ])("with $commit leaves the commit position at $expected", ({ commit, expected }) => {
    const solo = new Solo({ terms: [1, 2, 3], term: 3, commit: 2 });
    const sent = solo.heartbeat(2, commit, 7);
    expect(ofKind(sent, "heartbeatResponse")).toMatchObject([{ to: 2, term: 3, readRound: 7 }]);
    expect(solo.view.commit).toBe(expected);
  });
});

describe("repairing a log (5.3)", () => {
  /**
   * A leader in term 8 and a follower talk until both rest; the third member is silent. Returns
   * the follower and how many appends it refused.
   */
  function repair(
    leaderTerms: readonly number[],
    followerTerms: readonly number[],
  ): { readonly leader: Solo; readonly follower: Solo; readonly refusals: number } {
    const leader = Solo.leader({ terms: leaderTerms, term: 7 });
    const follower = new Solo({ id: 2, terms: followerTerms, term: 7 });
    leader.propose(0);
    let refusals = 0;
    let wire = [...leader.readys.flatMap(({ sendNow }) => sendNow), ...leader.settle()];
    while (wire.length > 0) {
      const answers: Message[] = [];
      for (const message of wire.filter(({ to }) => to === 2)) {
        follower.node.step(message);
        answers.push(...follower.settle());
      }
      wire = [];
      for (const message of answers) {
        if (message.kind === "appendResponse" && message.reject) refusals += 1;
        leader.node.step(message);
        wire.push(...leader.settle());
      }
    }
    return { leader, follower, refusals };
  }

  const figure7 = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
  it.each([
    { name: "one entry short", terms: [1, 1, 1, 4, 4, 5, 5, 6, 6] },
    { name: "many entries short", terms: [1, 1, 1, 4] },
    { name: "empty", terms: [] },
    { name: "one entry more", terms: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6] },
    { name: "a later term more", terms: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7] },
    { name: "another end", terms: [1, 1, 1, 4, 4, 4, 4] },
    { name: "another middle", terms: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3] },
    { name: "nothing in common", terms: [2, 2, 2, 2] },
  ])("that is $name ends with the leader's log (figure 7)", ({ terms }) => {
    const { leader, follower } = repair(figure7, terms);
    expect(follower.terms).toEqual([...figure7, 8, 8]);
    expect(follower.terms).toEqual(leader.terms);
    expect(follower.view.commit).toBe(leader.view.commit);
    expect(leader.progressOf(2)).toMatchObject({ state: "replicate", match: 12 });
  });

  const many = (term: number, count: number): number[] => new Array<number>(count).fill(term);
  it.each([
    { leader: [...many(1, 2), ...many(5, 50)], follower: [...many(1, 2), ...many(3, 60)], max: 2 },
    { leader: [...many(1, 50), ...many(5, 5)], follower: many(1, 10), max: 1 },
    { leader: many(6, 40), follower: [...many(2, 10), ...many(3, 10), ...many(4, 10)], max: 2 },
    { leader: [1, 2, 2, 4, 4, 4, 4], follower: [1, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3], max: 2 },
    { leader: [1, 2, 2, 5, 5, 5], follower: [1, 2, 2, 3, 4, 4, 4, 4], max: 2 },
  ])("takes at most $max refusals, however long the difference is", (row) => {
    const { leader, follower, refusals } = repair(row.leader, row.follower);
    expect(follower.terms).toEqual(leader.terms);
    expect(refusals).toBeGreaterThan(0);
    expect(refusals).toBeLessThanOrEqual(row.max);
  });

  it("behind a compacted log ends with a snapshot", () => {
    const leader = settledLeader();
    leader.propose(1, 1, 1);
    leader.settle();
    leader.acknowledge(2, 4);
    leader.compact(4);
    leader.refuse(3, 1, [0, 0]);
    expect(leader.progressOf(3)).toMatchObject({ state: "replicate" });
    leader.node.stepLocal({ kind: "unreachable", member: 3 });
    const sent = leader.hear(3, "heartbeatResponse", { readRound: 0 });
    expect(ofKind(sent, "snapshot")).toMatchObject([{ to: 3, snapshot: { logIndex: 4 } }]);
  });
});

describe("an answer to an append", () => {
  it("that is old or repeated changes nothing", () => {
    const solo = settledLeader();
    solo.propose(1, 1, 1);
    solo.settle();
    solo.acknowledge(2, 3);
    const before = solo.view.progress;
    solo.acknowledge(2, 2);
    solo.acknowledge(2, 3);
    solo.refuse(2, 2, [1, 1]);
    solo.refuse(2, 0, [0, 0]);
    expect(solo.view.progress).toEqual(before);
  });

  it("from a probed member that is out of date does not move the probe", () => {
    const solo = Solo.leader({ terms: [1, 1, 1, 1], term: 1 });
    expect(solo.progressOf(2)).toMatchObject({ state: "probe", next: 5 });
    expect(solo.refuse(2, 9, [1, 1])).toEqual([]);
    expect(solo.refuse(2, 2, [1, 1])).toEqual([]);
    expect(solo.progressOf(2).next).toBe(5);
    const sent = solo.refuse(2, 4, [2, 1]);
    expect(solo.progressOf(2)).toMatchObject({ state: "probe", next: 3, paused: true });
    expect(appendTexts(sent, 2)).toEqual(["2/1 [1 1 2] 0"]);
  });

  it("that was given in an earlier leadership counts for nothing in the present one", () => {
    const solo = settledLeader();
    solo.propose(1, 1);
    solo.settle();
    solo.hearAppend(3, { term: 2, prev: [1, 1], terms: [2, 2] });
    solo.elect();
    expect(solo.view).toMatchObject({ term: 3, lastLogIndex: 4 });
    const rest = { reject: false, hintLogIndex: 0, hintTerm: 0 };
    solo.hear(2, "appendResponse", { logIndex: 3, term: 1, ...rest });
    expect(solo.progressOf(2)).toMatchObject({ match: 0, state: "probe" });
    expect(solo.view.commit).toBe(1);
  });

  it("that a stranger gives is ignored", () => {
    const solo = settledLeader();
    const before = solo.view;
    solo.acknowledge(9, 1);
    solo.hear(9, "heartbeatResponse", { readRound: 0 });
    expect(solo.view).toEqual(before);
  });

  it("begins to pipeline, and a lost message makes the leader probe again", () => {
    const solo = Solo.leader();
    expect(solo.progressOf(2)).toMatchObject({ state: "probe", paused: true });
    solo.acknowledge(2, 1);
    expect(solo.progressOf(2)).toMatchObject({ state: "replicate", match: 1, next: 2 });
    solo.propose(1);
    solo.settle();
    solo.propose(1);
    solo.settle();
    expect(solo.progressOf(2)).toMatchObject({ next: 4, inflightCount: 2 });
    solo.node.stepLocal({ kind: "unreachable", member: 2 });
    expect(solo.progressOf(2)).toMatchObject({ state: "probe", next: 2, inflightCount: 0 });
  });
});

describe("the flow of appends", () => {
  it("to a probed member is one until it answers, or lives", () => {
    const solo = Solo.leader();
    for (let round = 0; round < 3; round += 1) {
      solo.propose(1);
      expect(appendTexts(solo.settle(), 2)).toEqual([]);
    }
    expect(ofKind(solo.tick(1), "heartbeat").length).toBe(2);
    const sent = solo.hear(2, "heartbeatResponse", { readRound: 0 });
    expect(appendTexts(sent, 2)).toEqual(["0/0 [1 1 1 1] 0"]);
    solo.propose(1);
    expect(appendTexts(solo.settle(), 2)).toEqual([]);
  });

  it("stops when the window is full by count, and each answer makes room for one", () => {
    const solo = settledLeader({ config: { inflightCountMax: 3 } });
    for (let round = 0; round < 5; round += 1) {
      solo.propose(1);
      solo.settle();
    }
    expect(solo.progressOf(2)).toMatchObject({ inflightCount: 3, next: 5, paused: true });
    for (let logIndex = 2; logIndex <= 5; logIndex += 1) {
      solo.acknowledge(2, logIndex);
      const left = Math.min(3, 6 - logIndex);
      // The two that waited travel together, in the first append that has room.
      expect(solo.progressOf(2).inflightCount).toBeLessThanOrEqual(left);
    }
    solo.acknowledge(2, 6);
    expect(solo.progressOf(2)).toMatchObject({ match: 6, inflightCount: 0, inflightBytes: 0 });
  });

  it("an answer to a later append makes room for all before it, an old one for none", () => {
    const solo = settledLeader({ config: { inflightCountMax: 4 } });
    for (let round = 0; round < 4; round += 1) {
      solo.propose(1);
      solo.settle();
    }
    solo.acknowledge(2, 4);
    expect(solo.progressOf(2).inflightCount).toBe(1);
    solo.propose(1);
    solo.settle();
    solo.acknowledge(2, 3);
    expect(solo.progressOf(2).inflightCount).toBe(2);
  });

  it("stops when the window is full by bytes, and no byte stays behind over many rounds", () => {
    const config = { inflightBytesMax: 100, appendBytesMax: 60 };
    const solo = settledLeader({ config });
    for (let round = 0; round < 50; round += 1) {
      for (let at = 0; at < 4; at += 1) {
        solo.propose(50);
        solo.settle();
      }
      expect(solo.progressOf(2)).toMatchObject({ inflightCount: 2, inflightBytes: 100 });
      while (solo.progressOf(2).match < solo.view.lastLogIndex) {
        solo.acknowledge(2, solo.progressOf(2).next - 1);
      }
      expect(solo.progressOf(2)).toMatchObject({ inflightCount: 0, inflightBytes: 0 });
      if (round % 7 === 3) solo.node.stepLocal({ kind: "unreachable", member: 2 });
      if (round % 7 === 3) solo.hear(2, "heartbeatResponse", { readRound: 0 });
      if (round % 7 === 3) solo.acknowledge(2, solo.view.lastLogIndex);
    }
  });

  it("with a full window and everything lost goes on after a heartbeat", () => {
    const solo = settledLeader({ config: { inflightCountMax: 2 } });
    for (let round = 0; round < 4; round += 1) {
      solo.propose(1);
      solo.settle();
    }
    for (let round = 0; round < 3; round += 1) {
      solo.tick(1);
      const sent = solo.hear(2, "heartbeatResponse", { readRound: 0 });
      expect(appendTexts(sent, 2)).toEqual(["3/1 [] 1"]);
    }
    const sent = solo.refuse(2, 3, [1, 1]);
    expect(appendTexts(sent, 2)).toEqual(["1/1 [1 1 1 1] 1"]);
  });

  it("is cut into appends by count and by bytes, but one entry always fits", () => {
    const config = { appendEntriesCountMax: 2, appendBytesMax: 100, inflightBytesMax: 10_000 };
    const solo = settledLeader({ config });
    solo.propose(1, 1, 1);
    expect(appendTexts(solo.settle(), 2)).toEqual(["1/1 [1 1] 1", "3/1 [1] 1"]);
    solo.propose(80, 80, 500);
    expect(appendTexts(solo.settle(), 2)).toEqual(["4/1 [1] 1", "5/1 [1] 1", "6/1 [1] 1"]);
  });
});

describe("what waits for commit", () => {
  it("is limited, empty payloads and a first large one apart, and let go of by commit", () => {
    const solo = settledLeader({ config: { uncommittedBytesMax: 1000 } });
    for (let round = 0; round < 30; round += 1) {
      for (let at = 0; at < 10; at += 1) expect(solo.propose(100).ok).toBe(true);
      expect(solo.propose(100)).toEqual({ ok: false, reason: "uncommittedFull" });
      expect(solo.propose(0, 0).ok).toBe(true);
      solo.settle();
      solo.acknowledgeAll();
      expect(solo.propose(5000).ok).toBe(true);
      expect(solo.propose(1)).toEqual({ ok: false, reason: "uncommittedFull" });
      solo.settle();
      solo.acknowledgeAll();
    }
  });

  it("is not carried from one leadership to the next", () => {
    const solo = settledLeader({ config: { uncommittedBytesMax: 1000 } });
    expect(solo.propose(900).ok).toBe(true);
    solo.settle();
    solo.hearAppend(2, { term: 2, prev: [1, 1], terms: [2] });
    solo.elect();
    expect(solo.propose(1000).ok).toBe(true);
    solo.settle();
    solo.acknowledgeAll();
    expect(solo.propose(1000).ok).toBe(true);
  });
});
