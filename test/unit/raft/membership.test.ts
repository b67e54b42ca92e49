/** Membership changes: tables of valid and refused ones, and properties of any sequence. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  allMembers,
  assertMembership,
  changeMembership,
  changer,
  emptyMembership,
  votingMembers,
} from "../../../src/raft/membership.js";
import type { MembershipOutcome } from "../../../src/raft/membership.js";
import type { Membership, MembershipStep } from "../../../src/raft/types.js";

const kinds = { v: "addVoter", l: "addLearner", r: "remove", u: "update" } as const;

/** Steps from a short text such as `v1 l2 r3 u4`. */
function stepsOf(text: string): MembershipStep[] {
  const words = text.split(" ").filter((word) => word !== "");
  return words.map((word) => {
    const kind = kinds[word.charAt(0) as keyof typeof kinds];
    return { kind, member: Number(word.slice(1)) };
  });
}

function show(outcome: MembershipOutcome): string {
  if (!outcome.ok) return outcome.problem;
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = outcome.membership;
  const parts = [`(${voters.join(" ")})`];
  if (votersOutgoing.length > 0) parts.push(`&&(${votersOutgoing.join(" ")})`);
  if (learners.length > 0) parts.push(` learners=(${learners.join(" ")})`);
  if (learnersNext.length > 0) parts.push(` next=(${learnersNext.join(" ")})`);
  return parts.join("") + (autoLeave ? " auto" : "");
}

const three: Membership = { ...emptyMembership, voters: [1, 2, 3] };
const joint: Membership = { ...three, voters: [2, 3], votersOutgoing: [1, 2], learnersNext: [1] };

describe("a simple change", () => {
  it.each([
    [emptyMembership, "v1", "(1)"],
    [emptyMembership, "l1", "allVotersRemoved"],
    [three, "v4", "(1 2 3 4)"],
    [three, "r2", "(1 3)"],
    [three, "l3", "(1 2) learners=(3)"],
    [three, "l4 l5", "(1 2 3) learners=(4 5)"],
    [three, "r1 v4", "severalVotersChanged"],
    [three, "v4 v5", "severalVotersChanged"],
    [three, "r1 r2 r3", "allVotersRemoved"],
    [three, "u1 u9", "(1 2 3)"],
    [three, "r9 v0 r0", "(1 2 3)"],
    [joint, "v4", "simpleInJoint"],
  ])("of %j by %s gives %s", (from, steps, expected) => {
    expect(show(changer.simple(from, stepsOf(steps)))).toBe(expected);
  });
});

describe("a joint change", () => {
  it.each([
    [three, "", "(1 2 3)&&(1 2 3)"],
    [three, "r1 v4 v5", "(2 3 4 5)&&(1 2 3)"],
    [three, "l1 v4", "(2 3 4)&&(1 2 3) next=(1)"],
    [three, "l4", "(1 2 3)&&(1 2 3) learners=(4)"],
    [three, "r1 r2 r3", "allVotersRemoved"],
    [three, "l1 l1 v1", "(1 2 3)&&(1 2 3)"],
    [emptyMembership, "v1", "noVoters"],
    [joint, "v4", "alreadyJoint"],
  ])("of %j by %s gives %s", (from, steps, expected) => {
    expect(show(changer.enterJoint(from, "explicit", stepsOf(steps)))).toBe(expected);
  });

  it.each([
    [joint, "(2 3) learners=(1)"],
    [three, "notJoint"],
  ])("left from %j gives %s", (from, expected) => {
    expect(show(changer.leaveJoint(from))).toBe(expected);
  });
});

describe("changeMembership", () => {
  const context = new Uint8Array(0);
  it.each([
    ["auto", "v4", "(1 2 3 4)"],
    ["auto", "v4 v5", "(1 2 3 4 5)&&(1 2 3) auto"],
    ["jointImplicit", "v4", "(1 2 3 4)&&(1 2 3) auto"],
    ["jointExplicit", "v4", "(1 2 3 4)&&(1 2 3)"],
    ["auto", "", "notJoint"],
  ] as const)("%s with %s gives %s", (transition, steps, expected) => {
    const change = { transition, steps: stepsOf(steps), context };
    expect(show(changeMembership(three, change))).toBe(expected);
  });

  it("keeps every configuration valid, and voters in both halves voting", () => {
    const step = fc.record({
      kind: fc.constantFrom(...Object.values(kinds)),
      member: fc.integer({ min: 1, max: 6 }),
    });
    const change = fc.record({
      transition: fc.constantFrom("auto" as const, "jointImplicit", "jointExplicit"),
      steps: fc.array(step, { maxLength: 4 }),
      context: fc.constant(context),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        let membership = three;
        for (const one of changes) {
          const outcome = changeMembership(membership, one);
          if (!outcome.ok) continue;
          membership = outcome.membership;
          assertMembership(membership);
          const voting = votingMembers(membership);
          expect(membership.voters.every((member) => voting.includes(member))).toBe(true);
          expect(allMembers(membership).length).toBe(voting.length + membership.learners.length);
        }
      }),
    );
  });

  it("reaches by one joint change what single steps reach", () => {
    const step = fc.record({
      kind: fc.constantFrom("addVoter" as const, "addLearner", "remove"),
      member: fc.integer({ min: 2, max: 7 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
        let single = three;
        for (const one of steps) {
          const outcome = changer.simple(single, [one]);
          if (!outcome.ok) return;
          single = outcome.membership;
        }
        const entered = changer.enterJoint(three, "explicit", steps);
        const left = entered.ok ? changer.leaveJoint(entered.membership) : entered;
        expect(left).toEqual({ ok: true, membership: single });
      }),
    );
  });
});

describe("assertMembership", () => {
  it.each([
    [{ ...three, voters: [2, 1] }, "ascend"],
    [{ ...three, learners: [3] }, "a learner is not a voter"],
    [{ ...three, learnersNext: [3] }, "outgoing voter"],
    [{ ...three, autoLeave: true }, "only a joint configuration is left"],
  ])("refuses %j", (membership, message) => {
    expect(() => {
      assertMembership(membership);
    }).toThrow(message);
  });
});
