/**
 * Rules for single strings and numbers. Each function returns what is wrong, where and what to do,
 * or undefined. An index name becomes a directory on data nodes that do not check it, so nothing
 * that could be a path passes here.
 */
import type { Rejection } from "../commands.js";
import { limits } from "../limits.js";
import { rejection } from "../rejection.js";

/** Characters that OpenSearch refuses in index names. */
const forbiddenInIndexNames = ["\\", "/", "*", "?", '"', "<", ">", "|", " ", ",", "#", ":"];

/** A bad argument: `where` names it, `problem` says what is wrong and what to do. */
export function invalid(where: string, problem: string): Rejection {
  return rejection("invalid_argument", `${where} ${problem}`, { argument: where });
}

/** The first rejection of a list of checks that are made in order. */
export function firstOf(
  ...checks: readonly (() => Rejection | undefined)[]
): Rejection | undefined {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
}

/** OpenSearch's rules for names of indices, with no control characters and whole characters only. */
export function indexNameProblem(kind: "index" | "alias", name: string): Rejection | undefined {
  const where = `${kind} name [${printable(name)}]`;
  if (name === "") return invalid(`${kind} name`, "must not be empty");
  if (name === "." || name === "..") return invalid(where, "must not be [.] or [..]");
  if (/^[_\-+]/.test(name)) return invalid(where, "must not start with [_], [-] or [+]");
  const forbidden = forbiddenInIndexNames.find((character) => name.includes(character));
  if (forbidden !== undefined) return invalid(where, `must not contain [${forbidden}]`);
  if (hasControl(name)) return invalid(where, "must not contain control characters");
  if (!isWellFormed(name)) return invalid(where, "must not contain half a surrogate pair");
  if (name !== name.toLowerCase()) {
    return invalid(where, `must be lowercase; use [${printable(name.toLowerCase())}]`);
  }
  const bytes = utf8Bytes(name);
  if (bytes <= limits.indexNameBytesMax) return undefined;
  const max = String(limits.indexNameBytesMax);
  return invalid(where, `has ${String(bytes)} bytes in UTF-8; use at most ${max}`);
}

/** The id that a node gives itself: printable, no path separator. */
export function nodeIdProblem(nodeId: string): Rejection | undefined {
  if (nodeId === "") return invalid("node id", "must not be empty");
  const where = `node id [${printable(nodeId)}]`;
  const long = textProblem(where, nodeId, limits.nodeIdLengthMax);
  if (long !== undefined) return long;
  if (/[\\/]/.test(nodeId)) return invalid(where, "must not contain [/] or [\\]");
  return nodeId === "__proto__" ? invalid(where, "is reserved; choose another") : undefined;
}

/** Text of a bounded length without control characters; may be empty. */
export function textProblem(where: string, text: string, lengthMax: number): Rejection | undefined {
  if (text.length > lengthMax) {
    const length = String(text.length);
    return invalid(where, `has ${length} characters; use at most ${String(lengthMax)}`);
  }
  if (hasControl(text)) return invalid(where, "must not contain control characters");
  return isWellFormed(text) ? undefined : invalid(where, "must not contain half a surrogate pair");
}

/** As {@link textProblem}, but not empty. */
export function wordProblem(where: string, text: string, lengthMax: number): Rejection | undefined {
  return text === "" ? invalid(where, "must not be empty") : textProblem(where, text, lengthMax);
}

/** An allocation id: what the leader draws, so a narrow alphabet. */
export function allocationIdProblem(allocationId: string): Rejection | undefined {
  if (/^[A-Za-z0-9_-]+$/.test(allocationId)) {
    return textProblem("allocation id", allocationId, limits.allocationIdLengthMax);
  }
  const where = `allocation id [${printable(allocationId)}]`;
  return invalid(where, "must consist of letters, digits, [_] and [-]");
}

/** An integer within bounds. */
export function integerProblem(
  where: string,
  value: number,
  bounds: { readonly min: number; readonly max: number },
): Rejection | undefined {
  if (Number.isSafeInteger(value) && value >= bounds.min && value <= bounds.max) return undefined;
  const range = `${String(bounds.min)} to ${String(bounds.max)}`;
  return invalid(where, `is ${String(value)}; use an integer from ${range}`);
}

/** A key of a record that others read as a plain object. */
function keyProblem(where: string, key: string): Rejection | undefined {
  if (key === "__proto__") return invalid(where, "must not have a key [__proto__]");
  return wordProblem(`${where} key [${printable(key)}]`, key, limits.settingKeyLengthMax);
}

/** A record of strings, or nulls, with bounded keys and values. */
export function recordProblem(
  where: string,
  record: Readonly<Record<string, string | null>>,
  max: { readonly count: number; readonly valueLength: number },
): Rejection | undefined {
  const entries = Object.entries(record);
  if (entries.length > max.count) {
    return invalid(where, `has ${String(entries.length)} keys; use at most ${String(max.count)}`);
  }
  for (const [key, value] of entries) {
    const problem = keyProblem(where, key) ?? valueProblem(`${where} [${key}]`, value, max);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Values may span lines, so only their length and wholeness count. */
function valueProblem(
  where: string,
  value: string | null,
  max: { readonly valueLength: number },
): Rejection | undefined {
  if (value === null) return undefined;
  if (value.length > max.valueLength) {
    const length = String(value.length);
    return invalid(where, `has ${length} characters; use at most ${String(max.valueLength)}`);
  }
  return isWellFormed(value) ? undefined : invalid(where, "must not contain half a surrogate pair");
}

/** Length in UTF-8, of a text without half surrogate pairs. */
function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}

function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function hasControl(text: string): boolean {
  return /\p{Control}/u.test(text);
}

/** A name as it may stand in a message: cut, and without control characters. */
function printable(text: string): string {
  return text.slice(0, limits.indexNameBytesMax).replace(/[\p{Control}\p{Surrogate}]/gu, "?");
}
