/**
 * How a leader brings the others' logs in line with its own: appends, heartbeats and snapshot
 * offers out, acknowledgements in, and the commit position that follows from them. Who leads,
 * and what is proposed, is decided elsewhere.
 */
import { assert, assertDefined } from "../base/assert.js";
import { emit, leadershipOf, send, sendAfterPersist } from "./core.js";
import type { Core } from "./core.js";
import { snapshotOfferElectionTimeoutCount } from "./limits.js";
import { payloadBytes } from "./log.js";
import type { Progress } from "./progress.js";
import { committedIndex } from "./quorum.js";
import type { ReadAnswer } from "./read-index.js";
import type { AppendResponseMessage, Entry, HeartbeatResponseMessage, MemberId } from "./types.js";

const noEntries: readonly Entry[] = [];

/** Whether an append without entries is worth sending. */
export type EmptyAppend = "send" | "skip";

/**
 * Sends one append to a member, or offers a snapshot when the entries it needs are gone; false
 * when nothing was sent. With a full window only an empty append leaves, so that lost messages
 * are noticed by its rejection and replication cannot stall.
 */
export function sendAppend(core: Core, progress: Progress, empty: EmptyAppend): boolean {
  assert(core.role === "leader", "only a leader replicates");
  assert(progress.member !== core.memberId, "a leader does not replicate to itself");
  if (progress.paused) return false;
  const { log, config } = core;
  const prevLogIndex = progress.next - 1;
  const prevLogTerm = log.termAt(prevLogIndex);
  if (prevLogTerm === undefined) return offerSnapshot(core, progress);
  const windowFull = progress.state === "replicate" && progress.inflights.full;
  const entries = windowFull
    ? noEntries
    : log.slice(progress.next, config.appendEntriesCountMax, config.appendBytesMax);
  if (entries.length === 0 && empty === "skip") return false;
  send(core, {
    kind: "append",
    from: core.memberId,
    to: progress.member,
    term: core.term,
    prevLogIndex,
    prevLogTerm,
    entries,
    commit: log.commit,
  });
  progress.sentEntries(entries.length, payloadBytes(entries));
  progress.sentCommit(log.commit);
  return true;
}

/** Fills the member's window; the window is what bounds the loop. False when nothing was sent. */
function sendAllAppends(core: Core, progress: Progress): boolean {
  let sent = false;
  while (sendAppend(core, progress, "skip")) sent = true;
  assert(progress.inflights.count <= core.config.inflightCountMax, "the window is bounded");
  assert(progress.match < progress.next, "what matches was sent before");
  return sent;
}

/** Offers the latest snapshot; false when the member is silent or there is none. */
function offerSnapshot(core: Core, progress: Progress): boolean {
  assert(core.role === "leader", "only a leader offers snapshots");
  assert(progress.member !== core.memberId, "a leader does not replicate to itself");
  const { snapshot } = core.log;
  if (!progress.recentActive) return false;
  if (snapshot.logIndex === 0) {
    emit(core, "snapshot-missing", { member: progress.member });
    if (progress.state !== "snapshot") progress.pauseAppends();
    return false;
  }
  progress.becomeSnapshot(snapshot.logIndex, leadershipOf(core).ageTicks);
  emit(core, "snapshot-offered", { member: progress.member, logIndex: snapshot.logIndex });
  send(core, {
    kind: "snapshot",
    from: core.memberId,
    to: progress.member,
    term: core.term,
    snapshot,
  });
  return true;
}

/** Sends what members lack since the last Ready: entries first, else a higher commit position. */
export function flushAppends(core: Core): void {
  const leadership = leadershipOf(core);
  assert(leadership.appendsWanted, "something may be lacking");
  leadership.appendsWanted = false;
  for (const progress of leadership.peers) {
    const sent = sendAllAppends(core, progress);
    if (!sent && progress.canBumpCommit(core.log.commit)) sendAppend(core, progress, "send");
  }
  assert(!leadership.appendsWanted, "sending creates nothing to send");
}

/**
 * Sends a heartbeat to everybody. The commit position in it is cut to what the member is known
 * to hold: a member must never commit what it has not matched. Alone in the cluster, the round
 * of reads that begins with it is complete at once.
 */
export function broadcastHeartbeat(core: Core): void {
  const { peers, reads } = leadershipOf(core);
  const readRound = reads.beginRound();
  assert(!reads.roundWanted, "the round covers every waiting read");
  for (const progress of peers) {
    const commit = Math.min(progress.match, core.log.commit);
    assert(commit <= progress.match, "a heartbeat commits only what is matched");
    send(core, {
      kind: "heartbeat",
      from: core.memberId,
      to: progress.member,
      term: core.term,
      commit,
      readRound,
    });
    progress.sentCommit(commit);
  }
  if (readRound > 0) answerConfirmedReads(core);
}

/** Begins the round that waiting reads need. */
export function flushReads(core: Core): void {
  const { reads } = leadershipOf(core);
  assert(reads.roundWanted, "a read waits for a round");
  broadcastHeartbeat(core);
  assert(!reads.roundWanted, "the round covers every waiting read");
}

/** Answers the reads that a quorum has confirmed by now. */
export function answerConfirmedReads(core: Core): void {
  const { reads } = leadershipOf(core);
  const answers = reads.takeConfirmed(core.membership);
  for (const answer of answers) answerRead(core, answer);
  assert(core.role === "leader", "answering changes no role");
}

function answerRead(core: Core, { from, requestId, logIndex }: ReadAnswer): void {
  assert(logIndex > 0, "a confirmed position is not zero");
  assert(logIndex <= core.log.commit, "a read is of committed state");
  if (from === core.memberId) {
    core.outbox.readStates.push({ requestId, logIndex });
    return;
  }
  send(core, {
    kind: "readIndexResponse",
    from: core.memberId,
    to: from,
    term: core.term,
    requestId,
    logIndex,
  });
}

/**
 * Commits what a quorum holds, if its last entry is of this term: an older entry is committed
 * only by one of this term behind it (section 5.4.2, figure 8). True when the position moved.
 */
export function maybeCommit(core: Core): boolean {
  const leadership = leadershipOf(core);
  const { log, membership } = core;
  const { voters, votersOutgoing } = membership;
  const logIndex = committedIndex(voters, votersOutgoing, leadership.matchOf);
  if (logIndex <= log.commit || log.termAt(logIndex) !== core.term) return false;
  const before = log.commit;
  releaseUncommitted(core, before, logIndex);
  log.commitTo(logIndex);
  leadership.appendsWanted = true;
  assert(log.commit > before, "the commit position only grows");
  assert(logIndex >= leadership.firstLogIndex, "an entry of this leadership is committed");
  if (before < leadership.firstLogIndex) leadership.reads.releaseHeld(log.commit);
  return true;
}

/** Takes newly committed payloads off the account that limits proposals. */
function releaseUncommitted(core: Core, before: number, after: number): void {
  const leadership = leadershipOf(core);
  assert(after > before, "something is newly committed");
  for (let at = Math.max(before + 1, leadership.firstLogIndex); at <= after; at += 1) {
    leadership.uncommittedBytes -= core.log.entryAt(at).data.length;
  }
  assert(leadership.uncommittedBytes >= 0, "no more is released than was counted");
  const all = after === core.log.lastLogIndex;
  assert(!all || leadership.uncommittedBytes === 0, "nothing stays counted when all is committed");
}

/** This member's own log is durable further than before. */
export function acknowledgeOwnLog(core: Core): void {
  const leadership = leadershipOf(core);
  const own = leadership.progress.get(core.memberId);
  if (own === undefined) return;
  assert(core.log.stable <= core.log.lastLogIndex, "only what is held is durable");
  if (own.maybeUpdate(core.log.stable)) maybeCommit(core);
  assert(own.match <= core.log.lastLogIndex, "only what is held matches");
}

/** A member's answer to an append. */
export function onAppendResponse(
  core: Core,
  progress: Progress,
  message: AppendResponseMessage,
): void {
  assert(message.term === core.term, "only answers of this term reach the leader");
  assert(progress.member === message.from, "the progress is the sender's");
  progress.recentActive = true;
  if (message.reject) {
    onAppendRejected(core, progress, message);
    return;
  }
  if (message.logIndex > core.log.lastLogIndex) {
    emit(core, "impossible-acknowledgement", { member: message.from, logIndex: message.logIndex });
    return;
  }
  const news = progress.maybeUpdate(message.logIndex);
  if (!news && !(progress.match === message.logIndex && progress.state === "probe")) return;
  resumeAfterAcknowledgement(core, progress);
  const leadership = leadershipOf(core);
  if (!maybeCommit(core) && progress.canBumpCommit(core.log.commit)) {
    leadership.appendsWanted = true;
  }
  sendAllAppends(core, progress);
  const caughtUp = progress.match === core.log.lastLogIndex;
  if (leadership.transferTarget === progress.member && caughtUp) {
    sendTimeoutNow(core, progress.member);
  }
}

function resumeAfterAcknowledgement(core: Core, progress: Progress): void {
  assert(progress.match < progress.next, "what matches was sent before");
  assert(progress.match <= core.log.lastLogIndex, "only what is held matches");
  switch (progress.state) {
    case "probe":
      progress.becomeReplicate();
      break;
    case "snapshot":
      if (progress.match + 1 >= core.log.firstLogIndex) progress.becomeReplicate();
      break;
    case "replicate":
      progress.inflights.freeUpTo(progress.match);
      break;
  }
}

/**
 * Finds the next position to probe from both sides' knowledge of terms, so that at most one
 * probe per term is needed (end of section 5.3). A member that refuses even the very beginning
 * has no configuration to start from: it needs a snapshot.
 */
function onAppendRejected(core: Core, progress: Progress, message: AppendResponseMessage): void {
  assert(message.reject, "the append was rejected");
  assert(message.from === progress.member, "the progress is the sender's");
  if (progress.state === "snapshot") return;
  if (message.logIndex === 0 && progress.next === 1) {
    offerSnapshot(core, progress);
    return;
  }
  const { hintLogIndex, hintTerm } = message;
  const probeLogIndex =
    hintTerm > 0 ? core.log.findConflictByTerm(hintLogIndex, hintTerm).logIndex : hintLogIndex;
  if (!progress.maybeDecrementTo(message.logIndex, probeLogIndex)) return;
  emit(core, "append-rejected", {
    member: message.from,
    rejectedLogIndex: message.logIndex,
    nextLogIndex: progress.next,
  });
  if (progress.state === "replicate") progress.becomeProbe();
  sendAppend(core, progress, "send");
}

/** A member's answer to a heartbeat: it is alive, so whatever was lost is sent again. */
export function onHeartbeatResponse(
  core: Core,
  progress: Progress,
  message: HeartbeatResponseMessage,
): void {
  assert(message.term === core.term, "only answers of this term reach the leader");
  assert(progress.member === message.from, "the progress is the sender's");
  const { reads, ageTicks } = leadershipOf(core);
  progress.recentActive = true;
  progress.resumeAppends();
  const retryTicks = snapshotOfferElectionTimeoutCount * core.config.electionTimeoutTicks;
  if (progress.state === "snapshot") {
    if (ageTicks - progress.snapshotOfferedAtTicks >= retryTicks) offerSnapshot(core, progress);
  } else if (progress.match < core.log.lastLogIndex || progress.state === "probe") {
    sendAppend(core, progress, "send");
  }
  if (message.readRound > 0 && reads.acknowledge(message.from, message.readRound)) {
    answerConfirmedReads(core);
  }
}

/** Orders a member to campaign at once. */
export function sendTimeoutNow(core: Core, member: MemberId): void {
  const progress = leadershipOf(core).progress.get(member);
  const known = assertDefined(progress, "leadership is handed to a known member");
  assert(known.match === core.log.lastLogIndex, "leadership is handed to a complete log");
  emit(core, "transfer-ordered", { member });
  send(core, { kind: "timeoutNow", from: core.memberId, to: member, term: core.term });
}

/** Answers an append or snapshot: a promise about the log, so it waits for durability. */
export function acknowledgeTo(core: Core, leader: MemberId, logIndex: number): void {
  assert(core.role !== "leader", "a leader acknowledges nobody");
  assert(logIndex <= core.log.lastLogIndex, "only what is held is acknowledged");
  sendAfterPersist(core, {
    kind: "appendResponse",
    from: core.memberId,
    to: leader,
    term: core.term,
    logIndex,
    reject: false,
    hintLogIndex: 0,
    hintTerm: 0,
  });
}
