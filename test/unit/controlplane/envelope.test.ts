/** The envelope around log entries: what is read back is what was written, or nothing. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  decodeEnvelope,
  encodeEnvelope,
  type Envelope,
} from "../../../src/controlplane/raft/envelope.js";

const whole = fc.maxSafeNat();
const envelopes: fc.Arbitrary<Envelope> = fc.record({
  kind: fc.constantFrom("command" as const, "epoch" as const),
  epoch: whole,
  timeMs: whole,
  tag: fc.record({ member: whole, boot: whole, sequence: whole }),
  uuid: fc.string({ unit: "binary-ascii", minLength: 22, maxLength: 22 }),
  origin: fc.string({ unit: "grapheme", maxLength: 40 }),
  payload: fc.uint8Array({ maxLength: 200 }),
});
const headBytes = 66;

function decoded(bytes: Uint8Array): Envelope {
  const envelope = decodeEnvelope(bytes);
  if (typeof envelope === "string") throw new Error(envelope);
  return envelope;
}

function plain(envelope: Envelope): unknown {
  return { ...envelope, payload: [...envelope.payload] };
}

describe("envelope", () => {
  it("comes back as it was written, from any place in a buffer", () => {
    fc.assert(
      fc.property(envelopes, fc.nat(9), (envelope, shift) => {
        const bytes = encodeEnvelope(envelope);
        const moved = new Uint8Array(bytes.length + shift);
        moved.set(bytes, shift);
        expect(plain(decoded(moved.subarray(shift)))).toEqual(plain(envelope));
      }),
    );
  });

  it("cut anywhere before its payload, it is refused", () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const bytes = encodeEnvelope(envelope);
        const payloadAt = bytes.length - envelope.payload.length;
        for (let cut = 0; cut < payloadAt; cut += 1) {
          expect(decodeEnvelope(bytes.subarray(0, cut))).toBeTypeOf("string");
        }
      }),
    );
  });

  it("with any byte of its head changed, it is refused or what those bytes say", () => {
    fc.assert(
      fc.property(envelopes, fc.nat(headBytes - 1), fc.nat(255), (envelope, at, value) => {
        const bytes = encodeEnvelope(envelope);
        bytes[at] = value;
        const found = decodeEnvelope(bytes);
        if (typeof found === "string") return;
        // Whatever is accepted has exactly these bytes: nothing was guessed or normalised.
        if (Buffer.from(found.origin, "utf8").includes("\ufffd")) return;
        expect([...encodeEnvelope(found)]).toEqual([...bytes]);
      }),
    );
  });

  it.each([
    ["a newer version", 0, 2, "entry format 2 is newer"],
    ["no version", 0, 0, "entry format 0"],
    ["a newer kind", 1, 2, "entry kind 2 is newer"],
    ["an origin beyond the end", 2, 255, "origin is cut off"],
    ["a number that is none", 4, 0xff, "a number of the entry"],
    ["a negative number", 12, 0xc0, "a number of the entry"],
  ])("%s is refused in words", (_, at, value, words) => {
    const bytes = encodeEnvelope({
      kind: "command",
      epoch: 1,
      timeMs: 2,
      tag: { member: 3, boot: 4, sequence: 5 },
      uuid: "u".repeat(22),
      origin: "someone",
      payload: new Uint8Array(3),
    });
    bytes[at] = value;
    expect(decodeEnvelope(bytes)).toContain(words);
  });

  it("cuts an origin that is too long, and keeps the payload", () => {
    const payload = new Uint8Array([1, 2, 3]);
    const tag = { member: 1, boot: 1, sequence: 1 };
    const head = { kind: "command", epoch: 1, timeMs: 1, tag, uuid: "u".repeat(22) } as const;
    const bytes = encodeEnvelope({ ...head, origin: "x".repeat(5000), payload });
    const found = decoded(bytes);
    expect(found.origin).toBe("x".repeat(512));
    expect([...found.payload]).toEqual([1, 2, 3]);
  });

  it("refuses to write a number that would not come back", () => {
    const tag = { member: 2 ** 60, boot: 1, sequence: 1 };
    const head = { kind: "command", epoch: 1, timeMs: 1, tag, uuid: "u".repeat(22) } as const;
    expect(() => encodeEnvelope({ ...head, origin: "", payload: new Uint8Array() })).toThrow(
      "whole and safe",
    );
  });
});
