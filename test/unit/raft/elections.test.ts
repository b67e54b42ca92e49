/**
 * Elections, by section of the Raft paper (5.1 terms, 5.2 elections, 5.4.1 who may lead) and of
 * the dissertation (4.2.3 disruptive members, 6.2 a leader without a quorum, 9.6 pre-votes). One
 * member is looked at; what the others say is scripted. Clusters are in cluster.test.ts.
 */
import { describe, expect, it } from "vitest";
import type { MemberId, Role } from "../../../src/raft/types.js";
import { Solo, ofKind, seeded } from "../../support/raft/solo.js";
import type { SoloOptions } from "../../support/raft/solo.js";

/** A member of three brought into a role in term 1 (a pre-candidate in term 0). */
function inRole(role: Role, options: SoloOptions = {}): Solo {
  const config = { preVote: role === "preCandidate", ...options.config };
  const solo = new Solo({ ...options, config });
  if (role === "leader") solo.elect();
  else if (role === "follower") solo.hearAppend(2, { term: 1 });
  else solo.hup();
  expect(solo.role).toBe(role);
  return solo;
}

const roles: readonly Role[] = ["follower", "preCandidate", "candidate", "leader"];
const voting = ["vote", "preVote"] as const;

describe("a member (5.1, 5.2)", () => {
  it("starts as a follower that knows no leader", () => {
    expect(new Solo().view).toMatchObject({ role: "follower", leader: 0, term: 0 });
  });

  it.each(roles)("as %s follows the leader of a higher term", (role) => {
    const solo = inRole(role);
    solo.hearAppend(3, { term: 5 });
    expect(solo.view).toMatchObject({ role: "follower", term: 5, leader: 3, vote: 0 });
  });

  it.each(roles)("as %s takes nothing from an old term", (role) => {
    const solo = inRole(role, { term: 6, terms: [1] });
    const before = solo.view;
    solo.hearAppend(2, { term: 2, prev: [1, 1], terms: [2], commit: 2 });
    solo.hear(2, "heartbeat", { term: 2, commit: 1, readRound: 0 });
    solo.hear(3, "voteResponse", { term: 2, reject: false });
    expect(solo.view).toEqual(before);
  });

  it.each(roles)("as %s answers a higher term's request for a vote, whatever it was", (role) => {
    const solo = inRole(role);
    const sent = solo.hear(3, "vote", {
      term: 9,
      lastLogIndex: 5,
      lastLogTerm: 8,
      transfer: false,
    });
    expect(ofKind(sent, "voteResponse")).toMatchObject([{ to: 3, term: 9, reject: false }]);
    expect(solo.view).toMatchObject({ role: "follower", term: 9, vote: 3, leader: 0 });
  });

  it.each(roles)("as %s answers a pre-vote of a higher term and stays what it was", (role) => {
    const solo = inRole(role);
    const { term, vote, leader } = solo.view;
    const request = { term: 9, lastLogIndex: 5, lastLogTerm: 8, transfer: false };
    const sent = solo.hear(3, "preVote", request);
    expect(ofKind(sent, "preVoteResponse")).toMatchObject([{ to: 3, term: 9, reject: false }]);
    expect(solo.view).toMatchObject({ role, term, vote, leader });
  });

  it.each([
    ["candidate", "append"],
    ["candidate", "heartbeat"],
    ["candidate", "snapshot"],
    ["preCandidate", "heartbeat"],
  ] as const)("as %s gives way to the leader of its own term that sends %s", (role, kind) => {
    const solo = inRole(role, { term: 3 });
    if (kind === "append") solo.hearAppend(2, {});
    else if (kind === "heartbeat") solo.heartbeat(2);
    else {
      const { membership } = solo.view;
      solo.hear(2, "snapshot", { snapshot: { logIndex: 4, term: 2, membership } });
    }
    expect(solo.view).toMatchObject({ role: "follower", leader: 2 });
  });
});

describe("an election timeout (5.2)", () => {
  it.each(["follower", "candidate"] as const)("makes a %s campaign in a new term", (role) => {
    const solo = inRole(role, { drawnTicks: 4 });
    expect(ofKind(solo.tick(13), "vote")).toEqual([]);
    const sent = solo.tick(1);
    expect(solo.view).toMatchObject({ role: "candidate", term: 2, vote: 1, leader: 0 });
    expect(ofKind(sent, "vote").map(({ to, term }) => [to, term])).toEqual([
      [2, 2],
      [3, 2],
    ]);
  });

  it.each([1, 5, 14])("begins anew with each sign of the leader, here after %i ticks", (ticks) => {
    const solo = inRole("follower", { drawnTicks: 5 });
    for (let round = 0; round < 5; round += 1) {
      solo.tick(ticks);
      solo.heartbeat(2);
    }
    expect(solo.view).toMatchObject({ role: "follower", term: 1, leader: 2 });
  });

  it("is drawn evenly from once to twice the configured time", () => {
    const solo = new Solo({ random: seeded(3) });
    const seen = new Map<number, number>();
    for (let round = 0; round < 1000; round += 1) {
      solo.hearAppend(2, { term: solo.term + 1 });
      let ticks = 0;
      for (; solo.role === "follower"; ticks += 1) solo.tick();
      seen.set(ticks, (seen.get(ticks) ?? 0) + 1);
    }
    const expected = Array.from({ length: 10 }, (_, at) => 10 + at);
    expect([...seen.keys()].sort((a, b) => a - b)).toEqual(expected);
    for (const count of seen.values()) expect(count).toBeGreaterThan(50);
  });

  it("seldom ends for two members of five at once", () => {
    let collisions = 0;
    const roundCount = 300;
    for (let round = 0; round < roundCount; round += 1) {
      const ids = [1, 2, 3, 4, 5];
      const solos = ids.map((id) => new Solo({ id, voters: ids, random: seeded(round * 10 + id) }));
      let campaigns = 0;
      while (campaigns === 0) {
        for (const solo of solos) solo.tick();
        campaigns = solos.filter(({ role }) => role === "candidate").length;
      }
      if (campaigns > 1) collisions += 1;
    }
    expect(collisions / roundCount).toBeLessThan(0.4);
  });

  it.each([
    ["a learner", { voters: [2, 3], learners: [1] }],
    ["somebody who is no member", { voters: [2, 3] }],
    ["a member without a configuration", { voters: [] }],
  ])("means nothing to %s", (_, options) => {
    const solo = new Solo(options);
    expect(solo.tick(60)).toEqual([]);
    solo.hup();
    expect(solo.view).toMatchObject({ role: "follower", term: 0 });
  });

  it("means nothing to a member whose snapshot is not durable yet", () => {
    const solo = new Solo({ term: 2 });
    const { membership } = solo.view;
    solo.say(2, "snapshot", { snapshot: { logIndex: 8, term: 1, membership } });
    solo.take();
    for (let tick = 0; tick < 60; tick += 1) solo.node.tick();
    expect(solo.role).toBe("follower");
    solo.node.persisted(1);
    for (let tick = 0; tick < 60; tick += 1) solo.node.tick();
    expect(solo.role).toBe("candidate");
  });
});

describe("a campaign (5.2)", () => {
  const rows: readonly (readonly [number, Readonly<Record<number, boolean>>, Role])[] = [
    [1, {}, "leader"],
    [2, {}, "candidate"],
    [2, { 2: true }, "leader"],
    [2, { 2: false }, "follower"],
    [3, {}, "candidate"],
    [3, { 2: true }, "leader"],
    [3, { 2: true, 3: true }, "leader"],
    [3, { 2: false }, "candidate"],
    [3, { 2: false, 3: false }, "follower"],
    [4, { 2: true }, "candidate"],
    [4, { 2: true, 3: true }, "leader"],
    [4, { 2: true, 3: false, 4: false }, "follower"],
    [5, {}, "candidate"],
    [5, { 2: true }, "candidate"],
    [5, { 2: true, 3: true }, "leader"],
    [5, { 2: true, 3: true, 4: true, 5: true }, "leader"],
    [5, { 2: false, 3: false }, "candidate"],
    [5, { 2: false, 3: false, 4: false }, "follower"],
    [5, { 2: true, 3: false, 4: false, 5: false }, "follower"],
  ];
  it.each(rows)("among %i with the answers %j ends as %s", (size, votes, role) => {
    const voters = Array.from({ length: size }, (_, at) => at + 1);
    const solo = new Solo({ voters });
    solo.hup();
    for (const [from, granted] of Object.entries(votes)) {
      solo.hear(Number(from), "voteResponse", { reject: !granted, term: 1 });
    }
    expect(solo.view).toMatchObject({ role, term: 1 });
  });

  it("counts each member once, and the first answer only", () => {
    const solo = new Solo({ voters: [1, 2, 3, 4, 5] });
    solo.hup();
    for (let round = 0; round < 4; round += 1) solo.hear(2, "voteResponse", { reject: false });
    expect(solo.role).toBe("candidate");
    solo.hear(2, "voteResponse", { reject: true });
    solo.hear(3, "voteResponse", { reject: false });
    expect(solo.role).toBe("leader");
  });

  it("does not count who has no vote", () => {
    const solo = new Solo({ voters: [1, 2, 3], learners: [4] });
    solo.hup();
    solo.hear(4, "voteResponse", { reject: false });
    solo.hear(9, "voteResponse", { reject: false });
    expect(solo.role).toBe("candidate");
  });

  it("asks both halves of a joint configuration and needs both", () => {
    const membership = {
      voters: [1, 2, 3],
      votersOutgoing: [1, 4, 5],
      learners: [6],
      learnersNext: [],
      autoLeave: false,
    };
    const solo = new Solo({ membership });
    expect(ofKind(solo.hup(), "vote").map(({ to }) => to)).toEqual([2, 3, 4, 5]);
    solo.hear(2, "voteResponse", { reject: false });
    solo.hear(3, "voteResponse", { reject: false });
    expect(solo.role).toBe("candidate");
    solo.hear(5, "voteResponse", { reject: false });
    expect(solo.role).toBe("leader");
  });

  it.each([
    { terms: [1], last: [1, 1] },
    { terms: [1, 2], last: [2, 2] },
    { terms: [1, 1, 4], last: [3, 4] },
  ])("names the end of its log $last (5.4.1)", ({ terms, last }) => {
    const solo = new Solo({ terms });
    const named = ofKind(solo.hup(), "vote").map((vote) => [vote.lastLogIndex, vote.lastLogTerm]);
    expect(named).toEqual([last, last]);
  });

  it("of a member that leads already is none", () => {
    const solo = inRole("leader");
    expect(solo.hup()).toEqual([]);
    expect(solo.view).toMatchObject({ role: "leader", term: 1 });
  });

  it("waits while a change is committed and not applied, in either form of change", () => {
    for (const transition of ["auto", "jointExplicit"] as const) {
      const leader = Solo.leader();
      leader.acknowledgeAll();
      const steps = [{ kind: "addVoter", member: 4 }] as const;
      leader.node.proposeMembership({ transition, steps, context: new Uint8Array(0) });
      const [append] = ofKind(leader.settle(), "append");
      const entries = append?.entries ?? [];
      const solo = new Solo({ id: 2 });
      solo.hearAppend(1, { term: 1, terms: [1], commit: 1 });
      solo.say(1, "append", { prevLogIndex: 1, prevLogTerm: 1, entries, commit: 2 });
      const first = solo.take();
      solo.node.persisted(first.mark);
      solo.node.stepLocal({ kind: "hup" });
      expect(solo.role).toBe("follower");
      solo.settle();
      solo.hup();
      expect(solo.role).toBe("candidate");
    }
  });
});

describe("a vote (5.2, 5.4.1)", () => {
  it.each([
    { vote: 0, from: 2, reject: false },
    { vote: 0, from: 3, reject: false },
    { vote: 2, from: 2, reject: false },
    { vote: 3, from: 3, reject: false },
    { vote: 2, from: 3, reject: true },
    { vote: 3, from: 2, reject: true },
    { vote: 1, from: 2, reject: true },
  ])("for $from after one for $vote in the same term is refused: $reject", (row) => {
    const solo = new Solo({ term: 1, vote: row.vote });
    const request = { lastLogIndex: 0, lastLogTerm: 0, transfer: false };
    const sent = solo.hear(row.from, "vote", request);
    expect(ofKind(sent, "voteResponse")).toMatchObject([
      { to: row.from, term: 1, reject: row.reject },
    ]);
  });

  it("is given to nobody else once a leader of the term is known", () => {
    const solo = new Solo({ term: 1 });
    solo.heartbeat(2);
    const request = { lastLogIndex: 0, lastLogTerm: 0, transfer: false };
    expect(ofKind(solo.hear(3, "vote", request), "voteResponse")).toMatchObject([{ reject: true }]);
  });

  describe.each(voting)("(%s) goes only to a log that is not behind", (kind) => {
    it.each([
      { terms: [], last: [0, 0], reject: false },
      { terms: [1], last: [1, 1], reject: false },
      { terms: [1], last: [2, 1], reject: false },
      { terms: [1, 1], last: [1, 1], reject: true },
      { terms: [1], last: [1, 2], reject: false },
      { terms: [1], last: [2, 2], reject: false },
      { terms: [1, 1], last: [1, 2], reject: false },
      { terms: [2], last: [1, 1], reject: true },
      { terms: [2], last: [2, 1], reject: true },
      { terms: [2, 2], last: [1, 1], reject: true },
      { terms: [2, 2], last: [1, 3], reject: false },
      { terms: [2], last: [0, 0], reject: true },
    ])("own log $terms, asked with $last: refused $reject", ({ terms, last, reject }) => {
      const solo = new Solo({ terms, term: 3 });
      const [lastLogIndex = 0, lastLogTerm = 0] = last;
      const request = { term: 4, lastLogIndex, lastLogTerm, transfer: false };
      const sent = solo.hear(2, kind, request);
      const term = reject && kind === "preVote" ? 3 : 4;
      expect(ofKind(sent, `${kind}Response`)).toMatchObject([{ to: 2, reject, term }]);
      const voted = kind === "vote" && !reject ? 2 : 0;
      expect(solo.view.vote).toBe(voted);
    });
  });

  it.each([
    ["a learner", { voters: [2, 3], learners: [1] }],
    ["a member that does not know of its promotion", { voters: [2], learners: [1, 3] }],
  ])("is given by %s too, when asked", (_, options) => {
    const solo = new Solo(options);
    const request = { term: 2, lastLogIndex: 4, lastLogTerm: 1, transfer: false };
    const sent = solo.hear(2, "vote", request);
    expect(ofKind(sent, "voteResponse")).toMatchObject([{ term: 2, reject: false }]);
  });

  it("in a term that is known already must be durable too", () => {
    const solo = new Solo({ term: 4 });
    solo.say(2, "vote", { lastLogIndex: 0, lastLogTerm: 0, transfer: false });
    const ready = solo.take();
    expect(ready).toMatchObject({ hardState: { term: 4, vote: 2 }, mustSync: true, sendNow: [] });
  });

  it("restarts the voter's own election timeout, a pre-vote does not", () => {
    const request = { lastLogIndex: 9, lastLogTerm: 9, transfer: false };
    const voter = new Solo();
    voter.tick(9);
    voter.hear(2, "vote", { ...request, term: 1 });
    voter.tick(9);
    expect(voter.role).toBe("follower");
    const asked = new Solo();
    asked.tick(9);
    asked.hear(2, "preVote", { ...request, term: 1 });
    asked.tick(1);
    expect(asked.role).toBe("candidate");
  });
});

describe("a member's own vote", () => {
  it.each([false, true])("comes too late once the election is lost, pre-vote %s", (preVote) => {
    const solo = new Solo({ config: { preVote } });
    solo.node.stepLocal({ kind: "hup" });
    const { mark } = solo.take();
    solo.say(2, "heartbeat", { term: 1, commit: 0, readRound: 0 });
    solo.node.persisted(mark);
    solo.settle();
    expect(solo.view).toMatchObject({ role: "follower", leader: 2 });
  });

  it("for a pre-vote does not count in the campaign that follows", () => {
    const solo = new Solo({ config: { preVote: true } });
    solo.node.stepLocal({ kind: "hup" });
    const preVote = solo.take();
    solo.say(2, "preVoteResponse", { term: 1, reject: false });
    solo.say(3, "preVoteResponse", { term: 1, reject: false });
    expect(solo.role).toBe("candidate");
    solo.node.persisted(preVote.mark);
    expect(solo.role).toBe("candidate");
    const vote = solo.take();
    solo.node.persisted(vote.mark);
    expect(solo.role).toBe("candidate");
    solo.say(2, "voteResponse", { term: 1, reject: false });
    expect(solo.role).toBe("leader");
  });

  it("makes a single member the leader, in one step with a vote and in two with a pre-vote", () => {
    for (const preVote of [false, true]) {
      const solo = new Solo({ voters: [1], config: { preVote } });
      solo.node.stepLocal({ kind: "hup" });
      expect(solo.role).not.toBe("leader");
      solo.settle();
      expect(solo.view).toMatchObject({ role: "leader", term: 1, commit: 1, applied: 1 });
    }
  });
});

describe("a pre-vote (9.6)", () => {
  function preCandidate(voters: readonly MemberId[] = [1, 2, 3]): Solo {
    const solo = new Solo({ voters, term: 4, terms: [4], config: { preVote: true } });
    solo.hup();
    return solo;
  }

  it("changes neither term nor vote, and asks for the next term", () => {
    const solo = new Solo({ term: 4, vote: 2, config: { preVote: true } });
    const sent = solo.hup();
    expect(solo.view).toMatchObject({ role: "preCandidate", term: 4, vote: 2, leader: 0 });
    expect(ofKind(sent, "preVote").map(({ term }) => term)).toEqual([5, 5]);
  });

  it("won begins the real campaign", () => {
    const solo = preCandidate();
    const sent = solo.hear(2, "preVoteResponse", { term: 5, reject: false });
    expect(solo.view).toMatchObject({ role: "candidate", term: 5, vote: 1 });
    expect(ofKind(sent, "vote").map(({ to, term }) => [to, term])).toEqual([
      [2, 5],
      [3, 5],
    ]);
  });

  it("lost leaves a follower in the old term", () => {
    const solo = preCandidate();
    solo.hear(2, "preVoteResponse", { term: 4, reject: true });
    solo.hear(3, "preVoteResponse", { term: 4, reject: true });
    expect(solo.view).toMatchObject({ role: "follower", term: 4 });
  });

  it("refused by a higher term moves on to that term", () => {
    const solo = preCandidate();
    solo.hear(2, "preVoteResponse", { term: 8, reject: true });
    expect(solo.view).toMatchObject({ role: "follower", term: 8, vote: 0 });
  });

  it("of an old term is answered with the current one, so that the asker learns it", () => {
    const solo = new Solo({ term: 7 });
    const request = { term: 3, lastLogIndex: 9, lastLogTerm: 9, transfer: false };
    const sent = solo.hear(2, "preVote", request);
    expect(ofKind(sent, "preVoteResponse")).toMatchObject([{ to: 2, term: 7, reject: true }]);
  });

  it.each(["follower", "candidate", "leader"] as const)(
    "answered late does not touch a %s",
    (role) => {
      const solo = inRole(role);
      const before = solo.view;
      for (const from of [2, 3]) solo.hear(from, "preVoteResponse", { term: 2, reject: false });
      expect(solo.view).toMatchObject({ role, term: before.term, vote: before.vote });
    },
  );

  it("granted for a term that has come meanwhile counts for nothing", () => {
    const solo = preCandidate();
    solo.hearAppend(3, { term: 5, prev: [1, 4] });
    solo.hup();
    solo.hear(2, "preVoteResponse", { term: 5, reject: false });
    expect(solo.view).toMatchObject({ role: "preCandidate", term: 5 });
    solo.hear(2, "preVoteResponse", { term: 6, reject: false });
    expect(solo.view).toMatchObject({ role: "candidate", term: 6 });
  });

  it("of an earlier round counts for nothing in a later term", () => {
    const solo = preCandidate([1, 2, 3, 4, 5]);
    solo.hear(2, "preVoteResponse", { term: 5, reject: false });
    solo.hearAppend(3, { term: 6, prev: [1, 4] });
    solo.hup();
    solo.hear(4, "preVoteResponse", { term: 5, reject: false });
    solo.hear(5, "preVoteResponse", { term: 7, reject: false });
    expect(solo.role).toBe("preCandidate");
    solo.hear(4, "preVoteResponse", { term: 7, reject: false });
    expect(solo.view).toMatchObject({ role: "candidate", term: 7 });
  });
});

describe("a member that hears a leader (4.2.3)", () => {
  const request = { term: 6, lastLogIndex: 9, lastLogTerm: 5, transfer: false };

  it.each(voting)("ignores a %s until the shortest election timeout has passed", (kind) => {
    const solo = new Solo({ term: 3, drawnTicks: 9, config: { checkQuorum: true } });
    solo.heartbeat(2);
    solo.tick(9);
    expect(solo.hear(3, kind, request)).toEqual([]);
    expect(solo.term).toBe(3);
    solo.tick(1);
    const sent = solo.hear(3, kind, request);
    expect(ofKind(sent, `${kind}Response`)).toMatchObject([{ reject: false }]);
  });

  it.each(voting)("as the leader itself ignores a %s too", (kind) => {
    const solo = inRole("leader", { config: { checkQuorum: true } });
    expect(solo.hear(3, kind, request)).toEqual([]);
    expect(solo.role).toBe("leader");
  });

  it("does not refuse one whose campaign the leader ordered", () => {
    const solo = new Solo({ term: 3, config: { checkQuorum: true } });
    solo.heartbeat(2);
    const sent = solo.hear(3, "vote", { ...request, transfer: true });
    expect(ofKind(sent, "voteResponse")).toMatchObject([{ term: 6, reject: false }]);
  });

  it("answers it again once it was told to forget the leader", () => {
    const solo = new Solo({ term: 3, config: { checkQuorum: true, preVote: true } });
    solo.heartbeat(2);
    solo.node.stepLocal({ kind: "forgetLeader" });
    expect(solo.view).toMatchObject({ role: "follower", term: 3, leader: 0 });
    const sent = solo.hear(3, "preVote", { ...request, term: 4 });
    expect(ofKind(sent, "preVoteResponse")).toMatchObject([{ term: 4, reject: false }]);
    solo.heartbeat(2);
    expect(solo.view.leader).toBe(2);
  });

  it("keeps its election timeout when it forgets the leader", () => {
    const solo = new Solo({ term: 3 });
    solo.heartbeat(2);
    solo.tick(9);
    solo.node.stepLocal({ kind: "forgetLeader" });
    solo.tick(1);
    expect(solo.role).toBe("candidate");
  });

  it.each(["leader", "candidate"] as const)("has none to forget as %s", (role) => {
    const solo = inRole(role);
    const { leader, term } = solo.view;
    solo.node.stepLocal({ kind: "forgetLeader" });
    expect(solo.view).toMatchObject({ role, leader, term });
  });
});

describe("an old leader's message", () => {
  const answered: readonly (readonly [string, SoloOptions["config"], boolean])[] = [
    ["neither option", { preVote: false, checkQuorum: false }, false],
    ["pre-votes", { preVote: true, checkQuorum: false }, true],
    ["the check of the quorum", { preVote: false, checkQuorum: true }, true],
  ];
  it.each(answered)("with %s is answered by the current term: %j %s", (_, config, isAnswered) => {
    for (const kind of ["append", "heartbeat"] as const) {
      const solo = new Solo({ term: 5, config: config ?? {} });
      const sent =
        kind === "append"
          ? solo.hearAppend(2, { term: 2 })
          : solo.hear(2, "heartbeat", { term: 2, commit: 0, readRound: 0 });
      const terms = ofKind(sent, "appendResponse").map(({ term, to }) => [term, to]);
      expect(terms).toEqual(isAnswered ? [[5, 2]] : []);
    }
  });

  it("makes that leader step down, so that a candidate of a higher term gets free", () => {
    const leader = inRole("leader", { config: { checkQuorum: true } });
    const stuck = new Solo({ id: 3, term: 6, config: { checkQuorum: true } });
    stuck.hup();
    const beats = ofKind(leader.tick(1), "heartbeat").filter(({ to }) => to === 3);
    expect(beats.length).toBe(1);
    for (const beat of beats) stuck.node.step(beat);
    for (const answer of stuck.settle()) leader.node.step(answer);
    expect(leader.view).toMatchObject({ role: "follower", term: 7 });
  });
});

describe("a leader without a quorum (6.2)", () => {
  it.each([
    { answers: [], role: "follower" },
    { answers: [4], role: "follower" },
    { answers: [2], role: "leader" },
    { answers: [2, 3], role: "leader" },
  ])("with answers of $answers in an election timeout ends as $role", ({ answers, role }) => {
    const solo = Solo.leader({ learners: [4], config: { checkQuorum: true } });
    solo.acknowledgeAll();
    solo.tick(10);
    for (let tick = 0; tick < 9; tick += 1) {
      solo.tick(1);
      for (const from of answers) solo.hear(from, "heartbeatResponse", { readRound: 0 });
    }
    solo.tick(1);
    expect(solo.view).toMatchObject({ role, term: 1, leader: role === "leader" ? 1 : 0 });
  });

  it("needs one in both halves of a joint configuration", () => {
    const membership = {
      voters: [1, 2, 3],
      votersOutgoing: [1, 4, 5],
      learners: [],
      learnersNext: [],
      autoLeave: false,
    };
    const solo = Solo.leader({ membership, config: { checkQuorum: true } });
    solo.acknowledgeAll();
    solo.tick(10);
    solo.hear(2, "heartbeatResponse", { readRound: 0 });
    solo.hear(3, "heartbeatResponse", { readRound: 0 });
    solo.tick(10);
    expect(solo.role).toBe("follower");
  });

  it("stays without the check, and alone it is a quorum", () => {
    const three = Solo.leader();
    three.tick(50);
    expect(three.role).toBe("leader");
    const alone = Solo.leader({ voters: [1], config: { checkQuorum: true } });
    alone.tick(50);
    expect(alone.role).toBe("leader");
  });

  it("gives a member that was just added the time to answer", () => {
    const solo = Solo.leader({ voters: [1], config: { checkQuorum: true } });
    solo.settle();
    solo.tick(9);
    const steps = [{ kind: "addVoter", member: 2 }] as const;
    solo.node.proposeMembership({ transition: "auto", steps, context: new Uint8Array(0) });
    solo.settle();
    expect(solo.view.membership.voters).toEqual([1, 2]);
    solo.tick(1);
    expect(solo.role).toBe("leader");
    solo.tick(10);
    expect(solo.role).toBe("follower");
  });
});
