/**
 * Failures as gRPC knows them: what a handler throws to answer with a status, and how to read the
 * status of a call that failed. No failure is retried or logged here.
 */
import { status } from "@grpc/grpc-js";

/** A status with a text; a handler that throws it answers with both. */
export class CallError extends Error {
  override readonly name = "CallError";
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.code = code;
  }
}

const statuses: ReadonlySet<unknown> = new Set(Object.values(status));

function isStatus(value: unknown): value is status {
  return typeof value === "number" && statuses.has(value);
}

/** The gRPC status of anything thrown; what has none is INTERNAL. */
export function statusOf(thrown: unknown): status {
  if (thrown instanceof Error && "code" in thrown && isStatus(thrown.code)) return thrown.code;
  return status.INTERNAL;
}

/** The text of anything thrown, without the status that grpc-js puts before it. */
export function textOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if ("details" in thrown && typeof thrown.details === "string" && thrown.details !== "") {
    return thrown.details;
  }
  return thrown.message;
}

const rejections: readonly status[] = [
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.ALREADY_EXISTS,
  status.PERMISSION_DENIED,
  status.ABORTED,
  status.OUT_OF_RANGE,
  status.UNIMPLEMENTED,
];

/** Whether a master judged the call and refused it: repeating it gives the same answer. */
export function isRejection(thrown: unknown): boolean {
  return rejections.includes(statusOf(thrown));
}
