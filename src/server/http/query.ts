/** Query parameters as OpenSearch writes them. A parameter that does nothing is refused by name. */
import { MasterError } from "../../base/errors.js";

/** Parameters of a request; the last of repeated ones counts. */
export type Query = Readonly<Record<string, string>>;

/** Parameters that every path takes and that change nothing here. */
const everywhere = new Set([
  "pretty",
  "human",
  "error_trace",
  "format",
  "local",
  "master_timeout",
  "cluster_manager_timeout",
]);

/** Reads the parameters. @throws MasterError `invalid_argument` for one not in `known`. */
export function queryOf(raw: unknown, known: readonly string[]): Query {
  const query: Record<string, string> = {};
  if (typeof raw !== "object" || raw === null) return query;
  for (const [name, value] of Object.entries(raw) as [string, unknown][]) {
    if (!everywhere.has(name) && !known.includes(name)) {
      throw new MasterError("invalid_argument", `unrecognized parameter: [${name}]`);
    }
    const last: unknown = Array.isArray(value) ? value.at(-1) : value;
    query[name] = typeof last === "string" ? last : "";
  }
  return query;
}

/** One of `values`, or undefined when absent. @throws MasterError `invalid_argument`. */
export function choiceOf<T extends string>(
  query: Query,
  name: string,
  values: readonly T[],
): T | undefined {
  const given = query[name];
  if (given === undefined) return undefined;
  const found = values.find((value) => value === given.toLowerCase());
  if (found !== undefined) return found;
  const text = `[${name}] is [${given}], which is none of [${values.join(", ")}]`;
  throw new MasterError("invalid_argument", text);
}

/** A flag: present and not "false". */
export function flagOf(query: Query, name: string): boolean {
  const given = query[name];
  return given !== undefined && given !== "false";
}

const unitMs: Readonly<Record<string, number>> = {
  nanos: 1e-6,
  micros: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A duration like `30s`, in ms. @throws MasterError `invalid_argument`. */
export function durationMsOf(query: Query, name: string): number | undefined {
  const given = query[name];
  if (given === undefined) return undefined;
  const match = /^(\d{1,9})(nanos|micros|ms|s|m|h|d)$/.exec(given);
  const unit = unitMs[match?.[2] ?? ""];
  if (unit !== undefined) return Number(match?.[1]) * unit;
  if (given === "0") return 0;
  const text = `failed to parse [${name}] with value [${given}] as a time value`;
  throw new MasterError("invalid_argument", text);
}

/** The names that an index expression selects, sorted. @throws MasterError `index_not_found`. */
export function selectNames(expression: string, names: readonly string[]): string[] {
  const selected = new Set<string>();
  for (const part of expression.split(",")) {
    if (part === "_all" || part.includes("*")) {
      const pattern = part === "_all" ? "*" : part;
      const matches = globOf(pattern);
      for (const name of names) if (matches.test(name)) selected.add(name);
    } else if (names.includes(part)) {
      selected.add(part);
    } else {
      throw new MasterError("index_not_found", `no such index [${part}]`, { index: part });
    }
  }
  return [...selected].sort();
}

function globOf(pattern: string): RegExp {
  const parts = pattern.split("*").map((text) => text.replace(/[.+^${}()|[\]\\?]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
