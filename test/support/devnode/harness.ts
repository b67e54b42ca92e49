/** Data nodes in this process, and the orders and documents that tests send them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { credentials, type Client } from "@grpc/grpc-js";

import { createJsonLog } from "../../../src/devnode/json-log.js";
import { startDevNode, type DevNodeHandle } from "../../../src/devnode/node.js";
import type { DevNodeOptions } from "../../../src/devnode/options.js";
import { unary, type Reply } from "../../../src/devnode/rpc.js";
import type { CreateShardRequest } from "../../../src/wire/gen/quidditch/data/CreateShardRequest.js";
import type { CreateShardResponse__Output } from "../../../src/wire/gen/quidditch/data/CreateShardResponse.js";
import type { DataNodeStats__Output } from "../../../src/wire/gen/quidditch/data/DataNodeStats.js";
import type { DeleteShardRequest } from "../../../src/wire/gen/quidditch/data/DeleteShardRequest.js";
import type { DeleteShardResponse__Output } from "../../../src/wire/gen/quidditch/data/DeleteShardResponse.js";
import type { PeerCopy } from "../../../src/wire/gen/quidditch/data/PeerCopy.js";
import type { ShardInfo__Output } from "../../../src/wire/gen/quidditch/data/ShardInfo.js";
import type { ShardOrder } from "../../../src/wire/gen/quidditch/data/ShardOrder.js";
import type { ShardStats__Output } from "../../../src/wire/gen/quidditch/data/ShardStats.js";
import type { UpdateShardRequest } from "../../../src/wire/gen/quidditch/data/UpdateShardRequest.js";
import type { UpdateShardResponse__Output } from "../../../src/wire/gen/quidditch/data/UpdateShardResponse.js";
import type { GetDocumentResponse__Output } from "../../../src/wire/gen/quidditch/devnode/GetDocumentResponse.js";
import type { ListDocumentsResponse__Output } from "../../../src/wire/gen/quidditch/devnode/ListDocumentsResponse.js";
import type { PutDocumentResponse__Output } from "../../../src/wire/gen/quidditch/devnode/PutDocumentResponse.js";
import type { ReplicateDocumentRequest } from "../../../src/wire/gen/quidditch/devnode/ReplicateDocumentRequest.js";
import type { ReplicateDocumentResponse__Output } from "../../../src/wire/gen/quidditch/devnode/ReplicateDocumentResponse.js";
import { wire } from "../../../src/wire/load.js";
import { FakeMaster } from "./fake-master.js";

/** Index and cluster of all orders that do not say otherwise. */
export const indexUuid = "AAAAAAAAAAAAAAAAAAAAAA";
const clusterUuid = "cluster-one";

const deadlineMs = 15_000;

/** Typed calls to one node. */
export class NodeClient {
  readonly address: string;
  readonly #data: InstanceType<typeof wire.DataService>;
  readonly #documents: InstanceType<typeof wire.DocumentService>;

  constructor(address: string) {
    this.address = address;
    this.#data = new wire.DataService(address, credentials.createInsecure());
    this.#documents = new wire.DocumentService(address, credentials.createInsecure());
  }

  create(request: CreateShardRequest): Promise<CreateShardResponse__Output> {
    return call((options, reply) => this.#data.CreateShard(request, options, reply));
  }

  update(request: UpdateShardRequest): Promise<UpdateShardResponse__Output> {
    return call((options, reply) => this.#data.UpdateShard(request, options, reply));
  }

  remove(request: DeleteShardRequest): Promise<DeleteShardResponse__Output> {
    return call((options, reply) => this.#data.DeleteShard(request, options, reply));
  }

  info(indexName: string, shard = 0): Promise<ShardInfo__Output> {
    const request = { index_name: indexName, shard_id: shard };
    return call((options, reply) => this.#data.GetShardInfo(request, options, reply));
  }

  stats(): Promise<DataNodeStats__Output> {
    const request = { include_shards: true };
    return call((options, reply) => this.#data.GetNodeStats(request, options, reply));
  }

  /** The report of the only shard of the node. */
  async shard(): Promise<ShardStats__Output> {
    const { shards } = await this.stats();
    if (shards[0] === undefined || shards.length !== 1) throw new Error("not exactly one shard");
    return shards[0];
  }

  put(id: string, body: string, indexName = "books"): Promise<PutDocumentResponse__Output> {
    const request = {
      index_name: indexName,
      shard_id: 0,
      document_id: id,
      body: Buffer.from(body),
    };
    return call((options, reply) => this.#documents.PutDocument(request, options, reply));
  }

  /** The body, or undefined when the document is not there. */
  async get(id: string, indexName = "books"): Promise<string | undefined> {
    const request = { index_name: indexName, shard_id: 0, document_id: id };
    const found = await call<GetDocumentResponse__Output>((options, reply) =>
      this.#documents.GetDocument(request, options, reply),
    );
    return found.found ? found.body.toString() : undefined;
  }

  async list(indexName = "books"): Promise<string[]> {
    const request = { index_name: indexName, shard_id: 0 };
    const found = await call<ListDocumentsResponse__Output>((options, reply) =>
      this.#documents.ListDocuments(request, options, reply),
    );
    return found.document_ids.sort();
  }

  replicate(request: ReplicateDocumentRequest): Promise<ReplicateDocumentResponse__Output> {
    return call((options, reply) => this.#documents.ReplicateDocument(request, options, reply));
  }

  close(): void {
    const clients: readonly Client[] = [this.#data, this.#documents];
    for (const client of clients) client.close();
  }
}

function call<Res>(
  invoke: (options: object, reply: Reply<Res>) => { cancel(): void },
): Promise<Res> {
  return unary<Res>(invoke, deadlineMs);
}

/** A master, nodes and a folder, all gone after {@link Harness.close}. */
export class Harness {
  readonly master: FakeMaster = new FakeMaster();
  readonly directory: string = mkdtempSync(join(tmpdir(), "devnode-"));
  readonly #nodes = new Set<DevNodeHandle>();
  readonly #clients: NodeClient[] = [];

  static async open(): Promise<Harness> {
    const harness = new Harness();
    await harness.master.start();
    return harness;
  }

  dataDir(nodeId: string): string {
    return join(this.directory, nodeId);
  }

  /** Starts a node on a free port, with its own folder of that name. */
  async node(nodeId: string, options: Partial<DevNodeOptions> = {}): Promise<DevNodeHandle> {
    const handle = await startDevNode(
      {
        nodeId,
        bindAddr: "127.0.0.1",
        grpcPort: 0,
        masters: [this.master.address],
        dataDir: this.dataDir(nodeId),
        tier: "",
        maxShards: 0,
        labels: {},
        mode: "reference",
        ...options,
      },
      {
        logger: createJsonLog(() => undefined, "error"),
        times: {
          heartbeatIntervalMs: 5,
          registerRetryMs: 5,
          goDialDeadlineMs: 200,
          goDialPausesMs: [1, 1],
          goRegisterPauseMs: 1,
        },
      },
    );
    this.#nodes.add(handle);
    return handle;
  }

  client(node: DevNodeHandle): NodeClient {
    const client = new NodeClient(node.address);
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await Promise.all([...this.#nodes].map((node) => node.kill()));
    this.master.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** An order for the one index of these tests. */
export function order(allocationId: string, changes: Partial<ShardOrder> = {}): ShardOrder {
  return {
    cluster_uuid: clusterUuid,
    epoch: 1,
    index_uuid: indexUuid,
    allocation_id: allocationId,
    primary_term: 1,
    ...changes,
  };
}

/** Makes an empty primary. */
export function createEmpty(
  allocationId: string,
  changes: Partial<ShardOrder> = {},
): CreateShardRequest {
  return {
    index_name: "books",
    shard_id: 0,
    is_primary: true,
    order: order(allocationId, changes),
    source: "RECOVERY_SOURCE_EMPTY",
  };
}

/** Makes a replica that recovers from `primary`. */
export function createReplica(
  allocationId: string,
  primary: DevNodeHandle,
  changes: Partial<ShardOrder> = {},
): CreateShardRequest {
  return {
    index_name: "books",
    shard_id: 0,
    is_primary: false,
    order: order(allocationId, changes),
    source: "RECOVERY_SOURCE_PEER",
    primary: { node_id: primary.nodeId, address: primary.address },
  };
}

/** Names the other copies to a primary. */
export function update(
  allocationId: string,
  shardVersion: number,
  peers: readonly PeerCopy[],
  changes: Partial<ShardOrder> = {},
): UpdateShardRequest {
  return {
    index_name: "books",
    shard_id: 0,
    is_primary: true,
    order: order(allocationId, changes),
    peers: [...peers],
    shard_version: shardVersion,
  };
}

/** A copy on `node`, as a primary is told of it. */
export function peer(allocationId: string, node: DevNodeHandle, inSync: boolean): PeerCopy {
  return {
    node_id: node.nodeId,
    address: node.address,
    allocation_id: allocationId,
    in_sync: inSync,
  };
}
