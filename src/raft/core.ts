/**
 * The state of one member of the consensus core and the few primitives over it: queueing
 * messages and events. The role files hold the behaviour; only they and this file change the
 * state. Leader-only state lives in one object that exists exactly while the member leads, so
 * that nothing of it can leak into another role or term.
 */
import { assert, assertDefined } from "../base/assert.js";
import { assertConfig, eventCountMax } from "./limits.js";
import { RaftLog } from "./log.js";
import { assertMembership, isVoter } from "./membership.js";
import type { Progress } from "./progress.js";
import type { AckedOf, VoteOf } from "./quorum.js";
import type { ReadQueue } from "./read-index.js";
import { noMember } from "./types.js";
import type {
  Entry,
  HardState,
  MemberId,
  Membership,
  Message,
  RaftConfig,
  RaftEvent,
  ReadState,
  RestoredState,
  Role,
  SoftState,
  VoteResponseMessage,
} from "./types.js";

/** What only a leader has. */
export interface Leadership {
  /** Every member, this one included, by id. */
  readonly progress: Map<MemberId, Progress>;
  /** Everybody but this member, ascending, so that broadcasts need no sorting. */
  peers: readonly Progress[];
  /** Position of the empty entry that began this leadership. */
  readonly firstLogIndex: number;
  readonly reads: ReadQueue;
  readonly matchOf: AckedOf;
  readonly activeOf: VoteOf;
  transferTarget: MemberId;
  /** No membership change is accepted before this position is applied. */
  pendingMembershipLogIndex: number;
  /** Payload bytes proposed in this leadership and not yet committed. */
  uncommittedBytes: number;
  /** Whether members may lack entries or the commit position; the next Ready sends them. */
  appendsWanted: boolean;
  /** Ticks since this leadership began. */
  ageTicks: number;
}

/** What has accumulated for the next Ready. */
export interface Outbox {
  sendNow: Message[];
  sendAfterPersist: Message[];
  /** This member's answers to its own campaign, counted once durable. */
  toSelf: VoteResponseMessage[];
  readStates: ReadState[];
  events: RaftEvent[];
}

/** What the last Ready told the shell, to tell only changes. */
export interface Reported {
  mark: number;
  hardState: HardState;
  softState: SoftState;
}

/** See the file comment. */
export interface Core {
  readonly config: RaftConfig;
  readonly memberId: MemberId;
  readonly log: RaftLog;
  readonly votes: Map<MemberId, boolean>;
  readonly voteOf: VoteOf;
  readonly outbox: Outbox;
  readonly reported: Reported;
  role: Role;
  term: number;
  vote: MemberId;
  leader: MemberId;
  /** The configuration at the applied position. */
  membership: Membership;
  /**
   * Membership entries that were handed out and are not applied yet. They are kept apart from the
   * log, because a snapshot may replace it while the shell still applies.
   */
  handedOutChanges: Entry[];
  electionElapsedTicks: number;
  heartbeatElapsedTicks: number;
  /** Drawn anew at every change of role, so that split votes do not repeat. */
  electionTimeoutTicks: number;
  leadership: Leadership | undefined;
}

/** A follower without a leader, as a member is after a start. */
export function createCore(config: RaftConfig, restored: RestoredState): Core {
  assertConfig(config);
  assertMembership(restored.membership);
  assertMembership(restored.snapshot.membership);
  const { term, vote } = restored.hardState;
  assert(Number.isSafeInteger(term) && term >= 0, "a term is a whole number");
  const votes = new Map<MemberId, boolean>();
  return {
    config,
    memberId: config.memberId,
    log: new RaftLog(restored),
    votes,
    voteOf: (member) => votes.get(member),
    outbox: { sendNow: [], sendAfterPersist: [], toSelf: [], readStates: [], events: [] },
    reported: {
      mark: 0,
      hardState: restored.hardState,
      softState: { role: "follower", leader: noMember, term },
    },
    role: "follower",
    term,
    vote,
    leader: noMember,
    membership: restored.membership,
    handedOutChanges: [],
    electionElapsedTicks: 0,
    heartbeatElapsedTicks: 0,
    electionTimeoutTicks: drawElectionTimeout(config),
    leadership: undefined,
  };
}

/** A random timeout in [1x, 2x) of the configured one, in ticks. */
export function drawElectionTimeout(config: RaftConfig): number {
  const { electionTimeoutTicks } = config;
  const drawn = electionTimeoutTicks + config.random.below(electionTimeoutTicks);
  assert(drawn >= electionTimeoutTicks, "nobody campaigns before the lease of a leader ends");
  assert(drawn < 2 * electionTimeoutTicks, "nobody waits longer than two timeouts");
  return drawn;
}

/** The leader-only state; calling this in another role is a bug. */
export function leadershipOf(core: Core): Leadership {
  assert(core.role === "leader", "only a leader has leadership state");
  return assertDefined(core.leadership, "a leader has leadership state");
}

/** Whether this member may campaign under its configuration. */
export function isPromotable(core: Core): boolean {
  assert(core.memberId !== noMember, "a member has an identity");
  assert(core.log.applied <= core.log.commit, "only what is committed is applied");
  return isVoter(core.membership, core.memberId) && !core.log.installing;
}

/** Whether an entry of the current term is committed: only then is `commit` known to be current. */
export function hasCommittedInTerm(core: Core): boolean {
  assert(core.role === "leader", "only a leader vouches for the commit position");
  assert(core.term > 0, "a leader has a term");
  return core.log.commit >= leadershipOf(core).firstLogIndex;
}

/** Queues a message that may leave before anything is durable. */
export function send(core: Core, message: Message): void {
  assert(message.to !== core.memberId, "a member does not send to itself");
  assert(message.to !== noMember, "a message has a receiver");
  core.outbox.sendNow.push(message);
}

/** Queues a message that promises something: it leaves once all state so far is durable. */
export function sendAfterPersist(core: Core, message: Message): void {
  assert(message.to !== core.memberId, "a member does not send to itself");
  assert(message.to !== noMember, "a message has a receiver");
  core.outbox.sendAfterPersist.push(message);
}

/** Queues something worth a log line; bounded, because events are not part of the protocol. */
export function emit(core: Core, event: string, fields: RaftEvent["fields"]): void {
  assert(event.length > 0, "an event has a name");
  assert(core.outbox.events.length <= eventCountMax, "events are bounded");
  if (core.outbox.events.length < eventCountMax) core.outbox.events.push({ event, fields });
}

/** Appends payloads in the current term and returns the first one's position. */
export function appendAsLeader(
  core: Core,
  payloads: readonly Pick<Entry, "kind" | "data">[],
): number {
  const leadership = leadershipOf(core);
  assert(payloads.length > 0, "there is something to append");
  const firstLogIndex = core.log.lastLogIndex + 1;
  core.log.append(
    payloads.map(({ kind, data }, at) => ({
      logIndex: firstLogIndex + at,
      term: core.term,
      kind,
      data,
    })),
  );
  leadership.appendsWanted = true;
  assert(core.log.lastLogIndex === firstLogIndex + payloads.length - 1, "all were appended");
  return firstLogIndex;
}
