/**
 * What a member does while it leads: begin its term, accept proposals and reads, watch that a
 * quorum is still there, and hand leadership over. Sending and counting is in replication.ts.
 */
import { assert, assertNever } from "../base/assert.js";
import { appendAsLeader, emit, hasCommittedInTerm, leadershipOf } from "./core.js";
import type { Core, Leadership } from "./core.js";
import { payloadBytes } from "./log.js";
import {
  decodeMembershipChange,
  encodeMembershipChange,
  isEncodable,
  leaveJointChange,
} from "./membership-codec.js";
import { allMembers, changeMembership, isMember } from "./membership.js";
import { Progress } from "./progress.js";
import { voteResult } from "./quorum.js";
import { ReadQueue } from "./read-index.js";
import type { ReadRequest } from "./read-index.js";
import {
  answerConfirmedReads,
  broadcastHeartbeat,
  flushAppends,
  maybeCommit,
  onAppendResponse,
  onHeartbeatResponse,
  sendAppend,
  sendTimeoutNow,
} from "./replication.js";
import { becomeFollower, resetForTerm } from "./roles.js";
import { noMember } from "./types.js";
import type {
  Entry,
  LocalInput,
  MemberId,
  Membership,
  MembershipChange,
  Message,
  ProposeMessage,
  ProposeResult,
  Refusal,
} from "./types.js";

type Payload = Pick<Entry, "kind" | "data">;

const emptyPayload: Payload = { kind: "normal", data: new Uint8Array(0) };

/** Begins to lead with an empty entry, whose commit commits everything before it. */
export function becomeLeader(core: Core): void {
  assert(core.role === "candidate", "only a candidate is elected");
  assert(core.vote === core.memberId, "a candidate voted for itself");
  resetForTerm(core, core.term);
  core.role = "leader";
  core.leader = core.memberId;
  core.leadership = createLeadership(core);
  emit(core, "became-leader", { term: core.term, lastLogIndex: core.log.lastLogIndex });
  appendAsLeader(core, [emptyPayload]);
}

function createLeadership(core: Core): Leadership {
  const progress = new Map<MemberId, Progress>();
  const { lastLogIndex } = core.log;
  for (const member of allMembers(core.membership)) {
    progress.set(member, createProgress(core, member, lastLogIndex + 1));
  }
  assert(progress.has(core.memberId), "a leader is elected from among the members");
  assert(progress.size > 0, "a cluster has members");
  return {
    progress,
    peers: peersOf(progress, core.memberId),
    firstLogIndex: lastLogIndex + 1,
    reads: new ReadQueue(core.memberId),
    matchOf: (member) => progress.get(member)?.match,
    activeOf: (member) => progress.get(member)?.recentActive,
    transferTarget: noMember,
    pendingMembershipLogIndex: lastLogIndex,
    uncommittedBytes: 0,
    appendsWanted: false,
    ageTicks: 0,
  };
}

function createProgress(core: Core, member: MemberId, next: number): Progress {
  const { config, log, membership } = core;
  const own = member === core.memberId;
  const progress = new Progress({
    member,
    match: own ? log.stable : 0,
    next: own ? log.lastLogIndex + 1 : next,
    isLearner: membership.learners.includes(member),
    inflightCountMax: config.inflightCountMax,
    inflightBytesMax: config.inflightBytesMax,
  });
  if (own) progress.becomeReplicate();
  progress.recentActive = own;
  assert(progress.match < progress.next, "what matches was sent before");
  assert(progress.next <= log.lastLogIndex + 1, "nothing beyond the log is sent");
  return progress;
}

function peersOf(progress: ReadonlyMap<MemberId, Progress>, self: MemberId): readonly Progress[] {
  const peers = [...progress.values()].filter(({ member }) => member !== self);
  peers.sort((a, b) => a.member - b.member);
  assert(peers.length >= progress.size - 1, "only this member is left out");
  assert(
    peers.every(({ member }) => member !== self),
    "a leader is not its own peer",
  );
  return peers;
}

/**
 * Follows a configuration that took effect: members come, go, or change between voter and
 * learner; commit and reads are counted anew, because the quorum is another one. Newcomers are
 * probed at once, so that the probe ends where the change does and nothing proposed since, such
 * as the way out of a joint configuration, is sent to a log that may not even begin there.
 */
export function onMembershipSwitched(core: Core): void {
  const leadership = leadershipOf(core);
  const members = new Set(allMembers(core.membership));
  for (const member of [...leadership.progress.keys()]) {
    if (!members.has(member)) leadership.progress.delete(member);
  }
  for (const member of members) followMember(core, leadership, member);
  leadership.peers = peersOf(leadership.progress, core.memberId);
  assert(leadership.progress.size === members.size, "progress is kept of exactly the members");
  leadership.appendsWanted = true;
  maybeCommit(core);
  flushAppends(core);
  answerConfirmedReads(core);
  const { transferTarget } = leadership;
  if (transferTarget === noMember) return;
  if (!isVotingNow(core.membership, transferTarget)) abortTransfer(core);
  assert(core.role === "leader", "a switch of members alone does not end a leadership");
}

/** A new member counts as active at first, so that adding it does not cost the quorum. */
function followMember(core: Core, leadership: Leadership, member: MemberId): void {
  const known = leadership.progress.get(member);
  const isLearner = core.membership.learners.includes(member);
  if (known !== undefined) {
    known.isLearner = isLearner;
    return;
  }
  const progress = createProgress(core, member, Math.max(core.log.lastLogIndex, 1));
  progress.recentActive = true;
  leadership.progress.set(member, progress);
  assert(progress.isLearner === isLearner, "a learner is known as one");
  assert(leadership.progress.has(member), "progress is kept of the new member");
}

function isVotingNow(membership: Membership, member: MemberId): boolean {
  assert(member !== noMember, "a target has an identity");
  assert(membership.voters.length > 0, "a cluster has voters");
  return membership.voters.includes(member) || membership.votersOutgoing.includes(member);
}

/** One tick of a leader: heartbeats, and once per election timeout the check of the quorum. */
export function tickLeader(core: Core): void {
  const leadership = leadershipOf(core);
  const { config } = core;
  core.heartbeatElapsedTicks += 1;
  core.electionElapsedTicks += 1;
  leadership.ageTicks += 1;
  assert(
    core.electionElapsedTicks <= config.electionTimeoutTicks,
    "the timeout is checked in time",
  );
  if (core.electionElapsedTicks >= config.electionTimeoutTicks) {
    core.electionElapsedTicks = 0;
    if (config.checkQuorum && !confirmQuorumActive(core)) return;
    if (leadership.transferTarget !== noMember) abortTransfer(core);
  }
  if (core.heartbeatElapsedTicks < config.heartbeatTicks) return;
  core.heartbeatElapsedTicks = 0;
  broadcastHeartbeat(core);
  assert(core.role === "leader", "heartbeats are a leader's");
}

/** Steps down when no quorum was heard of for an election timeout (section 6.2). */
function confirmQuorumActive(core: Core): boolean {
  const leadership = leadershipOf(core);
  const { voters, votersOutgoing } = core.membership;
  const activeOf = (member: MemberId): boolean => leadership.activeOf(member) ?? false;
  if (voteResult(voters, votersOutgoing, activeOf) !== "won") {
    emit(core, "quorum-lost", { term: core.term });
    becomeFollower(core, core.term, noMember);
    return false;
  }
  for (const progress of leadership.peers) progress.recentActive = false;
  assert(core.role === "leader", "a confirmed leader goes on");
  return true;
}

/** Messages that only a leader understands; all others are out of date and ignored. */
export function stepLeader(core: Core, message: Message): void {
  assert(core.role === "leader", "the message is for a leader");
  assert(message.to === core.memberId, "the message is for this member");
  switch (message.kind) {
    case "propose":
      onForwardedProposal(core, message);
      return;
    case "readIndex":
      onForwardedRead(core, message);
      return;
    case "transferLeader":
      startTransfer(core, message.from);
      return;
    case "appendResponse":
    case "heartbeatResponse":
      onAnswer(core, message);
      return;
    case "append":
    case "heartbeat":
    case "snapshot":
      emit(core, "second-leader", { from: message.from, term: message.term });
      return;
    case "vote":
    case "preVote":
    case "voteResponse":
    case "preVoteResponse":
    case "readIndexResponse":
    case "timeoutNow":
      return;
    default:
      assertNever(message, "unknown message kind");
  }
}

function onAnswer(
  core: Core,
  message: Extract<Message, { kind: "appendResponse" | "heartbeatResponse" }>,
): void {
  const progress = leadershipOf(core).progress.get(message.from);
  if (progress === undefined) return;
  assert(message.from !== core.memberId, "a leader does not answer itself");
  assert(progress.member === message.from, "the progress is the sender's");
  if (message.kind === "appendResponse") onAppendResponse(core, progress, message);
  else onHeartbeatResponse(core, progress, message);
}

/** What the shell reports while this member leads. */
export function onLeaderLocal(core: Core, input: LocalInput): void {
  assert(core.role === "leader", "the report is for a leader");
  if (input.kind !== "unreachable" && input.kind !== "snapshotStatus") return;
  const progress = leadershipOf(core).progress.get(input.member);
  if (progress === undefined || input.member === core.memberId) return;
  if (input.kind === "unreachable") {
    if (progress.state === "replicate") progress.becomeProbe();
    return;
  }
  if (progress.state !== "snapshot") return;
  if (input.failed) progress.snapshotFailed();
  else progress.becomeProbe();
  progress.pauseAppends();
  assert(progress.paused, "the next append waits for a sign of life");
}

/** Appends opaque payloads, all or none. */
export function proposeNormal(core: Core, payloads: readonly Uint8Array[]): ProposeResult {
  assert(core.role === "leader", "a leader takes proposals");
  assert(payloads.length > 0, "a proposal has at least one payload");
  return proposePayloads(
    core,
    payloads.map((data) => ({ kind: "normal", data })),
  );
}

/** Appends a membership change, if none is pending and it fits the configuration in force. */
export function proposeChange(core: Core, change: MembershipChange): ProposeResult {
  assert(core.role === "leader", "a leader takes proposals");
  const reason = isEncodable(change) ? refuseChange(core, change) : "invalidChange";
  if (reason !== undefined) return { ok: false, reason };
  const data = encodeMembershipChange(change);
  const result = proposePayloads(core, [{ kind: "membership", data }]);
  assert(!result.ok || result.firstLogIndex === core.log.lastLogIndex, "it is the last entry");
  return result;
}

/**
 * Leaves a joint configuration that asked for it, once the change that entered it is applied.
 * The entry is never refused for its size: nothing else can end a joint configuration.
 */
export function maybeLeaveJoint(core: Core): void {
  const leadership = leadershipOf(core);
  if (!core.membership.autoLeave) return;
  if (refuseProposal(core) !== undefined) return;
  if (refuseChange(core, leaveJointChange) !== undefined) return;
  const data = encodeMembershipChange(leaveJointChange);
  leadership.uncommittedBytes += data.length;
  const firstLogIndex = appendAsLeader(core, [{ kind: "membership", data }]);
  leadership.pendingMembershipLogIndex = firstLogIndex;
  emit(core, "joint-leaving", { logIndex: firstLogIndex });
  assert(firstLogIndex > core.log.applied, "a second leave waits for the first");
}

function proposePayloads(core: Core, payloads: readonly Payload[]): ProposeResult {
  const leadership = leadershipOf(core);
  const reason = refuseProposal(core);
  if (reason !== undefined) return { ok: false, reason };
  const bytes = payloadBytes(payloads);
  const { uncommittedBytesMax } = core.config;
  const { uncommittedBytes } = leadership;
  const overLimit = uncommittedBytesMax > 0 && uncommittedBytes + bytes > uncommittedBytesMax;
  if (overLimit && uncommittedBytes > 0 && bytes > 0) {
    return { ok: false, reason: "uncommittedFull" };
  }
  leadership.uncommittedBytes += bytes;
  const firstLogIndex = appendAsLeader(core, payloads);
  const lastChange = payloads.findLastIndex(({ kind }) => kind === "membership");
  if (lastChange >= 0) leadership.pendingMembershipLogIndex = firstLogIndex + lastChange;
  assert(leadership.uncommittedBytes >= bytes, "the proposal is counted");
  return { ok: true, firstLogIndex, term: core.term };
}

function refuseProposal(core: Core): Refusal | undefined {
  const { transferTarget, progress } = leadershipOf(core);
  assert(core.leader === core.memberId, "a leader follows itself");
  assert(transferTarget !== core.memberId, "leadership is handed to another member");
  if (!progress.has(core.memberId)) return "removed";
  if (transferTarget !== noMember) return "transferring";
  return undefined;
}

/** One change at a time: two at once could be decided by quorums that do not overlap. */
function refuseChange(core: Core, change: MembershipChange): Refusal | undefined {
  const { pendingMembershipLogIndex, firstLogIndex } = leadershipOf(core);
  assert(pendingMembershipLogIndex <= core.log.lastLogIndex, "what is pending is in the log");
  assert(core.log.applied <= core.log.commit, "only what is committed is applied");
  if (pendingMembershipLogIndex > core.log.applied) {
    return pendingMembershipLogIndex < firstLogIndex ? "unapplied" : "changePending";
  }
  return changeMembership(core.membership, change).ok ? undefined : "invalidChange";
}

/** Nobody waits for the answer to a forwarded proposal, so a refusal only leaves an event. */
function onForwardedProposal(core: Core, message: ProposeMessage): void {
  assert(core.role === "leader", "the message is for a leader");
  assert(message.from !== core.memberId, "only others forward");
  const reason = refuseForwarded(core, message);
  const result: ProposeResult =
    reason === undefined ? proposePayloads(core, message.entries) : { ok: false, reason };
  if (result.ok) return;
  emit(core, "proposal-dropped", { from: message.from, reason: result.reason });
}

function refuseForwarded(core: Core, message: ProposeMessage): Refusal | undefined {
  const changes = message.entries.filter(({ kind }) => kind === "membership");
  const first = changes[0];
  if (message.entries.length === 0 || changes.length > 1) return "invalidChange";
  if (first === undefined) return undefined;
  const change = decodeMembershipChange(first.data);
  assert(changes.length === 1, "one change at a time");
  assert(first.kind === "membership", "the change is a membership entry");
  return change === undefined ? "invalidChange" : refuseChange(core, change);
}

function onForwardedRead(core: Core, request: ReadRequest): void {
  assert(core.role === "leader", "the message is for a leader");
  assert(request.from !== core.memberId, "only others forward");
  if (leadershipOf(core).reads.full) {
    emit(core, "read-dropped", { from: request.from });
    return;
  }
  addRead(core, request);
}

/** Queues a read, behind the first commit of this term if that is still to come. */
export function addRead(core: Core, { from, requestId }: ReadRequest): void {
  const { reads } = leadershipOf(core);
  assert(!reads.full, "a full queue refuses before");
  assert(from !== noMember, "somebody asked");
  if (hasCommittedInTerm(core)) reads.add({ from, requestId }, core.log.commit);
  else reads.hold({ from, requestId });
}

/**
 * Begins to hand leadership to `member`; undefined when under way. Proposals are refused from
 * now on, so that the target's log can become complete; one election timeout later they are
 * accepted again.
 */
export function startTransfer(core: Core, member: MemberId): Refusal | undefined {
  const leadership = leadershipOf(core);
  const progress = leadership.progress.get(member);
  if (progress === undefined || progress.isLearner) return "unknownMember";
  if (leadership.transferTarget === member) return undefined;
  if (leadership.transferTarget !== noMember) abortTransfer(core);
  if (member === core.memberId) return undefined;
  core.electionElapsedTicks = 0;
  leadership.transferTarget = member;
  emit(core, "transfer-started", { member });
  if (progress.match === core.log.lastLogIndex) sendTimeoutNow(core, member);
  else sendAppend(core, progress, "send");
  assert(leadership.transferTarget === member, "the transfer is under way");
  return undefined;
}

/** Takes proposals again, and does what had to wait for that. */
function abortTransfer(core: Core): void {
  const leadership = leadershipOf(core);
  assert(leadership.transferTarget !== noMember, "a transfer is under way");
  emit(core, "transfer-aborted", { member: leadership.transferTarget });
  leadership.transferTarget = noMember;
  maybeLeaveJoint(core);
}

/** Whether a leader that a change removed or demoted has to go. */
export function mustStepDown(core: Core): boolean {
  assert(core.role === "leader", "only a leader steps down");
  assert(core.log.applied <= core.log.commit, "only what is committed is applied");
  if (!core.config.stepDownOnRemoval) return false;
  const { learners } = core.membership;
  return !isMember(core.membership, core.memberId) || learners.includes(core.memberId);
}
