/**
 * Handing leadership over (section 3.10 of the dissertation): who may be the target, what is
 * refused meanwhile, and how it ends when the target does not take over.
 */
import { describe, expect, it } from "vitest";
import type { MemberId } from "../../../src/raft/types.js";
import { SimCluster } from "../../support/raft/cluster.js";
import { Solo, appendTexts, changeOf, ofKind } from "../../support/raft/solo.js";
import type { SoloOptions } from "../../support/raft/solo.js";

function settledLeader(options: SoloOptions = {}): Solo {
  const solo = Solo.leader(options);
  solo.acknowledgeAll();
  return solo;
}

/** A settled cluster of three that member 1 leads. */
function cluster(
  voters: readonly MemberId[] = [1, 2, 3],
  learners: readonly MemberId[] = [],
): SimCluster {
  const made = new SimCluster({ voters, learners, seed: 5 });
  made.member(1).node.stepLocal({ kind: "hup" });
  made.settle();
  expect(made.leader?.id).toBe(1);
  return made;
}

function isolate(of: SimCluster, id: MemberId): void {
  for (const other of of.members.keys()) {
    if (other === id) continue;
    of.setCut(id, other, "cut");
    of.setCut(other, id, "cut");
  }
}

describe("a transfer", () => {
  it("to a complete member orders it to campaign at once", () => {
    const solo = settledLeader();
    expect(solo.node.transferLeadership(2)).toEqual({ ok: true });
    expect(ofKind(solo.settle(), "timeoutNow")).toMatchObject([{ to: 2, term: 1 }]);
    expect(solo.view.transferTarget).toBe(2);
  });

  it("to a member that lacks entries sends these first, and orders when it has them", () => {
    const solo = settledLeader();
    solo.propose(1);
    solo.settle();
    solo.node.stepLocal({ kind: "unreachable", member: 2 });
    solo.node.transferLeadership(2);
    const sent = solo.settle();
    expect([appendTexts(sent, 2), ofKind(sent, "timeoutNow")]).toEqual([["1/1 [1] 1"], []]);
    expect(ofKind(solo.acknowledge(2, 2), "timeoutNow")).toMatchObject([{ to: 2 }]);
  });

  it("to a member that needs a snapshot orders when it has that and the rest", () => {
    const solo = settledLeader();
    solo.propose(1, 1);
    solo.settle();
    solo.acknowledge(2, 3);
    solo.compact(3);
    solo.refuse(3, 1, [0, 0]);
    solo.node.stepLocal({ kind: "unreachable", member: 3 });
    solo.node.transferLeadership(3);
    solo.hear(3, "heartbeatResponse", { readRound: 0 });
    expect(solo.progressOf(3).state).toBe("snapshot");
    expect(ofKind(solo.acknowledge(3, 3), "timeoutNow")).toMatchObject([{ to: 3 }]);
  });

  it.each([
    [0, "unknownMember"],
    [9, "unknownMember"],
    [4, "unknownMember"],
  ])("to %i is refused as %s", (to, reason) => {
    const solo = settledLeader({ learners: [4] });
    expect(solo.node.transferLeadership(to)).toEqual({ ok: false, reason });
    expect(solo.propose(1).ok).toBe(true);
  });

  it("to the leader itself changes nothing", () => {
    const solo = settledLeader();
    expect(solo.node.transferLeadership(1)).toEqual({ ok: true });
    expect(solo.view.transferTarget).toBe(0);
    expect(solo.propose(1).ok).toBe(true);
  });

  it("refuses proposals and changes until it ends, reads go on", () => {
    const solo = settledLeader();
    solo.node.transferLeadership(2);
    expect(solo.propose(1)).toEqual({ ok: false, reason: "transferring" });
    const change = solo.node.proposeMembership(changeOf("v4"));
    expect(change).toEqual({ ok: false, reason: "transferring" });
    expect(solo.view.lastLogIndex).toBe(1);
    solo.node.readIndex(1);
    solo.settle();
    solo.hear(3, "heartbeatResponse", { readRound: 1 });
    expect(solo.readStates.length).toBe(1);
  });

  it("is given up after one election timeout, counted from its beginning", () => {
    const solo = settledLeader();
    solo.tick(7);
    solo.node.transferLeadership(2);
    solo.tick(9);
    expect(solo.view.transferTarget).toBe(2);
    solo.tick(1);
    expect(solo.view).toMatchObject({ role: "leader", transferTarget: 0 });
    expect(solo.propose(1).ok).toBe(true);
  });

  it("to the same member again does not begin anew", () => {
    const solo = settledLeader();
    solo.node.transferLeadership(2);
    solo.settle();
    solo.tick(5);
    solo.node.transferLeadership(2);
    expect(ofKind(solo.settle(), "timeoutNow")).toEqual([]);
    solo.tick(5);
    expect(solo.view.transferTarget).toBe(0);
  });

  it("to another member takes the place of the first, for a whole election timeout", () => {
    const solo = settledLeader();
    solo.node.transferLeadership(2);
    solo.tick(5);
    solo.node.transferLeadership(3);
    expect(ofKind(solo.settle(), "timeoutNow")).toMatchObject([{ to: 3 }]);
    solo.tick(9);
    expect(solo.view.transferTarget).toBe(3);
    solo.tick(1);
    expect(solo.view.transferTarget).toBe(0);
  });

  it("back to the leader itself ends it", () => {
    const solo = settledLeader();
    solo.node.transferLeadership(2);
    solo.node.transferLeadership(1);
    expect(solo.view.transferTarget).toBe(0);
    expect(solo.propose(1).ok).toBe(true);
  });

  it("ends with the leadership", () => {
    const solo = settledLeader();
    solo.node.transferLeadership(2);
    solo.hear(3, "vote", { term: 2, lastLogIndex: 9, lastLogTerm: 1, transfer: false });
    expect(solo.view).toMatchObject({ role: "follower", transferTarget: 0 });
  });

  it.each([
    ["r2", "is removed"],
    ["l2", "becomes a learner"],
  ])("ends when the change %s, proposed before, takes effect: the target %s", (words) => {
    const solo = settledLeader();
    solo.node.proposeMembership(changeOf(words));
    solo.settle();
    solo.node.transferLeadership(2);
    expect(solo.view.transferTarget).toBe(2);
    solo.acknowledge(3, 2);
    expect(solo.view).toMatchObject({ commit: 2, applied: 2, transferTarget: 0 });
    expect(solo.propose(1).ok).toBe(true);
  });

  it("holds the way out of a joint configuration back, and lets it go when given up", () => {
    const solo = settledLeader();
    solo.node.proposeMembership(changeOf("v4 v5"));
    solo.settle();
    solo.node.transferLeadership(2);
    solo.acknowledge(2, 2);
    expect(solo.view.membership).toMatchObject({ votersOutgoing: [1, 2, 3], autoLeave: true });
    expect(solo.view.lastLogIndex).toBe(2);
    solo.tick(10);
    expect(solo.view).toMatchObject({ transferTarget: 0, lastLogIndex: 3 });
  });
});

describe("a member that is ordered to campaign", () => {
  it("does so without a pre-vote and past the others' leases, marked as ordered", () => {
    const solo = new Solo({ term: 3, config: { preVote: true, checkQuorum: true } });
    solo.heartbeat(2);
    const sent = solo.hear(2, "timeoutNow", {});
    expect(solo.view).toMatchObject({ role: "candidate", term: 4 });
    expect(ofKind(sent, "vote").map(({ transfer }) => transfer)).toEqual([true, true]);
  });

  it.each([
    ["is a learner", { voters: [2, 3], learners: [1] }],
    ["is no member", { voters: [2, 3] }],
  ])("does not when it %s", (_, options) => {
    const solo = new Solo({ term: 3, ...options });
    solo.heartbeat(2);
    solo.hear(2, "timeoutNow", {});
    expect(solo.view).toMatchObject({ role: "follower", term: 3, leader: 2 });
  });

  it("does not by an order of an old term", () => {
    const solo = new Solo({ term: 3 });
    solo.hear(2, "timeoutNow", { term: 2 });
    expect(solo.role).toBe("follower");
  });

  it("before it knows that it was promoted refuses, and the leader goes on after a while", () => {
    const leader = settledLeader({ voters: [1, 3], learners: [2] });
    const target = new Solo({ id: 2, voters: [1, 3], learners: [2], term: 1 });
    leader.node.proposeMembership(changeOf("v2"));
    leader.settle();
    leader.acknowledge(3, 2);
    expect(leader.view.membership.voters).toEqual([1, 2, 3]);
    leader.acknowledge(2, 2);
    leader.node.transferLeadership(2);
    for (const order of ofKind(leader.settle(), "timeoutNow")) target.node.step(order);
    expect(target.view).toMatchObject({ role: "follower", term: 1 });
    leader.tick(10);
    expect(leader.view.transferTarget).toBe(0);
    expect(leader.propose(1).ok).toBe(true);
  });
});

describe("a cluster's transfer", () => {
  it("goes to an up-to-date member and back", () => {
    const three = cluster();
    for (const to of [3, 1, 2]) {
      expect(three.leader?.node.transferLeadership(to)).toEqual({ ok: true });
      three.settle();
      expect(three.leader?.id).toBe(to);
    }
  });

  it("may be asked for at a follower, by the target or another one", () => {
    for (const at of [2, 3]) {
      const three = cluster();
      expect(three.member(at).node.transferLeadership(3)).toEqual({ ok: true });
      three.settle();
      expect(three.leader?.id).toBe(3);
    }
  });

  it("may be asked for by a learner, but never ends there", () => {
    const four = cluster([1, 2, 3], [4]);
    expect(four.member(4).node.transferLeadership(2)).toEqual({ ok: true });
    four.settle();
    expect(four.leader?.id).toBe(2);
    four.member(4).node.transferLeadership(4);
    four.settle();
    expect(four.leader?.id).toBe(2);
  });

  it("works however recently the others heard of the leader", () => {
    const three = cluster();
    for (let tick = 0; tick < 5; tick += 1) three.tickAll();
    three.leader?.node.transferLeadership(2);
    three.settle();
    expect(three.leader?.id).toBe(2);
  });

  it("to a member that was away waits for it to catch up", () => {
    const three = cluster();
    isolate(three, 3);
    three.leader?.node.propose([new Uint8Array(1)]);
    three.settle();
    three.healAll();
    three.leader?.node.transferLeadership(3);
    for (let tick = 0; tick < 3; tick += 1) three.tickAll();
    expect(three.leader?.id).toBe(3);
  });

  it("to a member that was away for so long that it needs a snapshot works too", () => {
    const three = cluster();
    isolate(three, 3);
    three.leader?.node.propose([new Uint8Array(1)]);
    three.settle();
    three.member(1).compact(0);
    three.healAll();
    three.leader?.node.transferLeadership(3);
    for (let tick = 0; tick < 3; tick += 1) three.tickAll();
    expect(three.leader?.id).toBe(3);
  });

  it("to a member that does not answer leaves the leader", () => {
    const three = cluster();
    isolate(three, 3);
    three.leader?.node.transferLeadership(3);
    for (let tick = 0; tick < 15; tick += 1) three.tickAll();
    expect(three.leader?.id).toBe(1);
    expect(three.leader?.node.propose([new Uint8Array(1)]).ok).toBe(true);
  });
});
