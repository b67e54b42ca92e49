/**
 * What a member does with a leader's messages: take over its log, its commit position or a
 * snapshot, and pass on what only a leader can answer. Campaigns are in candidate.ts.
 */
import { assert, assertNever } from "../base/assert.js";
import { onVoteResponse, startCampaign } from "./candidate.js";
import { acknowledgeTo } from "./replication.js";
import { emit, send, sendAfterPersist } from "./core.js";
import type { Core } from "./core.js";
import { assertMembership } from "./membership.js";
import { becomeFollower } from "./roles.js";
import { noMember } from "./types.js";
import type {
  AppendMessage,
  HeartbeatMessage,
  Message,
  SnapshotMessage,
  SnapshotMeta,
} from "./types.js";

type LeaderMessage = AppendMessage | HeartbeatMessage | SnapshotMessage;

/** Messages to a member that does not lead. */
export function stepFollower(core: Core, message: Message): void {
  assert(core.role !== "leader", "the message is for another role");
  assert(message.to === core.memberId, "the message is for this member");
  if (isFromLeader(message)) {
    followLeader(core, message);
    return;
  }
  switch (message.kind) {
    case "voteResponse":
    case "preVoteResponse":
      onVoteResponse(core, message);
      return;
    case "timeoutNow":
      if (core.role === "follower") startCampaign(core, "transfer");
      return;
    case "readIndexResponse":
      onReadAnswer(core, message);
      return;
    case "propose":
    case "readIndex":
    case "transferLeader":
      emit(core, "forwarded-to-non-leader", { from: message.from, kind: message.kind });
      return;
    case "appendResponse":
    case "heartbeatResponse":
    case "vote":
    case "preVote":
      return;
    default:
      assertNever(message, "unknown message kind");
  }
}

function isFromLeader(message: Message): message is LeaderMessage {
  const { kind } = message;
  return kind === "append" || kind === "heartbeat" || kind === "snapshot";
}

/** A message from the leader of this term ends a campaign and restarts the election timeout. */
function followLeader(core: Core, message: LeaderMessage): void {
  assert(message.term === core.term, "only the current leader is followed");
  if (core.role !== "follower") becomeFollower(core, message.term, message.from);
  core.electionElapsedTicks = 0;
  core.leader = message.from;
  assert(core.leader !== core.memberId, "a follower does not lead");
  switch (message.kind) {
    case "append":
      onAppend(core, message);
      return;
    case "heartbeat":
      onHeartbeat(core, message);
      return;
    case "snapshot":
      onSnapshot(core, message);
      return;
    default:
      assertNever(message, "unknown message of a leader");
  }
}

function onAppend(core: Core, message: AppendMessage): void {
  const { log } = core;
  const { prevLogIndex, prevLogTerm, entries, from } = message;
  if (prevLogIndex < log.commit) {
    acknowledgeTo(core, from, log.commit);
    return;
  }
  const outsider = core.membership.voters.length === 0 && prevLogIndex === 0;
  const lastNew = outsider ? undefined : log.maybeAppend(prevLogIndex, prevLogTerm, entries);
  if (lastNew === undefined) {
    rejectAppend(core, message);
    return;
  }
  assert(lastNew <= log.lastLogIndex, "what was accepted is held");
  log.commitTo(Math.min(message.commit, lastNew));
  assert(log.commit <= log.lastLogIndex, "only what is held is committed");
  acknowledgeTo(core, from, lastNew);
}

/**
 * Names the highest position at which the two logs may agree: not above a term that the
 * leader's log cannot have there. A member without any configuration refuses to begin from
 * entries alone: they do not tell it who founded the cluster.
 */
function rejectAppend(core: Core, message: AppendMessage): void {
  const { log } = core;
  assert(message.prevLogIndex >= log.commit, "committed positions are never refused");
  const from = Math.min(message.prevLogIndex, log.lastLogIndex);
  const hint = log.findConflictByTerm(from, message.prevLogTerm);
  assert(hint.logIndex <= message.prevLogIndex, "a hint is not beyond what was asked");
  sendAfterPersist(core, {
    kind: "appendResponse",
    from: core.memberId,
    to: message.from,
    term: core.term,
    logIndex: message.prevLogIndex,
    reject: true,
    hintLogIndex: hint.logIndex,
    hintTerm: hint.term,
  });
}

/**
 * A commit position beyond this log means that entries this member acknowledged are gone. It
 * must not pretend otherwise, so it says nothing and leaves an event.
 */
function onHeartbeat(core: Core, message: HeartbeatMessage): void {
  const { log } = core;
  assert(message.term === core.term, "only the current leader is followed");
  if (message.commit > log.lastLogIndex) {
    emit(core, "impossible-commit", { commit: message.commit, lastLogIndex: log.lastLogIndex });
    return;
  }
  log.commitTo(message.commit);
  assert(log.commit <= log.lastLogIndex, "only what is held is committed");
  send(core, {
    kind: "heartbeatResponse",
    from: core.memberId,
    to: message.from,
    term: core.term,
    readRound: message.readRound,
  });
}

function onSnapshot(core: Core, message: SnapshotMessage): void {
  const { snapshot, from } = message;
  assert(message.term === core.term, "only the current leader is followed");
  const installed = maybeInstall(core, snapshot);
  const event = installed ? "snapshot-installed" : "snapshot-ignored";
  emit(core, event, { logIndex: snapshot.logIndex, commit: core.log.commit });
  acknowledgeTo(core, from, installed ? core.log.lastLogIndex : core.log.commit);
  assert(!installed || core.log.commit === snapshot.logIndex, "a snapshot is committed");
}

/**
 * Replaces the log by a snapshot unless this member has, or can have, that much without it. The
 * snapshot may be from before this member was added: the entry that adds it then follows.
 */
function maybeInstall(core: Core, snapshot: SnapshotMeta): boolean {
  assert(core.role === "follower", "only a follower installs a snapshot");
  assertMembership(snapshot.membership);
  if (snapshot.logIndex <= core.log.commit) return false;
  if (core.log.termAt(snapshot.logIndex) === snapshot.term) {
    core.log.commitTo(snapshot.logIndex);
    return false;
  }
  core.log.install(snapshot);
  assert(core.log.installing, "the snapshot is not durable yet");
  return true;
}

function onReadAnswer(core: Core, answer: { requestId: number; logIndex: number }): void {
  assert(core.role !== "leader", "a leader answers its own reads");
  assert(answer.logIndex >= 0, "a position is not negative");
  if (core.role !== "follower" || core.leader === noMember) return;
  const { requestId, logIndex } = answer;
  core.outbox.readStates.push({ requestId, logIndex });
}
