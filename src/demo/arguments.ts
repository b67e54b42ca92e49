/** The demo's command line. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";

import { FatalError, exitCode } from "../base/errors.js";

/** What the demo is asked for. */
export interface DemoArguments {
  /** End when all is green. */
  readonly once: boolean;
  /** Where data goes; a number is appended while that folder cannot be used. */
  readonly directory: string;
  readonly masters: number;
  readonly nodes: number;
}

/** Printed for --help and after a usage error. */
export const usage = `usage: npm start -- [--once] [--dir PATH] [--masters 3] [--nodes 3]
  --once        end with code 0 when all shards are started, with code 1 when they are not in 60 s
  --dir         where data and logs go; ./.quidditch/demo when absent
  --masters     how many masters: 1, 3, 5 or 7
  --nodes       how many reference data nodes: 1 to 9`;

/** Reads the command line; undefined when it asks for help. Throws FatalError (64). */
export function parseDemoArguments(
  args: readonly string[],
  workingDirectory: string,
): DemoArguments | undefined {
  const values = parseFlags(args);
  if (values.help) return undefined;
  const masters = countIn("--masters", values.masters, [1, 3, 5, 7]);
  const nodes = countIn("--nodes", values.nodes, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const directory = resolve(workingDirectory, values.dir);
  return { once: values.once, directory, masters, nodes };
}

interface FlagValues {
  readonly once: boolean;
  readonly dir: string;
  readonly masters: string;
  readonly nodes: string;
  readonly help: boolean;
}

function parseFlags(args: readonly string[]): FlagValues {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: false,
      options: {
        once: { type: "boolean", default: false },
        dir: { type: "string", default: ".quidditch/demo" },
        masters: { type: "string", default: "3" },
        nodes: { type: "string", default: "3" },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    throw new FatalError(exitCode.usage, error instanceof Error ? error.message : String(error));
  }
}

function countIn(flag: string, text: string, allowed: readonly number[]): number {
  const count = allowed.find((one) => String(one) === text);
  if (count !== undefined) return count;
  throw new FatalError(exitCode.usage, `${flag} '${text}': must be one of ${allowed.join(", ")}`);
}
