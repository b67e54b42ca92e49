/**
 * Completes package-lock.json after `npm install`: npm leaves out optional packages that its
 * registry does not offer, the builds of tools for other platforms, and `npm ci` then refuses the
 * file. Their versions are exact in the packages that want them, and no platform of ours installs
 * them, so an entry without a checksum is enough. With --check it only says what is missing.
 */
import { readFileSync, writeFileSync } from "node:fs";

const path = new URL("../../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(path, "utf8"));
const systems = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const processors = { armv7: "arm", aarch64: "arm64" };
const known = ["arm64", "arm", "x64", "ia32", "ppc64", "riscv64", "s390x", "wasm32"];

const missing = new Map();
for (const [parent, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${parent}/node_modules/${name}`;
    const hoisted = `node_modules/${name}`;
    if (nested in lock.packages || hoisted in lock.packages) continue;
    missing.set(hoisted, platformEntry(name, version, entry.dev === true));
  }
}

function platformEntry(name, version, dev) {
  const words = name.split(/[/-]/);
  const os = words.filter((word) => systems.includes(word));
  const cpu = words.map((word) => processors[word] ?? word).filter((word) => known.includes(word));
  if (!/^\d+\.\d+\.\d+\S*$/.test(version) || os.length !== 1) {
    throw new Error(`${name}@${version} is not the build of a tool for one platform`);
  }
  return {
    version,
    ...(cpu.length === 1 ? { cpu } : {}),
    ...(dev ? { dev } : {}),
    optional: true,
    os,
  };
}

if (missing.size > 0 && process.argv.includes("--check")) {
  console.error(`package-lock.json lacks ${[...missing.keys()].join(", ")}: run npm run lock`);
  process.exit(1);
}
if (missing.size > 0) {
  const packages = Object.entries({ ...lock.packages, ...Object.fromEntries(missing) });
  packages.sort(([a], [b]) => (a < b ? -1 : 1));
  lock.packages = Object.fromEntries(packages);
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
}
