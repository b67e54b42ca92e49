/** The encoding of membership changes: one value has one form, and damage is never accepted as another. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { membershipStepCountMax } from "../../../src/raft/limits.js";
import {
  committedMembershipChange,
  decodeMembershipChange,
  encodeMembershipChange,
  isEncodable,
  leaveJointChange,
} from "../../../src/raft/membership-codec.js";
import type { MembershipChange } from "../../../src/raft/types.js";

const change: fc.Arbitrary<MembershipChange> = fc.record({
  transition: fc.constantFrom("auto" as const, "jointImplicit", "jointExplicit"),
  steps: fc.array(
    fc.record({
      kind: fc.constantFrom("addVoter" as const, "addLearner", "remove", "update"),
      member: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    }),
    { maxLength: 5 },
  ),
  context: fc.uint8Array({ maxLength: 40 }),
});

describe("a membership change", () => {
  it("survives a round trip", () => {
    fc.assert(
      fc.property(change, (value) => {
        expect(decodeMembershipChange(encodeMembershipChange(value))).toEqual(value);
      }),
    );
  });

  it("is refused when cut short or followed by anything", () => {
    fc.assert(
      fc.property(change, fc.nat(), (value, at) => {
        const bytes = encodeMembershipChange(value);
        expect(decodeMembershipChange(bytes.slice(0, at % bytes.length))).toBeUndefined();
        expect(decodeMembershipChange(Uint8Array.from([...bytes, 0]))).toBeUndefined();
      }),
    );
  });

  it("has one encoding, so that altered bytes are refused or mean what they say", () => {
    fc.assert(
      fc.property(change, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, flip) => {
        const bytes = encodeMembershipChange(value);
        const position = at % bytes.length;
        bytes[position] = (bytes[position] ?? 0) ^ flip;
        const decoded = decodeMembershipChange(bytes);
        if (decoded !== undefined) expect(encodeMembershipChange(decoded)).toEqual(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  it("never makes the decoder throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const decoded = decodeMembershipChange(bytes);
        if (decoded !== undefined) expect(isEncodable(decoded)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("is a fixed sequence of bytes", () => {
    const bytes = encodeMembershipChange({
      transition: "jointExplicit",
      steps: [{ kind: "remove", member: 2 ** 32 + 5 }],
      context: Uint8Array.of(9),
    });
    expect([...bytes]).toEqual([1, 2, 0, 1, 2, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 1, 9]);
    expect([...encodeMembershipChange(leaveJointChange)]).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("has bounds", () => {
    const step = { kind: "update", member: 1 } as const;
    const steps = Array.from({ length: membershipStepCountMax + 1 }, () => step);
    expect(isEncodable({ ...leaveJointChange, steps })).toBe(false);
    expect(isEncodable({ ...leaveJointChange, steps: [{ kind: "remove", member: 0 }] })).toBe(
      false,
    );
    expect(() => encodeMembershipChange({ ...leaveJointChange, steps })).toThrow("bounds");
  });

  it("that is committed and unreadable is a bug", () => {
    expect(() => committedMembershipChange(Uint8Array.of(7, 7))).toThrow("can be decoded");
    expect(() => committedMembershipChange(new Uint8Array(0))).toThrow("has a payload");
  });
});
