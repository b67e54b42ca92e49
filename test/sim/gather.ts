/**
 * A batch of seeds over several processes: what failed, what happened how often, how fast it went.
 */
import { formatNumbers, type SimArguments } from "./arguments.js";
import type { SeedReport } from "./batch.js";
import { coverageSeedsMin, formatCounts, missing } from "./coverage.js";
import { startWorker } from "./workers.js";

/** Seeds whose failure is printed in full. */
const shownFailuresMax = 10;
/** How often a long batch says how far it is. */
const progressSeedsCount = 500;

/** Runs the batch; returns the exit code. */
export async function runBatch(options: SimArguments): Promise<number> {
  const { from, seedsCount, jobsCount, twiceEvery, mutant } = options;
  const reports: SeedReport[] = [];
  const jobs = Math.min(jobsCount, seedsCount);
  const workers = Array.from({ length: jobs }, (_, at) =>
    startWorker(
      [
        ...["--from", String(from + at), "--seeds", String(seedsCount - at)],
        ...["--jobs", String(jobs), "--twice", String(twiceEvery)],
        ...(mutant === undefined ? [] : ["--mutant", mutant]),
      ],
      (report) => {
        reports.push(report);
        if (report.violation !== undefined) write(failureLines(report));
        if (reports.length % progressSeedsCount === 0 && reports.length < seedsCount) {
          process.stderr.write(`${String(reports.length)} of ${String(seedsCount)} seeds\n`);
        }
      },
    ),
  );
  await Promise.all(workers.map(({ ended }) => ended));
  return conclude(options, reports);
}

async function conclude(options: SimArguments, reports: readonly SeedReport[]): Promise<number> {
  const counts = new Map<string, number>();
  let simulatedMs = 0;
  let cpuMs = 0;
  for (const report of reports) {
    simulatedMs += report.simulatedMs;
    cpuMs += report.cpuMs;
    for (const [name, count] of report.counts) counts.set(name, (counts.get(name) ?? 0) + count);
  }
  const failures = reports.filter(({ violation }) => violation !== undefined);
  write(["what happened:", ...formatCounts(counts)]);
  const lacking = reports.length >= coverageSeedsMin ? missing(counts) : [];
  if (lacking.length > 0) write([`never happened, but has to: ${lacking.join(", ")}`]);
  const ratio = Math.round(simulatedMs / Math.max(1, cpuMs));
  const seconds = Math.round(simulatedMs / 1000);
  write([
    `${String(seconds)} simulated seconds in ${(cpuMs / 1000).toFixed(1)} CPU seconds: ` +
      `${String(ratio)} times real time on one core`,
  ]);
  if (options.shrink) {
    for (const failure of failures.slice(0, shownFailuresMax)) await showSmall(options, failure);
  }
  const failed = failures.length + (lacking.length > 0 ? 1 : 0);
  write([`${String(reports.length - failures.length)} passed, ${String(failed)} failed`]);
  return failed === 0 ? 0 : 1;
}

async function showSmall({ mutant }: SimArguments, { seed, violation }: SeedReport): Promise<void> {
  if (violation === undefined || violation.checker === "repeatable") return;
  const { shrink } = await import("./shrink.js");
  const dropped = await shrink(seed, violation.checker);
  const drop = dropped.length === 0 ? "" : ` --drop ${formatNumbers(dropped)}`;
  const bug = mutant === undefined ? "" : ` --mutant ${mutant}`;
  write([`smaller: npm run sim -- --seed ${String(seed)}${drop}${bug}`]);
}

function failureLines({ seed, violation }: SeedReport): string[] {
  const { checker, text, atMs } = violation ?? { checker: "", text: "", atMs: 0 };
  const at = (atMs / 1000).toFixed(3);
  return [`seed ${String(seed)} failed at ${at} s: ${checker}: ${text}`];
}

function write(lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
