/**
 * Random disorder under a seed: many short runs with every checker after every step, each
 * followed by a healed world in which the cluster must work again.
 */
import { describe, expect, it } from "vitest";
import { Chaos } from "../../support/raft/chaos.js";
import type { ChaosCounts } from "../../support/raft/chaos.js";

const seedCount = 200;
const stepCount = 1200;
const groupCount = 20;

/** What the suite as a whole must reach; a run in which it never happens proves nothing. */
const expected = [
  "became-leader",
  "append-rejected",
  "snapshot-offered",
  "snapshot-installed",
  "membership-changed",
  "joint-leaving",
  "transfer-started",
  "transfer-ordered",
  "transfer-aborted",
  "quorum-lost",
  "vote-ignored-in-lease",
  "leader-forgotten",
  "campaign-refused",
  "crash",
  "restart",
  "bounce",
  "deposed",
  "storm",
  "commit-learned",
  "proposed-ok",
  "proposed-refused",
];

describe("a cluster in disorder", () => {
  const total: ChaosCounts = {};

  const groups = Array.from({ length: groupCount }, (_, at) => at);
  it.each(groups)("keeps its promises and recovers, group %i", (group) => {
    for (let seed = group + 1; seed <= seedCount; seed += groupCount) {
      const chaos = new Chaos(seed);
      try {
        chaos.run(stepCount);
        chaos.recover();
      } catch (error) {
        throw new Error(`seed ${String(seed)}`, { cause: error });
      }
      for (const [what, count] of Object.entries(chaos.counts)) {
        total[what] = (total[what] ?? 0) + count;
      }
    }
    expect(total["became-leader"]).toBeGreaterThan(0);
  });

  it("reaches every kind of event", () => {
    expect(expected.filter((event) => (total[event] ?? 0) === 0)).toEqual([]);
  });
});
