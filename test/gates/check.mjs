/**
 * The gates: every static check of the project, two at a time, each with its own name, result and
 * time; the output of those that failed comes last. It changes nothing on disk and runs no product
 * code; `test/tidy.test.ts` holds the rules that no tool knows. Gates named as arguments run alone.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const bin = (name) => join(root, "node_modules", ".bin", name);

/** Longest first, so that two lanes end together. */
const gates = [
  { name: "lint", command: [bin("eslint"), "--max-warnings=0", "."] },
  { name: "types", command: [bin("tsc"), "-p", "tsconfig.json", "--noEmit"] },
  {
    name: "imports",
    command: [bin("depcruise"), "--config", ".dependency-cruiser.cjs", ...code()],
  },
  { name: "unused", command: [bin("knip"), "--no-progress"] },
  { name: "types-pure", command: [bin("tsc"), "-p", "tsconfig.pure.json", "--noEmit"] },
  { name: "format", command: [bin("prettier"), "--check", "--log-level=warn", "."] },
  { name: "proto", command: [bin("buf"), "lint", "proto"] },
  { name: "lockfile", command: [process.execPath, "test/support/complete-lock.mjs", "--check"] },
  { name: "tidy", command: [bin("vitest"), "run", "test/tidy.test.ts"] },
];

function code() {
  return ["src", "test"].filter((folder) => existsSync(join(root, folder)));
}

/** Runs one gate to its end; never rejects. */
function run(gate) {
  return new Promise((resolve) => {
    const startedMs = performance.now();
    const [file, ...args] = gate.command;
    const child = spawn(file, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    const chunks = [];
    const end = (ok, note) => {
      const output = Buffer.concat(chunks).toString() + note;
      resolve({ name: gate.name, ok, output, tookMs: performance.now() - startedMs });
    };
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.stderr.on("data", (chunk) => chunks.push(chunk));
    child.on("error", (error) => end(false, String(error)));
    child.on("close", (exit, signal) =>
      end(exit === 0, signal === null ? "" : `ended by ${signal}\n`),
    );
  });
}

async function lane(queue, results) {
  for (let gate = queue.shift(); gate !== undefined; gate = queue.shift()) {
    const result = await run(gate);
    const verdict = result.ok ? "ok    " : "FAILED";
    console.log(`${verdict} ${result.name.padEnd(12)} ${(result.tookMs / 1000).toFixed(1)} s`);
    results.push(result);
  }
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !gates.some((gate) => gate.name === name));
if (unknown.length > 0) {
  console.error(
    `no gate named ${unknown.join(", ")}; there are: ${gates.map((g) => g.name).join(" ")}`,
  );
  process.exit(64);
}
const queue = gates.filter((gate) => wanted.length === 0 || wanted.includes(gate.name));
const results = [];
const lanes = Math.min(queue.length, Math.max(2, Math.min(4, availableParallelism())));
await Promise.all(Array.from({ length: lanes }, () => lane(queue, results)));

const failed = results.filter((result) => !result.ok);
for (const result of failed) {
  console.log(`\n---- ${result.name} ----\n${result.output.trimEnd()}`);
}
console.log(
  failed.length === 0
    ? `\ncheck: all ${results.length} gates passed`
    : `\ncheck: ${failed.length} of ${results.length} gates failed: ${failed.map((r) => r.name).join(", ")}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
