/**
 * A part of a batch, in a process of its own: every so many of the seeds, told as lines of JSON.
 */
import type { SimArguments } from "./arguments.js";
import { runSeed } from "./batch.js";

/** Runs `from`, `from + jobs`, … up to the end of the batch. */
export async function runWorker(options: SimArguments): Promise<number> {
  const { from, seedsCount, jobsCount, twiceEvery, untilFound } = options;
  for (let at = 0; at < seedsCount; at += jobsCount) {
    const seed = from + at;
    const isTwice = !untilFound && seed % twiceEvery === 0;
    const report = await runSeed(seed, { dropped: new Set(), isTwice });
    process.stdout.write(`${JSON.stringify(report)}\n`);
    if (untilFound && report.violation !== undefined) return 0;
  }
  return 0;
}
