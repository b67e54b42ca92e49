/**
 * What surrounds every unary method: the time budget, cancellation, the size of metadata, errors,
 * metrics and the log line of a failure. Handlers see none of it; they get a request and a context
 * and either answer or throw.
 */
import type {
  Metadata,
  ServerUnaryCall,
  ServerWritableStream,
  handleUnaryCall,
  sendUnaryData,
} from "@grpc/grpc-js";

import { AssertionError } from "../../base/assert.js";
import { MasterError, errorTable } from "../../base/errors.js";
import type { ServerDeps } from "../deps.js";
import {
  callBudgetDefaultMs,
  callBudgetMarginMs,
  callBudgetMaxMs,
  metadataBytesMax,
} from "../limits.js";
import { statusName, toStatus } from "./status.js";

/** One call, as handlers see it. */
export interface CallContext {
  /** Host of the caller as this member sees it, IPv4-mapped addresses unwrapped. */
  readonly peerHost: string;
  /** For the record of what this call proposes. */
  readonly origin: string;
  readonly metadata: Metadata;
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal;
  /** Time until the caller's own deadline, however far; undefined when it set none. */
  patienceMs(): number | undefined;
  /** What is left of the call's budget in ms; never negative. */
  remainingMs(): number;
}

/** An answer: a message, or its ready bytes where the method's serializer lets them through. */
export interface Answer<T> {
  readonly message: T;
  readonly trailer?: Metadata;
}

/** A method without what surrounds it. */
export type Handler<Request, Response> = (
  request: Request,
  context: CallContext,
) => Promise<Answer<Response>>;

/** Whether the server takes calls. */
export interface Gate {
  stopping: boolean;
}

type SurfaceCall = Pick<
  ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>,
  "getPeer" | "getDeadline" | "metadata" | "on"
>;

/** Wraps a handler; see the file comment. */
export function unary<Request, Response>(
  method: string,
  handler: Handler<Request, Response>,
  deps: ServerDeps,
  gate: Gate,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const startedMs = deps.clock.monotonicMs();
    const context = contextOf(call, deps);
    const done = (status: number): void => {
      const seconds = (deps.clock.monotonicMs() - startedMs) / 1000;
      deps.metrics.grpcCall({ method, status: statusName(status), seconds });
    };
    answerOf(call.request, context, handler, gate).then(
      ({ message, trailer }) => {
        done(0);
        callback(null, message, trailer);
      },
      (thrown: unknown) => {
        done(fail({ method, thrown, deps, origin: context.origin }, callback));
      },
    );
  };
}

/** Refuses calls that come too late or carry too much; throws a MasterError. */
export function admit(metadata: Metadata, gate: Gate): void {
  if (gate.stopping) {
    throw new MasterError("stopping", "this master is stopping; ask another one");
  }
  const bytes = metadataBytes(metadata);
  if (bytes > metadataBytesMax) {
    throw new MasterError(
      "limit_exceeded",
      `metadata of ${String(bytes)} bytes is over the limit of ${String(metadataBytesMax)}`,
    );
  }
}

/** Makes the context of a call. */
export function contextOf(call: SurfaceCall, deps: Pick<ServerDeps, "clock">): CallContext {
  const aborter = new AbortController();
  call.on("cancelled", () => {
    // A reason of its own: the default one is an exception, made for every call that ends.
    aborter.abort("the caller has gone");
  });
  const deadline = call.getDeadline();
  const deadlineMs = deadline instanceof Date ? deadline.getTime() : deadline;
  const hasDeadline = Number.isFinite(deadlineMs);
  const askedMs = deadlineMs - deps.clock.wallMs() - callBudgetMarginMs;
  const leftMs = hasDeadline ? Math.min(askedMs, callBudgetMaxMs) : callBudgetDefaultMs;
  const startMs = deps.clock.monotonicMs();
  const endMs = startMs + leftMs;
  const peer = call.getPeer();
  return {
    peerHost: hostOf(peer),
    origin: peer,
    metadata: call.metadata,
    signal: aborter.signal,
    patienceMs: () =>
      hasDeadline ? Math.max(0, startMs + askedMs - deps.clock.monotonicMs()) : undefined,
    remainingMs: () => Math.max(0, endMs - deps.clock.monotonicMs()),
  };
}

/** Logs a failure where someone should see it, and gives the error to send. */
export function toMasterError(failure: {
  readonly method: string;
  readonly thrown: unknown;
  readonly deps: Pick<ServerDeps, "log">;
  readonly origin: string;
}): MasterError {
  const { thrown, method, origin } = failure;
  if (thrown instanceof AssertionError) {
    // A bug ends the process; it is thrown where only the crash handler can catch it.
    setImmediate(() => {
      throw thrown;
    });
  }
  const error = MasterError.from(thrown);
  const fields = { event: "grpc-call-failed", method, code: error.code, origin };
  if (error.code === "internal" || error.code === "corrupt") {
    failure.deps.log.error({ ...fields, error: thrown }, "A call failed for a reason of our own");
  } else {
    failure.deps.log.debug({ ...fields, reason: error.message }, "A call was refused");
  }
  return error;
}

/** The host in a peer text of the form host:port, IPv4-mapped addresses unwrapped. */
export function hostOf(peer: string): string {
  const colon = peer.lastIndexOf(":");
  const host = colon < 0 ? peer : peer.slice(0, colon);
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  return bare.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
}

async function answerOf<Request, Response>(
  request: Request,
  context: CallContext,
  handler: Handler<Request, Response>,
  gate: Gate,
): Promise<Answer<Response>> {
  admit(context.metadata, gate);
  return handler(request, context);
}

function fail<Response>(
  failure: Parameters<typeof toMasterError>[0] & { readonly deps: ServerDeps },
  callback: sendUnaryData<Response>,
): number {
  const error = toMasterError(failure);
  callback(toStatus(error, failure.deps.controlPlane.leader().grpcAddress));
  return errorTable[error.code].grpc;
}

function metadataBytes(metadata: Metadata): number {
  let bytes = 0;
  for (const key of Object.keys(metadata.getMap())) {
    for (const value of metadata.get(key)) bytes += key.length + value.length;
  }
  return bytes;
}
