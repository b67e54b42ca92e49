/**
 * `npm run chaos`: real daemons, real faults, real clients, and a judge; needs root for network
 * namespaces and size-limited disks. `--failover N` needs neither. Whatever is made is removed
 * with the program, however it ends.
 */
import { randomInt } from "node:crypto";
import { constants } from "node:os";

import { runFailovers } from "./failover.js";
import { runFaults, type Surroundings } from "./fault-run.js";
import { parseOptions, usage, type Options } from "./options.js";

const usageExitCode = 64;
const seedBound = 2 ** 31;

const undo: (() => void)[] = [];
process.on("exit", () => {
  for (const one of undo) one();
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => process.exit(128 + constants.signals[signal]));
}
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = parseOptions(args, randomInt(seedBound));
  } catch (thrown) {
    console.error(`chaos: ${thrown instanceof Error ? thrown.message : String(thrown)}\n${usage}`);
    return usageExitCode;
  }
  const surroundings: Surroundings = {
    print: (line) => {
      console.log(line);
    },
    onExit: (one) => undo.push(one),
  };
  try {
    const ok =
      options.kind === "faults"
        ? await runFaults(options, surroundings)
        : await runFailovers(options.killsCount, surroundings);
    return ok ? 0 : 1;
  } catch (thrown) {
    console.error(`chaos: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    return 1;
  }
}
