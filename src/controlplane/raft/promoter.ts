/**
 * When a learner becomes a voter by itself: once it has been reachable and close behind for a while
 * without interruption. Remembers only since when that holds, in the leader's memory; a new leader
 * starts over. Pure: the time is an argument, and what follows is done elsewhere.
 */
import type { MemberId } from "../../raft/types.js";
import type { MemberRecord } from "./directory.js";
import { promoteLagEntriesMax, promoteStableMs } from "./limits.js";
import type { LearnerProgress } from "./membership-rules.js";

/** A learner and how it fares. */
export interface Candidate extends LearnerProgress {
  readonly record: MemberRecord;
}

/** See the file comment. */
export class Promoter {
  /** Since when each learner has kept up. */
  readonly #keepsUpSinceMs = new Map<MemberId, number>();

  /** One look at all learners; returns those that are to be promoted now, the first one first. */
  look(candidates: readonly Candidate[], nowMs: number): MemberRecord[] {
    const ready: MemberRecord[] = [];
    const keepingUp = new Set<MemberId>();
    for (const { record, isReachable, lagEntriesCount } of candidates) {
      if (!isReachable || lagEntriesCount > promoteLagEntriesMax) continue;
      keepingUp.add(record.memberId);
      const sinceMs = this.#keepsUpSinceMs.get(record.memberId) ?? nowMs;
      this.#keepsUpSinceMs.set(record.memberId, sinceMs);
      if (record.promotes && nowMs - sinceMs >= promoteStableMs) ready.push(record);
    }
    for (const member of [...this.#keepsUpSinceMs.keys()]) {
      if (!keepingUp.has(member)) this.#keepsUpSinceMs.delete(member);
    }
    return ready;
  }

  /** This member does not lead: nothing of what it saw counts. */
  forget(): void {
    this.#keepsUpSinceMs.clear();
  }
}
