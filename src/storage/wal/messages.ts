/**
 * What the thread of the log and the one that owns it say to each other. Data only; failures
 * cross as plain fields because classes do not survive the way.
 */
import type { MessagePort } from "node:worker_threads";
import { assert } from "../../base/assert.js";
import type { ErrorDetails, ExitCode } from "../../base/errors.js";
import { FatalError, MasterError, exitCode } from "../../base/errors.js";
import { assertText } from "../invariants.js";
import type { BatchReport } from "./engine.js";
import type { LogMarker, LogWitness, RecoveredLog, WalIdentity } from "./types.js";

/** What the thread is started with. */
export interface WorkerStart {
  readonly port: MessagePort;
  /** One 32-bit counter, raised with every message, on which the thread sleeps. */
  readonly signal: SharedArrayBuffer;
  readonly directory: string;
  readonly identity: WalIdentity;
  readonly segmentBytes: number;
  readonly witnesses: readonly LogWitness[];
  readonly snapshot: LogMarker | undefined;
}

/** To the thread: encoded records, or the end. */
export type WorkerRequest = readonly Uint8Array[] | "close";

/** A failure in transit. */
export interface FailureReport {
  readonly exit: ExitCode;
  readonly message: string;
  readonly details: ErrorDetails;
}

/** From the thread. */
export type WorkerReply =
  | { readonly kind: "opened"; readonly recovered: RecoveredLog }
  | { readonly kind: "batch"; readonly report: BatchReport }
  | { readonly kind: "failed"; readonly failure: FailureReport }
  | { readonly kind: "closed" };

/** Packs whatever was thrown. */
export function failureReport(thrown: unknown): FailureReport {
  if (thrown instanceof FatalError) {
    return { exit: thrown.exit, message: thrown.message, details: thrown.details };
  }
  assert(!(thrown instanceof MasterError), "an expected failure ends no log");
  const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return { exit: exitCode.bug, message, details: {} };
}

/** Unpacks {@link failureReport}. */
export function failureFrom(report: FailureReport): FatalError {
  assertText(report.message, "a failure's text");
  assert(report.exit !== exitCode.clean, "a failure is not clean");
  return new FatalError(report.exit, report.message, report.details);
}
