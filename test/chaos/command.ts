/** Runs the system's own tools (ip, nft, tc, mount) to their end; a failure says which and why. */
import { spawnSync } from "node:child_process";

const timeoutMs = 20_000;

/**
 * Runs a program with `input` on its stdin and gives what it printed.
 *
 * @throws Error naming the command and what it wrote to stderr.
 */
export function run(command: readonly string[], input = ""): string {
  const [file = "", ...args] = command;
  const result = spawnSync(file, args, { input, encoding: "utf8", timeout: timeoutMs });
  if (result.error !== undefined) {
    throw new Error(`${file} could not be run: ${result.error.message}`);
  }
  if (result.status !== 0) {
    const why = result.stderr.trim() || `exit ${String(result.status ?? result.signal)}`;
    throw new Error(`${command.join(" ")}: ${why}`);
  }
  return result.stdout;
}

/** Runs a program that may fail; whether it succeeded. */
export function tries(command: readonly string[]): boolean {
  const [file = "", ...args] = command;
  return spawnSync(file, args, { stdio: "ignore", timeout: timeoutMs }).status === 0;
}
