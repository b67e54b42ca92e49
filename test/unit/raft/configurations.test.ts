/**
 * Membership changes in force (section 6 of the Raft paper, chapter 4 of the dissertation): when
 * one may be proposed, what it does to a leader, and how a joint configuration is left.
 */
import { describe, expect, it } from "vitest";
import { decodeMembershipChange } from "../../../src/raft/membership-codec.js";
import type { Entry, MemberId, MembershipChange } from "../../../src/raft/types.js";
import { SimCluster } from "../../support/raft/cluster.js";
import { Solo, appendTexts, changeOf, ofKind } from "../../support/raft/solo.js";
import type { SoloOptions } from "../../support/raft/solo.js";

function settledLeader(options: SoloOptions = {}): Solo {
  const solo = Solo.leader(options);
  solo.acknowledgeAll();
  return solo;
}

/** Proposes a change and lets everybody acknowledge it. */
function carryOut(solo: Solo, words: string, transition?: MembershipChange["transition"]): void {
  expect(solo.node.proposeMembership(changeOf(words, transition)).ok).toBe(true);
  solo.settle();
  solo.acknowledgeAll();
}

/** Membership entries that the member has applied, with their positions. */
function changesOf(entries: readonly Entry[]): readonly (readonly [number, number])[] {
  return entries
    .filter(({ kind }) => kind === "membership")
    .map(({ logIndex, data }) => [logIndex, decodeMembershipChange(data)?.steps.length ?? -1]);
}

describe("a change", () => {
  it("takes effect when it is applied, not before", () => {
    const solo = settledLeader();
    solo.node.proposeMembership(changeOf("v4"));
    solo.settle();
    expect(solo.view.membership.voters).toEqual([1, 2, 3]);
    solo.acknowledge(2, 2);
    expect(solo.view.membership.voters).toEqual([1, 2, 3, 4]);
  });

  it("is refused while another is not applied, and possible afterwards", () => {
    const solo = settledLeader();
    solo.node.proposeMembership(changeOf("v4"));
    const refused = { ok: false, reason: "changePending" };
    expect(solo.node.proposeMembership(changeOf("v5"))).toEqual(refused);
    solo.settle();
    expect(solo.node.proposeMembership(changeOf("v5"))).toEqual(refused);
    solo.acknowledge(2, 2);
    expect(solo.node.proposeMembership(changeOf("v5")).ok).toBe(true);
  });

  it("is refused to a new leader until it has applied what it was elected with", () => {
    const solo = Solo.leader({ terms: [1, 1], term: 1 });
    const refused = { ok: false, reason: "unapplied" };
    expect(solo.node.proposeMembership(changeOf("v4"))).toEqual(refused);
    solo.acknowledge(2, 3);
    expect(solo.node.proposeMembership(changeOf("v4")).ok).toBe(true);
  });

  it("that an old leader left in the log is counted as pending by the next one", () => {
    const old = settledLeader();
    old.node.proposeMembership(changeOf("v4"));
    const change = ofKind(old.settle(), "append")[0]?.entries ?? [];
    const solo = new Solo({ id: 2, term: 1, terms: [1], commit: 1 });
    solo.settle();
    solo.hear(1, "append", { prevLogIndex: 1, prevLogTerm: 1, entries: change, commit: 1 });
    solo.elect();
    const refused = { ok: false, reason: "unapplied" };
    expect(solo.node.proposeMembership(changeOf("v5"))).toEqual(refused);
    solo.acknowledgeAll();
    expect(solo.view.membership.voters).toEqual([1, 2, 3, 4]);
    solo.acknowledgeAll();
    expect(solo.node.proposeMembership(changeOf("v5")).ok).toBe(true);
  });

  it.each(["r1 r2 r3", "", "l1 l2 l3"])("that makes no sense, %j, is refused", (words) => {
    const solo = settledLeader();
    const refused = { ok: false, reason: "invalidChange" };
    expect(solo.node.proposeMembership(changeOf(words))).toEqual(refused);
    expect(solo.view.lastLogIndex).toBe(1);
  });

  it.each([
    ["v4", { voters: [1, 2, 3, 4], learners: [] }],
    ["l4", { voters: [1, 2, 3], learners: [4] }],
    ["r3", { voters: [1, 2], learners: [] }],
    ["l3", { voters: [1, 2], learners: [3] }],
    ["u3", { voters: [1, 2, 3], learners: [] }],
    ["r9", { voters: [1, 2, 3], learners: [] }],
  ])("by %s gives %j, and the leader follows exactly these", (words, expected) => {
    const solo = settledLeader();
    carryOut(solo, words);
    expect(solo.view.membership).toMatchObject(expected);
    const followed = solo.view.progress.map(({ member }) => member);
    expect(followed).toEqual([...expected.voters, ...expected.learners].sort((a, b) => a - b));
  });

  it.each([
    ["v2 of a voter", "v2", { voters: [1, 2, 3], learners: [4] }],
    ["l4 of a learner", "l4", { voters: [1, 2, 3], learners: [4] }],
    ["v4 of a learner", "v4", { voters: [1, 2, 3, 4], learners: [] }],
    ["r4 of a learner", "r4", { voters: [1, 2, 3], learners: [] }],
  ])("%s keeps what is known of the member's log", (_, words, expected) => {
    const solo = settledLeader({ learners: [4] });
    const known = solo.view.progress.map(({ member, match }) => [member, match]);
    carryOut(solo, words);
    expect(solo.view.membership).toMatchObject(expected);
    for (const [member = 0, match = 0] of known) {
      const still = solo.view.progress.find((one) => one.member === member);
      if (still !== undefined) expect(still.match).toBeGreaterThanOrEqual(match);
    }
  });

  it("that adds a member probes it at once, without what was proposed since", () => {
    const solo = settledLeader({ voters: [1] });
    solo.node.proposeMembership(changeOf("v2 v3"));
    const sent = solo.settle();
    expect(solo.view.membership).toMatchObject({ votersOutgoing: [1], autoLeave: true });
    expect([appendTexts(sent, 2), appendTexts(sent, 3)]).toEqual([["1/1 [1] 2"], ["1/1 [1] 2"]]);
  });

  it("that makes the quorum smaller commits what waited for the old one", () => {
    const solo = settledLeader({ voters: [1, 2] });
    solo.node.proposeMembership(changeOf("r2"));
    solo.settle();
    solo.propose(1);
    solo.settle();
    expect(solo.view.commit).toBe(1);
    solo.acknowledge(2, 2);
    expect(solo.view).toMatchObject({ commit: 3, applied: 3 });
  });

  it("is not applied twice, nor lost, when the member starts again in between", () => {
    const solo = settledLeader();
    carryOut(solo, "v4");
    const before = solo.view;
    const again = new Solo({
      membership: before.membership,
      terms: [1, 1],
      commit: 2,
      applied: 2,
    });
    expect(again.view.membership).toEqual(before.membership);
    again.settle();
    expect(again.applied).toEqual([]);
  });
});

describe("a leader that a change removes", () => {
  it.each(["r1", "l1"])("by %s steps down when it is applied", (words) => {
    const solo = settledLeader();
    carryOut(solo, words);
    expect(solo.view).toMatchObject({ role: "follower", term: 1, leader: 0 });
    expect(solo.hup()).toEqual([]);
  });

  it("stays where the option says so, without counting itself", () => {
    const solo = settledLeader({ config: { stepDownOnRemoval: false } });
    solo.node.proposeMembership(changeOf("r1"));
    solo.propose(1);
    solo.settle();
    solo.acknowledge(2, 2);
    expect(solo.view).toMatchObject({ role: "leader", applied: 2 });
    solo.acknowledge(2, 3);
    expect(solo.view.commit).toBe(2);
    solo.acknowledge(3, 3);
    expect(solo.view.commit).toBe(3);
    expect(solo.tick(10).length).toBeGreaterThan(0);
  });
});

describe("a joint configuration", () => {
  it("is left by itself once, behind the change that entered it", () => {
    const solo = settledLeader();
    solo.node.proposeMembership(changeOf("v4 r3"));
    solo.propose(1, 1, 1);
    solo.settle();
    for (let logIndex = 2; logIndex <= 5; logIndex += 1) {
      solo.propose(1);
      solo.settle();
      solo.acknowledge(2, logIndex);
    }
    for (const from of [2, 4, 3]) solo.acknowledge(from, solo.view.lastLogIndex);
    for (const from of [2, 4]) solo.acknowledge(from, solo.view.lastLogIndex);
    expect(changesOf(solo.applied).map(([, steps]) => steps)).toEqual([2, 0]);
    const [entered = [0], left = [0]] = changesOf(solo.applied);
    expect(left[0]).toBeGreaterThan(entered[0]);
    expect(solo.view.membership).toMatchObject({ voters: [1, 2, 4], votersOutgoing: [] });
  });

  it.each([
    ["jointImplicit", true],
    ["jointExplicit", false],
  ] as const)("entered with %s is left by itself: %s", (transition, byItself) => {
    const solo = settledLeader();
    carryOut(solo, "v4", transition);
    solo.acknowledgeAll();
    expect(solo.view.membership.votersOutgoing).toEqual(byItself ? [] : [1, 2, 3]);
    if (byItself) return;
    for (let round = 0; round < 3; round += 1) {
      solo.propose(1);
      solo.settle();
      solo.acknowledgeAll();
    }
    expect(changesOf(solo.applied).length).toBe(1);
    const invalid = { ok: false, reason: "invalidChange" };
    expect(solo.node.proposeMembership(changeOf("v5"))).toEqual(invalid);
    expect(solo.node.proposeMembership(changeOf("v5", "jointExplicit"))).toEqual(invalid);
    carryOut(solo, "");
    expect(solo.view.membership).toMatchObject({ voters: [1, 2, 3, 4], votersOutgoing: [] });
    expect(solo.node.proposeMembership(changeOf(""))).toEqual(invalid);
  });

  it("needs both halves to commit", () => {
    const solo = settledLeader();
    solo.node.proposeMembership(changeOf("v4 v5 r2 r3", "jointExplicit"));
    solo.settle();
    solo.acknowledge(2, 2);
    expect(solo.view.membership).toMatchObject({ voters: [1, 4, 5], votersOutgoing: [1, 2, 3] });
    solo.propose(1);
    solo.settle();
    solo.acknowledge(2, 3);
    solo.acknowledge(3, 3);
    expect(solo.view.commit).toBe(2);
    solo.acknowledge(5, 3);
    expect(solo.view.commit).toBe(3);
  });

  it("that a new leader inherits is left by it", () => {
    const membership = {
      voters: [1, 2, 4],
      votersOutgoing: [1, 2, 3],
      learners: [],
      learnersNext: [3],
      autoLeave: true,
    };
    const solo = Solo.leader({ membership, terms: [1], commit: 1, applied: 1, term: 1 });
    expect(solo.view.lastLogIndex).toBe(2);
    solo.acknowledgeAll();
    expect(solo.view.lastLogIndex).toBe(3);
    solo.acknowledgeAll();
    expect(solo.view.membership).toMatchObject({ voters: [1, 2, 4], learners: [3] });
    expect(changesOf(solo.applied)).toEqual([[3, 0]]);
  });

  it("is left although proposals fill the limit", () => {
    const solo = settledLeader({ config: { uncommittedBytesMax: 50 } });
    solo.node.proposeMembership(changeOf("v4 v5"));
    expect(solo.propose(40)).toMatchObject({ ok: false });
    solo.settle();
    solo.acknowledge(2, 2);
    expect(solo.view).toMatchObject({ lastLogIndex: 3 });
    for (const from of [2, 4, 5]) solo.acknowledge(from, 3);
    expect(solo.view.membership.votersOutgoing).toEqual([]);
    expect(solo.propose(50).ok).toBe(true);
  });
});

describe("a learner", () => {
  it("gets everything, counts for nothing, and does not campaign", () => {
    const made = new SimCluster({ voters: [1], learners: [2], seed: 3 });
    made.member(1).node.stepLocal({ kind: "hup" });
    made.settle();
    made.leader?.node.propose([new Uint8Array(3)]);
    for (let tick = 0; tick < 2; tick += 1) made.tickAll();
    expect([made.member(1).applied, made.member(2).applied]).toEqual([2, 2]);
    made.setCut(1, 2, "cut");
    made.setCut(2, 1, "cut");
    for (let tick = 0; tick < 60; tick += 1) made.tickAll();
    made.member(2).node.stepLocal({ kind: "hup" });
    made.settle();
    expect(made.member(2).node.inspect()).toMatchObject({ role: "follower", term: 1 });
    expect(made.leader?.id).toBe(1);
  });

  it("that was promoted leads when the others ask it to", () => {
    const made = new SimCluster({ voters: [1], learners: [2], seed: 3 });
    made.member(1).node.stepLocal({ kind: "hup" });
    made.settle();
    made.leader?.node.proposeMembership(changeOf("v2"));
    for (let tick = 0; tick < 2; tick += 1) made.tickAll();
    made.member(1).node.transferLeadership(2);
    made.settle();
    expect(made.leader?.id).toBe(2);
  });

  it("that a change made of a voter gives up its campaign rights", () => {
    const made = new SimCluster({ voters: [1, 2, 3], seed: 3 });
    made.member(1).node.stepLocal({ kind: "hup" });
    made.settle();
    made.leader?.node.proposeMembership(changeOf("l3"));
    for (let tick = 0; tick < 2; tick += 1) made.tickAll();
    const before = made.member(3).node.inspect();
    expect(before.membership.learners).toEqual([3]);
    made.member(3).node.stepLocal({ kind: "hup" });
    expect(made.member(3).node.inspect()).toEqual(before);
  });
});

describe("a removed member", () => {
  const ids: readonly MemberId[] = [1, 2, 3];

  it("does not disturb the rest, with pre-votes", () => {
    const made = new SimCluster({ voters: ids, seed: 4 });
    made.member(1).node.stepLocal({ kind: "hup" });
    made.settle();
    // Member 3 never learns that it was removed, so it goes on campaigning.
    made.setCut(1, 3, "cut");
    made.leader?.node.proposeMembership(changeOf("r3"));
    for (let tick = 0; tick < 100; tick += 1) made.tickAll();
    expect(made.leader?.id).toBe(1);
    expect(made.leader?.node.inspect()).toMatchObject({ term: 1, commit: 2 });
  });
});
