/** Our side of the benchmarks: three masters as real processes, and connections to each. */
import { rmSync } from "node:fs";

import type { ServiceError } from "@grpc/grpc-js";

import { MasterClient, unary } from "../support/master-client.js";
import { eventually, TestCluster } from "../support/processes.js";
import type { ClusterStateResponse__Output } from "../../src/wire/gen/quidditch/master/ClusterStateResponse.js";
import type { IndexMetadataResponse__Output } from "../../src/wire/gen/quidditch/master/IndexMetadataResponse.js";
import { manyClientsCount, type Cluster } from "./contest.js";
import type { Lifetime } from "./lifetime.js";

const logTailLength = 2000;

/** See the file comment. */
export class Masters implements Cluster<MasterClient> {
  readonly cluster: TestCluster;
  readonly #clients = new Map<number, readonly MasterClient[]>();

  private constructor(cluster: TestCluster) {
    this.cluster = cluster;
  }

  /** Starts three masters and waits until they have a leader. */
  static async start(lifetime: Lifetime): Promise<Masters> {
    const cluster = await TestCluster.create(3);
    const masters = new Masters(cluster);
    lifetime.add({
      close: () => masters.#close(),
      killNow: () => {
        for (const one of cluster.masters) one.signal("SIGKILL");
        rmSync(cluster.directory, { recursive: true, force: true });
      },
    });
    cluster.startAll();
    try {
      await masters.leader();
    } catch (thrown) {
      const log = cluster.master(0).log().slice(-logTailLength);
      throw new Error(`the masters did not elect a leader; the log of one ends:\n${log}`, {
        cause: thrown,
      });
    }
    return masters;
  }

  /** Asks every running member in turn until one names a leader. */
  leader(): Promise<number> {
    return eventually("a master leads", async () => {
      for (const [member, process] of this.cluster.masters.entries()) {
        if (!process.isRunning) continue;
        const client = this.clients(member)[0];
        const state = await client?.state("CONSISTENCY_LINEARIZABLE", 3000);
        const named = state?.master_node?.node_id;
        const at = this.cluster.places.findIndex((place) => place.nodeId === named);
        if (at !== -1) return at;
      }
      return undefined;
    });
  }

  clients(member: number): readonly MasterClient[] {
    const known = this.#clients.get(member);
    if (known !== undefined) return known;
    const address = this.cluster.grpcAddress(member);
    const made = Array.from({ length: manyClientsCount }, () => new MasterClient(address));
    this.#clients.set(member, made);
    return made;
  }

  /** Creates indices without replicas, many at a time, and waits until all are acknowledged. */
  async createIndices(names: readonly string[], shards: number): Promise<void> {
    const queue = [...names];
    const loop = async (client: MasterClient): Promise<void> => {
      for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
        await client.createIndex(name, { shards });
      }
    };
    await Promise.all(this.clients(await this.leader()).map(loop));
  }

  async #close(): Promise<void> {
    for (const clients of this.#clients.values()) for (const client of clients) client.close();
    await this.cluster.close();
  }
}

/** A linearizable read of one index's metadata. */
export function readIndexMetadata(client: MasterClient, name: string): Promise<unknown> {
  const request = { index_name: name, consistency: "CONSISTENCY_LINEARIZABLE" } as const;
  return unary<IndexMetadataResponse__Output>((deadline, callback) => {
    client.raw.GetIndexMetadata(request, { deadline }, callback);
  });
}

/** A linearizable read of the routing table, as a coordination node makes for every search. */
export function readRouting(client: MasterClient): Promise<ClusterStateResponse__Output> {
  const request = { include_routing: true, consistency: "CONSISTENCY_LINEARIZABLE" } as const;
  return unary<ClusterStateResponse__Output>(
    (
      deadline,
      callback: (error: ServiceError | null, r?: ClusterStateResponse__Output) => void,
    ) => {
      client.raw.GetClusterState(request, { deadline }, callback);
    },
  );
}
