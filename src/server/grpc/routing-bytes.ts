/**
 * The bytes of one index in `RoutingTable.indices`, written by hand: every search of the existing
 * coordination nodes asks for the routing of all indices, and a general encoder needs ten times
 * as long for it. Only what those clients read is here; copies go through the general encoder.
 */
import { assert } from "../../base/assert.js";
import type { IndexRecord } from "../../state/model.js";
import type { RoutingState } from "./convert.js";
import { publishedOf } from "./convert.js";

/** Field tags: number << 3 | wire type (0 = varint, 2 = length-delimited). */
const tag = {
  /** RoutingTable.indices = 2, IndexRoutingTable.shards = 2, the value of a map entry = 2. */
  second: 0x12,
  /** The key of a map entry = 1, IndexRoutingTable.index_name = 1, ShardAllocation.node_id = 1. */
  firstText: 0x0a,
  /** The number of a shard: key of its map entry = 1, ShardRouting.shard_id = 1. */
  firstNumber: 0x08,
  /** ShardRouting.is_primary = 2, ShardAllocation.state = 2. */
  secondNumber: 0x10,
  /** ShardRouting.allocation = 3. */
  third: 0x1a,
} as const;

const stateNumbers: Readonly<Record<RoutingState, number>> = {
  INITIALIZING: 1,
  STARTED: 2,
  RELOCATING: 3,
  UNASSIGNED: 4,
};

/** Tails of shard entries that are remembered; beyond it all are forgotten and made again. */
const tailsMax = 8_192;
const tails = new Map<string, Buffer>();

/** Bytes of `value` as a varint; `value` is a safe integer and not negative. */
function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length += 1;
  return length;
}

/** Writes a varint and returns the offset behind it. */
function writeVarint(buffer: Buffer, value: number, offset: number): number {
  let at = offset;
  let rest = value;
  while (rest >= 0x80) {
    buffer[at] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
    at += 1;
  }
  buffer[at] = rest;
  return at + 1;
}

/** A length-delimited field's tag and length; `fieldTag` fits into one byte. */
export function fieldHead(fieldTag: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(1 + varintLength(length));
  head[0] = fieldTag;
  writeVarint(head, length, 1);
  return head;
}

/** The entry of `record` in `RoutingTable.indices`, its tag included. */
export function routingEntryBytes(record: IndexRecord): Buffer {
  const shardTails = record.shards.map((shard) => {
    const { nodeId, state } = publishedOf(shard);
    return tailOf(nodeId, state);
  });
  let shardsBytes = 0;
  for (const [number, tail] of shardTails.entries()) {
    shardsBytes += sized(shardEntryLength(number, tail));
  }
  const name = Buffer.from(record.name);
  const valueBytes = sized(name.length) + shardsBytes;
  const entryBytes = sized(name.length) + sized(valueBytes);
  const out = Buffer.allocUnsafe(sized(entryBytes));
  let at = writeHead(out, tag.second, entryBytes, 0);
  at = writeText(out, name, at);
  at = writeHead(out, tag.second, valueBytes, at);
  at = writeText(out, name, at);
  for (const [number, tail] of shardTails.entries()) at = writeShard(out, number, tail, at);
  assert(at === out.length, "the size was computed as it is written");
  return out;
}

/** `is_primary` and `allocation` of a shard: what all shards of one node in one state share. */
function tailOf(nodeId: string, state: RoutingState): Buffer {
  const key = `${state}${nodeId}`;
  const known = tails.get(key);
  if (known !== undefined) return known;
  const id = Buffer.from(nodeId);
  const allocationBytes = (id.length === 0 ? 0 : sized(id.length)) + 2;
  const out = Buffer.allocUnsafe(2 + sized(allocationBytes));
  out[0] = tag.secondNumber;
  out[1] = 1;
  let at = writeHead(out, tag.third, allocationBytes, 2);
  if (id.length > 0) at = writeText(out, id, at);
  out[at] = tag.secondNumber;
  out[at + 1] = stateNumbers[state];
  if (tails.size >= tailsMax) tails.clear();
  tails.set(key, out);
  return out;
}

/** Length of a field of `length` bytes with its one-byte tag and its length. */
function sized(length: number): number {
  return 1 + varintLength(length) + length;
}

/** Proto3 leaves a number of 0 out of a message. */
function shardValueLength(number: number, tail: Buffer): number {
  return (number === 0 ? 0 : 1 + varintLength(number)) + tail.length;
}

function shardEntryLength(number: number, tail: Buffer): number {
  return 1 + varintLength(number) + sized(shardValueLength(number, tail));
}

function writeShard(out: Buffer, number: number, tail: Buffer, offset: number): number {
  let at = writeHead(out, tag.second, shardEntryLength(number, tail), offset);
  at = writeHead(out, tag.firstNumber, number, at);
  at = writeHead(out, tag.second, shardValueLength(number, tail), at);
  if (number !== 0) at = writeHead(out, tag.firstNumber, number, at);
  out.set(tail, at);
  return at + tail.length;
}

/** A one-byte tag and a varint: the head of a field, or a whole number field. */
function writeHead(out: Buffer, fieldTag: number, value: number, offset: number): number {
  out[offset] = fieldTag;
  return writeVarint(out, value, offset + 1);
}

function writeText(out: Buffer, text: Buffer, offset: number): number {
  const at = writeHead(out, tag.firstText, text.length, offset);
  out.set(text, at);
  return at + text.length;
}
