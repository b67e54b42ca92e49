/** The daemon's log: JSON lines on stderr, written before the call returns so that none is lost. */
import { pino } from "pino";

import type { Logger } from "../base/log.js";
import type { LogLevel } from "../config/model.js";

/** The logger of the process, and its last words. */
export interface ProcessLogger extends Logger {
  /** The one line that says why the process ends. */
  fatal(fields: { readonly event: string } & Record<string, unknown>, text: string): void;
}

/** Creates the logger; every line carries the node id. */
export function createLogger(level: LogLevel, nodeId: string): ProcessLogger {
  return pino(
    {
      level,
      base: { node: nodeId },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
