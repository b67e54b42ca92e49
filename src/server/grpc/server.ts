/**
 * The gRPC server of a member: MasterService, AdminService, health and reflection on one port,
 * with every limit set. It opens before there is a leader; calls wait. Stopping ends watches first,
 * so that their clients go on elsewhere, and never takes longer than it is given.
 */
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";

import { FatalError, exitCode } from "../../base/errors.js";
import { wire } from "../../wire/load.js";
import type { ServerDeps } from "../deps.js";
import {
  answerBytesMax,
  connectionAgeGraceMs,
  connectionAgeMaxMs,
  connectionIdleMaxMs,
  keepaliveIntervalMs,
  keepaliveTimeoutMs,
  requestBytesMax,
  sessionMemoryMegabytesMax,
  shutdownSlackMs,
  streamsPerConnectionMax,
} from "../limits.js";
import type { Reader } from "../read-policy.js";
import { adminService, adminServiceName } from "./admin-service.js";
import type { Gate } from "./call.js";
import { Fragments } from "./fragments.js";
import { HeartbeatForwarder } from "./heartbeat-forwarder.js";
import { addReflection } from "./reflection.js";
import { masterService, masterServiceDefinition, serviceName } from "./service.js";
import { StateAnswers } from "./state-answers.js";
import { Watches } from "./watch.js";
import { Writer } from "./writes.js";

/** Where and as whom the server listens. */
export interface GrpcServerOptions {
  /** Name or address, IPv6 without brackets. */
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** The host that others reach this member by. */
  readonly advertiseHost: string;
  /** Descriptor set that reflection answers from. */
  readonly descriptorSetFile: string;
}

/** A running server. */
export interface GrpcServer {
  /** Starts to listen; gives the port. @throws FatalError when the port is taken. */
  bind(): Promise<number>;
  /** Whether this member serves, as the health service says. */
  setServing(serving: boolean): void;
  /** Stops within about `graceMs`; calls that have not ended by then are cut off. */
  stop(graceMs: number): Promise<void>;
}

/** Creates the server; see the file comment. */
export function createGrpcServer(
  options: GrpcServerOptions,
  deps: ServerDeps & { readonly reader: Reader },
): GrpcServer {
  const server = new Server(serverOptions);
  const gate: Gate = { stopping: false };
  const fragments = new Fragments();
  const forwarder = new HeartbeatForwarder(deps.clock);
  const watches = new Watches(deps, gate);
  const all = {
    ...deps,
    fragments,
    forwarder,
    watches,
    answers: new StateAnswers({ ...deps, fragments }),
    writer: new Writer(deps),
    advertiseHost: options.advertiseHost,
  };
  server.addService(masterServiceDefinition(), masterService(all, gate));
  server.addService(wire.AdminService.service, adminService(deps, gate));
  const health = new HealthImplementation();
  const setServing = (serving: boolean): void => {
    const status = serving && !gate.stopping ? "SERVING" : "NOT_SERVING";
    for (const name of ["", serviceName, adminServiceName]) health.setStatus(name, status);
  };
  setServing(false);
  health.addToServer(server);
  addReflection(server, options.descriptorSetFile);
  let boundAddress: string | undefined;
  return {
    bind: async () => {
      const port = await bind(server, options);
      boundAddress = addressOf(options.host, port);
      return port;
    },
    setServing,
    stop: async (graceMs) => {
      gate.stopping = true;
      setServing(false);
      watches.endAll();
      forwarder.close();
      // Shutting down by force would miss connections when channelz is off; draining does not.
      if (boundAddress !== undefined) server.drain(boundAddress, graceMs);
      await shutDown(server, graceMs, deps);
    },
  };
}

const serverOptions = {
  "grpc.max_receive_message_length": requestBytesMax,
  "grpc.max_send_message_length": answerBytesMax,
  "grpc.max_concurrent_streams": streamsPerConnectionMax,
  "grpc-node.max_session_memory": sessionMemoryMegabytesMax,
  "grpc.keepalive_time_ms": keepaliveIntervalMs,
  "grpc.keepalive_timeout_ms": keepaliveTimeoutMs,
  "grpc.max_connection_idle_ms": connectionIdleMaxMs,
  "grpc.max_connection_age_ms": connectionAgeMaxMs,
  "grpc.max_connection_age_grace_ms": connectionAgeGraceMs,
  "grpc.enable_channelz": 0,
} as const;

function bind(server: Server, options: GrpcServerOptions): Promise<number> {
  const address = addressOf(options.host, options.port);
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) {
        resolve(bound);
        return;
      }
      const text =
        `cannot listen on ${address} for gRPC: ${error.message}: free this port, ` +
        "or set bind_addr and grpc_port to what this host has";
      reject(new FatalError(exitCode.temporary, text, { address }, error));
    });
  });
}

function addressOf(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${String(port)}`;
}

/** Waits until every connection is closed, but not much longer than the time given. */
function shutDown(
  server: Server,
  graceMs: number,
  deps: Pick<ServerDeps, "clock" | "log">,
): Promise<void> {
  return new Promise((resolve) => {
    const timer = deps.clock.after(graceMs + shutdownSlackMs, () => {
      deps.log.warn({ event: "grpc-shutdown-late", graceMs }, "Connections did not close in time");
      resolve();
    });
    server.tryShutdown(() => {
      timer.cancel();
      resolve();
    });
  });
}
