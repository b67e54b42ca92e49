/** A short run of `npm run damage`: a flipped bit is healed, made up for, or refused with words. */
import { expect, it } from "vitest";
import { judgeFlip, prepareBase } from "./in-process.js";
import { Tally } from "./verdict.js";

const flipsCount = 30;

it(
  "a flipped bit in any file loses nothing and serves nothing wrong",
  { timeout: 240_000 },
  async () => {
    const base = await prepareBase(1);
    const tally = new Tally();
    try {
      for (let seed = 1; seed <= flipsCount; seed += 1) {
        const { flip, verdict, text } = await judgeFlip(base, seed);
        tally.add(flip.kind, verdict, text);
      }
    } finally {
      base.remove();
    }
    process.stdout.write(`${tally.lines().join("\n")}\n`);
    expect(tally.failures).toEqual([]);
    expect(tally.count("log", "refused") + tally.count("log", "healed")).toBeGreaterThan(0);
    expect(tally.count("state store", "rebuilt")).toBeGreaterThan(0);
  },
);
