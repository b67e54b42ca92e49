/**
 * The face of the consensus core: every call of its interface, each a line or two over the files
 * that hold the behaviour. It does no I/O, reads no clock and never calls back.
 */
import { assert } from "../base/assert.js";
import { startCampaign } from "./candidate.js";
import { createCore, emit, isPromotable, leadershipOf, send } from "./core.js";
import type { Core } from "./core.js";
import {
  addRead,
  onLeaderLocal,
  proposeChange,
  proposeNormal,
  startTransfer,
  tickLeader,
} from "./leader.js";
import { assertMembership, isMember } from "./membership.js";
import { encodeMembershipChange, isEncodable } from "./membership-codec.js";
import { hasReady, onPersisted, takeReady } from "./ready.js";
import { onApplied } from "./reconfigure.js";
import { onMessage } from "./step.js";
import { noMember } from "./types.js";
import type {
  Entry,
  LocalInput,
  MemberId,
  MembershipChange,
  Message,
  ProgressView,
  ProposeResult,
  RaftConfig,
  RaftNodeApi,
  RaftView,
  Ready,
  Refusal,
  RestoredState,
  SnapshotMeta,
} from "./types.js";

/** One member of a cluster; see {@link RaftNodeApi} for what each call promises. */
export class RaftNode implements RaftNodeApi {
  readonly #core: Core;

  constructor(config: RaftConfig, restored: RestoredState) {
    this.#core = createCore(config, restored);
    assert(this.#core.role === "follower", "a member starts as a follower");
    assert(this.#core.leader === noMember, "a member starts without a leader");
  }

  tick(): void {
    const core = this.#core;
    assert(core.electionElapsedTicks >= 0, "ticks count upward");
    if (core.role === "leader") {
      tickLeader(core);
      return;
    }
    core.electionElapsedTicks += 1;
    assert(core.electionTimeoutTicks > 0, "an election timeout is drawn");
    if (core.electionElapsedTicks < core.electionTimeoutTicks || !isPromotable(core)) return;
    core.electionElapsedTicks = 0;
    startCampaign(core, "timeout");
  }

  step(message: Message): void {
    const { term, log } = this.#core;
    const { commit } = log;
    onMessage(this.#core, message);
    assert(this.#core.term >= term, "a term never goes back");
    assert(log.commit >= commit, "the commit position never goes back");
  }

  stepLocal(input: LocalInput): void {
    const core = this.#core;
    const { term } = core;
    if (input.kind === "hup") startCampaign(core, "timeout");
    else if (core.role === "leader") onLeaderLocal(core, input);
    else if (input.kind === "forgetLeader" && core.role === "follower") this.#forgetLeader();
    assert(core.term >= term, "a term never goes back");
    assert(core.log.commit <= core.log.lastLogIndex, "only what is held is committed");
  }

  propose(payloads: readonly Uint8Array[]): ProposeResult {
    assert(payloads.length > 0, "a proposal has at least one payload");
    assert(
      payloads.every((data) => data instanceof Uint8Array),
      "a payload is bytes",
    );
    if (this.#core.role === "leader") return proposeNormal(this.#core, payloads);
    return this.#forward(payloads.map((data) => ({ kind: "normal", data })));
  }

  proposeMembership(change: MembershipChange): ProposeResult {
    assert(change.transition.length > 0, "a change names its transition");
    assert(change.context instanceof Uint8Array, "a change has a context, possibly empty");
    if (this.#core.role === "leader") return proposeChange(this.#core, change);
    if (!isEncodable(change)) return { ok: false, reason: "invalidChange" };
    return this.#forward([{ kind: "membership", data: encodeMembershipChange(change) }]);
  }

  readIndex(requestId: number): ProposeResult | { readonly ok: true } {
    const core = this.#core;
    assert(Number.isSafeInteger(requestId), "a request id is a safe integer");
    assert(core.memberId !== noMember, "a member has an identity");
    if (core.role === "leader") {
      if (leadershipOf(core).reads.full) return { ok: false, reason: "uncommittedFull" };
      addRead(core, { from: core.memberId, requestId });
      return { ok: true };
    }
    if (core.leader === noMember) return { ok: false, reason: "noLeader" };
    send(core, { kind: "readIndex", from: core.memberId, to: core.leader, term: 0, requestId });
    return { ok: true };
  }

  transferLeadership(to: MemberId): { readonly ok: boolean; readonly reason?: Refusal } {
    const core = this.#core;
    assert(Number.isSafeInteger(to), "a member id is a safe integer");
    assert(to >= noMember, "a member id is not negative");
    if (to === noMember) return { ok: false, reason: "unknownMember" };
    if (core.role === "leader") {
      const reason = startTransfer(core, to);
      return reason === undefined ? { ok: true } : { ok: false, reason };
    }
    if (core.leader === noMember) return { ok: false, reason: "noLeader" };
    if (!isMember(core.membership, to)) return { ok: false, reason: "unknownMember" };
    send(core, { kind: "transferLeader", from: to, to: core.leader, term: 0 });
    return { ok: true };
  }

  hasReady(): boolean {
    return hasReady(this.#core);
  }

  ready(): Ready {
    const before = this.#core.reported.mark;
    const ready = takeReady(this.#core);
    assert(ready.mark === before + 1, "marks increase by one");
    assert(!hasReady(this.#core) || ready.committed.length > 0, "a Ready takes everything");
    return ready;
  }

  persisted(mark: number): void {
    assert(Number.isSafeInteger(mark), "a mark is a whole number");
    assert(mark <= this.#core.reported.mark, "only what was handed out is durable");
    onPersisted(this.#core, mark);
  }

  applied(logIndex: number): void {
    assert(Number.isSafeInteger(logIndex), "a position is whole");
    assert(logIndex >= 0, "a position is not negative");
    onApplied(this.#core, logIndex);
  }

  compact(snapshot: SnapshotMeta, compactTo: number): void {
    assertMembership(snapshot.membership);
    assert(compactTo >= 0, "a position is not negative");
    this.#core.log.compact(snapshot, compactTo);
    assert(this.#core.log.firstLogIndex <= this.#core.log.applied + 1, "only applied is forgotten");
  }

  inspect(): RaftView {
    const core = this.#core;
    const { log, leadership } = core;
    assert((leadership !== undefined) === (core.role === "leader"), "leading has its state");
    assert(log.firstLogIndex <= log.lastLogIndex + 1, "a log may be empty, never negative");
    return {
      memberId: core.memberId,
      role: core.role,
      term: core.term,
      vote: core.vote,
      leader: core.leader,
      commit: log.commit,
      applied: log.applied,
      firstLogIndex: log.firstLogIndex,
      lastLogIndex: log.lastLogIndex,
      stableLogIndex: log.stable,
      snapshotLogIndex: log.snapshot.logIndex,
      membership: core.membership,
      transferTarget: leadership?.transferTarget ?? noMember,
      progress: this.#progressViews(),
      logBytes: log.bytes,
    };
  }

  termAt(logIndex: number): number | undefined {
    return this.#core.log.termAt(logIndex);
  }

  #progressViews(): readonly ProgressView[] {
    const { leadership } = this.#core;
    if (leadership === undefined) return [];
    const views = [...leadership.progress.values()].map((progress) => progress.view());
    assert(views.length === leadership.progress.size, "every member is shown");
    assert(views.length > 0, "a cluster has members");
    return views.sort((a, b) => a.member - b.member);
  }

  #forgetLeader(): void {
    const core = this.#core;
    assert(core.role === "follower", "only a follower has a leader to forget");
    if (core.leader === noMember) return;
    emit(core, "leader-forgotten", { leader: core.leader, term: core.term });
    core.leader = noMember;
    assert(core.leadership === undefined, "a follower has no leadership state");
  }

  /** A forwarded proposal has no position yet, so the result names position 0. */
  #forward(entries: readonly Pick<Entry, "kind" | "data">[]): ProposeResult {
    const core = this.#core;
    assert(core.role !== "leader", "a leader does not forward");
    assert(entries.length > 0, "there is something to forward");
    if (core.leader === noMember) return { ok: false, reason: "noLeader" };
    if (!core.config.proposalForwarding) return { ok: false, reason: "notLeader" };
    send(core, { kind: "propose", from: core.memberId, to: core.leader, term: 0, entries });
    return { ok: true, firstLogIndex: 0, term: 0 };
  }
}
