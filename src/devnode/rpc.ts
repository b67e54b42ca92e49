/**
 * One unary gRPC call as a promise, and the options of connections. Retries are the caller's;
 * handlers are grpc-service.ts.
 */
import type { CallOptions, ChannelOptions, ServiceError } from "@grpc/grpc-js";

import { assertDefined } from "../base/assert.js";
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
