/**
 * The hash by which members compare their states: the sum, modulo 2^128, of the hashes of all
 * items. A sum does not depend on an order, so a change costs only its own items. It finds damage
 * and divergence; it does not resist an attacker.
 */
import type { ClusterState } from "./model.js";
import { itemsOf, type ItemDelta } from "./items.js";

/** 32 lower-case hexadecimal digits. */
export type StateHash = string;

/** Hashes a text to an unsigned integer below 2^128; the shell passes in a real one. */
export type TextHash = (text: string) => bigint;

const modulus = 1n << 128n;

/** The hash of a whole state. */
export function hashState(state: ClusterState, h: TextHash): StateHash {
  return hashItems(itemsOf(state), h);
}

/** The hash of items as read from a store or a snapshot, in any order. */
export function hashItems(items: Iterable<readonly [string, string]>, h: TextHash): StateHash {
  let sum = 0n;
  for (const [key, value] of items) sum += itemHash(key, value, h);
  return toHex(sum);
}

/** The hash after a change: costs the changed items only. */
export function updateHash(hash: StateHash, delta: ItemDelta, h: TextHash): StateHash {
  let sum = BigInt(`0x${hash}`);
  for (const [key, value] of delta.previous) sum -= itemHash(key, value, h);
  for (const [key, value] of delta.puts) sum += itemHash(key, value, h);
  return toHex(sum);
}

/** Keys contain no control characters, so the separator cannot be part of one. */
function itemHash(key: string, value: string, h: TextHash): bigint {
  return h(`${key}\0${value}`);
}

function toHex(sum: bigint): StateHash {
  const positive = ((sum % modulus) + modulus) % modulus;
  return positive.toString(16).padStart(32, "0");
}
