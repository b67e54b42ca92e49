/**
 * The envelope around every payload in the log. Its layout is fixed from the first format on:
 *
 *   u8 version, u8 kind, u16 length of origin, f64 epoch, f64 leader time in ms,
 *   f64 tag member, f64 tag boot, f64 tag sequence, 22 bytes uuid, origin (UTF-8), payload
 *
 * Integers are big-endian; f64 holds safe integers. A member that meets a version or kind it does
 * not know stops before it applies the entry: it must never reject what others apply.
 */
import { assert } from "../../base/assert.js";
import type { ProposalTag } from "../../transport/types.js";

/** What an entry is for. `epoch` = first entry of a leader, naming it; `command` = a command. */
export type EnvelopeKind = "command" | "epoch";

/** A decoded envelope. */
export interface Envelope {
  readonly kind: EnvelopeKind;
  /** Epoch of the leader that appended it. */
  readonly epoch: number;
  readonly timeMs: number;
  readonly tag: ProposalTag;
  /** 22 characters of base64url. */
  readonly uuid: string;
  /** Who asked: a caller's address, or a part of the master. */
  readonly origin: string;
  readonly payload: Uint8Array;
}

/** Format written by this release. */
const envelopeVersion = 1;
const kinds: readonly EnvelopeKind[] = ["command", "epoch"];
const uuidBytes = 22;
const fixedBytes = 4 + 5 * 8 + uuidBytes;
const originBytesMax = 512;

/** Encodes an envelope. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const origin = Buffer.from(envelope.origin, "utf8").subarray(0, originBytesMax);
  assert(envelope.uuid.length === uuidBytes, "a uuid has 22 characters");
  const { epoch, timeMs, tag } = envelope;
  const numbers = [epoch, timeMs, tag.member, tag.boot, tag.sequence];
  assert(numbers.every(isWhole), "numbers of an entry are whole and safe");
  const bytes = Buffer.allocUnsafe(fixedBytes + origin.length + envelope.payload.length);
  bytes.writeUInt8(envelopeVersion, 0);
  bytes.writeUInt8(kinds.indexOf(envelope.kind), 1);
  bytes.writeUInt16BE(origin.length, 2);
  bytes.writeDoubleBE(envelope.epoch, 4);
  bytes.writeDoubleBE(envelope.timeMs, 12);
  bytes.writeDoubleBE(envelope.tag.member, 20);
  bytes.writeDoubleBE(envelope.tag.boot, 28);
  bytes.writeDoubleBE(envelope.tag.sequence, 36);
  bytes.write(envelope.uuid, 44, "latin1");
  bytes.set(origin, fixedBytes);
  bytes.set(envelope.payload, fixedBytes + origin.length);
  return bytes;
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Decodes an envelope, or says in words why this release cannot. */
export function decodeEnvelope(data: Uint8Array): Envelope | string {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (bytes.length < fixedBytes) return `an entry of ${String(bytes.length)} bytes is no envelope`;
  const version = bytes.readUInt8(0);
  if (version !== envelopeVersion)
    return `entry format ${String(version)} is newer than this release`;
  const kindNumber = bytes.readUInt8(1);
  const kind = kinds[kindNumber];
  if (kind === undefined) return `entry kind ${String(kindNumber)} is newer than this release`;
  const originLength = bytes.readUInt16BE(2);
  if (bytes.length < fixedBytes + originLength) return "the entry's origin is cut off";
  const [epoch = NaN, timeMs = NaN, member = NaN, boot = NaN, sequence = NaN] = [
    ...[4, 12, 20, 28, 36],
  ].map((offset) => bytes.readDoubleBE(offset));
  const numbers = [epoch, timeMs, member, boot, sequence];
  if (!numbers.every(isWhole)) return "a number of the entry is none of this format";
  return {
    kind,
    epoch,
    timeMs,
    tag: { member, boot, sequence },
    uuid: bytes.toString("latin1", 44, 44 + uuidBytes),
    origin: bytes.toString("utf8", fixedBytes, fixedBytes + originLength),
    payload: bytes.subarray(fixedBytes + originLength),
  };
}
