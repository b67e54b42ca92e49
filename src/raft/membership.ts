/**
 * Membership changes as pure functions of a configuration: simple changes of at most one voter,
 * and the two halves of a joint change. It knows neither progress nor the log, and refuses by
 * returning a problem, because what is asked for may come from an operator.
 */
import { assert, assertNever } from "../base/assert.js";
import { sortedNumbers } from "../base/sorted.js";
import { noMember } from "./types.js";
import type { MemberId, Membership, MembershipChange, MembershipStep } from "./types.js";

/** Why a change is not valid for a configuration. */
export type MembershipProblem =
  | "alreadyJoint"
  | "notJoint"
  | "simpleInJoint"
  | "noVoters"
  | "allVotersRemoved"
  | "severalVotersChanged";

/** The next configuration, or why there is none. */
export type MembershipOutcome =
  | { readonly ok: true; readonly membership: Membership }
  | { readonly ok: false; readonly problem: MembershipProblem };

/** The configuration of a member that belongs to no cluster yet. */
export const emptyMembership: Membership = {
  voters: [],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
};

/** A working copy; turned into sorted lists at the end. */
interface Draft {
  readonly voters: Set<MemberId>;
  readonly votersOutgoing: Set<MemberId>;
  readonly learners: Set<MemberId>;
  readonly learnersNext: Set<MemberId>;
}

/**
 * The pure changer. `simple` changes at most one voter, so that the majorities before and after
 * overlap; `enterJoint` and `leaveJoint` bracket any larger change.
 */
export const changer = {
  simple(from: Membership, steps: readonly MembershipStep[]): MembershipOutcome {
    assertMembership(from);
    if (isJoint(from)) return { ok: false, problem: "simpleInJoint" };
    const draft = draftOf(from);
    if (!applySteps(draft, steps)) return { ok: false, problem: "allVotersRemoved" };
    if (differenceCount(from.voters, draft.voters) > 1) {
      return { ok: false, problem: "severalVotersChanged" };
    }
    assert(draft.votersOutgoing.size === 0, "a simple change does not enter a joint one");
    return finish(draft, "stay");
  },

  enterJoint(
    from: Membership,
    leave: "auto" | "explicit",
    steps: readonly MembershipStep[],
  ): MembershipOutcome {
    assertMembership(from);
    if (isJoint(from)) return { ok: false, problem: "alreadyJoint" };
    if (from.voters.length === 0) return { ok: false, problem: "noVoters" };
    const draft = draftOf(from);
    for (const member of from.voters) draft.votersOutgoing.add(member);
    if (!applySteps(draft, steps)) return { ok: false, problem: "allVotersRemoved" };
    assert(draft.votersOutgoing.size === from.voters.length, "the outgoing half is the old one");
    return finish(draft, leave === "auto" ? "autoLeave" : "stay");
  },

  leaveJoint(from: Membership): MembershipOutcome {
    assertMembership(from);
    if (!isJoint(from)) return { ok: false, problem: "notJoint" };
    const draft = draftOf(from);
    for (const member of draft.learnersNext) draft.learners.add(member);
    draft.learnersNext.clear();
    draft.votersOutgoing.clear();
    assert(draft.voters.size > 0, "the incoming half has voters");
    return finish(draft, "stay");
  },
} as const;

/** Whether `change` asks to leave a joint configuration. */
function isLeaveJoint(change: MembershipChange): boolean {
  assert(change.transition.length > 0, "a change names its transition");
  assert(change.context instanceof Uint8Array, "a change has a context, possibly empty");
  return change.steps.length === 0 && change.transition === "auto";
}

/** Applies a decoded change to the configuration in force. */
export function changeMembership(from: Membership, change: MembershipChange): MembershipOutcome {
  assertMembership(from);
  if (isLeaveJoint(change)) return changer.leaveJoint(from);
  if (change.transition === "auto" && change.steps.length === 1) {
    return changer.simple(from, change.steps);
  }
  const leave = change.transition === "jointExplicit" ? "explicit" : "auto";
  assert(change.steps.length !== 1 || change.transition !== "auto", "one step is a simple change");
  return changer.enterJoint(from, leave, change.steps);
}

/** Whether the configuration has two halves. */
export function isJoint(membership: Membership): boolean {
  const joint = membership.votersOutgoing.length > 0;
  assert(joint || membership.learnersNext.length === 0, "future learners exist only when joint");
  assert(joint || !membership.autoLeave, "only a joint configuration can be left");
  return joint;
}

/** Whether `member` votes in either half. */
export function isVoter(membership: Membership, member: MemberId): boolean {
  assert(member !== noMember, "a voter has an identity");
  assert(Number.isSafeInteger(member), "a member id is a safe integer");
  return membership.voters.includes(member) || membership.votersOutgoing.includes(member);
}

/** Whether `member` takes part in any way. */
export function isMember(membership: Membership, member: MemberId): boolean {
  assert(member !== noMember, "a member has an identity");
  assert(Number.isSafeInteger(member), "a member id is a safe integer");
  return isVoter(membership, member) || membership.learners.includes(member);
}

/** The voters of both halves, ascending. */
export function votingMembers(membership: Membership): readonly MemberId[] {
  if (!isJoint(membership)) return membership.voters;
  const union = new Set([...membership.voters, ...membership.votersOutgoing]);
  assert(union.size >= membership.voters.length, "the union holds the incoming half");
  assert(union.size >= membership.votersOutgoing.length, "the union holds the outgoing half");
  return sortedNumbers(union);
}

/** Everybody that entries are replicated to, ascending. */
export function allMembers(membership: Membership): readonly MemberId[] {
  const voting = votingMembers(membership);
  assert(
    membership.learners.every((member) => !voting.includes(member)),
    "a learner does not vote",
  );
  assert(
    membership.learnersNext.every((member) => voting.includes(member)),
    "it still votes",
  );
  return sortedNumbers([...voting, ...membership.learners]);
}

/** States what must hold of every configuration. */
export function assertMembership(membership: Membership): void {
  assertAscending(membership.voters);
  assertAscending(membership.votersOutgoing);
  assertAscending(membership.learners);
  assertAscending(membership.learnersNext);
  const outgoing = new Set(membership.votersOutgoing);
  const voters = new Set(membership.voters);
  for (const member of membership.learnersNext) {
    assert(outgoing.has(member), "a future learner is an outgoing voter");
    assert(!voters.has(member), "a future learner is not an incoming voter");
  }
  for (const member of membership.learners) {
    assert(!outgoing.has(member), "a learner is not an outgoing voter");
    assert(!voters.has(member), "a learner is not a voter");
  }
  assert(outgoing.size > 0 || !membership.autoLeave, "only a joint configuration is left");
  assert(
    outgoing.size > 0 || membership.learnersNext.length === 0,
    "only joint has future learners",
  );
  assert(outgoing.size === 0 || voters.size > 0, "a joint configuration has incoming voters");
}

function assertAscending(members: readonly MemberId[]): void {
  let previous: MemberId = noMember;
  for (const member of members) {
    assert(Number.isSafeInteger(member), "a member id is a safe integer");
    assert(member > previous, "member lists ascend without repetition");
    previous = member;
  }
}

function draftOf(membership: Membership): Draft {
  const draft = {
    voters: new Set(membership.voters),
    votersOutgoing: new Set(membership.votersOutgoing),
    learners: new Set(membership.learners),
    learnersNext: new Set(membership.learnersNext),
  };
  assert(draft.voters.size === membership.voters.length, "voters are distinct");
  assert(draft.learners.size === membership.learners.length, "learners are distinct");
  return draft;
}

/** False when no voter is left. Member 0 is skipped: it is how a change names nobody. */
function applySteps(draft: Draft, steps: readonly MembershipStep[]): boolean {
  for (const step of steps) {
    assert(Number.isSafeInteger(step.member), "a member id is a safe integer");
    if (step.member === noMember) continue;
    assert(step.member > 0, "a member id is positive");
    switch (step.kind) {
      case "addVoter":
        addVoter(draft, step.member);
        break;
      case "addLearner":
        addLearner(draft, step.member);
        break;
      case "remove":
        remove(draft, step.member);
        break;
      case "update":
        break;
      default:
        assertNever(step.kind, "unknown membership step");
    }
  }
  return draft.voters.size > 0;
}

function addVoter(draft: Draft, member: MemberId): void {
  draft.learners.delete(member);
  draft.learnersNext.delete(member);
  draft.voters.add(member);
  assert(!draft.learners.has(member), "a voter is not a learner");
  assert(!draft.learnersNext.has(member), "a voter will not become a learner");
}

/** An outgoing voter keeps voting in its half, and becomes a learner when that half is left. */
function addLearner(draft: Draft, member: MemberId): void {
  if (draft.learners.has(member)) return;
  remove(draft, member);
  if (draft.votersOutgoing.has(member)) draft.learnersNext.add(member);
  else draft.learners.add(member);
  assert(!draft.voters.has(member), "a learner is not a voter");
  assert(draft.learners.has(member) !== draft.learnersNext.has(member), "now or next, not both");
}

function remove(draft: Draft, member: MemberId): void {
  draft.voters.delete(member);
  draft.learners.delete(member);
  draft.learnersNext.delete(member);
  assert(!draft.voters.has(member), "a removed member is no voter");
  assert(!draft.learners.has(member), "a removed member is no learner");
}

function differenceCount(before: readonly MemberId[], after: ReadonlySet<MemberId>): number {
  const removed = before.filter((member) => !after.has(member)).length;
  const kept = before.length - removed;
  assert(kept <= after.size, "what was kept is still there");
  assert(removed <= before.length, "only what was there can be removed");
  return removed + (after.size - kept);
}

function finish(draft: Draft, leave: "autoLeave" | "stay"): MembershipOutcome {
  const membership: Membership = {
    voters: sortedNumbers(draft.voters),
    votersOutgoing: sortedNumbers(draft.votersOutgoing),
    learners: sortedNumbers(draft.learners),
    learnersNext: sortedNumbers(draft.learnersNext),
    autoLeave: leave === "autoLeave",
  };
  assertMembership(membership);
  assert(membership.voters.length > 0, "a change leaves at least one voter");
  return { ok: true, membership };
}
