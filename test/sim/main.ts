/**
 * The simulator's command: reads its arguments, puts a known bug into the product where that is
 * asked for, and only then loads what runs the product.
 */
import { parseArguments, usage, type SimArguments } from "./arguments.js";
import { allMutants } from "./mutants/all-mutants.js";
import { applyMutant } from "./mutants/mutant.js";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const parsed = parseArguments(args);
  if (typeof parsed === "string") return misused(parsed);
  if (parsed.mutant !== undefined) {
    const mutant = allMutants.find(({ name }) => name === parsed.mutant);
    if (mutant === undefined) {
      const known = allMutants.map(({ name }) => name).join(", ");
      return misused(`there is no mutant ${parsed.mutant}; there are ${known}`);
    }
    applyMutant(mutant);
  }
  return run(parsed);
}

async function run(parsed: SimArguments): Promise<number> {
  if (parsed.worker) return (await import("./worker.js")).runWorker(parsed);
  if (parsed.mutants) return (await import("./mutant-table.js")).runMutants(parsed);
  if (parsed.seed !== undefined)
    return (await import("./single.js")).runSingle(parsed, parsed.seed);
  return (await import("./gather.js")).runBatch(parsed);
}

function misused(text: string): number {
  process.stderr.write(`${text}\n${usage}\n`);
  return 64;
}
