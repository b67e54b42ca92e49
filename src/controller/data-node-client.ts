/**
 * The gRPC client of one data node. What the messages mean is data-node-wire.ts's; nothing is
 * retried.
 */
import { Metadata, credentials, status, type MethodDefinition } from "@grpc/grpc-js";

import { wire } from "../wire/load.js";
import type { CallLimits, CallResult, DataNodeClient } from "./data-node-calls.js";
import { clientOver, failureOf, type DataNodeExchanges } from "./data-node-wire.js";
import { limits as bounds } from "./limits.js";

/** Connects to `address` (host:port) when the first call is made. */
export function createDataNodeClient(address: string): DataNodeClient {
  const client = new wire.DataService(address, credentials.createInsecure(), {
    "grpc.max_receive_message_length": bounds.answerBytesMax,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.min_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 1_000,
    "grpc.enable_retries": 0,
    "grpc.enable_channelz": 0,
    // The environment's proxy is not for orders to data nodes.
    "grpc.enable_http_proxy": 0,
    "grpc.service_config_disable_resolution": 1,
    "grpc.dns_min_time_between_resolutions_ms": 1_000,
    // Two registrations of one address must not share a broken connection's back-off.
    "grpc.use_local_subchannel_pool": 1,
  });
  return clientOver({
    call: (method, request, limits) => call(client, { method, request }, limits),
    close: () => {
      client.close();
    },
  });
}

/** Runs one call with its deadline; the signal cancels it. */
function call<M extends keyof DataNodeExchanges>(
  client: InstanceType<typeof wire.DataService>,
  message: { readonly method: M; readonly request: DataNodeExchanges[M]["request"] },
  limits: CallLimits,
): Promise<CallResult<DataNodeExchanges[M]["response"]>> {
  const { path, requestSerialize, responseDeserialize } = wire.DataService.service[
    message.method
  ] as unknown as MethodDefinition<
    DataNodeExchanges[M]["request"],
    DataNodeExchanges[M]["response"]
  >;
  return new Promise((resolve) => {
    if (limits.signal.aborted) {
      const failure = failureOf(status.CANCELLED, "cancelled before it was sent");
      resolve({ ok: false, failure });
      return;
    }
    const cancel = (): void => {
      running.cancel();
    };
    const running = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      message.request,
      new Metadata(),
      { deadline: Date.now() + limits.deadlineMs },
      (error, value) => {
        limits.signal.removeEventListener("abort", cancel);
        if (error !== null) resolve({ ok: false, failure: failureOf(error.code, error.details) });
        else resolve({ ok: true, value: value });
      },
    );
    limits.signal.addEventListener("abort", cancel, { once: true });
  });
}
