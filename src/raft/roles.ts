/**
 * The transitions into the roles that do not lead. Each one only changes state and tells of it;
 * what a role then does is in its own file.
 */
import { assert } from "../base/assert.js";
import { drawElectionTimeout, emit, isPromotable } from "./core.js";
import type { Core } from "./core.js";
import { noMember } from "./types.js";
import type { MemberId } from "./types.js";

/** Clears everything that belongs to a role; a new term also forgets the vote. */
export function resetForTerm(core: Core, term: number): void {
  assert(term >= core.term, "a term never goes back");
  assert(Number.isSafeInteger(term), "a term is a whole number");
  if (core.term !== term) {
    core.term = term;
    core.vote = noMember;
  }
  core.leader = noMember;
  core.electionElapsedTicks = 0;
  core.heartbeatElapsedTicks = 0;
  core.electionTimeoutTicks = drawElectionTimeout(core.config);
  core.votes.clear();
  core.leadership = undefined;
}

/** Follows `leader`, or nobody yet, in `term`. */
export function becomeFollower(core: Core, term: number, leader: MemberId): void {
  assert(leader !== core.memberId, "a member does not follow itself");
  const changed = core.role !== "follower" || core.term !== term;
  resetForTerm(core, term);
  core.role = "follower";
  core.leader = leader;
  if (changed) emit(core, "became-follower", { term, leader });
  assert(core.leadership === undefined, "a follower has no leadership state");
}

/** Asks around before disturbing anybody: neither term nor vote change (section 9.6). */
export function becomePreCandidate(core: Core): void {
  assert(core.role !== "leader", "a leader does not campaign");
  assert(isPromotable(core), "only a voter campaigns");
  core.role = "preCandidate";
  core.leader = noMember;
  core.votes.clear();
  emit(core, "became-pre-candidate", { term: core.term });
}

/** Begins a new term with a vote for itself. */
export function becomeCandidate(core: Core): void {
  assert(core.role !== "leader", "a leader does not campaign");
  assert(isPromotable(core), "only a voter campaigns");
  resetForTerm(core, core.term + 1);
  core.role = "candidate";
  core.vote = core.memberId;
  emit(core, "became-candidate", { term: core.term });
}
