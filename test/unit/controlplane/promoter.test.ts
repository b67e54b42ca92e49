/** When a learner becomes a voter: it has to keep up for a while, without interruption. */
import { describe, expect, it } from "vitest";

import { promoteLagEntriesMax, promoteStableMs } from "../../../src/controlplane/raft/limits.js";
import { Promoter, type Candidate } from "../../../src/controlplane/raft/promoter.js";

function candidate(memberId: number, more: Partial<Candidate> = {}, promotes = true): Candidate {
  const record = { memberId, nodeId: "m", address: "h:1", promotes, replaces: 0 };
  return { record, isReachable: true, lagEntriesCount: 0, ...more };
}

/** Looks once a second at what the candidate is like then; returns when it was promoted first. */
function promotedAtMs(looks: number, candidateAt: (second: number) => Candidate): number {
  const promoter = new Promoter();
  for (let second = 0; second < looks; second += 1) {
    if (promoter.look([candidateAt(second)], second * 1000).length > 0) return second * 1000;
  }
  return -1;
}

describe("a learner", () => {
  const slow = { lagEntriesCount: promoteLagEntriesMax + 1 };
  it.each<[string, (second: number) => Candidate, number]>([
    ["that keeps up", () => candidate(4), promoteStableMs],
    ["just close enough", () => candidate(4, { lagEntriesCount: promoteLagEntriesMax }), 5000],
    ["that is too far behind", () => candidate(4, slow), -1],
    ["that nothing is heard of", () => candidate(4, { isReachable: false }), -1],
    ["that is to stay one", () => candidate(4, {}, false), -1],
    ["that falls behind once", (at) => candidate(4, at === 3 ? slow : {}), 9000],
    ["that is silent once", (at) => candidate(4, { isReachable: at !== 4 }), 10_000],
    ["that kept up before it was wished", (at) => candidate(4, {}, at >= 7), 7000],
  ])("%s", (_, candidateAt, expected) => {
    expect(promotedAtMs(20, candidateAt)).toBe(expected);
  });

  it("each counts for itself, and one that went starts over", () => {
    const promoter = new Promoter();
    expect(promoter.look([candidate(4), candidate(5, slow)], 0)).toEqual([]);
    const ready = promoter.look([candidate(4), candidate(5)], 5000);
    expect(ready.map((record) => record.memberId)).toEqual([4]);
    expect(promoter.look([candidate(5)], 6000)).toEqual([]);
    expect(promoter.look([candidate(4)], 7000)).toEqual([]);
  });

  it("counts for nothing what was seen under an earlier leadership", () => {
    const promoter = new Promoter();
    promoter.look([candidate(4)], 0);
    promoter.forget();
    expect(promoter.look([candidate(4)], 5000)).toEqual([]);
    expect(promoter.look([candidate(4)], 10_000)).toHaveLength(1);
  });
});
