/** Whose state is wrong, for who knows what of whom. */
import { describe, expect, it } from "vitest";

import { comparedPositionsCount } from "../../../src/controlplane/raft/limits.js";
import { compareStates, StateHashes } from "../../../src/controlplane/raft/state-comparison.js";

const three = { voters: [1, 2, 3], votersOutgoing: [] };
const five = { voters: [1, 2, 3, 4, 5], votersOutgoing: [] };
const two = { voters: [1, 2], votersOutgoing: [] };
const joint = { voters: [1, 2, 4], votersOutgoing: [1, 2, 3] };

/** "1a 2b" = member 1 has hash a, member 2 has b. */
function hashes(text: string): ReadonlyMap<number, string> {
  return new Map(text.split(" ").map((one) => [Number(one.slice(0, -1)), one.slice(-1)]));
}

describe("comparing the states of members", () => {
  it.each([
    ["alone", three, "1a", { kind: "equal" }],
    ["all equal", three, "1a 2a 3a", { kind: "equal" }],
    ["one other is known, and equal", three, "1a 2a", { kind: "equal" }],
    ["both others differ alike", three, "1a 2b 3b", { kind: "selfDiffers", majority: [2, 3] }],
    ["one of two others differs", three, "1a 2a 3b", { kind: "peersDiffer", members: [3] }],
    ["the only one that is known differs", three, "1a 2b", { kind: "undecided", members: [2] }],
    ["three of three differ", three, "1a 2b 3c", { kind: "undecided", members: [2, 3] }],
    ["one of two", two, "1a 2b", { kind: "undecided", members: [2] }],
    ["two of five against it", five, "1a 2b 3b", { kind: "undecided", members: [2, 3] }],
    ["three of five against it", five, "1a 2b 3b 4b", { kind: "selfDiffers", majority: [2, 3, 4] }],
    ["three of five with it", five, "1a 2a 3a 4b 5c", { kind: "peersDiffer", members: [4, 5] }],
    ["two and two of five", five, "1a 2a 3b 4b 5c", { kind: "undecided", members: [3, 4, 5] }],
    ["a majority of one half only", joint, "1a 2b 3b", { kind: "undecided", members: [2, 3] }],
    [
      "majorities of both halves",
      joint,
      "1a 2b 3b 4b",
      { kind: "selfDiffers", majority: [2, 3, 4] },
    ],
    [
      "a learner against all voters",
      { voters: [2, 3], votersOutgoing: [] },
      "1a 2b 3b",
      { kind: "selfDiffers", majority: [2, 3] },
    ],
    [
      "a learner does not count against a voter",
      three,
      "1a 2b 9b",
      { kind: "undecided", members: [2, 9] },
    ],
    [
      "no voters are known yet",
      { voters: [], votersOutgoing: [] },
      "1a 2b",
      { kind: "undecided", members: [2] },
    ],
  ] as const)("%s", (_, membership, known, verdict) => {
    expect(compareStates({ self: 1, membership, hashes: hashes(known) })).toEqual(verdict);
  });

  it("never calls two members with different hashes right at once, whatever is known", () => {
    const letters = ["a", "b", "c", "-"];
    for (let picture = 0; picture < 4 ** 5; picture += 1) {
      const known = new Map<number, string>();
      for (let at = 0; at < 5; at += 1) {
        const letter = letters[Math.floor(picture / 4 ** at) % 4] ?? "-";
        if (letter !== "-") known.set(at + 1, letter);
      }
      const suspects = [...known.keys()].filter((self) => {
        const verdict = compareStates({ self, membership: five, hashes: known });
        return verdict.kind === "selfDiffers";
      });
      // Those who doubt themselves are a minority, and the rest of a quorum is of one mind.
      expect(suspects.length).toBeLessThanOrEqual(2);
      const rest = [...known.keys()].filter((member) => !suspects.includes(member));
      if (suspects.length > 0) {
        const counts = rest.map((m) => rest.filter((o) => known.get(o) === known.get(m)).length);
        expect(Math.max(...counts)).toBeGreaterThanOrEqual(3);
      }
    }
  });
});

describe("remembered hashes", () => {
  const at = (logIndex: number): { logIndex: number; hash: string } => ({
    logIndex,
    hash: `h${String(logIndex)}`,
  });

  it("reach back a bounded number of positions, without those that were skipped", () => {
    const known = new StateHashes(1);
    for (let logIndex = 1; logIndex <= 10; logIndex += 1) known.onApplied(at(logIndex));
    known.onApplied(at(comparedPositionsCount + 5));
    expect(known.toReport(7)).toEqual(at(7));
    expect(known.toReport(5)).toEqual(at(comparedPositionsCount + 5));
    expect(known.toReport(11)).toEqual(at(comparedPositionsCount + 5));
    expect(known.compare(5, three)).toBeUndefined();
    expect(known.compare(11, three)).toBeUndefined();
    expect(known.compare(7, three)?.hashes).toEqual(new Map([[1, "h7"]]));
  });

  it("are compared with what peers told of the same position only", () => {
    const known = new StateHashes(1);
    known.onApplied(at(1));
    known.onApplied(at(2));
    known.onReport(2, { logIndex: 1, hash: "x" });
    known.onReport(2, { logIndex: 2, hash: "y" });
    known.onReport(3, { logIndex: 2, hash: "z" });
    expect(known.compare(1, three)?.hashes).toEqual(new Map([[1, "h1"], [2, "x"]])); // prettier-ignore
    expect(known.compare(2, three)?.hashes.size).toBe(3);
    known.retain([1, 3]);
    expect(known.compare(2, three)?.hashes).toEqual(new Map([[1, "h2"], [3, "z"]])); // prettier-ignore
  });

  it("say nothing of the empty state", () => {
    const known = new StateHashes(1);
    known.onApplied({ logIndex: 0, hash: "h" });
    expect(known.compare(0, three)).toBeUndefined();
  });
});
