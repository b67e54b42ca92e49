/** A logger that says nothing. */
import type { Logger } from "../../../src/base/log.js";

/** See the file comment. */
export const silentLogger: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => silentLogger,
};
