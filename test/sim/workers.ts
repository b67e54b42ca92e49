/** Starts processes that run parts of a batch, and hands on what they tell. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { SeedReport } from "./batch.js";

const mainFile = fileURLToPath(new URL("main.ts", import.meta.url));

/** A running worker. */
export interface Worker {
  /** Settles when it has ended; rejects when it did not end well. */
  readonly ended: Promise<void>;
  stop(): void;
}

/** Starts one; `onReport` is called for each seed. */
export function startWorker(
  args: readonly string[],
  onReport: (report: SeedReport) => void,
): Worker {
  const loader = process.execArgv;
  const child = spawn(process.execPath, [...loader, mainFile, "--worker", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let stopped = false;
  createInterface({ input: child.stdout }).on("line", (line) => {
    onReport(JSON.parse(line) as SeedReport);
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0 || stopped) resolve();
      else reject(new Error(`a worker ended with ${String(code)}`));
    });
  });
  return {
    ended,
    stop: () => {
      stopped = true;
      child.kill();
    },
  };
}
