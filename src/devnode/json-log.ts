/** A log of JSON lines on a stream, one fact each. The daemon's richer one stays with the daemon. */
import type { LogFields, Logger } from "../base/log.js";
import type { NodeLogLevel } from "./options.js";

const levels: readonly NodeLogLevel[] = ["debug", "info", "warn", "error"];

/** Makes a logger that drops what is below `level`. */
export function createJsonLog(
  write: (line: string) => void,
  level: NodeLogLevel,
  bindings: Readonly<Record<string, unknown>> = {},
): Logger {
  const emit = (at: NodeLogLevel, fields: LogFields, text: string): void => {
    if (levels.indexOf(at) < levels.indexOf(level)) return;
    const line = { level: at, time: new Date().toISOString(), ...bindings, ...fields, msg: text };
    write(`${JSON.stringify(line)}\n`);
  };
  return {
    error: (fields, text) => {
      emit("error", fields, text);
    },
    warn: (fields, text) => {
      emit("warn", fields, text);
    },
    info: (fields, text) => {
      emit("info", fields, text);
    },
    debug: (fields, text) => {
      emit("debug", fields, text);
    },
    child: (more) => createJsonLog(write, level, { ...bindings, ...more }),
  };
}
