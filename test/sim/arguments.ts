/** The command line of the simulator. */

/** What was asked for. */
export interface SimArguments {
  readonly seedsCount: number;
  readonly from: number;
  /** One seed alone, in detail; undefined = a batch. */
  readonly seed: number | undefined;
  readonly dropped: ReadonlySet<number>;
  /** Run with this mutant applied. */
  readonly mutant: string | undefined;
  /** Find all mutants. */
  readonly mutants: boolean;
  readonly jobsCount: number;
  /** Every so many seeds, one is run twice. */
  readonly twiceEvery: number;
  /** A part of a batch: tells its outcomes as lines of JSON. */
  readonly worker: boolean;
  /** A batch ends with the first seed that fails. */
  readonly untilFound: boolean;
  /** Whether a failing seed is made small. */
  readonly shrink: boolean;
}

/** How to use it. */
export const usage: string = [
  "npm run sim -- [options]",
  "  --seeds N       run N seeds (default 200)",
  "  --from S        the first of them (default 1)",
  "  --seed S        run this seed alone and print what happened in it",
  "  --drop LIST     leave out faults and requests by number: 3,7-9",
  "  --twice N       run one seed in N twice and compare (default 10)",
  "  --jobs J        processes (default 1)",
  "  --mutant NAME   run with a known bug in the product",
  "  --mutants       run each known bug until it is found, and print which check found it",
  "  --no-shrink     do not make a failing seed small",
].join("\n");

const seedMax = 2 ** 40;

/** Parses the command line, or says what is wrong with it. */
export function parseArguments(args: readonly string[]): SimArguments | string {
  const values = new Map<string, string>();
  const flags = new Set<string>();
  for (let at = 0; at < args.length; at += 1) {
    const name = args[at] ?? "";
    if (flagNames.has(name)) flags.add(name);
    else if (valueNames.has(name)) {
      at += 1;
      const value = args[at];
      if (value === undefined) return `${name} needs a value`;
      values.set(name, value);
    } else return `unknown option ${name}`;
  }
  const number = (name: string, fallback: number): number => {
    const text = values.get(name);
    return text === undefined ? fallback : Number(text);
  };
  const seed = values.has("--seed") ? number("--seed", 1) : undefined;
  const dropped = parseNumbers(values.get("--drop") ?? "");
  if (dropped === undefined) return "--drop takes numbers and ranges, such as 3,7-9";
  const parsed: SimArguments = {
    seedsCount: number("--seeds", 200),
    from: number("--from", 1),
    ...{ seed, dropped, mutant: values.get("--mutant") },
    mutants: flags.has("--mutants"),
    jobsCount: number("--jobs", 1),
    twiceEvery: number("--twice", 10),
    worker: flags.has("--worker"),
    untilFound: flags.has("--until-found"),
    shrink: !flags.has("--no-shrink"),
  };
  return problemOf(parsed) ?? parsed;
}

/** Numbers as `--drop` takes them. */
export function formatNumbers(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < numbers.length;) {
    const first = numbers[at] ?? 0;
    let last = first;
    while (numbers[at + 1] === last + 1) {
      at += 1;
      last += 1;
    }
    parts.push(first === last ? String(first) : `${String(first)}-${String(last)}`);
    at += 1;
  }
  return parts.join(",");
}

const flagNames: ReadonlySet<string> = new Set([
  "--mutants",
  "--worker",
  "--until-found",
  "--no-shrink",
]);
const valueNames: ReadonlySet<string> = new Set([
  "--seeds",
  "--from",
  "--seed",
  "--drop",
  "--twice",
  "--jobs",
  "--mutant",
]);

function problemOf(parsed: SimArguments): string | undefined {
  const isWhole = (value: number, min: number, max: number): boolean =>
    Number.isSafeInteger(value) && value >= min && value <= max;
  if (!isWhole(parsed.seedsCount, 1, 1_000_000)) return "--seeds takes a number from 1";
  if (!isWhole(parsed.from, 0, seedMax)) return "--from takes a number";
  if (parsed.seed !== undefined && !isWhole(parsed.seed, 0, seedMax))
    return "--seed takes a number";
  if (!isWhole(parsed.jobsCount, 1, 64)) return "--jobs takes a number from 1 to 64";
  if (!isWhole(parsed.twiceEvery, 1, 1_000_000)) return "--twice takes a number from 1";
  return undefined;
}

function parseNumbers(text: string): Set<number> | undefined {
  const numbers = new Set<number>();
  if (text === "") return numbers;
  for (const part of text.split(",")) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) return undefined;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first || last - first > 100_000) return undefined;
    for (let at = first; at <= last; at += 1) numbers.add(at);
  }
  return numbers;
}
