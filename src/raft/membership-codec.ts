/**
 * The binary form of a membership change, which is the payload of a membership entry. Big endian:
 * version (1), transition (1), step count (2), steps (kind 1, member 8), context length (4),
 * context. One value has one encoding, and nothing may follow it.
 */
import { assert, assertDefined } from "../base/assert.js";
import { membershipContextBytesMax, membershipStepCountMax } from "./limits.js";
import { noMember } from "./types.js";
import type { MembershipChange, MembershipStep } from "./types.js";

const version = 1;
const headBytes = 4;
const stepBytes = 9;
const contextLengthBytes = 4;

const transitions = ["auto", "jointImplicit", "jointExplicit"] as const;
const stepKinds = ["addVoter", "addLearner", "remove", "update"] as const;

/** The change that leaves a joint configuration. */
export const leaveJointChange: MembershipChange = {
  transition: "auto",
  steps: [],
  context: new Uint8Array(0),
};

/** Whether `change` is within the bounds of the encoding; {@link encodeMembershipChange} asserts it. */
export function isEncodable(change: MembershipChange): boolean {
  assert(change.transition.length > 0, "a change names its transition");
  assert(change.context instanceof Uint8Array, "a change has a context, possibly empty");
  return (
    change.steps.length <= membershipStepCountMax &&
    change.context.length <= membershipContextBytesMax &&
    change.steps.every((step) => Number.isSafeInteger(step.member) && step.member > noMember)
  );
}

/** Encodes a change that {@link isEncodable}. */
export function encodeMembershipChange(change: MembershipChange): Uint8Array {
  assert(isEncodable(change), "the change is within the bounds of its encoding");
  const stepsBytes = change.steps.length * stepBytes;
  const bytes = new Uint8Array(headBytes + stepsBytes + contextLengthBytes + change.context.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, version);
  view.setUint8(1, transitions.indexOf(change.transition));
  view.setUint16(2, change.steps.length);
  let at = headBytes;
  for (const step of change.steps) {
    view.setUint8(at, stepKinds.indexOf(step.kind));
    view.setUint32(at + 1, Math.floor(step.member / 2 ** 32));
    view.setUint32(at + 5, step.member % 2 ** 32);
    at += stepBytes;
  }
  view.setUint32(at, change.context.length);
  bytes.set(change.context, at + contextLengthBytes);
  assert(at + contextLengthBytes + change.context.length === bytes.length, "the length adds up");
  return bytes;
}

/** Decodes a change; undefined when the bytes are not exactly one encoding of this version. */
export function decodeMembershipChange(bytes: Uint8Array): MembershipChange | undefined {
  if (bytes.length < headBytes + contextLengthBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) !== version) return undefined;
  const transition = transitions[view.getUint8(1)];
  if (transition === undefined) return undefined;
  const stepCount = view.getUint16(2);
  if (stepCount > membershipStepCountMax) return undefined;
  const contextAt = headBytes + stepCount * stepBytes + contextLengthBytes;
  if (bytes.length < contextAt) return undefined;
  const contextBytes = view.getUint32(contextAt - contextLengthBytes);
  if (contextBytes > membershipContextBytesMax) return undefined;
  if (bytes.length !== contextAt + contextBytes) return undefined;
  const steps: MembershipStep[] = [];
  for (let i = 0; i < stepCount; i += 1) {
    const step = decodeStep(view, headBytes + i * stepBytes);
    if (step === undefined) return undefined;
    steps.push(step);
  }
  const change = { transition, steps, context: bytes.slice(contextAt) };
  assert(isEncodable(change), "what was decoded can be encoded");
  assert(change.context.length === contextBytes, "the context is whole");
  return change;
}

/** The change of a committed entry: one that cannot be read there is a bug of its proposer. */
export function committedMembershipChange(bytes: Uint8Array): MembershipChange {
  const change = decodeMembershipChange(bytes);
  assert(bytes.length > 0, "a membership entry has a payload");
  return assertDefined(change, "a committed membership entry can be decoded");
}

function decodeStep(view: DataView, at: number): MembershipStep | undefined {
  assert(at >= headBytes, "steps follow the head");
  assert(at + stepBytes <= view.byteLength, "the step is inside the bytes");
  const kind = stepKinds[view.getUint8(at)];
  const member = view.getUint32(at + 1) * 2 ** 32 + view.getUint32(at + 5);
  if (kind === undefined || member === noMember || !Number.isSafeInteger(member)) return undefined;
  return { kind, member };
}
