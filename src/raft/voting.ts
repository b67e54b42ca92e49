/**
 * How a member answers a request for its vote, in any role. A learner answers like a voter: who
 * asks may know of its promotion before it does itself.
 */
import { assert } from "../base/assert.js";
import { emit, sendAfterPersist } from "./core.js";
import type { Core } from "./core.js";
import { noMember } from "./types.js";
import type { VoteMessage } from "./types.js";

/** Whether a leader was heard of so recently that nobody needs another one (section 4.2.3). */
export function isInLease(core: Core): boolean {
  const { checkQuorum, electionTimeoutTicks } = core.config;
  assert(core.electionElapsedTicks >= 0, "ticks count upward");
  assert(core.role !== "leader" || core.leader === core.memberId, "a leader follows itself");
  return (
    checkQuorum && core.leader !== noMember && core.electionElapsedTicks < electionTimeoutTicks
  );
}

/** Grants or refuses. The answer waits for durability: a vote must survive a crash. */
export function onVoteRequest(core: Core, message: VoteMessage): void {
  assert(message.term >= core.term, "an old request was refused before");
  assert(message.kind === "preVote" || message.term === core.term, "a vote is for this term");
  const undecided = core.vote === noMember && core.leader === noMember;
  const future = message.kind === "preVote" && message.term > core.term;
  const free = core.vote === message.from || undecided || future;
  const grant = free && core.log.isUpToDate(message.lastLogIndex, message.lastLogTerm);
  const { from, term, kind } = message;
  emit(core, grant ? "vote-granted" : "vote-refused", { candidate: from, term, kind });
  answerVote(core, message, grant ? "grant" : "reject");
  if (!grant || kind === "preVote") return;
  core.electionElapsedTicks = 0;
  core.vote = from;
}

/**
 * A grant carries the term that was asked for, because a pre-candidate asks for a future one; a
 * refusal carries this member's own, from which an outdated candidate learns.
 */
export function answerVote(core: Core, message: VoteMessage, answer: "grant" | "reject"): void {
  const reject = answer === "reject";
  assert(message.from !== core.memberId, "a member does not ask itself");
  assert(reject || message.term >= core.term, "an old request is not granted");
  const { log } = core;
  const known = { commit: log.commit, commitTerm: log.termAt(log.commit) ?? 0 };
  sendAfterPersist(core, {
    kind: message.kind === "vote" ? "voteResponse" : "preVoteResponse",
    from: core.memberId,
    to: message.from,
    term: reject ? core.term : message.term,
    reject,
    ...(reject ? known : undefined),
  });
}
