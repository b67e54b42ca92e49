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
  let kept = all;
  let attempts = 0;
  const fails = async (rest: readonly number[]): Promise<boolean> => {
    attempts += 1;
    const stays = new Set(rest);
    const dropped = new Set(all.filter((no) => !stays.has(no)));
    return (await simulate(seed, dropped)).violation?.checker === checker;
  };
  for (let size = Math.ceil(kept.length / 2); size >= 1 && kept.length > 0;) {
    let isSmaller = false;
    for (let at = 0; at < kept.length && attempts < attemptsMax;) {
      const rest = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (await fails(rest)) {
        kept = rest;
        isSmaller = true;
      } else at += size;
    }
    if (attempts >= attemptsMax) break;
    if (size === 1 && !isSmaller) break;
    if (!isSmaller || size > kept.length) size = Math.max(1, Math.floor(size / 2));
    if (size === 1 && kept.length === 1 && !isSmaller) break;
  }
  const stays = new Set(kept);
  return all.filter((no) => !stays.has(no));
}
