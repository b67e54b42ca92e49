/**
 * What a failure that ends the process means to whoever starts it again: an exit code, a line, and
 * the fields beside it. Failures that were foreseen say so themselves; of the others, those of a
 * disk are told from bugs here, because any file call may meet a disk that is full or broken.
 */
import { exitCode, FatalError, type ErrorDetails, type ExitCode } from "../base/errors.js";

/** The end of a process. */
export interface Failure {
  readonly code: ExitCode;
  readonly message: string;
  readonly details: ErrorDetails;
}

/** Codes of the system that say that a disk could not take or give what it was asked for. */
const diskCodes: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EIO", "EROFS"]);

/** Judges anything that was thrown. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof FatalError) {
    return { code: thrown.exit, message: thrown.message, details: thrown.details };
  }
  if (!(thrown instanceof Error)) {
    return { code: exitCode.bug, message: String(thrown), details: { error: String(thrown) } };
  }
  const error = thrown.stack ?? thrown.message;
  const system: unknown = "code" in thrown ? thrown.code : undefined;
  if (typeof system !== "string" || !diskCodes.has(system)) {
    return { code: exitCode.bug, message: thrown.message, details: { error } };
  }
  const message = `the disk failed (${thrown.message}): check it and its free space, then restart`;
  return { code: exitCode.temporary, message, details: { code: system, error } };
}
