/**
 * The vocabulary of the consensus core: what enters it (messages, proposals), what leaves it
 * (one {@link Ready} at a time), and what can be read of it. Data only, no behaviour. Kinds map
 * one to one to those of etcd/raft, so that public suites can drive the core.
 *
 * A log position is always called `logIndex`; it is 1-based, 0 means "before the first entry".
 */
import type { Random } from "../base/random.js";

/** Identity of a member: a positive safe integer, drawn at random when its disk is formatted. */
export type MemberId = number;

/** No member; also "no vote" and "no leader". */
export const noMember: MemberId = 0;

/** What an entry's payload is: opaque to the core, or a membership change that it decodes. */
export type EntryKind = "normal" | "membership";

/** One position of the replicated log. */
export interface Entry {
  readonly logIndex: number;
  readonly term: number;
  readonly kind: EntryKind;
  readonly data: Uint8Array;
}

/** What must survive a crash before messages that depend on it are sent. */
export interface HardState {
  readonly term: number;
  /** Who got this member's vote in `term`, or {@link noMember}. */
  readonly vote: MemberId;
  /** Highest committed log position known; may lag after a crash. */
  readonly commit: number;
}

/** A membership configuration; all lists are sorted ascending (etcd's ConfState). */
export interface Membership {
  readonly voters: readonly MemberId[];
  /** The outgoing half while in a joint configuration, else empty. */
  readonly votersOutgoing: readonly MemberId[];
  readonly learners: readonly MemberId[];
  /** Voters that become learners when the joint configuration is left. */
  readonly learnersNext: readonly MemberId[];
  /** Whether the leader leaves the joint configuration by itself. */
  readonly autoLeave: boolean;
}

/** One step of a membership change. */
export interface MembershipStep {
  readonly kind: "addVoter" | "addLearner" | "remove" | "update";
  readonly member: MemberId;
}

/** A proposed change of membership; no steps and `transition` auto means "leave joint". */
export interface MembershipChange {
  /** auto = simple when possible, else joint with automatic leave. */
  readonly transition: "auto" | "jointImplicit" | "jointExplicit";
  readonly steps: readonly MembershipStep[];
  /** Carried for the shell (addresses of new members); the core does not read it. */
  readonly context: Uint8Array;
}

/** What a snapshot stands for. Its data never passes through the core. */
export interface SnapshotMeta {
  readonly logIndex: number;
  readonly term: number;
  readonly membership: Membership;
}

interface MessageBase {
  readonly from: MemberId;
  readonly to: MemberId;
  /** The sender's term; 0 for local kinds and for forwarded requests. */
  readonly term: number;
}

/** MsgApp. */
export interface AppendMessage extends MessageBase {
  readonly kind: "append";
  readonly prevLogIndex: number;
  readonly prevLogTerm: number;
  readonly entries: readonly Entry[];
  readonly commit: number;
}
/** MsgAppResp. */
export interface AppendResponseMessage extends MessageBase {
  readonly kind: "appendResponse";
  /** Accepted: last position known to match. Rejected: the refused `prevLogIndex`. */
  readonly logIndex: number;
  readonly reject: boolean;
  /** Rejected: the position from which the leader should probe, and the term there. */
  readonly hintLogIndex: number;
  readonly hintTerm: number;
}
/** MsgVote and MsgPreVote. */
export interface VoteMessage extends MessageBase {
  readonly kind: "vote" | "preVote";
  readonly lastLogIndex: number;
  readonly lastLogTerm: number;
  /** Set for a campaign ordered by the leader, which voters with a live leader do not refuse. */
  readonly transfer: boolean;
}
/** MsgVoteResp and MsgPreVoteResp. */
export interface VoteResponseMessage extends MessageBase {
  readonly kind: "voteResponse" | "preVoteResponse";
  readonly reject: boolean;
  /**
   * Rejected: the sender's commit position and the term there. A candidate may hold the entry
   * that changes the configuration without knowing that it is committed; if those who know can
   * no longer campaign, this is how it learns. Absent or 0 tells nothing.
   */
  readonly commit?: number;
  readonly commitTerm?: number;
}
/** MsgHeartbeat and MsgHeartbeatResp; `readRound` is the batched ReadIndex context, 0 = none. */
export interface HeartbeatMessage extends MessageBase {
  readonly kind: "heartbeat";
  readonly commit: number;
  readonly readRound: number;
}
export interface HeartbeatResponseMessage extends MessageBase {
  readonly kind: "heartbeatResponse";
  readonly readRound: number;
}
/** MsgSnap: the receiver's shell pulls and verifies the data before stepping this in. */
export interface SnapshotMessage extends MessageBase {
  readonly kind: "snapshot";
  readonly snapshot: SnapshotMeta;
}
/** MsgReadIndex (follower to leader) and its answer. */
export interface ReadIndexMessage extends MessageBase {
  readonly kind: "readIndex";
  readonly requestId: number;
}
export interface ReadIndexResponseMessage extends MessageBase {
  readonly kind: "readIndexResponse";
  readonly requestId: number;
  readonly logIndex: number;
}
/** MsgTimeoutNow: campaign at once, by the leader's order. */
export interface TimeoutNowMessage extends MessageBase {
  readonly kind: "timeoutNow";
}
/** MsgTransferLeader: `from` asks to become (or be made) leader; followers forward it. */
export interface TransferLeaderMessage extends MessageBase {
  readonly kind: "transferLeader";
}
/** MsgProp: proposals forwarded to the leader, where the option allows it. */
export interface ProposeMessage extends MessageBase {
  readonly kind: "propose";
  readonly entries: readonly { readonly kind: EntryKind; readonly data: Uint8Array }[];
}

/** A message between members. */
export type Message =
  | AppendMessage
  | AppendResponseMessage
  | VoteMessage
  | VoteResponseMessage
  | HeartbeatMessage
  | HeartbeatResponseMessage
  | SnapshotMessage
  | ReadIndexMessage
  | ReadIndexResponseMessage
  | TimeoutNowMessage
  | TransferLeaderMessage
  | ProposeMessage;

/** Facts the shell reports to its own core. */
export type LocalInput =
  /** Start a campaign now (MsgHup). */
  | { readonly kind: "hup" }
  /** The last message to `member` could not be delivered (MsgUnreachable). */
  | { readonly kind: "unreachable"; readonly member: MemberId }
  /** How `member` fared with the snapshot it was offered (MsgSnapStatus). */
  | { readonly kind: "snapshotStatus"; readonly member: MemberId; readonly failed: boolean }
  /** The leader's connection is lost: stop counting it as alive (MsgForgetLeader). */
  | { readonly kind: "forgetLeader" };

/**
 * The answer to {@link RaftNodeApi.readIndex}: apply up to `logIndex`, then read. A message that
 * the network repeats may bring the same answer again.
 */
export interface ReadState {
  readonly requestId: number;
  readonly logIndex: number;
}

/** Roles of a member; a learner is a follower that is not in `voters`. */
export type Role = "follower" | "preCandidate" | "candidate" | "leader";

/** What observers care about; present in a Ready only when it changed. */
export interface SoftState {
  readonly role: Role;
  readonly leader: MemberId;
  readonly term: number;
}

/** Something worth a log line or a counter. The core never logs. */
export interface RaftEvent {
  /** A stable kebab-case name, such as `became-leader` or `append-rejected`. */
  readonly event: string;
  readonly fields: Readonly<Record<string, number | string | boolean>>;
}

/**
 * One batch of effects. The shell: sends `sendNow`; hands `hardState`, `entries` and `snapshot`
 * to the log as one atomic batch without waiting; sends `sendAfterPersist` when that batch is
 * durable, in order, and calls `persisted(mark)`; applies `committed`, then calls `applied`.
 */
export interface Ready {
  /** Identifies this batch; increases by one each time. */
  readonly mark: number;
  readonly hardState: HardState | undefined;
  /** To append; the first one's position truncates what the log holds from there on. */
  readonly entries: readonly Entry[];
  /**
   * To install before `entries`: it replaces the whole log, entries behind its position included,
   * because they belong to another history. Once this batch is reported durable, its position
   * counts as applied and its membership is in force.
   */
  readonly snapshot: SnapshotMeta | undefined;
  /** False when losing the batch in a crash would be harmless (only `commit` moved). */
  readonly mustSync: boolean;
  readonly sendNow: readonly Message[];
  readonly sendAfterPersist: readonly Message[];
  /** Next entries to apply: committed and locally durable, in order, each handed out once. */
  readonly committed: readonly Entry[];
  readonly readStates: readonly ReadState[];
  readonly softState: SoftState | undefined;
  readonly events: readonly RaftEvent[];
}

/** What a member starts from. `entries` follow `snapshot.logIndex` without a gap. */
export interface RestoredState {
  readonly hardState: HardState;
  /** The newest snapshot, or position 0 with the founding membership. */
  readonly snapshot: SnapshotMeta;
  readonly entries: readonly Entry[];
  /** Position up to which the shell's state is applied; at least `snapshot.logIndex`. */
  readonly applied: number;
  /** The membership in force at `applied`. */
  readonly membership: Membership;
}

/** Options of the core; see limits.ts for the bounds and the relations between them. */
export interface RaftConfig {
  readonly memberId: MemberId;
  /** A follower campaigns after a random [1x, 2x) of this many ticks of silence. */
  readonly electionTimeoutTicks: number;
  readonly heartbeatTicks: number;
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
  /** Whether a leader that a change removed steps down when the change is applied. */
  readonly stepDownOnRemoval: boolean;
  /** Whether a follower forwards `propose` to the leader as a message. */
  readonly proposalForwarding: boolean;
  readonly appendEntriesCountMax: number;
  readonly appendBytesMax: number;
  readonly inflightCountMax: number;
  readonly inflightBytesMax: number;
  /** Proposals are refused while more than this waits for commit. 0 = no limit. */
  readonly uncommittedBytesMax: number;
  /** Most bytes handed out in one `Ready.committed`. */
  readonly committedBytesMax: number;
  readonly random: Random;
}

/** Why a call was refused. */
export type Refusal =
  | "notLeader"
  | "transferring"
  | "uncommittedFull"
  | "changePending"
  | "unapplied"
  | "removed"
  | "invalidChange"
  | "noLeader"
  | "unknownMember";

/** The outcome of a proposal: the positions it was given, or why it was refused. */
export type ProposeResult =
  | { readonly ok: true; readonly firstLogIndex: number; readonly term: number }
  | { readonly ok: false; readonly reason: Refusal };

/** How the leader sees one member. */
export interface ProgressView {
  readonly member: MemberId;
  readonly match: number;
  readonly next: number;
  readonly state: "probe" | "replicate" | "snapshot";
  /** Whether nothing is sent until the member gives a sign of life. */
  readonly paused: boolean;
  /** Position of the snapshot that the member was offered and has not acknowledged, or 0. */
  readonly pendingSnapshotLogIndex: number;
  readonly recentActive: boolean;
  readonly inflightCount: number;
  readonly inflightBytes: number;
  readonly isLearner: boolean;
}

/** A read-only picture of the core, for the shell, tests and checkers. */
export interface RaftView {
  readonly memberId: MemberId;
  readonly role: Role;
  readonly term: number;
  readonly vote: MemberId;
  readonly leader: MemberId;
  readonly commit: number;
  readonly applied: number;
  readonly firstLogIndex: number;
  readonly lastLogIndex: number;
  /** Highest position reported durable on this member. */
  readonly stableLogIndex: number;
  readonly snapshotLogIndex: number;
  readonly membership: Membership;
  readonly transferTarget: MemberId;
  /** Empty unless leader; sorted by member. */
  readonly progress: readonly ProgressView[];
  /** Sum of payload bytes held in memory. */
  readonly logBytes: number;
}

/** The interface of the core; the class `RaftNode` implements it. All calls are synchronous. */
export interface RaftNodeApi {
  /** One unit of time has passed. */
  tick(): void;
  /** A message arrived from a member. Stale, unknown or impossible ones are ignored. */
  step(message: Message): void;
  /** The shell reports a fact. */
  stepLocal(input: LocalInput): void;
  /** Appends payloads to the log, all or none. */
  propose(payloads: readonly Uint8Array[]): ProposeResult;
  proposeMembership(change: MembershipChange): ProposeResult;
  /**
   * Asks for a position at which a read is linearizable; answered in `Ready.readStates`, or never
   * (leader lost): the caller repeats with a new id after its own timeout.
   */
  readIndex(requestId: number): ProposeResult | { readonly ok: true };
  /** Hands leadership over; 0 for `to` is invalid. Completion shows in `softState`. */
  transferLeadership(to: MemberId): { readonly ok: boolean; readonly reason?: Refusal };
  hasReady(): boolean;
  ready(): Ready;
  /** The batch `mark`, and all before it, are durable. */
  persisted(mark: number): void;
  /** The shell has applied everything up to `logIndex`; membership changes take effect here. */
  applied(logIndex: number): void;
  /**
   * The shell holds a durable snapshot; entries up to `compactTo` (at most its position) may be
   * forgotten.
   */
  compact(snapshot: SnapshotMeta, compactTo: number): void;
  inspect(): RaftView;
  /** Term of the entry at `logIndex`, or undefined when it is not in memory. */
  termAt(logIndex: number): number | undefined;
}
