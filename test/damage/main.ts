/**
 * `npm run damage -- --flips N --seed S`: flips one bit or byte in what a stopped cluster left on
 * its disks, restarts all of it with that damage, and judges; again and again, on fresh copies.
 * Most flips run in this process, some with real daemons. It ends with 1 when anything was lost,
 * served wrong, or refused without words.
 */
import { constants } from "node:os";
import { parseArgs } from "node:util";
import { DaemonTrials } from "./daemons.js";
import { judgeFlip, prepareBase } from "./in-process.js";
import { Tally } from "./verdict.js";

const usageExitCode = 64;
const usage = "usage: npm run damage -- [--flips N] [--seed S] [--daemons N]";
const flipsMax = 100_000;
const progressCount = 50;

interface Options {
  readonly flips: number;
  readonly seed: number;
  /** How many more flips are tried with real daemons. */
  readonly daemons: number;
}

const cleanups: (() => Promise<void>)[] = [];
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    const end = (): void => process.exit(128 + constants.signals[signal]);
    cleanUp().then(end, end);
  });
}
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const options = optionsOf(args);
  if (options === undefined) {
    console.error(usage);
    return usageExitCode;
  }
  try {
    const inProcess = await runInProcess(options);
    const daemons = await runDaemons(options);
    const failures = [...inProcess.failures, ...daemons.failures];
    console.log(`in this process, ${String(options.flips)} flips, seed ${String(options.seed)}:`);
    console.log(inProcess.lines().join("\n"));
    console.log(`with real daemons, ${String(options.daemons)} flips:`);
    console.log(daemons.lines().join("\n"));
    for (const failure of failures) console.log(`FAILED ${failure}`);
    console.log(failures.length === 0 ? "nothing lost, nothing wrong" : "damage was done");
    return failures.length === 0 ? 0 : 1;
  } finally {
    await cleanUp();
  }
}

async function runInProcess({ flips, seed }: Options): Promise<Tally> {
  const tally = new Tally();
  const base = await prepareBase(seed);
  cleanups.push(() => {
    base.remove();
    return Promise.resolve();
  });
  for (let n = 0; n < flips; n += 1) {
    const { flip, verdict, text } = await judgeFlip(base, seed + n);
    tally.add(flip.kind, verdict, text);
    if ((n + 1) % progressCount === 0) console.error(`damage: ${String(n + 1)} flips`);
  }
  return tally;
}

async function runDaemons({ daemons, seed }: Options): Promise<Tally> {
  const tally = new Tally();
  if (daemons === 0) return tally;
  const trials = await DaemonTrials.prepare();
  cleanups.push(() => trials.close());
  for (let n = 0; n < daemons; n += 1) {
    const { flip, verdict, text } = await trials.judgeFlip(seed + n);
    tally.add(flip.kind, verdict, text);
  }
  return tally;
}

async function cleanUp(): Promise<void> {
  for (const one of cleanups.splice(0)) await one();
}

function optionsOf(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        flips: { type: "string", default: "500" },
        seed: { type: "string", default: "1" },
        daemons: { type: "string", default: "20" },
      },
    });
    const [flips = -1, seed = -1, daemons = -1] = [values.flips, values.seed, values.daemons].map(
      Number,
    );
    const areWhole = [flips, seed, daemons].every((n) => Number.isSafeInteger(n) && n >= 0);
    return areWhole && flips <= flipsMax ? { flips, seed, daemons } : undefined;
  } catch {
    return undefined;
  }
}
