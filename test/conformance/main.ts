/**
 * `npm run conformance -- --quorum DIR --confchange DIR --interaction DIR`: runs the data-driven
 * files of a public Raft test suite, which is not part of this repository, against the core.
 */
import { parseArgs } from "node:util";
import { FormatError } from "./datadriven.js";
import { interactionSuite } from "./interaction-suite.js";
import { membershipSuite } from "./membership-suite.js";
import { quorumSuite } from "./quorum-suite.js";
import { explainRules } from "./rules.js";
import { describeReport, runFolder } from "./suite.js";
import type { FileReport, Suite } from "./suite.js";

const suites: readonly Suite[] = [quorumSuite, membershipSuite, interactionSuite];
const usageExitCode = 64;
const usage =
  `usage: npm run conformance -- [--explain] ` +
  suites.map(({ name }) => `[--${name} DIR]`).join(" ");

process.exitCode = main(process.argv.slice(2));

function main(args: readonly string[]): number {
  try {
    return run(args);
  } catch (error) {
    if (!isUsersError(error)) throw error;
    console.error(`conformance: ${error.message}`);
    console.error(usage);
    return usageExitCode;
  }
}

/** A wrong argument, an unreadable folder, or a file in another format. */
function isUsersError(error: unknown): error is Error {
  if (error instanceof FormatError) return true;
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

function run(args: readonly string[]): number {
  const { values } = parseArgs({
    args: [...args],
    options: {
      explain: { type: "boolean" },
      quorum: { type: "string" },
      confchange: { type: "string" },
      interaction: { type: "string" },
    },
  });
  if (values.explain === true) say(explainRules());
  const folders = new Map<string, string | undefined>(
    suites.map(({ name }) => [name, values[name as "quorum" | "confchange" | "interaction"]]),
  );
  const chosen = suites.filter(({ name }) => folders.get(name) !== undefined);
  if (chosen.length === 0) {
    if (values.explain === true) return 0;
    throw new FormatError("no folder was named");
  }
  const reports = chosen.flatMap((suite) => runSuite(suite, folders.get(suite.name) ?? ""));
  const failedCount = sum(reports, ({ failures }) => failures.length);
  const passedCount = sum(reports, (report) => report.passedCount);
  say(["", `${String(passedCount)} passed, ${String(failedCount)} failed`]);
  return failedCount === 0 ? 0 : 1;
}

function runSuite(suite: Suite, folder: string): readonly FileReport[] {
  const reports = runFolder(suite, folder);
  say([`${suite.name}: ${folder}`, ...reports.flatMap(describeReport)]);
  const run = reports.filter(({ leftOut }) => leftOut === undefined);
  const passed = run.filter(({ failures }) => failures.length === 0);
  const skippedCount = reports.length - run.length;
  say([
    `${suite.name}: ${String(passed.length)} of ${String(reports.length)} files passed, ` +
      `${String(run.length - passed.length)} failed, ${String(skippedCount)} skipped; ` +
      `${String(sum(run, ({ passedCount }) => passedCount))} directives passed, ` +
      `${String(sum(run, ({ failures }) => failures.length))} failed`,
  ]);
  return reports;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

function say(lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}
