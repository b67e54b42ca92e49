/** A leader's view of one member: the window of appends, and every transition between states. */
import { describe, expect, it } from "vitest";
import { Inflights, Progress } from "../../../src/raft/progress.js";

function progressOf(match: number, next: number): Progress {
  return new Progress({
    member: 2,
    match,
    next,
    isLearner: false,
    inflightCountMax: 3,
    inflightBytesMax: 100,
  });
}

/** A member in the pipelined state with everything before `next` sent and `match` known. */
function replicating(match: number, next: number): Progress {
  const progress = progressOf(match, match + 1);
  progress.becomeReplicate();
  if (next > match + 1) progress.sentEntries(next - match - 1, 10);
  return progress;
}

describe("the window of appends", () => {
  it("is full by count and frees in order", () => {
    const window = new Inflights(3, 100);
    window.add(5, 10);
    window.add(7, 10);
    window.add(9, 10);
    expect([window.full, window.count, window.bytes]).toEqual([true, 3, 30]);
    window.freeUpTo(6);
    expect([window.full, window.count, window.bytes]).toEqual([false, 2, 20]);
    window.add(11, 1);
    window.freeUpTo(11);
    expect([window.full, window.count, window.bytes]).toEqual([false, 0, 0]);
  });

  it("is full by bytes, but takes one append of any size", () => {
    const window = new Inflights(10, 100);
    window.add(1, 5000);
    expect(window.full).toBe(true);
    expect(() => {
      window.add(2, 1);
    }).toThrow("window with room");
    window.freeUpTo(1);
    expect([window.full, window.bytes]).toEqual([false, 0]);
  });

  it("keeps no bytes over many rounds and a reset", () => {
    const window = new Inflights(3, 100);
    for (let at = 1; at <= 50; at += 1) {
      window.add(at, at);
      if (at % 2 === 0) window.freeUpTo(at);
    }
    expect([window.count, window.bytes]).toEqual([0, 0]);
    window.add(60, 7);
    window.reset();
    expect([window.count, window.bytes]).toEqual([0, 0]);
  });
});

describe("a probing member", () => {
  it("gets one append with entries, then nothing until it answers", () => {
    const progress = progressOf(0, 10);
    progress.sentEntries(0, 0);
    expect(progress.paused).toBe(false);
    progress.sentEntries(2, 20);
    expect([progress.paused, progress.next]).toEqual([true, 10]);
    progress.resumeAppends();
    expect(progress.paused).toBe(false);
  });

  it.each([
    { match: 0, next: 10, rejected: 9, hint: 5, expected: 6, changed: true },
    { match: 0, next: 10, rejected: 9, hint: 20, expected: 9, changed: true },
    { match: 7, next: 10, rejected: 9, hint: 2, expected: 8, changed: true },
    { match: 0, next: 10, rejected: 8, hint: 5, expected: 10, changed: false },
  ])("rejected at $rejected with hint $hint probes at $expected", (row) => {
    const progress = progressOf(row.match, row.next);
    expect(progress.maybeDecrementTo(row.rejected, row.hint)).toBe(row.changed);
    expect(progress.next).toBe(row.expected);
  });
});

describe("a replicating member", () => {
  it("is sent ahead until the window is full", () => {
    const progress = replicating(4, 5);
    progress.sentEntries(2, 10);
    progress.sentEntries(1, 10);
    expect([progress.next, progress.paused]).toEqual([8, false]);
    progress.sentEntries(1, 10);
    expect([progress.next, progress.paused]).toEqual([9, true]);
    expect(progress.view()).toMatchObject({ inflightCount: 3, inflightBytes: 30 });
  });

  it.each([
    { rejected: 4, changed: false, next: 9 },
    { rejected: 8, changed: true, next: 5 },
  ])("rejected at $rejected goes on at $next", (row) => {
    const progress = replicating(4, 9);
    expect(progress.maybeDecrementTo(row.rejected, 2)).toBe(row.changed);
    expect(progress.next).toBe(row.next);
  });

  it("ignores what it knew and never moves next back on an acknowledgement", () => {
    const progress = replicating(4, 9);
    expect(progress.maybeUpdate(4)).toBe(false);
    expect(progress.maybeUpdate(3)).toBe(false);
    expect(progress.maybeUpdate(6)).toBe(true);
    expect([progress.match, progress.next]).toEqual([6, 9]);
    expect(progress.maybeUpdate(12)).toBe(true);
    expect([progress.match, progress.next]).toEqual([12, 13]);
  });

  it("falls back to probing behind what matches, with an empty window", () => {
    const progress = replicating(4, 9);
    progress.becomeProbe();
    expect(progress.view()).toMatchObject({ state: "probe", next: 5, inflightCount: 0 });
    expect(progress.view().inflightBytes).toBe(0);
  });

  it("is told a commit position once", () => {
    const progress = replicating(4, 9);
    expect(progress.canBumpCommit(3)).toBe(true);
    progress.sentCommit(3);
    expect(progress.canBumpCommit(3)).toBe(false);
    expect(progress.canBumpCommit(8)).toBe(true);
    progress.sentCommit(8);
    expect(progress.canBumpCommit(12)).toBe(false);
  });
});

describe("a member that needs a snapshot", () => {
  it("is sent nothing, and probed behind the snapshot afterwards", () => {
    const progress = replicating(4, 9);
    progress.becomeSnapshot(20, 3);
    expect(progress.view()).toMatchObject({ state: "snapshot", next: 21, inflightCount: 0 });
    expect([progress.paused, progress.pendingSnapshotLogIndex]).toEqual([true, 20]);
    progress.becomeProbe();
    expect(progress.view()).toMatchObject({ state: "probe", match: 4, next: 21 });
  });

  it("is probed where it stood when the snapshot failed", () => {
    const progress = replicating(4, 9);
    progress.becomeSnapshot(20, 3);
    progress.snapshotFailed();
    expect(progress.view()).toMatchObject({ state: "probe", match: 4, next: 5 });
  });
});
