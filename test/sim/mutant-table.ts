/**
 * Runs every known bug until the simulator finds it, and prints how soon, and which check it was.
 */
import type { SimArguments } from "./arguments.js";
import type { SeedReport } from "./batch.js";
import { allMutants } from "./mutants/all-mutants.js";
import type { Mutant } from "./mutants/mutant.js";
import { startWorker } from "./workers.js";

/** How the search for one went. */
interface Row {
  readonly mutant: Mutant;
  /** Seeds that were run. */
  readonly seedsCount: number;
  /** The check that found it; undefined = nobody did. */
  readonly checker: string | undefined;
  readonly seed: number;
  readonly cpuMs: number;
}

/** Runs them all; returns the exit code. */
export async function runMutants(options: SimArguments): Promise<number> {
  const waiting = [...allMutants];
  const rows: Row[] = [];
  const work = async (): Promise<void> => {
    for (;;) {
      const mutant = waiting.shift();
      if (mutant === undefined) return;
      const row = await find(mutant, options.from);
      rows.push(row);
      write(lineOf(row));
    }
  };
  write(header);
  await Promise.all(Array.from({ length: options.jobsCount }, work));
  const missed = rows.filter(({ checker }) => checker === undefined);
  write(`${String(rows.length - missed.length)} passed, ${String(missed.length)} failed`);
  return missed.length === 0 ? 0 : 1;
}

/** A seed that fails without the bug too proves nothing. */
async function find(mutant: Mutant, from: number): Promise<Row> {
  let next = from;
  const end = from + mutant.seedsMax;
  let cpuMs = 0;
  while (next < end) {
    const reports = await runSeeds([
      ...["--mutant", mutant.name, "--until-found"],
      ...["--from", String(next), "--seeds", String(end - next)],
    ]);
    for (const report of reports) cpuMs += report.cpuMs;
    const last = reports.at(-1);
    const checker = last?.violation?.checker;
    if (last === undefined || checker === undefined) break;
    const seedsCount = last.seed - from + 1;
    const sound = await runSeeds(["--from", String(last.seed), "--seeds", "1"]);
    if (sound[0]?.violation === undefined) {
      return { mutant, seedsCount, checker, seed: last.seed, cpuMs };
    }
    write(`seed ${String(last.seed)} fails without a bug: ${sound[0].violation.text}`);
    next = last.seed + 1;
  }
  return { mutant, seedsCount: mutant.seedsMax, checker: undefined, seed: 0, cpuMs };
}

async function runSeeds(args: readonly string[]): Promise<SeedReport[]> {
  const reports: SeedReport[] = [];
  await startWorker(args, (report) => reports.push(report)).ended;
  return reports;
}

const header: string = row(["mutant", "pitfall", "seeds", "budget", "found by"]);

function lineOf({ mutant, seedsCount, checker, seed, cpuMs }: Row): string {
  const { name, pitfall, seedsMax } = mutant;
  const found = checker === undefined ? "NOT FOUND" : `${checker} (seed ${String(seed)})`;
  const seconds = `${(cpuMs / 1000).toFixed(1)} s`;
  return row([name, String(pitfall), String(seedsCount), String(seedsMax), `${found}, ${seconds}`]);
}

function row([name, pitfall, seeds, budget, found]: readonly string[]): string {
  return [
    (name ?? "").padEnd(36),
    (pitfall ?? "").padStart(7),
    (seeds ?? "").padStart(6),
    (budget ?? "").padStart(7),
    `  ${found ?? ""}`,
  ].join("");
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
