/**
 * Seeded pseudo-random numbers (xoshiro128**, Blackman and Vigna, 2018). Everything that needs
 * chance takes a {@link Random}, so that a run can be repeated from its seed. Not for secrets.
 */
import { assert } from "./assert.js";

/** A source of pseudo-random numbers. */
export interface Random {
  /** A 32-bit unsigned integer. */
  uint32(): number;
  /** An integer in [0, bound). `bound` is at least 1 and at most 2^32. */
  below(bound: number): number;
}

/** Creates a generator whose sequence depends on `seed` (a safe integer) alone. */
export function createRandom(seed: number): Random {
  assert(Number.isSafeInteger(seed), "a seed is a safe integer");
  const next = splitmix32(seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0);
  let a = next();
  let b = next();
  let c = next();
  let d = next() | 1;
  const uint32 = (): number => {
    const result = Math.imul(rotl(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotl(d, 11);
    return result;
  };
  const below = (bound: number): number => {
    assert(Number.isInteger(bound) && bound >= 1 && bound <= 2 ** 32, "bound is in [1, 2^32]");
    return Math.floor((uint32() / 2 ** 32) * bound);
  };
  return { uint32, below };
}

function rotl(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** Spreads a seed over the generator's state, so that neighbouring seeds differ everywhere. */
function splitmix32(low: number, high: number): () => number {
  let state = (low ^ Math.imul(high, 0x9e3779b9)) >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
}
