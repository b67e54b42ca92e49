/**
 * House rules that no tool knows: assertion density, units in the names of numeric settings,
 * words that do not belong, generated code that is fresh, and tests that cannot be skipped. It
 * reads the sources as text and runs nothing of the product.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const generated = "src/wire/gen/";

/** Files below `folder`, relative to the root; none when it does not exist. */
function filesBelow(folder: string): readonly string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

const ours = [...filesBelow("src"), ...filesBelow("test")].filter(
  (file) => !file.startsWith(generated) && /\.(ts|mjs|sh)$/.test(file),
);
const texts = [
  ...ours,
  ...["proto", "config", "systemd", ".github", ".ci"].flatMap((folder) => filesBelow(folder)),
  ...["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "SECURITY.md"],
  ...["Dockerfile", "eslint.config.js", ".dependency-cruiser.cjs", "package.json"],
].filter((file) => existsSync(join(root, file)));

interface Density {
  functions: number;
  assertions: number;
}

/** Counts function bodies and calls of assert, assertDefined, assertNever. */
function density(file: string): Density {
  const result: Density = { functions: 0, assertions: 0 };
  const visit = (node: ts.Node): void => {
    if (isNamedFunction(node)) result.functions += 1;
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      if (/^assert([A-Z]\w*)?$/.test(node.expression.text)) result.assertions += 1;
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest));
  return result;
}

/** Functions and methods with a body; a callback in an expression belongs to its function. */
function isNamedFunction(node: ts.Node): boolean {
  const declared =
    ts.isFunctionDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isConstructorDeclaration(node);
  return declared && node.body !== undefined;
}

describe("assertions", () => {
  it.each(["src/raft", "src/storage"])("average two or more a function in %s", (folder) => {
    const counts = filesBelow(folder).map((file) => ({ file, ...density(file) }));
    const functions = counts.reduce((sum, count) => sum + count.functions, 0);
    const assertions = counts.reduce((sum, count) => sum + count.assertions, 0);
    const worst = counts
      .map(({ file, ...count }) => ({ file, missing: 2 * count.functions - count.assertions }))
      .sort((a, b) => b.missing - a.missing)
      .slice(0, 5);
    expect(assertions, `missing most: ${JSON.stringify(worst)}`).toBeGreaterThanOrEqual(
      2 * functions,
    );
  });
});

describe("settings", () => {
  it("carry their unit when they are numbers", () => {
    const file = "src/config/model.ts";
    const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest);
    const numeric: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isPropertySignature(node) && node.type?.kind === ts.SyntaxKind.NumberKeyword) {
        if (ts.isIdentifier(node.name)) numeric.push(node.name.text);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    expect(numeric.length).toBeGreaterThan(5);
    const unit = /(Ms|Ticks|Bytes|Count|Percent)(Max|Min)?$|[pP]ort$/;
    expect(numeric.filter((name) => !unit.test(name))).toEqual([]);
  });

  it("with a bound carry its unit", () => {
    // A plural is a unit: messages, entries, bytes, ms, heartbeatsForwarded.
    const unit =
      /(s([A-Z][a-z]+ed)?|Count|Percent|Length|Id)(Per[A-Z]\w+?)?(Max|Min|Target|Default)?$/;
    const named = /^port(Min|Max)$/;
    const names = ours
      .filter((file) => basename(file) === "limits.ts")
      .flatMap((file) =>
        [...read(file).matchAll(/^export const (\w+)(?:: number)? = -?[\d(]/gm)].map(
          ([, name]) => `${file} ${name ?? ""}`,
        ),
      );
    expect(names.length).toBeGreaterThan(5);
    expect(
      names.filter((name) => !unit.test(name) && !named.test(name.split(" ")[1] ?? "")),
    ).toEqual([]);
  });
});

describe("words", () => {
  /** Written in pieces, so that this file does not contain them. */
  const sieve = [
    {
      what: "unfinished work",
      pattern: new RegExp(`\\b(${["TO", "DO"].join("")}|${["FIX", "ME"].join("")})\\b`),
    },
    { what: "a skipped test", pattern: /\b(describe|it|test)\.(only|skip|todo|fails)\b/ },
    { what: "a silenced compiler", pattern: /@ts-(ignore|nocheck|expect-error)/ },
  ];
  it.each(sieve)("do not speak of $what", ({ pattern }) => {
    expect(texts.length).toBeGreaterThan(20);
    const found = texts.filter((file) => file !== "test/tidy.test.ts" && pattern.test(read(file)));
    expect(found).toEqual([]);
  });

  it("in file names say what is inside", () => {
    const banned = /(^|[-/.])(utils?|helpers?|common|managers?|misc|stuff)([-.]|$)|^(data|info)\./;
    const names = ours.map((file) => basename(file));
    expect(ours.filter((_, position) => banned.test(names[position] ?? ""))).toEqual([]);
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)+$/;
    expect(ours.filter((_, position) => !kebab.test(names[position] ?? ""))).toEqual([]);
  });

  it("open every file with a paragraph on its role, but for tests, whose names say it", () => {
    const opening = /^(#!.*\n)?(\/\*\*|#|\/\/ )/;
    const tested = ours.filter((file) => !file.endsWith(".test.ts"));
    expect(tested.filter((file) => !opening.test(read(file)))).toEqual([]);
  });

  it("fit into 100 columns", () => {
    const long = ours.flatMap((file) =>
      read(file)
        .split("\n")
        .map((line, position) => ({ line, place: `${file}:${position + 1}` }))
        // Prettier breaks what can be broken; texts and patterns stay whole.
        .filter(({ line }) => line.length > 100 && !/["'`/]/.test(line))
        .map(({ place }) => place),
    );
    expect(long).toEqual([]);
  });
});

describe("generated code", () => {
  it("is what the generator writes today", () => {
    const parsed: unknown = JSON.parse(read("package.json"));
    const command = scriptOf(parsed, "gen:wire").split(/\s+/);
    const outAt = command.indexOf("-O");
    expect(outAt).toBeGreaterThan(0);
    const folder = mkdtempSync(join(tmpdir(), "wire-gen-"));
    try {
      const args = command.slice(1).map((word, position) => (position === outAt ? folder : word));
      const program = join(root, "node_modules/.bin", command[0] ?? "");
      execFileSync(program, args, { cwd: root, stdio: "pipe" });
      const fresh = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
        .sort();
      const kept = filesBelow(generated).map((file) => file.slice(generated.length));
      expect(kept).toEqual(fresh);
      const stale = fresh.filter(
        (file) => readFileSync(join(folder, file), "utf8") !== read(join(generated, file)),
      );
      expect(stale, "run: npm run gen:wire").toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function scriptOf(parsed: unknown, name: string): string {
  if (typeof parsed !== "object" || parsed === null || !("scripts" in parsed)) return "";
  const scripts = parsed.scripts;
  if (typeof scripts !== "object" || scripts === null) return "";
  const script: unknown = Object.entries(scripts).find(([key]) => key === name)?.[1];
  return typeof script === "string" ? script : "";
}
