/**
 * Linearizable reads without the log. A leader notes its commit position, confirms with one round
 * of heartbeats that it still leads, and answers every read that was waiting before that round.
 * Rounds are numbered upward within a leadership and a member's answer to round n confirms all
 * rounds up to n, so a delayed or repeated answer can never confirm a read that came after it.
 */
import { assert, assertDefined } from "../base/assert.js";
import { committedIndex } from "./quorum.js";
import type { AckedOf } from "./quorum.js";
import { readWaitingCountMax } from "./limits.js";
import { noMember } from "./types.js";
import type { MemberId, Membership } from "./types.js";

/** A read waiting at a leader, and who asked for it. */
export interface ReadRequest {
  readonly from: MemberId;
  readonly requestId: number;
}

/** A read whose position is known: whoever asked may read once that much is applied. */
export interface ReadAnswer extends ReadRequest {
  readonly logIndex: number;
}

interface WaitingRead extends ReadAnswer {
  /** The first round that was begun after the read arrived. */
  readonly round: number;
}

/** The reads of one leadership; a new leadership starts with a new queue. */
export class ReadQueue {
  readonly #self: MemberId;
  readonly #acknowledged = new Map<MemberId, number>();
  readonly #ackedOf: AckedOf = (member) => this.#acknowledged.get(member);
  #held: ReadRequest[] = [];
  #waiting: WaitingRead[] = [];
  #round = 0;

  constructor(self: MemberId) {
    assert(self !== noMember, "reads wait at a member");
    assert(Number.isSafeInteger(self), "a member id is a safe integer");
    this.#self = self;
  }

  get full(): boolean {
    return this.#held.length + this.#waiting.length >= readWaitingCountMax;
  }

  /** Whether a read waits for a round that has not begun. */
  get roundWanted(): boolean {
    const last = this.#waiting.at(-1);
    assert(last === undefined || last.round <= this.#round + 1, "reads wait for the next round");
    assert(this.#round >= 0, "rounds count upward");
    return last !== undefined && last.round > this.#round;
  }

  /** Keeps a read until the leader has committed an entry of its own term (section 6.4). */
  hold(request: ReadRequest): void {
    assert(!this.full, "a full queue refuses before");
    assert(this.#waiting.length === 0, "reads are held only before the first one is served");
    this.#held.push(request);
  }

  /** Adds a read at the commit position of its arrival. */
  add(request: ReadRequest, logIndex: number): void {
    assert(this.#waiting.length < readWaitingCountMax, "a full queue refuses before");
    assert(logIndex > 0, "a leader that serves reads has committed an entry");
    this.#waiting.push({ ...request, logIndex, round: this.#round + 1 });
  }

  /** The held reads may now be served from `logIndex`. */
  releaseHeld(logIndex: number): void {
    const held = this.#held;
    this.#held = [];
    for (const request of held) this.add(request, logIndex);
    assert(this.#held.length === 0, "nothing is held any more");
    assert(this.#waiting.length >= held.length, "what was held now waits");
  }

  /** The round to put into a broadcast of heartbeats; 0 when no read waits. */
  beginRound(): number {
    if (this.#waiting.length === 0) return 0;
    if (this.roundWanted) this.#round += 1;
    this.#acknowledged.set(this.#self, this.#round);
    assert(!this.roundWanted, "every waiting read is covered by the round");
    assert(this.#round > 0, "rounds count from one");
    return this.#round;
  }

  /** `member` answered a heartbeat of `round`. False when it confirms nothing new. */
  acknowledge(member: MemberId, round: number): boolean {
    assert(member !== this.#self, "the leader's own confirmation is part of the round");
    assert(round > 0, "round 0 confirms nothing");
    if (round > this.#round) return false;
    if (round <= (this.#acknowledged.get(member) ?? 0)) return false;
    this.#acknowledged.set(member, round);
    return this.#waiting.length > 0;
  }

  /** Removes and returns the reads that a quorum has confirmed, oldest first. */
  takeConfirmed(membership: Membership): readonly ReadAnswer[] {
    if (this.#waiting.length === 0) return this.#waiting;
    const { voters, votersOutgoing } = membership;
    const confirmed = committedIndex(voters, votersOutgoing, this.#ackedOf);
    let count = 0;
    while (count < this.#waiting.length) {
      const read = assertDefined(this.#waiting[count], "the queue has no gaps");
      if (read.round > confirmed || read.round > this.#round) break;
      count += 1;
    }
    assert(count <= this.#waiting.length, "only waiting reads are confirmed");
    return this.#waiting.splice(0, count);
  }
}
