/** The program quidditch-admin: a command line, one command, an exit code. */
import { logVerbosity, setLogVerbosity } from "@grpc/grpc-js";

import { exitCode, FatalError } from "../base/errors.js";
import { programVersion } from "../config/process.js";
import { systemClock } from "../process/system-clock.js";
import { createDisk } from "../storage/disk.js";
import { parseAdminArguments } from "./arguments.js";
import { runMemberCommand } from "./members.js";
import { runOfflineCommand } from "./offline.js";
import { runningDaemon } from "./running-daemon.js";
import type { Terminal } from "./terminal.js";

/** What shells show for a program that Ctrl-C ended. */
const interruptedExit = 130;

const terminal: Terminal = {
  out: (line) => {
    process.stdout.write(`${line}\n`);
  },
  err: (line) => {
    process.stderr.write(`${line}\n`);
  },
  interruptNote: "nothing was changed",
};

async function main(args: readonly string[]): Promise<void> {
  const invocation = parseAdminArguments(args);
  switch (invocation.kind) {
    case "help":
      terminal.out(invocation.text);
      return;
    case "version":
      terminal.out(`quidditch-admin ${programVersion()} (node ${process.version})`);
      return;
    case "member":
      await runMemberCommand(invocation.command, invocation, { clock: systemClock, terminal });
      return;
    case "offline": {
      const deps = { disk: createDisk(), terminal, runningDaemon };
      process.exitCode = await runOfflineCommand(invocation.command, invocation.json, deps);
      return;
    }
  }
}

function fail(thrown: unknown): void {
  const fatal = thrown instanceof FatalError ? thrown : undefined;
  const text = fatal?.message ?? (thrown instanceof Error ? thrown.stack : String(thrown));
  terminal.err(`quidditch-admin: ${text ?? "unknown failure"}`);
  process.exitCode = fatal?.exit ?? exitCode.bug;
}

// The library writes lines of its own to stderr; what matters of them is in the errors.
setLogVerbosity(logVerbosity.NONE);
// Whoever reads the output may go away, as `head` does.
process.stdout.on("error", () => process.exit(exitCode.temporary));
process.once("SIGINT", () => {
  terminal.err(`quidditch-admin: interrupted: ${terminal.interruptNote}`);
  process.exit(interruptedExit);
});
main(process.argv.slice(2)).catch(fail);
