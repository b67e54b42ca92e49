/**
 * What must hold across the members of a cluster, checked after every step: at most one leader
 * in a term, matching logs, committed entries that never change, leaders that hold everything
 * committed, commits that a quorum has on disk, equal configurations at equal positions, and
 * reads that see everything committed before they were asked for.
 */
import { assert, assertDefined } from "../../../src/base/assert.js";
import { checkState, checkStep } from "../../../src/raft/invariants.js";
import { voteResult } from "../../../src/raft/quorum.js";
import type { Entry, MemberId, Membership, RaftView } from "../../../src/raft/types.js";
import type { MemberObserver, SimMember } from "./member.js";

interface Known {
  readonly data: string;
  readonly previousTerm: number | undefined;
}

/** See the file comment. One checker watches one cluster for its whole life. */
export class ClusterChecker implements MemberObserver {
  readonly #leaders = new Map<number, MemberId>();
  readonly #entries = new Map<string, Known>();
  readonly #committed = new Map<number, number>();
  readonly #memberships = new Map<number, string>();
  readonly #applied = new Map<number, string>();
  readonly #views = new Map<MemberId, RaftView>();
  readonly #diskOf: (member: MemberId) => SimMember | undefined;
  #commitMax = 0;

  constructor(memberOf: (member: MemberId) => SimMember | undefined) {
    this.#diskOf = memberOf;
  }

  /** Highest position that any member has known to be committed. */
  get commitMax(): number {
    return this.#commitMax;
  }

  /** Leaders seen so far, one a term. */
  get leaderCount(): number {
    return this.#leaders.size;
  }

  /** Looks at a member after a step of it. */
  observe(member: SimMember): void {
    const view = member.node.inspect();
    checkState(view);
    const before = this.#views.get(view.memberId);
    if (before !== undefined) checkStep(before, view);
    this.#views.set(view.memberId, view);
    if (view.role === "leader") this.#checkLeader(member, view, before);
    this.#checkCommit(member, view, before);
  }

  /** A restarted member is looked at afresh: what was not durable is rightly gone. */
  forget(member: MemberId): void {
    this.#views.delete(member);
  }

  /** An entry on its way to a disk: position and term determine its content and predecessor. */
  persisted(member: SimMember, entry: Entry): void {
    const key = `${String(entry.logIndex)}/${String(entry.term)}`;
    const previousTerm = member.node.termAt(entry.logIndex - 1);
    const data = new TextDecoder("latin1").decode(entry.data);
    const known = this.#entries.get(key);
    if (known === undefined) {
      this.#entries.set(key, { data, previousTerm });
      return;
    }
    assert(known.data === data, `logs match at ${key}`);
    if (known.previousTerm === undefined || previousTerm === undefined) return;
    assert(known.previousTerm === previousTerm, `logs match before ${key}`);
  }

  /** An entry that a member applies: all apply the same one at a position. */
  applied(entry: Entry): void {
    const text = `${String(entry.term)} ${entry.kind} ${entry.data.join()}`;
    const known = this.#applied.get(entry.logIndex);
    assert(known === undefined || known === text, `one entry at ${String(entry.logIndex)}`);
    this.#applied.set(entry.logIndex, text);
  }

  /** The configuration in force at a position: the same for everybody. */
  configured(logIndex: number, membership: Membership): void {
    const text = JSON.stringify(membership);
    const known = this.#memberships.get(logIndex);
    assert(known === undefined || known === text, `one membership at ${String(logIndex)}`);
    this.#memberships.set(logIndex, text);
  }

  /** Every position at which a configuration changed was reported, so the last one counts. */
  membershipAt(logIndex: number): Membership {
    let at = logIndex;
    while (at > 0 && !this.#memberships.has(at)) at -= 1;
    const text = this.#memberships.get(at);
    return JSON.parse(assertDefined(text, "the position was applied somewhere")) as Membership;
  }

  #checkLeader(member: SimMember, view: RaftView, before: RaftView | undefined): void {
    const known = this.#leaders.get(view.term);
    assert(known === undefined || known === view.memberId, `one leader in ${String(view.term)}`);
    this.#leaders.set(view.term, view.memberId);
    if (before?.role === "leader" && before.term === view.term) return;
    for (const [logIndex, term] of this.#committed) {
      const held = member.node.termAt(logIndex);
      const forgotten = logIndex < view.firstLogIndex;
      assert(forgotten || held === term, `the leader of ${String(view.term)} is complete`);
    }
  }

  #checkCommit(member: SimMember, view: RaftView, before: RaftView | undefined): void {
    const from = Math.max(before?.commit ?? 0, view.firstLogIndex - 1);
    for (let at = from + 1; at <= view.commit; at += 1) {
      const term = assertDefined(member.node.termAt(at), "what is committed is held");
      const known = this.#committed.get(at);
      assert(known === undefined || known === term, `one committed term at ${String(at)}`);
      this.#committed.set(at, term);
    }
    const advanced = before !== undefined && view.commit > before.commit;
    if (view.role === "leader" && before?.role === "leader" && advanced) {
      this.#checkDurable(view, view.commit);
    }
    this.#commitMax = Math.max(this.#commitMax, view.commit);
  }

  #checkDurable(view: RaftView, logIndex: number): void {
    const term = assertDefined(this.#committed.get(logIndex), "the commit was recorded");
    const { voters, votersOutgoing } = view.membership;
    const outcome = voteResult(
      voters,
      votersOutgoing,
      (id) => this.#diskOf(id)?.disk.holds(logIndex, term) ?? false,
    );
    assert(outcome === "won", `a quorum has ${String(logIndex)} on disk`);
  }
}
