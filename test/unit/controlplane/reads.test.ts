/** Read rounds: sharing, positions ahead of what is applied, lost answers, and giving up. */
import { describe, expect, it } from "vitest";

import { readRetryMs, readRoundsMax } from "../../../src/controlplane/raft/limits.js";
import { Reads } from "../../../src/controlplane/raft/reads.js";
import { ManualClock } from "../../support/server/manual-clock.js";

function harness(): {
  readonly reads: Reads;
  readonly clock: ManualClock;
  readonly asked: number[];
  readonly state: { hasLeader: boolean; applied: number };
  readonly done: string[];
  readonly ask: (name: string) => () => void;
} {
  const clock = new ManualClock();
  const asked: number[] = [];
  const done: string[] = [];
  const state = { hasLeader: true, applied: 10 };
  const host = {
    askReadIndex: (requestId: number): boolean => {
      if (state.hasLeader) asked.push(requestId);
      return state.hasLeader;
    },
    appliedLogIndex: () => state.applied,
  };
  const reads = new Reads(host, clock, 100);
  return {
    ...{ reads, clock, asked, state, done },
    ask: (name) => reads.request(() => done.push(name)),
  };
}

describe("read rounds", () => {
  it("all that wait when a round starts share it; later ones do not", () => {
    const { reads, asked, done, ask } = harness();
    ask("a");
    ask("b");
    reads.startRound();
    ask("late");
    expect(asked).toEqual([100]);
    reads.onReadState({ requestId: 100, logIndex: 10 });
    expect(done).toEqual(["a", "b"]);
    reads.startRound();
    reads.onReadState({ requestId: 101, logIndex: 10 });
    expect(done).toEqual(["a", "b", "late"]);
    expect(reads.waitingCount).toBe(0);
  });

  it("goes on only when this member has applied that far", () => {
    const { reads, state, done, ask } = harness();
    ask("a");
    reads.startRound();
    reads.onReadState({ requestId: 100, logIndex: 12 });
    reads.onApplied(11);
    expect(done).toEqual([]);
    state.applied = 12;
    reads.onApplied(12);
    expect(done).toEqual(["a"]);
  });

  it("without a leader it waits, and is asked when there is one", () => {
    const { reads, asked, state, ask } = harness();
    state.hasLeader = false;
    ask("a");
    reads.startRound();
    expect(reads.waitingCount).toBe(1);
    state.hasLeader = true;
    reads.startRound();
    expect(asked).toHaveLength(1);
  });

  it("a repeated or unknown answer does nothing", () => {
    const { reads, done, ask } = harness();
    ask("a");
    reads.startRound();
    reads.onReadState({ requestId: 99, logIndex: 1 });
    expect(done).toEqual([]);
    reads.onReadState({ requestId: 100, logIndex: 1 });
    reads.onReadState({ requestId: 100, logIndex: 1 });
    expect(done).toEqual(["a"]);
  });

  it("a lost answer is asked for again under a new id, and the old one no longer counts", () => {
    const { reads, clock, asked, done, ask } = harness();
    ask("a");
    reads.startRound();
    clock.advance(readRetryMs - 1);
    reads.retry("overdue");
    reads.startRound();
    expect(asked).toEqual([100]);
    clock.advance(1);
    reads.retry("overdue");
    reads.startRound();
    expect(asked).toEqual([100, 101]);
    reads.onReadState({ requestId: 100, logIndex: 1 });
    expect(done).toEqual([]);
    reads.onReadState({ requestId: 101, logIndex: 1 });
    expect(done).toEqual(["a"]);
  });

  it("a change of leader asks for all again at once", () => {
    const { reads, asked, ask } = harness();
    ask("a");
    reads.startRound();
    reads.retry("all");
    reads.startRound();
    expect(asked).toEqual([100, 101]);
  });

  it("bounds the rounds in flight", () => {
    const { reads, asked, ask } = harness();
    for (let n = 0; n < readRoundsMax + 3; n += 1) {
      ask(String(n));
      reads.startRound();
    }
    expect(asked).toHaveLength(readRoundsMax);
    expect(reads.waitingCount).toBe(readRoundsMax + 3);
  });

  it.each(["queued", "asked", "applying"])(
    "who gives up while %s is not counted or called",
    (at) => {
      const { reads, done, ask } = harness();
      const giveUp = ask("gone");
      ask("stays");
      if (at !== "queued") reads.startRound();
      if (at === "applying") reads.onReadState({ requestId: 100, logIndex: 11 });
      giveUp();
      expect(reads.waitingCount).toBe(1);
      reads.retry("all");
      reads.startRound();
      if (at === "applying") reads.onApplied(11);
      else reads.onReadState({ requestId: at === "queued" ? 100 : 101, logIndex: 1 });
      expect(done).toEqual(["stays"]);
      expect(reads.waitingCount).toBe(0);
    },
  );
});
