/** Runs the admin program as an operator does, and keeps what it said. */
import { spawn } from "node:child_process";

import { adminProgram } from "./processes.js";

/** What a run came to. */
export interface AdminRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run that can be interrupted. */
export interface StartedAdmin {
  readonly done: Promise<AdminRun>;
  /** What it has said on stderr so far. */
  stderr(): string;
  interrupt(): void;
}

/** Starts the program. */
export function startAdmin(args: readonly string[]): StartedAdmin {
  const child = spawn(adminProgram, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const done = new Promise<AdminRun>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, stdout, stderr });
    });
  });
  return { done, stderr: () => stderr, interrupt: () => child.kill("SIGINT") };
}

/** Runs the program to its end. */
export function runAdmin(...args: readonly string[]): Promise<AdminRun> {
  return startAdmin(args).done;
}
