/**
 * `npm run bench -- write|read|failover|memory`: real masters on loopback, measured, and a plain
 * report on stdout. A bar that is missed does not fail the run; a call that never succeeds does.
 * Whatever was started ends with it, on Ctrl-C and on an error too.
 */
import { constants } from "node:os";
import { parseArgs } from "node:util";

import { benchRead, benchWrite, type Run } from "./compare.js";
import { benchFailover } from "./failover.js";
import { Lifetime } from "./lifetime.js";
import { machineFacts } from "./machine.js";
import { benchMemory } from "./memory.js";

interface Benchmark {
  readonly run: (run: Run) => Promise<readonly string[]>;
  readonly defaultRounds: number;
}

const benchmarks: ReadonlyMap<string, Benchmark> = new Map([
  ["write", { run: benchWrite, defaultRounds: 4 }],
  ["read", { run: benchRead, defaultRounds: 5 }],
  ["failover", { run: benchFailover, defaultRounds: 10 }],
  ["memory", { run: benchMemory, defaultRounds: 1 }],
]);
const usageExitCode = 64;
const roundsMax = 1000;

const lifetime = new Lifetime();
process.on("exit", () => {
  lifetime.killNow();
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    const end = (): void => process.exit(128 + constants.signals[signal]);
    lifetime.close().then(end, end);
  });
}
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const chosen = choose(args);
  if (chosen === undefined) {
    console.error(`usage: npm run bench -- ${[...benchmarks.keys()].join("|")} [--rounds N]`);
    return usageExitCode;
  }
  const startMs = performance.now();
  const say = (text: string): void => {
    console.error(`bench ${chosen.name}: ${text}`);
  };
  try {
    const facts = machineFacts();
    const lines = await chosen.benchmark.run({ rounds: chosen.rounds, lifetime, say });
    const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
    const rounds = chosen.rounds === 1 ? "one round" : `${String(chosen.rounds)} rounds`;
    const end = `bench ${chosen.name}: done in ${seconds} s, ${rounds}`;
    console.log([...facts, ...lines, "", end].join("\n"));
    return 0;
  } catch (thrown) {
    console.error(thrown);
    return 1;
  } finally {
    await lifetime.close();
  }
}

function choose(
  args: readonly string[],
): { name: string; benchmark: Benchmark; rounds: number } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { rounds: { type: "string" } },
    });
    const [name = "", ...rest] = positionals;
    const benchmark = benchmarks.get(name);
    if (benchmark === undefined || rest.length > 0) return undefined;
    const rounds = Number(values.rounds ?? benchmark.defaultRounds);
    const valid = Number.isInteger(rounds) && rounds >= 1 && rounds <= roundsMax;
    return valid ? { name, benchmark, rounds } : undefined;
  } catch (thrown) {
    console.error(String(thrown));
    return undefined;
  }
}
