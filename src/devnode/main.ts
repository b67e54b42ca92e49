/**
 * The program quidditch-devnode: a command line, one data node, and signals. Logs go to stderr;
 * stdout gets one line with the address, for whoever asked for a free port.
 */
import { FatalError, exitCode } from "../base/errors.js";
import { createJsonLog } from "./json-log.js";
import { startDevNode } from "./node.js";
import { parseCommandLine, usage } from "./options.js";

async function main(args: readonly string[]): Promise<void> {
  const invocation = parseCommandLine(args);
  if (invocation.kind === "help") {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const logger = createJsonLog((line) => process.stderr.write(line), invocation.logLevel);
  const node = await startDevNode(invocation.options, { logger });
  process.stdout.write(`${node.nodeId} listens on ${node.address}\n`);
  const stop = (signal: NodeJS.Signals): void => {
    logger.info({ event: "stopping", signal }, "The node stops");
    node.stop().then(
      () => process.exit(exitCode.clean),
      (error: unknown) => {
        fail(error);
      },
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

function fail(error: unknown): void {
  if (error instanceof FatalError) {
    process.stderr.write(`quidditch-devnode: ${error.message}\n`);
    if (error.exit === exitCode.usage) process.stderr.write(`${usage}\n`);
    process.exit(error.exit);
  }
  process.stderr.write(
    `quidditch-devnode: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(exitCode.bug);
}

main(process.argv.slice(2)).catch(fail);
