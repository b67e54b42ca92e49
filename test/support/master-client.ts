/** MasterService as a test calls it: promises, a deadline on each call, plain request objects. */
import { credentials, type ServiceError } from "@grpc/grpc-js";

import type { ClusterStateResponse__Output } from "../../src/wire/gen/quidditch/master/ClusterStateResponse.js";
import type { CreateIndexResponse__Output } from "../../src/wire/gen/quidditch/master/CreateIndexResponse.js";
import type { DeleteIndexResponse__Output } from "../../src/wire/gen/quidditch/master/DeleteIndexResponse.js";
import type { MasterServiceClient } from "../../src/wire/gen/quidditch/master/MasterService.js";
import { wire } from "../../src/wire/load.js";

/** See the file comment. */
export class MasterClient {
  readonly address: string;
  readonly raw: MasterServiceClient;

  constructor(address: string) {
    this.address = address;
    this.raw = new wire.MasterService(address, credentials.createInsecure(), {
      "grpc.initial_reconnect_backoff_ms": 50,
      "grpc.min_reconnect_backoff_ms": 50,
      "grpc.max_reconnect_backoff_ms": 200,
      "grpc.use_local_subchannel_pool": 1,
    });
  }

  createIndex(
    name: string,
    options: {
      readonly shards?: number;
      readonly replicas?: number;
      readonly wait?: number;
      readonly timeoutMs?: number;
      readonly delayedTimeoutMs?: number;
    } = {},
  ): Promise<CreateIndexResponse__Output> {
    const delayed = options.delayedTimeoutMs;
    const request = {
      index_name: name,
      settings: {
        number_of_shards: options.shards ?? 1,
        number_of_replicas: options.replicas ?? 0,
        ...(delayed === undefined ? {} : { node_left_delayed_timeout_ms: delayed }),
      },
      wait_for_active_shards: options.wait ?? 0,
    };
    return unary<CreateIndexResponse__Output>((deadline, callback) => {
      this.raw.CreateIndex(request, { deadline }, callback);
    }, options.timeoutMs);
  }

  deleteIndex(name: string): Promise<DeleteIndexResponse__Output> {
    return unary<DeleteIndexResponse__Output>((deadline, callback) => {
      this.raw.DeleteIndex({ index_name: name }, { deadline }, callback);
    });
  }

  /** Everything, with all copies. */
  state(
    consistency?: "CONSISTENCY_LINEARIZABLE" | "CONSISTENCY_LOCAL",
    timeoutMs?: number,
  ): Promise<ClusterStateResponse__Output> {
    const request = {
      include_routing: true,
      include_nodes: true,
      include_indices: true,
      include_copies: true,
      ...(consistency === undefined ? {} : { consistency }),
    };
    return unary<ClusterStateResponse__Output>((deadline, callback) => {
      this.raw.GetClusterState(request, { deadline }, callback);
    }, timeoutMs);
  }

  close(): void {
    this.raw.close();
  }
}

/** Calls a unary method with a deadline; rejects with the ServiceError. */
export function unary<Response>(
  call: (
    deadline: number,
    callback: (error: ServiceError | null, response?: Response) => void,
  ) => void,
  timeoutMs = 10_000,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    call(Date.now() + timeoutMs, (error, response) => {
      if (error !== null) reject(error);
      else if (response === undefined) reject(new Error("no response"));
      else resolve(response);
    });
  });
}
