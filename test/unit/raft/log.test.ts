/** The log of one member: appends, conflicts, limits, compaction, snapshots and durability. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RaftLog } from "../../../src/raft/log.js";
import { emptyMembership } from "../../../src/raft/membership.js";
import type { Entry, SnapshotMeta } from "../../../src/raft/types.js";

function entry(logIndex: number, term: number, size = 1): Entry {
  return { logIndex, term, kind: "normal", data: new Uint8Array(size) };
}

function entriesOf(firstLogIndex: number, terms: readonly number[], size = 1): Entry[] {
  return terms.map((term, at) => entry(firstLogIndex + at, term, size));
}

function snapshotAt(logIndex: number, term: number): SnapshotMeta {
  return { logIndex, term, membership: emptyMembership };
}

/** A log behind position 0 with the given terms, all of it durable. */
function logOf(
  terms: readonly number[],
  options: { commit?: number; applied?: number } = {},
): RaftLog {
  const { commit = 0, applied = 0 } = options;
  return new RaftLog({
    hardState: { term: terms.at(-1) ?? 0, vote: 0, commit },
    snapshot: snapshotAt(0, 0),
    entries: entriesOf(1, terms),
    applied,
    membership: emptyMembership,
  });
}

function termsOf(log: RaftLog): (number | undefined)[] {
  const terms: (number | undefined)[] = [];
  for (let at = log.firstLogIndex; at <= log.lastLogIndex; at += 1) terms.push(log.termAt(at));
  return terms;
}

describe("a follower's append", () => {
  it.each([
    { name: "behind the end", prev: 3, prevTerm: 2, terms: [3], last: 4, after: [1, 2, 2, 3] },
    { name: "with a gap", prev: 5, prevTerm: 2, terms: [3], last: undefined, after: [1, 2, 2] },
    {
      name: "of another term",
      prev: 3,
      prevTerm: 3,
      terms: [3],
      last: undefined,
      after: [1, 2, 2],
    },
    { name: "that is there", prev: 1, prevTerm: 1, terms: [2], last: 2, after: [1, 2, 2] },
    { name: "that differs", prev: 1, prevTerm: 1, terms: [2, 3, 3], last: 4, after: [1, 2, 3, 3] },
    { name: "without entries", prev: 2, prevTerm: 2, terms: [], last: 2, after: [1, 2, 2] },
    { name: "before the log", prev: 0, prevTerm: 0, terms: [1], last: 1, after: [1, 2, 2] },
  ])("$name", ({ prev, prevTerm, terms, last, after }) => {
    const log = logOf([1, 2, 2]);
    expect(log.maybeAppend(prev, prevTerm, entriesOf(prev + 1, terms))).toBe(last);
    expect(termsOf(log)).toEqual(after);
    expect(log.bytes).toBe(after.length);
  });

  it("never replaces a committed entry", () => {
    const log = logOf([1, 2, 2], { commit: 2 });
    expect(() => log.maybeAppend(1, 1, [entry(2, 3)])).toThrow("committed entry");
    expect(termsOf(log)).toEqual([1, 2, 2]);
  });
});

describe("the position where two logs may agree", () => {
  it.each([
    { terms: [1, 3, 3, 3, 5, 5], from: 6, term: 2, expected: 1 },
    { terms: [1, 3, 3, 4, 4, 5, 5, 5, 6], from: 8, term: 3, expected: 3 },
    { terms: [2, 2, 5], from: 3, term: 4, expected: 2 },
    { terms: [2, 2, 5], from: 3, term: 5, expected: 3 },
    { terms: [2, 2, 5], from: 3, term: 1, expected: 0 },
    { terms: [2, 2, 5], from: 9, term: 1, expected: 9 },
  ])("of $terms from $from with term $term is $expected", ({ terms, from, term, expected }) => {
    expect(logOf(terms).findConflictByTerm(from, term).logIndex).toBe(expected);
  });

  it("equals a linear search", () => {
    const terms = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 12 });
    fc.assert(
      fc.property(terms, fc.nat(12), fc.nat(7), (unsorted, from, term) => {
        const log = logOf([...unsorted].sort((a, b) => a - b));
        let expected = Math.min(from, log.lastLogIndex);
        while ((log.termAt(expected) ?? 0) > term) expected -= 1;
        const start = Math.min(from, log.lastLogIndex);
        expect(log.findConflictByTerm(start, term).logIndex).toBe(expected);
      }),
    );
  });
});

describe("a slice", () => {
  it.each([
    { from: 1, count: 2, bytes: 100, expected: [1, 2] },
    { from: 2, count: 9, bytes: 100, expected: [2, 3, 4] },
    { from: 1, count: 9, bytes: 25, expected: [1, 2] },
    { from: 1, count: 9, bytes: 3, expected: [1] },
    { from: 5, count: 9, bytes: 3, expected: [] },
  ])("from $from, $count entries or $bytes bytes", ({ from, count, bytes, expected }) => {
    const log = logOf([]);
    log.append(entriesOf(1, [1, 1, 1, 1], 10));
    const slice = log.slice(from, count, bytes);
    expect(slice.map(({ logIndex }) => logIndex)).toEqual(expected);
  });
});

describe("compaction", () => {
  it("keeps the term at the new base and nothing before it", () => {
    const log = logOf([1, 1, 2, 2], { commit: 4, applied: 3 });
    log.compact(snapshotAt(3, 2), 2);
    expect([log.firstLogIndex, log.lastLogIndex, log.bytes]).toEqual([3, 4, 2]);
    expect([log.termAt(1), log.termAt(2), log.termAt(3)]).toEqual([undefined, 1, 2]);
    expect(log.snapshot.logIndex).toBe(3);
    log.compact(snapshotAt(2, 1), 1);
    expect([log.firstLogIndex, log.snapshot.logIndex]).toEqual([3, 3]);
  });

  it.each([
    { name: "beyond what is applied", snapshot: snapshotAt(4, 2), to: 1, message: "is applied" },
    { name: "beyond its snapshot", snapshot: snapshotAt(2, 1), to: 3, message: "in the snapshot" },
    { name: "of another history", snapshot: snapshotAt(2, 2), to: 2, message: "this history" },
  ])("$name is refused", ({ snapshot, to, message }) => {
    const log = logOf([1, 1, 2, 2], { commit: 4, applied: 3 });
    expect(() => {
      log.compact(snapshot, to);
    }).toThrow(message);
  });

  it("leaves a leader without the term it would need for a follower far behind", () => {
    const log = logOf([1, 1, 2], { commit: 3, applied: 3 });
    log.compact(snapshotAt(3, 2), 3);
    expect(log.maybeAppend(0, 0, [entry(1, 1)])).toBeUndefined();
    expect(log.findConflictByTerm(3, 1)).toEqual({ logIndex: 2, term: 0 });
  });
});

describe("what is handed out to be applied", () => {
  it("is committed and durable, in order, each once", () => {
    const log = logOf([1]);
    log.append(entriesOf(2, [1, 1]));
    log.commitTo(3);
    expect(log.takeCommitted(1).map(({ logIndex }) => logIndex)).toEqual([1]);
    expect(log.hasCommitted()).toBe(false);
    log.takeToPersist(1, []);
    log.completeBatch(1);
    expect(log.takeCommitted(1).map(({ logIndex }) => logIndex)).toEqual([2]);
    expect(log.takeCommitted(9).map(({ logIndex }) => logIndex)).toEqual([3]);
    expect(log.takeCommitted(9)).toEqual([]);
    expect(() => {
      log.appliedTo(4);
    }).toThrow("handed out");
  });
});

describe("durability", () => {
  it("does not come from a batch whose entries were rewritten, even to the old term", () => {
    const log = logOf([1]);
    log.append([entry(2, 1), entry(3, 1)]);
    log.takeToPersist(1, []);
    log.append([entry(3, 2)]);
    log.takeToPersist(2, []);
    log.append([entry(2, 1), entry(3, 3)]);
    log.takeToPersist(3, []);
    log.completeBatch(1);
    expect(log.stable).toBe(1);
    log.completeBatch(2);
    expect(log.stable).toBe(1);
    log.completeBatch(3);
    expect(log.stable).toBe(3);
  });

  it("hands out a rewritten suffix again, from the first changed position", () => {
    const log = logOf([1]);
    log.append([entry(2, 1), entry(3, 1)]);
    expect(log.takeToPersist(1, []).entries.map(({ logIndex }) => logIndex)).toEqual([2, 3]);
    log.append([entry(3, 2)]);
    expect(log.takeToPersist(2, []).entries.map(({ logIndex }) => logIndex)).toEqual([3]);
    expect(log.hasToPersist()).toBe(false);
  });

  it("completes several batches by the mark of the last", () => {
    const log = logOf([]);
    log.append([entry(1, 1)]);
    log.takeToPersist(1, []);
    log.append([entry(2, 1)]);
    log.takeToPersist(2, []);
    expect(log.completeBatch(2)?.mark).toBe(1);
    expect(log.completeBatch(2)?.mark).toBe(2);
    expect(log.completeBatch(2)).toBeUndefined();
    expect(log.stable).toBe(2);
    expect(() => log.completeBatch(3)).toThrow("handed out");
  });
});

describe("a snapshot", () => {
  it("replaces the log, holds entries back until it is durable, and then counts as applied", () => {
    const log = logOf([1, 1, 1], { commit: 1 });
    log.install(snapshotAt(10, 4));
    expect([log.firstLogIndex, log.lastLogIndex, log.lastTerm, log.commit]).toEqual([
      11, 10, 4, 10,
    ]);
    expect([log.bytes, log.installing, log.applied]).toEqual([0, true, 0]);
    log.append([entry(11, 4)]);
    log.commitTo(11);
    const batch = log.takeToPersist(1, []);
    expect([batch.snapshot?.logIndex, batch.entries.length]).toEqual([10, 1]);
    expect(log.hasCommitted()).toBe(false);
    log.completeBatch(1);
    expect([log.applied, log.stable, log.installing]).toEqual([10, 11, false]);
    expect(log.takeCommitted(9).map(({ logIndex }) => logIndex)).toEqual([11]);
  });

  it("may be followed by another before it is durable", () => {
    const log = logOf([1]);
    log.install(snapshotAt(5, 2));
    log.takeToPersist(1, []);
    log.install(snapshotAt(9, 3));
    expect(log.takeToPersist(2, []).snapshot?.logIndex).toBe(9);
    log.completeBatch(1);
    expect([log.applied, log.stable, log.installing]).toEqual([5, 5, true]);
    log.completeBatch(2);
    expect([log.applied, log.stable, log.installing]).toEqual([9, 9, false]);
  });

  it("never takes the commit position back", () => {
    const log = logOf([1, 1], { commit: 2 });
    expect(() => {
      log.install(snapshotAt(2, 5));
    }).toThrow("commit position back");
  });
});

describe("a restored log", () => {
  it("counts what was applied as committed, though the commit position may lag", () => {
    const log = logOf([1, 1, 1], { commit: 1, applied: 2 });
    expect([log.commit, log.applied, log.stable]).toEqual([2, 2, 3]);
  });

  it.each([
    { name: "a commit position beyond its end", commit: 9, applied: 0 },
    { name: "an applied position beyond its end", commit: 0, applied: 9 },
  ])("with $name is refused", ({ commit, applied }) => {
    expect(() => logOf([1, 1], { commit, applied })).toThrow("is in the log");
  });
});
