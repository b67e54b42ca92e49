/** From the command line to the daemon or to one of its short commands; nothing else. */
import { exitCode, FatalError } from "./base/errors.js";
import type { Invocation } from "./config/model.js";
import { loadProcessConfig, programVersion } from "./config/process.js";
import { probeHealth } from "./health-probe.js";
import { serve } from "./serve.js";

await main();

async function main(): Promise<void> {
  let invocation: Invocation;
  try {
    invocation = loadProcessConfig();
  } catch (thrown) {
    if (!(thrown instanceof FatalError)) throw thrown;
    process.stderr.write(`${prefixed(thrown.message)}\n`);
    process.exit(thrown.exit);
  }
  switch (invocation.kind) {
    case "help":
      process.stdout.write(`${invocation.text}\n`);
      return;
    case "version":
      process.stdout.write(`quidditch-master ${programVersion()} (node ${process.version})\n`);
      return;
    case "health": {
      const problem = await probeHealth(invocation.target);
      process.stdout.write(`${problem ?? "serving"}\n`);
      process.exit(problem === undefined ? exitCode.clean : 1);
      return;
    }
    case "serve":
      await serve(invocation);
  }
}

/** A message names the program, as shells and journals expect; a usage text follows as it is. */
function prefixed(message: string): string {
  return `quidditch-master: ${message}`;
}
