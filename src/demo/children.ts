/**
 * The demo's processes. Each is in a process group of its own, so that Ctrl-C reaches the demo
 * alone; each is ended when the demo ends, however it ends: a small shell beside them waits for
 * the demo's pipe to close and then ends whatever is left.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";

import { childStopBudgetMs, logTailLines } from "./limits.js";

/** A program to run. */
export interface ChildPlan {
  readonly id: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Both outputs go to the end of this file. */
  readonly logFile: string;
}

/** A program that was started, perhaps more than once. */
interface Child {
  readonly plan: ChildPlan;
  process: ChildProcess;
  running: boolean;
}

/** See the file comment. */
export class Children {
  readonly #children = new Map<string, Child>();
  readonly #onExit: (id: string, how: string) => void;
  #watchdog: ChildProcess | undefined;
  #stopping = false;

  /** `onExit` is told of children that end without having been told to. */
  constructor(onExit: (id: string, how: string) => void) {
    this.#onExit = onExit;
    process.once("exit", () => {
      for (const child of this.#running()) child.process.kill("SIGKILL");
    });
  }

  /** Starts a program, or starts it again. */
  start(plan: ChildPlan): void {
    if (this.#stopping) return;
    const log = openSync(plan.logFile, "a");
    const process = spawn(plan.program, plan.args, {
      stdio: ["ignore", log, log],
      detached: true,
    });
    closeSync(log);
    const child: Child = { plan, process, running: true };
    this.#children.set(plan.id, child);
    const ended = (how: string): void => {
      if (!child.running) return;
      child.running = false;
      if (!this.#stopping) this.#onExit(plan.id, how);
    };
    process.once("error", (error) => {
      ended(error.message);
    });
    process.once("exit", (code, signal) => {
      ended(signal === null ? `code ${code ?? "?"}` : signal);
    });
    this.#watch();
  }

  pidOf(id: string): number | undefined {
    return this.#children.get(id)?.process.pid;
  }

  isRunning(id: string): boolean {
    return this.#children.get(id)?.running ?? false;
  }

  /** The last lines of a child's log. */
  logTail(id: string): readonly string[] {
    const child = this.#children.get(id);
    if (child === undefined) return [];
    return readFileSync(child.plan.logFile, "utf8").trimEnd().split("\n").slice(-logTailLines);
  }

  /** Ends all of them, group by group: asked first, killed when they do not. */
  async stop(groups: readonly (readonly string[])[]): Promise<void> {
    this.#stopping = true;
    for (const group of groups) {
      await stopAll(this.#running().filter((child) => group.includes(child.plan.id)));
    }
    this.#unwatch();
  }

  #running(): Child[] {
    return [...this.#children.values()].filter((child) => child.running);
  }

  /** Replaces the shell by one that knows the present processes. */
  #watch(): void {
    this.#unwatch();
    const pids = this.#running().flatMap(({ process }) => process.pid ?? []);
    const script = 'cat >/dev/null; for pid in "$@"; do kill -TERM "$pid"; done';
    this.#watchdog = spawn("/bin/sh", ["-c", script, "quidditch-demo", ...pids.map(String)], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
    // Without it the children end as well, only not when the demo is killed.
    this.#watchdog.once("error", () => undefined);
    this.#watchdog.stdin?.once("error", () => undefined);
    this.#watchdog.unref();
  }

  #unwatch(): void {
    const pid = this.#watchdog?.pid;
    this.#watchdog = undefined;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
  }
}

async function stopAll(children: readonly Child[]): Promise<void> {
  const ends = children.map((child) => once(child.process, "exit"));
  for (const child of children) child.process.kill("SIGTERM");
  const bound = setTimeout(() => {
    for (const child of children) child.process.kill("SIGKILL");
  }, childStopBudgetMs);
  await Promise.all(ends);
  clearTimeout(bound);
}
