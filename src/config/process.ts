/**
 * The one place that reads this process: its arguments, its environment, its host's name and the
 * configuration files on its disk. Everything else is told.
 */
import { readFileSync, statSync } from "node:fs";
import type { Stats } from "node:fs";
import { hostname } from "node:os";
import { fileSizeBytesMax } from "./limits.js";
import { loadConfig } from "./load.js";
import type { Invocation } from "./model.js";

/**
 * Loads the configuration of this process.
 *
 * @throws FatalError, see {@link loadConfig}.
 */
export function loadProcessConfig(): Invocation {
  return loadConfig({
    argv: process.argv.slice(2),
    env: process.env,
    readFile: readFileIfPresent,
    hostname: hostname(),
  });
}

/** The socket on which systemd waits to be told about readiness, when it started this process. */
export function notifySocketPath(): string | undefined {
  return process.env["NOTIFY_SOCKET"];
}

/** The version of the package that this program is part of. */
export function programVersion(): string {
  // The same relative place from src/config and from dist/config.
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const parsed: unknown = JSON.parse(text);
  const version =
    typeof parsed === "object" && parsed !== null && "version" in parsed ? parsed.version : "";
  return typeof version === "string" ? version : "";
}

function readFileIfPresent(path: string): string | undefined {
  const stats = statIfPresent(path);
  if (stats === undefined) return undefined;
  if (!stats.isFile()) throw new Error("it is not a file");
  if (stats.size > fileSizeBytesMax) {
    throw new Error(`it is ${stats.size} bytes long; ${fileSizeBytesMax} are allowed`);
  }
  return readFileSync(path, "utf8");
}

/** A folder on the search path that this user may not enter holds no file for it. */
function statIfPresent(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EACCES") return undefined;
    throw error;
  }
}
