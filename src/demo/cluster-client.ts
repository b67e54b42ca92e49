/** The demo's calls to the masters: create the index, and read the state from whoever answers. */
import { credentials, status, type ServiceError } from "@grpc/grpc-js";

import type { ClusterStateResponse__Output } from "../wire/gen/quidditch/master/ClusterStateResponse.js";
import type { MasterServiceClient } from "../wire/gen/quidditch/master/MasterService.js";
import type { ShardCopy__Output } from "../wire/gen/quidditch/master/ShardCopy.js";
import { wire } from "../wire/load.js";
import type { ClusterView, CopyView, ShardView } from "./cluster-view.js";
import { callDeadlineMs, demoShards } from "./limits.js";

/** What the masters know; the processes are added by who started them. */
export type ClusterFacts = Omit<ClusterView, "masters" | "nodes">;

/** Shown until a member answers. */
export const unknownFacts: ClusterFacts = {
  leaderId: "",
  term: 0,
  status: "",
  version: 0,
  registered: [],
  shards: [],
};

/** Name of the index the demo makes. */
const demoIndex = "demo";

/** Asks the members in turn, beginning with the one that answered last. */
export class ClusterClient {
  #clients: readonly MasterServiceClient[];

  constructor(addresses: readonly string[]) {
    this.#clients = addresses.map(
      (address) =>
        new wire.MasterService(address, credentials.createInsecure(), {
          "grpc.initial_reconnect_backoff_ms": 100,
          "grpc.max_reconnect_backoff_ms": 1000,
          "grpc.enable_http_proxy": 0,
        }),
    );
  }

  /** The state as the first member that answers has it; undefined when none does. */
  async read(): Promise<ClusterFacts | undefined> {
    for (const client of this.#clients) {
      const state = await readFrom(client);
      if (state === undefined) continue;
      this.#clients = [client, ...this.#clients.filter((one) => one !== client)];
      return factsOf(state);
    }
    return undefined;
  }

  /** Creates the index unless it is there; undefined when done, else what went wrong. */
  async createIndex(replicas: number): Promise<string | undefined> {
    const client = this.#clients[0];
    if (client === undefined) return "there are no masters";
    const request = {
      index_name: demoIndex,
      settings: { number_of_shards: demoShards, number_of_replicas: replicas },
      wait_for_active_shards: 0,
    };
    const error = await new Promise<ServiceError | null>((resolve) => {
      client.CreateIndex(request, { deadline: Date.now() + 5 * callDeadlineMs }, resolve);
    });
    if (error === null || error.code === status.ALREADY_EXISTS) return undefined;
    return error.message;
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }
}

function readFrom(client: MasterServiceClient): Promise<ClusterStateResponse__Output | undefined> {
  const request = {
    include_routing: true,
    include_nodes: true,
    include_indices: true,
    include_copies: true,
    consistency: "CONSISTENCY_LOCAL" as const,
  };
  return new Promise((resolve) => {
    client.GetClusterState(request, { deadline: Date.now() + callDeadlineMs }, (_error, state) => {
      resolve(state);
    });
  });
}

/** Turns an answer of the API into what the demo shows. */
function factsOf(state: ClusterStateResponse__Output): ClusterFacts {
  return {
    leaderId: state.master_node?.node_id ?? "",
    term: state.master_node?.term ?? 0,
    status: state.status.replace("CLUSTER_STATUS_", "").replace("UNKNOWN", ""),
    version: state.version,
    registered: state.nodes.map((node) => ({
      id: node.node_id,
      status: node.status.replace("NODE_STATUS_", ""),
    })),
    shards: shardsOf(state),
  };
}

function shardsOf(state: ClusterStateResponse__Output): ShardView[] {
  const indices = Object.entries(state.routing_table?.indices ?? {});
  return indices
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([indexName, table]) =>
      Object.values(table.shards)
        .sort((a, b) => a.shard_id - b.shard_id)
        .map((shard) => ({
          indexName,
          shard: shard.shard_id,
          copies: shard.copies.map(copyOf),
        })),
    )
    .filter((shard) => shard.indexName === demoIndex);
}

const states: Readonly<Record<string, CopyView["state"]>> = {
  SHARD_STATE_INITIALIZING: "INITIALIZING",
  SHARD_STATE_STARTED: "STARTED",
  SHARD_STATE_RELOCATING: "RELOCATING",
  SHARD_STATE_UNASSIGNED: "UNASSIGNED",
};

function copyOf(copy: ShardCopy__Output): CopyView {
  return {
    role: copy.is_primary ? "primary" : "replica",
    nodeId: copy.node_id,
    state: states[copy.state] ?? "UNKNOWN",
    reason: copy.unassigned_reason,
  };
}
