/**
 * What every suite has in common: files of directives in a folder, each directive run and judged,
 * and the lines of the report. What a directive does is each suite's own.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Directive } from "./datadriven.js";
import { FormatError, parseDirectives } from "./datadriven.js";

/** The outcome of one directive: undefined when it went as expected. */
export interface Mismatch {
  readonly expected: readonly string[];
  readonly got: readonly string[];
}

/** Runs the directives of one file, in order, on a state of its own. */
export type RunDirective = (directive: Directive) => Mismatch | undefined;

/** One suite of public test data. */
export interface Suite {
  /** As it is named on the command line. */
  readonly name: string;
  /** Which feature of a file is left out of the product on purpose, and why. */
  readonly leftOut: (directives: readonly Directive[]) => string | undefined;
  /** Begins a file; it is given all directives, because some settings are looked up ahead. */
  readonly begin: (directives: readonly Directive[]) => RunDirective;
}

/** A directive that did not go as expected. */
export interface Failure {
  readonly directive: Directive;
  readonly mismatch: Mismatch;
}

/** What became of one file. */
export interface FileReport {
  readonly file: string;
  readonly passedCount: number;
  readonly failures: readonly Failure[];
  readonly leftOut: string | undefined;
}

/**
 * Runs every file of a folder.
 *
 * @throws FormatError when a file is not in the format, or there is none.
 */
export function runFolder(suite: Suite, folder: string): readonly FileReport[] {
  const files = filesOf(folder);
  return files.map((file) => {
    try {
      return runFile(suite, file, readFileSync(join(folder, file), "utf8"));
    } catch (error) {
      if (error instanceof FormatError) throw new FormatError(`${file}: ${error.message}`);
      throw error;
    }
  });
}

function filesOf(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".txt"));
  if (files.length === 0) throw new FormatError(`${folder} holds no .txt file`);
  return files.map(({ name }) => name).sort();
}

/** Runs one file; what throws in the middle fails the directive and all that depend on it. */
export function runFile(suite: Suite, file: string, text: string): FileReport {
  const directives = parseDirectives(text);
  if (directives.length === 0) throw new FormatError("there is no directive in it");
  const leftOut = suite.leftOut(directives);
  if (leftOut !== undefined) return { file, passedCount: 0, failures: [], leftOut };
  const run = suite.begin(directives);
  const failures: Failure[] = [];
  let broken: string | undefined;
  for (const directive of directives) {
    let mismatch: Mismatch | undefined;
    try {
      const got = broken === undefined ? undefined : [`not run: ${broken}`];
      mismatch = got === undefined ? run(directive) : { expected: directive.expected, got };
    } catch (error) {
      if (error instanceof FormatError) throw error;
      broken = `line ${String(directive.line)} stopped with ${String(error)}`;
      mismatch = { expected: directive.expected, got: [String(error)] };
    }
    if (mismatch !== undefined) failures.push({ directive, mismatch });
  }
  return { file, passedCount: directives.length - failures.length, failures, leftOut: undefined };
}

/** The lines that tell of one file. */
export function describeReport({ file, passedCount, failures, leftOut }: FileReport): string[] {
  if (leftOut !== undefined) return [`skipped ${file}: ${leftOut}`];
  const verdict = failures.length === 0 ? "ok     " : "FAILED ";
  const counts = `${String(passedCount)} passed, ${String(failures.length)} failed`;
  const lines = [`${verdict} ${file}: ${counts}`];
  for (const { directive, mismatch } of failures) {
    lines.push(`  line ${String(directive.line)}: ${directive.text}`);
    lines.push(...directive.input.map((line) => `    ${line}`));
    lines.push("    expected:", ...indented(mismatch.expected));
    lines.push("    got:", ...indented(mismatch.got));
  }
  return lines;
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? ["      (nothing)"] : lines.map((line) => `      ${line}`);
}

/** Undefined when the lines are the same. */
export function compareLines(
  expected: readonly string[],
  got: readonly string[],
): Mismatch | undefined {
  const same = expected.length === got.length && expected.every((line, at) => line === got[at]);
  return same ? undefined : { expected, got };
}
