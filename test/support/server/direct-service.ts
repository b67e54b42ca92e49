/**
 * MasterService of one member without gRPC: the real handlers, with all that surrounds them, called
 * as functions in virtual time. Simulated clients and data nodes speak the API's own semantics
 * through it. Watches are not served: they are streams.
 */
import { EventEmitter } from "node:events";

import { Metadata, status, type ServiceError } from "@grpc/grpc-js";

import { CallError } from "../../../src/devnode/call-error.js";
import type { ServerDeps } from "../../../src/server/deps.js";
import { Fragments } from "../../../src/server/grpc/fragments.js";
import { forwardedMarker } from "../../../src/server/grpc/heartbeat-forwarder.js";
import { masterService } from "../../../src/server/grpc/service.js";
import { StateAnswers } from "../../../src/server/grpc/state-answers.js";
import { Watches } from "../../../src/server/grpc/watch.js";
import { Writer } from "../../../src/server/grpc/writes.js";
import { Reader } from "../../../src/server/read-policy.js";
import { wire } from "../../../src/wire/load.js";
import { receivedRequest, receivedResponse } from "../wire-messages.js";

/** What a member's service works with. */
export interface DirectServiceDeps extends ServerDeps {
  /** The host that others reach this member by. */
  readonly advertiseHost: string;
  /** Passes a heartbeat on to the leader at `address`: a call with `forwarded` set. */
  readonly forwardHeartbeat: (request: object, address: string) => void;
}

/** Who calls, and for how long. */
export interface DirectCaller {
  /** `host:port` as this member sees it. */
  readonly peerAddress: string;
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal;
  /** Time until the caller's own deadline; absent or Infinity = it set none. */
  readonly deadlineMs?: number;
  /** A heartbeat that another member passed on. */
  readonly forwarded?: boolean;
}

/** Takes what a client would send, gives what it would get. @throws CallError with its status. */
export type DirectCall = (method: string, request: object, caller: DirectCaller) => Promise<object>;

type Handler = (call: object, done: (error: ServiceError | null, value?: object) => void) => void;

/** Makes the service of one process; it keeps nothing open. */
export function createDirectService(deps: DirectServiceDeps): DirectCall {
  const gate = { stopping: false };
  const fragments = new Fragments();
  const reader = new Reader(deps, () => {
    deps.metrics.staleRead();
  });
  const forwarder = { forward: deps.forwardHeartbeat };
  const handlers = masterService(
    {
      ...deps,
      reader,
      fragments,
      forwarder,
      watches: new Watches(deps, gate),
      answers: new StateAnswers({ ...deps, fragments }),
      writer: new Writer(deps),
    },
    gate,
  );
  const { service } = wire.MasterService;
  return (method, request, caller) => {
    const received = receivedRequest(service, method, request);
    const handler = handlers[method] as Handler;
    return new Promise((resolve, reject) => {
      const call = callOf(received, caller, deps);
      handler(call, (error, value) => {
        call.close();
        if (error === null && value !== undefined) {
          resolve(receivedResponse(service, method, value));
        } else {
          const { code = status.UNKNOWN, details = "neither answer nor error" } = error ?? {};
          reject(new CallError(code, details));
        }
      });
    });
  };
}

/** What handlers see of a gRPC call. */
interface HandledCall {
  readonly request: object;
  readonly metadata: Metadata;
  getPeer(): string;
  getDeadline(): number;
  on(event: string, listener: () => void): void;
  /** The answer is given: nobody can cancel any more. */
  close(): void;
}

function callOf(request: object, caller: DirectCaller, deps: DirectServiceDeps): HandledCall {
  const events = new EventEmitter();
  const metadata = new Metadata();
  if (caller.forwarded === true) metadata.set(forwardedMarker, "1");
  const deadline = deps.clock.wallMs() + (caller.deadlineMs ?? Infinity);
  const cancel = (): void => {
    events.emit("cancelled");
  };
  caller.signal.addEventListener("abort", cancel, { once: true });
  return {
    request,
    metadata,
    getPeer: () => caller.peerAddress,
    getDeadline: () => deadline,
    on: (event, listener) => {
      events.on(event, listener);
    },
    close: () => {
      caller.signal.removeEventListener("abort", cancel);
    },
  };
}
