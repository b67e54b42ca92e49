/**
 * The entrance for messages: which ones are looked at, what a term in them means, and which role
 * answers. It is the only place where a message can move the term.
 */
import { assert } from "../base/assert.js";
import { learnCommit } from "./candidate.js";
import { emit, sendAfterPersist } from "./core.js";
import type { Core } from "./core.js";
import { stepFollower } from "./follower.js";
import { stepLeader } from "./leader.js";
import { becomeFollower } from "./roles.js";
import { noMember } from "./types.js";
import type { AppendMessage, MemberId, Message } from "./types.js";
import { answerVote, isInLease, onVoteRequest } from "./voting.js";

/** Handles a message from another member; anything impossible is ignored and leaves an event. */
export function onMessage(core: Core, message: Message): void {
  const problem = ignoreReason(core, message);
  if (problem !== undefined) {
    emit(core, "message-ignored", { from: message.from, kind: message.kind, problem });
    return;
  }
  const { term } = core;
  stepInTerm(core, message);
  assert(core.term >= term, "a term never goes back");
  assert(core.log.commit <= core.log.lastLogIndex, "only what is held is committed");
}

/** Also used for a member's answers to its own campaign, which come from itself. */
export function stepInTerm(core: Core, message: Message): void {
  assert(message.to === core.memberId, "the message is for this member");
  const termBefore = core.term;
  if (message.kind === "voteResponse" || message.kind === "preVoteResponse") {
    learnCommit(core, message);
  }
  const forwarded = message.term === 0;
  if (!forwarded && message.term < core.term) {
    onOldTerm(core, message);
    return;
  }
  if (message.term > core.term && !onNewTerm(core, message)) return;
  if (message.kind === "vote" || message.kind === "preVote") onVoteRequest(core, message);
  else if (core.role === "leader") stepLeader(core, message);
  else stepFollower(core, message);
  assert(core.term >= termBefore, "a term never goes back");
}

/**
 * A higher term ends whatever this member was doing, except that pre-votes never move a term.
 * False when the message is not to be handled: with a live leader, requests for votes are not.
 */
function onNewTerm(core: Core, message: Message): boolean {
  assert(message.term > core.term, "the term is new");
  switch (message.kind) {
    case "vote":
    case "preVote":
      if (!message.transfer && isInLease(core)) {
        emit(core, "vote-ignored-in-lease", { candidate: message.from, term: message.term });
        return false;
      }
      if (message.kind === "vote") becomeFollower(core, message.term, noMember);
      break;
    case "preVoteResponse":
      if (message.reject) becomeFollower(core, message.term, noMember);
      break;
    default:
      becomeFollower(core, message.term, leaderOf(message));
  }
  assert(core.role !== "leader" || message.kind.startsWith("preVote"), "a new term has no leader");
  return true;
}

/** Who leads the message's term, as far as the message tells. */
function leaderOf(message: Message): MemberId {
  assert(message.term > 0, "a message of a leader has a term");
  assert(message.from !== noMember, "a message has a sender");
  const { kind, from } = message;
  return kind === "append" || kind === "heartbeat" || kind === "snapshot" ? from : noMember;
}

/**
 * An old leader, or an outdated pre-candidate, may have no other way to learn of the current
 * term: with pre-votes and leases, requests for votes no longer spread it.
 */
function onOldTerm(core: Core, message: Message): void {
  const { kind, from } = message;
  const { checkQuorum, preVote } = core.config;
  assert(message.term < core.term, "the term is old");
  assert(core.term > 0, "there is a current term");
  if (kind === "preVote") {
    answerVote(core, message, "reject");
  } else if ((kind === "heartbeat" || kind === "append") && (checkQuorum || preVote)) {
    sendAfterPersist(core, {
      kind: "appendResponse",
      from: core.memberId,
      to: from,
      term: core.term,
      logIndex: 0,
      reject: false,
      hintLogIndex: 0,
      hintTerm: 0,
    });
  }
}

/** Why a message is not looked at, or undefined. These are not errors: the network may do it. */
function ignoreReason(core: Core, message: Message): string | undefined {
  if (message.to !== core.memberId) return "not-for-this-member";
  if (message.from === core.memberId && message.kind !== "transferLeader") return "from-itself";
  if (message.from === noMember) return "no-sender";
  if (!Number.isSafeInteger(message.term) || message.term < 0) return "impossible-term";
  const { kind } = message;
  const forwarded = kind === "propose" || kind === "readIndex" || kind === "transferLeader";
  if (!forwarded && message.term === 0) return "no-term";
  if (kind === "append" && !isWellFormedAppend(message)) return "malformed-append";
  if (kind === "snapshot" && message.snapshot.term > message.term) return "malformed-snapshot";
  return undefined;
}

/** Entries must follow each other in position and term, up to the sender's term. */
function isWellFormedAppend(message: AppendMessage): boolean {
  let logIndex = message.prevLogIndex;
  let term = message.entries.length > 0 ? message.prevLogTerm : 0;
  if (logIndex < 0 || term < 0) return false;
  for (const entry of message.entries) {
    if (entry.logIndex !== logIndex + 1 || entry.term < term) return false;
    logIndex = entry.logIndex;
    term = entry.term;
  }
  return message.entries.length === 0 || term <= message.term;
}
