/**
 * MasterService: which function answers which method, on every member alike. Nothing is decided
 * here.
 */
import type { ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";

import { wire } from "../../wire/load.js";
import type { Gate, Handler } from "./call.js";
import { unary } from "./call.js";
import { createIndex, deleteIndex, updateIndexSettings } from "./index-writes.js";
import type { NodeDeps } from "./node-writes.js";
import { nodeHeartbeat, registerNode, unregisterNode } from "./node-writes.js";
import type { ReadDeps } from "./reads.js";
import { getClusterState, getIndexMetadata } from "./reads.js";
import {
  allocateShard,
  rebalanceShards,
  reportShardFailed,
  reportShardStarted,
} from "./shard-writes.js";
import type { WatchCall, Watches } from "./watch.js";

/** What the methods work with, all together. */
export interface ServiceDeps extends NodeDeps, ReadDeps {
  readonly watches: Watches;
}

/** The full name of the service, for health and reflection. */
export const serviceName = "quidditch.master.MasterService";

/** The definition of the service, in which methods with ready bytes do not encode again. */
export function masterServiceDefinition(): ServiceDefinition {
  const methods = Object.entries(wire.MasterService.service as ServiceDefinition);
  return Object.fromEntries(
    methods.map(([name, method]) => {
      const encode = method.responseSerialize;
      const responseSerialize = (value: unknown): Buffer =>
        Buffer.isBuffer(value) ? value : encode(value);
      return [name, { ...method, responseSerialize }];
    }),
  );
}

/** The implementation of the service. */
export function masterService(deps: ServiceDeps, gate: Gate): UntypedServiceImplementation {
  const method = <Request, Response>(
    name: string,
    answer: (
      request: Request,
      context: Parameters<Handler<Request, Response>>[1],
      all: ServiceDeps,
    ) => ReturnType<Handler<Request, Response>>,
  ): ReturnType<typeof unary<Request, Response>> =>
    unary(name, (request, context) => answer(request, context, deps), deps, gate);
  return {
    GetClusterState: method("GetClusterState", getClusterState),
    GetIndexMetadata: method("GetIndexMetadata", getIndexMetadata),
    CreateIndex: method("CreateIndex", createIndex),
    DeleteIndex: method("DeleteIndex", deleteIndex),
    UpdateIndexSettings: method("UpdateIndexSettings", updateIndexSettings),
    AllocateShard: method("AllocateShard", allocateShard),
    RebalanceShards: method("RebalanceShards", rebalanceShards),
    RegisterNode: method("RegisterNode", registerNode),
    UnregisterNode: method("UnregisterNode", unregisterNode),
    NodeHeartbeat: method("NodeHeartbeat", nodeHeartbeat),
    ReportShardStarted: method("ReportShardStarted", reportShardStarted),
    ReportShardFailed: method("ReportShardFailed", reportShardFailed),
    WatchClusterState: (call: WatchCall) => {
      deps.watches.serve(call);
    },
  };
}
