/**
 * Reads the text of a configuration file (YAML, and JSON as a part of it) into raw values that
 * know their line, expands `${VAR}` in them, and sorts keys into known, without effect and
 * unknown. It judges no value; settings.ts does.
 */
import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument } from "yaml";
import type { Document, Pair } from "yaml";
import type { ConfigWarning } from "./model.js";
import type { Problem, RawValue } from "./values.js";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the file may hold. Keys are lower case and dotted; a group is what stands before a dot. */
export interface KeyTable {
  readonly known: ReadonlySet<string>;
  /** Keys that other programs' files carry and that change nothing here, with the reason. */
  readonly withoutEffect: ReadonlyMap<string, string>;
}

/** What a file says. */
export interface FileContent {
  readonly values: ReadonlyMap<string, RawValue>;
  readonly problems: readonly Problem[];
  readonly warnings: readonly ConfigWarning[];
}

/** Parses `text`, which was read from `fileName`. */
export function parseFile(
  fileName: string,
  text: string,
  keys: KeyTable,
  env: Environment,
): FileContent {
  return new FileReader(fileName, text, keys, env).read();
}

class FileReader {
  readonly #fileName: string;
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;
  readonly #keys: KeyTable;
  readonly #groups: ReadonlySet<string>;
  readonly #env: Environment;
  readonly #values = new Map<string, RawValue>();
  readonly #problems: Problem[] = [];
  readonly #warnings: ConfigWarning[] = [];

  constructor(fileName: string, text: string, keys: KeyTable, env: Environment) {
    this.#fileName = fileName;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    this.#keys = keys;
    this.#env = env;
    const all = [...keys.known, ...keys.withoutEffect.keys()];
    this.#groups = new Set(all.filter((key) => key.includes(".")).map((key) => parentOf(key)));
  }

  read(): FileContent {
    for (const error of this.#document.errors) {
      this.#problem(error.pos[0], `not valid YAML: ${error.message.replace(/\s+/g, " ")}`);
    }
    if (this.#problems.length === 0) this.#readMap(this.#document.contents, "");
    return { values: this.#values, problems: this.#problems, warnings: this.#warnings };
  }

  #readMap(node: unknown, prefix: string): void {
    if (node === null || (isScalar(node) && node.value === null)) return;
    if (!isMap(node)) {
      const subject = prefix === "" ? "the file" : prefix.slice(0, -1);
      this.#problem(offsetOf(node), `${subject} has to be keys with values below it`);
      return;
    }
    for (const pair of node.items) this.#readPair(pair, prefix);
  }

  #readPair(pair: Pair, prefix: string): void {
    const offset = offsetOf(pair.key);
    const written = `${prefix}${isScalar(pair.key) ? String(pair.key.value) : "?"}`;
    const key = written.toLowerCase();
    const value = isAlias(pair.value) ? pair.value.resolve(this.#document) : pair.value;
    const reason = this.#keys.withoutEffect.get(key);
    if (this.#keys.known.has(key)) {
      const raw = this.#raw(value, offset);
      if (raw !== undefined) this.#values.set(key, raw);
    } else if (reason !== undefined) {
      this.#warn("config-key-without-effect", offset, `${written} has no effect: ${reason}`);
    } else if (this.#groups.has(key)) {
      this.#readMap(value, `${key}.`);
    } else {
      this.#warn("config-key-unknown", offset, `${written} is not a known key and is ignored`);
    }
  }

  /** Undefined for a value that is absent (`key:` with nothing after it). */
  #raw(node: unknown, keyOffset: number): RawValue | undefined {
    const origin = this.#origin(offsetOf(node, keyOffset));
    if (isMap(node)) return { kind: "map", origin };
    if (isSeq(node)) {
      const items = node.items.map((item) => this.#raw(item, keyOffset));
      return { kind: "list", items: items.filter((item) => item !== undefined), origin };
    }
    if (!isScalar(node) || node.value === null) return undefined;
    // The text as it was written: 007 is a name, and no number loses digits on the way.
    const text = typeof node.value === "string" ? node.value : (node.source ?? "");
    return { kind: "scalar", value: this.#expand(text, origin), origin };
  }

  #expand(text: string, origin: string): string {
    const expanded = text.replace(
      /\$\{([A-Za-z_]\w*)(:?-)?([^}]*)\}/g,
      (whole, variable: string, operator: string | undefined, fallback: string) => {
        const value = this.#env[variable];
        if (operator === undefined) {
          if (value !== undefined && fallback === "") return value;
          const missing = `${whole}: ${variable} is not set, and there is no default (\${${variable}:-default})`;
          this.#problems.push({ origin, text: fallback === "" ? missing : badExpansion(whole) });
          return "";
        }
        const useFallback = value === undefined || (operator === ":-" && value === "");
        return useFallback ? fallback : value;
      },
    );
    if (/\$\{(?![A-Za-z_]\w*(:?-)?[^}]*\})/.test(text)) {
      this.#problems.push({ origin, text: badExpansion(text) });
    }
    return expanded;
  }

  #origin(offset: number): string {
    return `${this.#fileName}:${this.#lines.linePos(offset).line}`;
  }

  #problem(offset: number, text: string): void {
    this.#problems.push({ origin: this.#origin(offset), text });
  }

  #warn(event: ConfigWarning["event"], offset: number, text: string): void {
    this.#warnings.push({ event, origin: this.#origin(offset), text });
  }
}

function badExpansion(text: string): string {
  return `${text} is not \${NAME} or \${NAME:-default}`;
}

function parentOf(key: string): string {
  return key.slice(0, key.lastIndexOf("."));
}

/** Where a node starts in the text, or `fallback` for one that is not there. */
function offsetOf(node: unknown, fallback = 0): number {
  const range = typeof node === "object" && node !== null && "range" in node ? node.range : null;
  const start: unknown = Array.isArray(range) ? range[0] : undefined;
  return typeof start === "number" ? start : fallback;
}
