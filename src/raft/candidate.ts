/**
 * Campaigns: when a member may start one, how it asks for votes, and how it counts them. Granting
 * votes to others is in voting.ts.
 */
import { assert } from "../base/assert.js";
import { emit, isPromotable, send, sendAfterPersist } from "./core.js";
import type { Core } from "./core.js";
import { becomeLeader } from "./leader.js";
import { votingMembers } from "./membership.js";
import { voteResult } from "./quorum.js";
import { becomeCandidate, becomeFollower, becomePreCandidate } from "./roles.js";
import { noMember } from "./types.js";
import type { VoteResponseMessage } from "./types.js";

/** Why a campaign starts; a transfer is by the leader's order and needs no pre-vote. */
export type CampaignReason = "timeout" | "transfer";

/** Starts a campaign if this member may lead. */
export function startCampaign(core: Core, reason: CampaignReason): void {
  if (core.role === "leader") return;
  if (!isPromotable(core)) {
    emit(core, "campaign-refused", { cause: "not-promotable" });
    return;
  }
  if (hasUnappliedChange(core)) {
    emit(core, "campaign-refused", { cause: "unapplied-change" });
    return;
  }
  if (core.config.preVote && reason === "timeout") campaignForPreVotes(core);
  else campaignForVotes(core, reason);
  assert(core.role === "preCandidate" || core.role === "candidate", "the campaign began");
  assert(core.leader === noMember, "a candidate has no leader");
}

/**
 * A committed change that is not applied here may already be in force elsewhere: votes counted
 * under the old configuration could elect a second leader.
 */
function hasUnappliedChange(core: Core): boolean {
  const { log } = core;
  assert(log.applied <= log.commit, "only what is committed is applied");
  assert(log.applied >= log.firstLogIndex - 1, "only what is applied is forgotten");
  for (let at = log.applied + 1; at <= log.commit; at += 1) {
    if (log.entryAt(at).kind === "membership") return true;
  }
  return false;
}

function campaignForPreVotes(core: Core): void {
  becomePreCandidate(core);
  askForVotes(core, "preVote", "timeout");
  assert(core.role === "preCandidate", "asking changes no role");
}

function campaignForVotes(core: Core, reason: CampaignReason): void {
  becomeCandidate(core);
  askForVotes(core, "vote", reason);
  assert(core.vote === core.memberId, "a candidate votes for itself");
}

/**
 * Requests for real votes leave only when this member's own vote is durable. A candidate that
 * won with others' votes, lost its own in a crash, and campaigned in the same term again could
 * otherwise lead twice in one term with different entries.
 */
function askForVotes(core: Core, kind: "vote" | "preVote", reason: CampaignReason): void {
  const term = kind === "preVote" ? core.term + 1 : core.term;
  const { lastLogIndex, lastTerm: lastLogTerm } = core.log;
  const transfer = reason === "transfer";
  const queue = kind === "vote" ? sendAfterPersist : send;
  assert(term > 0, "a campaign is for a term");
  assert(!transfer || kind === "vote", "a transfer needs no pre-vote");
  for (const to of votingMembers(core.membership)) {
    const from = core.memberId;
    if (to === from)
      core.outbox.toSelf.push({ kind: `${kind}Response`, from, to, term, reject: false });
    else queue(core, { kind, from, to, term, lastLogIndex, lastLogTerm, transfer });
  }
}

/**
 * Takes over a commit position from a refusal, when the logs agree there: what is committed is so
 * for everybody and for ever, whatever the term of the message. Without this, a leader that is
 * removed by its last commit, and whose log is longer than the others', leaves members that need
 * its vote under a configuration which they do not know to be over. A campaign under such a
 * configuration ends; the next one is after the change is applied.
 */
export function learnCommit(core: Core, message: VoteResponseMessage): void {
  const { commit = 0, commitTerm = 0 } = message;
  const { log } = core;
  if (!message.reject || core.role === "leader" || commit <= log.commit) return;
  if (commitTerm === 0 || log.termAt(commit) !== commitTerm) return;
  log.commitTo(commit);
  emit(core, "commit-learned", { commit, from: message.from });
  assert(log.commit === commit, "the position was news");
  assert(log.commit <= log.lastLogIndex, "only what is held is committed");
  if (core.role !== "follower" && hasUnappliedChange(core)) {
    becomeFollower(core, core.term, noMember);
  }
}

/** Counts an answer to the campaign under way; answers to an earlier one are ignored. */
export function onVoteResponse(core: Core, message: VoteResponseMessage): void {
  assert(core.role !== "leader", "a leader has finished counting");
  const expected = core.role === "candidate" ? "voteResponse" : "preVoteResponse";
  if (core.role === "follower" || message.kind !== expected) return;
  const grantedTerm = core.role === "candidate" ? core.term : core.term + 1;
  if (!message.reject && message.term !== grantedTerm) return;
  if (!core.votes.has(message.from)) core.votes.set(message.from, !message.reject);
  const { voters, votersOutgoing } = core.membership;
  const outcome = voteResult(voters, votersOutgoing, core.voteOf);
  assert(core.votes.size > 0, "an answer was counted");
  if (outcome === "lost") becomeFollower(core, core.term, noMember);
  if (outcome !== "won") return;
  if (core.role === "preCandidate") campaignForVotes(core, "timeout");
  else becomeLeader(core);
}
