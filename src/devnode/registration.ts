/** What a data node registers itself as. */
import type { RegisterNodeRequest } from "../wire/gen/quidditch/master/RegisterNodeRequest.js";
import type { DevNodeOptions } from "./options.js";

/** The request of a node that listens on `port`. */
export function registration(
  options: Pick<
    DevNodeOptions,
    "nodeId" | "bindAddr" | "advertiseAddr" | "tier" | "maxShards" | "labels"
  >,
  port: number,
  capabilities: readonly string[],
): RegisterNodeRequest {
  return {
    node_id: options.nodeId,
    node_type: "NODE_TYPE_DATA",
    // A wildcard is replaced by the master that sees where the call comes from.
    bind_addr: options.advertiseAddr ?? options.bindAddr,
    grpc_port: port,
    attributes: {
      storage_tier: options.tier,
      max_shards: options.maxShards,
      simd_enabled: false,
      version: "1.0.0",
      labels: { ...options.labels },
    },
    capabilities: [...capabilities],
  };
}
