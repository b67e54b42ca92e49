/** Quorum arithmetic against tables and against a naive counting of the same question. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { committedIndex, majorityCount, voteResult } from "../../../src/raft/quorum.js";
import type { VoteOutcome } from "../../../src/raft/quorum.js";

const infinite = Number.POSITIVE_INFINITY;

function ackedOf(acked: Readonly<Record<number, number>>): (member: number) => number | undefined {
  return (member) => acked[member];
}

describe("committedIndex", () => {
  const rows = [
    { voters: [], outgoing: [], acked: {}, expected: infinite },
    { voters: [1], outgoing: [], acked: {}, expected: 0 },
    { voters: [1], outgoing: [], acked: { 1: 12 }, expected: 12 },
    { voters: [1, 2], outgoing: [], acked: { 1: 12, 2: 5 }, expected: 5 },
    { voters: [1, 2, 3], outgoing: [], acked: { 1: 5, 3: 12 }, expected: 5 },
    { voters: [1, 2, 3], outgoing: [], acked: { 1: 100, 2: 101, 3: 102 }, expected: 101 },
    { voters: [1, 2, 3, 4], outgoing: [], acked: { 1: 9, 2: 8, 3: 7, 4: 6 }, expected: 7 },
    { voters: [1, 2, 3, 4, 5], outgoing: [], acked: { 1: 1, 2: 2, 3: 3 }, expected: 1 },
    { voters: [1, 2, 3], outgoing: [3, 4, 5], acked: { 1: 9, 2: 9, 3: 1, 4: 5 }, expected: 1 },
    { voters: [], outgoing: [1], acked: { 1: 4 }, expected: 4 },
  ];
  it.each(rows)("$voters && $outgoing with $acked is $expected", (row) => {
    expect(committedIndex(row.voters, row.outgoing, ackedOf(row.acked))).toBe(row.expected);
  });

  it("equals a naive count", () => {
    const members = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 9 });
    const acks = fc.dictionary(fc.integer({ min: 1, max: 12 }).map(String), fc.nat(6));
    fc.assert(
      fc.property(members, members, acks, (voters, outgoing, acked) => {
        const of = (member: number): number | undefined => acked[String(member)];
        const naive = Math.min(naiveCommitted(voters, of), naiveCommitted(outgoing, of));
        expect(committedIndex(voters, outgoing, of)).toBe(naive);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("voteResult", () => {
  const rows: readonly {
    voters: number[];
    outgoing: number[];
    votes: Readonly<Record<number, boolean>>;
    expected: VoteOutcome;
  }[] = [
    { voters: [], outgoing: [], votes: {}, expected: "won" },
    { voters: [1], outgoing: [], votes: {}, expected: "pending" },
    { voters: [1], outgoing: [], votes: { 1: false }, expected: "lost" },
    { voters: [1, 2], outgoing: [], votes: { 1: true }, expected: "pending" },
    { voters: [1, 2], outgoing: [], votes: { 1: true, 2: false }, expected: "lost" },
    { voters: [1, 2, 3], outgoing: [], votes: { 1: true, 2: true }, expected: "won" },
    {
      voters: [1, 2, 3, 4],
      outgoing: [],
      votes: { 1: true, 2: true, 3: false },
      expected: "pending",
    },
    {
      voters: [1, 2, 3, 4],
      outgoing: [],
      votes: { 1: true, 2: false, 3: false },
      expected: "lost",
    },
    { voters: [1, 2, 3], outgoing: [4], votes: { 1: true, 2: true }, expected: "pending" },
    { voters: [1, 2, 3], outgoing: [4], votes: { 1: true, 2: true, 4: false }, expected: "lost" },
    { voters: [1, 2, 3], outgoing: [4], votes: { 1: true, 2: true, 4: true }, expected: "won" },
  ];
  it.each(rows)("$voters && $outgoing with $votes is $expected", (row) => {
    const voteOf = (member: number): boolean | undefined => row.votes[member];
    expect(voteResult(row.voters, row.outgoing, voteOf)).toBe(row.expected);
  });

  it("is won only when a grant can be committed, and never both won and lost", () => {
    const members = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 7 });
    const cast = fc.dictionary(fc.integer({ min: 1, max: 9 }).map(String), fc.boolean());
    fc.assert(
      fc.property(members, members, cast, (voters, outgoing, votes) => {
        const of = (member: number): boolean | undefined => votes[String(member)];
        const granted = (member: number): number => (of(member) === true ? 1 : 0);
        const possible = (member: number): number => (of(member) === false ? 0 : 1);
        const won = committedIndex(voters, outgoing, granted) === 1;
        const open = committedIndex(voters, outgoing, possible) === 1;
        const expected = won ? "won" : open ? "pending" : "lost";
        expect(voteResult(voters, outgoing, of)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("majorityCount", () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
  ])("of %i is %i", (count, expected) => {
    expect(majorityCount(count)).toBe(expected);
  });

  it("refuses an empty set", () => {
    expect(() => majorityCount(0)).toThrow("an empty set has no majority");
  });
});

/** The largest value that more than half of the members reach. */
function naiveCommitted(
  voters: readonly number[],
  of: (member: number) => number | undefined,
): number {
  if (voters.length === 0) return infinite;
  let best = 0;
  for (const candidate of voters.map((member) => of(member) ?? 0)) {
    const reached = voters.filter((member) => (of(member) ?? 0) >= candidate).length;
    if (reached * 2 > voters.length) best = Math.max(best, candidate);
  }
  return best;
}
