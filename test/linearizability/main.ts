/**
 * `npm run linearizability -- --porcupine DIR`: judges the public histories below DIR, which is
 * the folder `test_data` of porcupine or its parent, and compares with the published verdicts.
 * `npm run linearizability -- --history FILE`: judges a history that `npm run chaos` kept.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";

import { checkLinearizable, type CheckResult } from "./checker.js";
import { explain } from "./explain.js";
import { judgeIndexHistory, parseIndexHistory } from "./index-history.js";
import { keyValueModel } from "./models/key-value.js";
import { registerModel } from "./models/register.js";
import { parseJepsenLog, parseKeyValueLog, publishedVerdict } from "./public-histories.js";

const usageExitCode = 64;
const usage = "usage: npm run linearizability -- --porcupine DIR | --history FILE";

process.exitCode = main(process.argv.slice(2));

function main(args: readonly string[]): number {
  const wanted = read(args);
  if (wanted === undefined) return usageExitCode;
  try {
    return "history" in wanted ? judgeFile(wanted.history) : judgeFolder(wanted.porcupine);
  } catch (thrown) {
    console.error(`linearizability: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    return usageExitCode;
  }
}

function read(args: readonly string[]): { porcupine: string } | { history: string } | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { porcupine: { type: "string" }, history: { type: "string" } },
    });
    const { porcupine, history } = values;
    if (porcupine !== undefined && history === undefined) return { porcupine };
    if (history !== undefined && porcupine === undefined) return { history };
  } catch (thrown) {
    console.error(`linearizability: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  console.error(usage);
  return undefined;
}

function judgeFile(file: string): number {
  const judgement = judgeIndexHistory(parseIndexHistory(readFileSync(file, "utf8")));
  for (const line of judgement.lines) console.log(line);
  return judgement.ok ? 0 : 1;
}

function judgeFolder(given: string): number {
  const nested = join(given, "test_data");
  const folder = existsSync(nested) ? nested : given;
  const files = ["jepsen", "kv"].flatMap((name) => {
    const below = join(folder, name);
    if (!existsSync(below)) return [];
    return readdirSync(below)
      .filter((file) => /\.(log|txt)$/.test(file))
      .sort()
      .map((file) => join(below, file));
  });
  if (files.length === 0) {
    throw new Error(`${given} has no histories: give porcupine's folder test_data`);
  }
  const counts = { passed: 0, failed: 0 };
  for (const file of files) judge(file, counts);
  console.log(`${String(counts.passed)} passed, ${String(counts.failed)} failed`);
  return counts.failed === 0 ? 0 : 1;
}

/** Judges one file, prints a line, and counts it when its verdict is published. */
function judge(file: string, counts: { passed: number; failed: number }): void {
  const name = basename(file);
  const startMs = performance.now();
  const { verdict, operationsCount, lines } = resultOf(file);
  const tookMs = performance.now() - startMs;
  const published = publishedVerdict(name);
  const right = verdict === (published === true ? "linearizable" : "not-linearizable");
  if (published !== undefined) counts[right ? "passed" : "failed"] += 1;
  const comparison = published === undefined ? "no verdict published" : right ? "right" : "WRONG";
  const size = `${String(operationsCount)} operations`.padStart(17);
  console.log(
    `${name.padEnd(14)} ${size} ${verdict.padEnd(17)} ${comparison}  ${tookMs.toFixed(0)} ms`,
  );
  if (published !== undefined && !right) for (const line of lines) console.log(`    ${line}`);
}

interface FileResult {
  readonly verdict: string;
  readonly operationsCount: number;
  readonly lines: readonly string[];
}

function resultOf(file: string): FileResult {
  const text = readFileSync(file, "utf8");
  if (file.endsWith(".log")) {
    const operations = parseJepsenLog(text);
    const result = checkLinearizable(registerModel, operations);
    return describe(operations.length, result, (found) => explain(registerModel, found));
  }
  const operations = parseKeyValueLog(text);
  const result = checkLinearizable(keyValueModel, operations);
  return describe(operations.length, result, (found) => explain(keyValueModel, found));
}

function describe<Input, Output>(
  operationsCount: number,
  { verdict, counterexample }: CheckResult<Input, Output>,
  lines: (found: NonNullable<CheckResult<Input, Output>["counterexample"]>) => readonly string[],
): FileResult {
  return {
    verdict,
    operationsCount,
    lines: counterexample === undefined ? [] : lines(counterexample),
  };
}
