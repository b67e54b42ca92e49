/**
 * Chance for the parts of a simulation. Each part draws from a stream of its own, named after it,
 * so that a fault that is left out changes what follows as little as possible.
 */
import { assertDefined } from "../../src/base/assert.js";
import { createRandom, type Random } from "../../src/base/random.js";

/** The stream of the part `name` under a seed. */
export function streamOf(seed: number, name: string): Random {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  }
  return createRandom((hash >>> 0) * 2 ** 20 + (seed % 2 ** 20) + Math.floor(seed / 2 ** 20));
}

/** True with this probability. */
export function chance(random: Random, probability: number): boolean {
  return random.uint32() < probability * 2 ** 32;
}

/** A number in [low, high). */
export function between(random: Random, low: number, high: number): number {
  return low + (random.uint32() / 2 ** 32) * (high - low);
}

/** A whole number in [low, high]. */
export function wholeBetween(random: Random, low: number, high: number): number {
  return low + random.below(high - low + 1);
}

/** A number around `mean` as waiting times are. */
export function exponential(random: Random, mean: number): number {
  return -Math.log(1 - random.uint32() / 2 ** 32) * mean;
}

/** One of several. */
export function pick<T>(random: Random, choices: readonly T[]): T {
  return assertDefined(choices[random.below(choices.length)], "there is something to choose from");
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

/** A text that nobody else draws, for all that a test can tell. */
export function drawText(random: Random, length: number): string {
  let text = "";
  for (let at = 0; at < length; at += 1) text += letters.charAt(random.below(64));
  return text;
}
