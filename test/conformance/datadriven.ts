/**
 * Reads data-driven test files: a directive with arguments, optional input lines, `----`, and what
 * the directive is expected to print, up to a blank line. It knows no directive by name.
 */

/** One argument: a bare word has no values, `key=value` one, `key=(a,b)` as many as listed. */
export interface Argument {
  readonly key: string;
  readonly values: readonly string[];
}

/** One directive of a file. */
export interface Directive {
  /** The line of the file on which it begins, counted from one. */
  readonly line: number;
  /** As it is written, for reports. */
  readonly text: string;
  readonly verb: string;
  readonly args: readonly Argument[];
  readonly input: readonly string[];
  readonly expected: readonly string[];
}

/** The file is not in the format. */
export class FormatError extends Error {
  override readonly name = "FormatError";
}

const separator = "----";

/**
 * Reads a whole file.
 *
 * @throws FormatError when a directive has no separator or an argument cannot be read.
 */
export function parseDirectives(text: string): readonly Directive[] {
  const lines = text.split("\n").map((line) => line.trimEnd());
  const directives: Directive[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? "";
    if (line === "" || line.startsWith("#")) {
      at += 1;
      continue;
    }
    const separatorAt = lines.indexOf(separator, at);
    const blankAt = lines.indexOf("", at);
    if (separatorAt < 0 || (blankAt >= 0 && blankAt < separatorAt)) {
      throw new FormatError(`line ${String(at + 1)}: "${line}" is not followed by ${separator}`);
    }
    const end = endOfExpected(lines, separatorAt + 1);
    directives.push({
      line: at + 1,
      text: line,
      ...parseCommand(line, at + 1),
      input: lines.slice(at + 1, separatorAt),
      expected: expectedLines(lines.slice(separatorAt + 1, end)),
    });
    at = end;
  }
  return directives;
}

/** What is expected may contain blank lines when it stands between two pairs of separators. */
function endOfExpected(lines: readonly string[], from: number): number {
  if (lines[from] !== separator) {
    const blank = lines.indexOf("", from);
    return blank < 0 ? lines.length : blank;
  }
  for (let at = from + 1; at < lines.length; at += 1) {
    if (lines[at] === separator && lines[at + 1] === separator) return at + 2;
  }
  throw new FormatError(`line ${String(from + 1)}: the expected text has no end`);
}

function expectedLines(lines: readonly string[]): readonly string[] {
  return lines[0] === separator ? lines.slice(1, -2) : lines;
}

function parseCommand(
  line: string,
  lineNumber: number,
): { readonly verb: string; readonly args: readonly Argument[] } {
  const [verb = "", ...words] = line.match(/(?:\([^)]*\)|\S)+/g) ?? [];
  return { verb, args: words.map((word) => parseArgument(word, lineNumber)) };
}

function parseArgument(word: string, lineNumber: number): Argument {
  const match = /^([^=()]+)(?:=(?:\(([^()]*)\)|([^()]*)))?$/.exec(word);
  const [, key, list, single] = match ?? [];
  if (key === undefined) {
    throw new FormatError(`line ${String(lineNumber)}: "${word}" is not an argument`);
  }
  if (list !== undefined) {
    const values = list.split(",").map((value) => value.trim());
    return { key, values: values.filter((value) => value !== "") };
  }
  return { key, values: single === undefined ? [] : [single] };
}

/** The values of an argument, or none. */
export function valuesOf(directive: Directive, key: string): readonly string[] {
  return directive.args.find((arg) => arg.key === key)?.values ?? [];
}

/**
 * The bare words among the arguments, as numbers.
 *
 * @throws FormatError when one is not a number.
 */
export function numbersOf(directive: Directive): readonly number[] {
  const words = directive.args.filter(({ values }) => values.length === 0);
  return words.map(({ key }) => numberOf(directive, key));
}

/**
 * Reads a number of a directive.
 *
 * @throws FormatError when it is none.
 */
export function numberOf(directive: Directive, text: string | undefined): number {
  if (text !== undefined && /^\d+$/.test(text)) return Number(text);
  throw new FormatError(
    `line ${String(directive.line)}: "${text ?? ""}" in "${directive.text}" is not a number`,
  );
}
