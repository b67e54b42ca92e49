/**
 * The two shapes of a gRPC call as promises: a unary call to another process, and a handler of
 * one. Options of connections are here as well. Retries are the caller's.
 */
import type {
  CallOptions,
  ChannelOptions,
  ServerWritableStream,
  ServiceError,
  handleServerStreamingCall,
  handleUnaryCall,
  sendUnaryData,
} from "@grpc/grpc-js";

import { assertDefined } from "../base/assert.js";
import { statusOf, textOf } from "./call-error.js";
import { reconnectBackoffMaxMs, reconnectBackoffMinMs } from "./limits.js";

/** Of clients: reconnect soon, because a cluster on one machine restarts in a second. */
export const clientOptions: ChannelOptions = {
  "grpc.initial_reconnect_backoff_ms": reconnectBackoffMinMs,
  "grpc.min_reconnect_backoff_ms": reconnectBackoffMinMs,
  "grpc.max_reconnect_backoff_ms": reconnectBackoffMaxMs,
  "grpc.use_local_subchannel_pool": 1,
  "grpc.enable_retries": 0,
  "grpc.enable_http_proxy": 0,
  "grpc.enable_channelz": 0,
  "grpc.service_config_disable_resolution": 1,
};

/** Of the server. */
export const serverOptions: ChannelOptions = { "grpc.enable_channelz": 0 };

/** What a generated client method wants as its last argument. */
export type Reply<Res> = (error: ServiceError | null, value?: Res) => void;

/** Something that can be given up while it runs. */
interface Cancellable {
  cancel(): void;
}

/** Makes one unary call; it ends at the deadline, or when the signal does. */
export function unary<Res>(
  invoke: (options: CallOptions, reply: Reply<Res>) => Cancellable,
  deadlineMs: number,
  signal?: AbortSignal,
): Promise<Res> {
  return new Promise<Res>((resolve, reject) => {
    const abort = (): void => {
      call.cancel();
    };
    const reply: Reply<Res> = (error, value) => {
      signal?.removeEventListener("abort", abort);
      if (error !== null) reject(error);
      else resolve(assertDefined(value, "a unary call without error has a value"));
    };
    const deadline = deadlineMs === Infinity ? Infinity : Date.now() + deadlineMs;
    const call = invoke({ deadline }, reply);
    if (signal?.aborted === true) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}

/** What every call passes before it is handled; it may delay or refuse. */
export interface Gate {
  pass(): Promise<void>;
}

/** Makes a handler of a function; what it throws becomes the status of the answer. */
export function gated<Req, Res>(
  gate: Gate,
  answer: (request: Req) => Res | Promise<Res>,
): handleUnaryCall<Req, Res> {
  return (call, reply: sendUnaryData<Res>) => {
    gate
      .pass()
      .then(() => answer(call.request))
      .then(
        (value) => {
          reply(null, value);
        },
        (error: unknown) => {
          reply({ code: statusOf(error), details: textOf(error) });
        },
      );
  };
}

/** The same for a call that is answered with a stream; it ends when the promise does. */
export function gatedStream<Req, Res>(
  gate: Gate,
  answer: (call: ServerWritableStream<Req, Res>) => Promise<void>,
): handleServerStreamingCall<Req, Res> {
  return (call) => {
    gate
      .pass()
      .then(() => answer(call))
      .then(
        () => {
          call.end();
        },
        (error: unknown) => {
          call.emit("error", { code: statusOf(error), details: textOf(error) });
        },
      );
  };
}
