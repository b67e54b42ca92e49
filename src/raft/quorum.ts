/**
 * Quorum arithmetic as pure functions: what a majority of each half of a (possibly joint)
 * configuration has acknowledged, and how a vote stands. It knows neither logs nor roles.
 */
import { assert, assertDefined } from "../base/assert.js";
import type { MemberId } from "./types.js";

/** What a member has acknowledged, or undefined when it has not reported; reads as 0. */
export type AckedOf = (member: MemberId) => number | undefined;

/** How a member voted, or undefined when it has not answered. */
export type VoteOf = (member: MemberId) => boolean | undefined;

/** How a vote stands. */
export type VoteOutcome = "won" | "lost" | "pending";

/** Members needed for a majority of `count`. */
export function majorityCount(count: number): number {
  assert(Number.isInteger(count), "a count is whole");
  assert(count > 0, "an empty set has no majority");
  return Math.floor(count / 2) + 1;
}

/**
 * The highest number that majorities of both halves have acknowledged. An empty half does not
 * constrain the other; with both empty the answer is Infinity.
 */
export function committedIndex(
  voters: readonly MemberId[],
  votersOutgoing: readonly MemberId[],
  ackedOf: AckedOf,
): number {
  const incoming = majorityAcked(voters, ackedOf);
  if (votersOutgoing.length === 0) return incoming;
  const result = Math.min(incoming, majorityAcked(votersOutgoing, ackedOf));
  assert(result >= 0, "acknowledgements are not negative");
  assert(result <= incoming, "a second half only constrains further");
  return result;
}

/** Combines the two halves' outcomes: both must be won, and one lost half loses. */
export function voteResult(
  voters: readonly MemberId[],
  votersOutgoing: readonly MemberId[],
  voteOf: VoteOf,
): VoteOutcome {
  const incoming = majorityVote(voters, voteOf);
  const outgoing = majorityVote(votersOutgoing, voteOf);
  if (incoming === outgoing) return incoming;
  if (incoming === "lost" || outgoing === "lost") return "lost";
  assert(incoming === "pending" || outgoing === "pending", "unequal and not lost is pending");
  assert(voters.length + votersOutgoing.length > 0, "two empty halves agree");
  return "pending";
}

/** One and three members, the usual sizes, are answered without allocating. */
function majorityAcked(voters: readonly MemberId[], ackedOf: AckedOf): number {
  const count = voters.length;
  if (count === 0) return Number.POSITIVE_INFINITY;
  if (count === 1) return ackedAt(voters, 0, ackedOf);
  if (count === 3) {
    const a = ackedAt(voters, 0, ackedOf);
    const b = ackedAt(voters, 1, ackedOf);
    const c = ackedAt(voters, 2, ackedOf);
    return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
  }
  const acked = new Array<number>(count).fill(0);
  for (let i = 0; i < count; i += 1) insertSorted(acked, i, ackedAt(voters, i, ackedOf));
  const result = acked[count - majorityCount(count)];
  assert(count > 1, "one member is answered above");
  return assertDefined(result, "the majority's position is inside the array");
}

function ackedAt(voters: readonly MemberId[], at: number, ackedOf: AckedOf): number {
  const member = assertDefined(voters[at], "the position is inside the voters");
  const acked = ackedOf(member) ?? 0;
  assert(acked >= 0, "an acknowledgement is not negative");
  return acked;
}

/** Inserts `value` into the ascending prefix `sorted[0, length)`. */
function insertSorted(sorted: number[], length: number, value: number): void {
  assert(length < sorted.length, "there is room for the value");
  let at = length;
  for (; at > 0; at -= 1) {
    const before = assertDefined(sorted[at - 1], "the prefix is filled");
    if (before <= value) break;
    sorted[at] = before;
  }
  sorted[at] = value;
}

function majorityVote(voters: readonly MemberId[], voteOf: VoteOf): VoteOutcome {
  const count = voters.length;
  if (count === 0) return "won";
  let granted = 0;
  let missing = 0;
  for (const member of voters) {
    const vote = voteOf(member);
    if (vote === undefined) missing += 1;
    else if (vote) granted += 1;
  }
  assert(granted + missing <= count, "each member is counted once");
  const needed = majorityCount(count);
  assert(needed <= count, "a majority fits into the set");
  if (granted >= needed) return "won";
  return granted + missing >= needed ? "pending" : "lost";
}
