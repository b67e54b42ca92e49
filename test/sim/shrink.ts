/**
 * Makes a failing run small: leaves out faults and requests, many at once and then fewer, as long
 * as the same check still fails. What is left is not the smallest there is, but small enough to
 * read.
 */
import { drawConfig } from "./config.js";
import { drawPlan, numbersOf } from "./plan.js";
import { simulate } from "./simulation.js";

/** How often a run is repeated at most. */
const attemptsMax = 200;

/** Numbers that can be left out of the seed's plan without losing the failure of this check. */
export async function shrink(seed: number, checker: string): Promise<number[]> {
  const all = numbersOf(drawPlan(seed, drawConfig(seed)));
  const missingFrom = (kept: readonly number[]): number[] => {
    const stays = new Set(kept);
    return all.filter((no) => !stays.has(no));
  };
  const kept = await reduce(all, attemptsMax, async (rest) => {
    const { violation } = await simulate(seed, new Set(missingFrom(rest)));
    return violation?.checker === checker;
  });
  return missingFrom(kept);
}

/** A small part of `all` that still fails, found in so many attempts at most. */
export async function reduce(
  all: readonly number[],
  attemptsCountMax: number,
  fails: (rest: readonly number[]) => Promise<boolean>,
): Promise<readonly number[]> {
  let kept = all;
  let attempts = 0;
  let size = Math.ceil(all.length / 2);
  while (size >= 1 && kept.length > 0 && attempts < attemptsCountMax) {
    const before = kept.length;
    for (let at = 0; at < kept.length && attempts < attemptsCountMax;) {
      const rest = [...kept.slice(0, at), ...kept.slice(at + size)];
      attempts += 1;
      if (await fails(rest)) kept = rest;
      else at += size;
    }
    // Pieces of one are tried again as long as that helps.
    if (size === 1 && kept.length === before) break;
    size = Math.max(1, Math.floor(size / 2));
  }
  return kept;
}
