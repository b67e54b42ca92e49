/**
 * The reference data node behind its services: shards on disk, orders under the fence, roles, and
 * reports to the masters. The gRPC server around it, and its life, are node.ts.
 */
import { status } from "@grpc/grpc-js";

import type { Clock } from "../base/clock.js";
import type { Logger } from "../base/log.js";
import type { DataNodeStats } from "../wire/gen/quidditch/data/DataNodeStats.js";
import type { ShardInfo } from "../wire/gen/quidditch/data/ShardInfo.js";
import type { ShardStats } from "../wire/gen/quidditch/data/ShardStats.js";
import type { NodeStats } from "../wire/gen/quidditch/master/NodeStats.js";
import { noteOrder } from "./order-log.js";
import { CallError, textOf } from "./call-error.js";
import { checkDocument } from "./document-check.js";
import type { FaultGate } from "./faults.js";
import { Fence } from "./fence.js";
import type { NodeFiles } from "./files.js";
import type { HostLoad } from "./host-load.js";
import type { PeerLinks } from "./links.js";
import type { Masters } from "./masters.js";
import type { NodeBehaviour } from "./node-behaviour.js";
import type { DataCalls, DocumentCalls } from "./node-calls.js";
import type { DevNodeOptions } from "./options.js";
import { Primary } from "./primary.js";
import { Replica } from "./replica.js";
import { Reports } from "./reports.js";
import type { ShardCopy } from "./shard-copy.js";
import { ShardOrders } from "./shard-orders.js";
import { ShardRegistry } from "./shard-registry.js";

/** What the node is built from. */
export interface ReferenceNodeDeps {
  readonly options: Pick<DevNodeOptions, "nodeId" | "dataDir" | "maxShards">;
  readonly clock: Clock;
  readonly files: NodeFiles;
  readonly masters: Masters;
  /** Closed with the node. */
  readonly peers: PeerLinks;
  readonly gate: FaultGate;
  readonly logger: Logger;
  /** How busy the machine is, as the node tells it. */
  readonly hostLoad: () => Promise<HostLoad>;
  /** `host:port` where other nodes reach this one. */
  readonly address: string;
}

/** Opens the data directory and makes the node; nothing is registered or served yet. */
export async function openReferenceNode(deps: ReferenceNodeDeps): Promise<ReferenceNode> {
  const { options, files, logger } = deps;
  await files.makeDirectory(options.dataDir);
  const fence = await Fence.open(files, options.dataDir);
  const registry = await ShardRegistry.open(files, options.dataDir, logger);
  const node = new ReferenceNode(deps, { fence, registry });
  node.resume();
  return node;
}

/** See the file comment; made by {@link openReferenceNode}. */
export class ReferenceNode implements NodeBehaviour {
  readonly capabilities: readonly string[] = ["fencing", "peer_recovery"];
  readonly #options: ReferenceNodeDeps["options"];
  readonly #clock: Clock;
  readonly #hostLoad: () => Promise<HostLoad>;
  readonly #gate: FaultGate;
  readonly #logger: Logger;
  readonly #fence: Fence;
  readonly #registry: ShardRegistry;
  readonly #orders: ShardOrders;
  readonly #primary: Primary;
  readonly #replica: Replica;
  readonly #reports: Reports;
  readonly #peers: PeerLinks;
  readonly #stopping = new AbortController();
  readonly #startedMs: number;
  #damageTold: Promise<void> | undefined;

  constructor(
    deps: ReferenceNodeDeps,
    stored: { readonly fence: Fence; readonly registry: ShardRegistry },
  ) {
    const { options, clock, peers, logger } = deps;
    this.#options = options;
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
    this.#hostLoad = deps.hostLoad;
    this.#peers = peers;
    this.#gate = deps.gate;
    this.#logger = logger;
    this.#fence = stored.fence;
    this.#registry = stored.registry;
    const { signal } = this.#stopping;
    this.#reports = new Reports(options.nodeId, deps.masters, signal);
    const shared = { peers, reports: this.#reports, clock, logger };
    this.#primary = new Primary(shared, signal);
    this.#replica = new Replica(shared, deps.address);
    this.#orders = new ShardOrders({ ...stored, replica: this.#replica, clock }, options.maxShards);
  }

  get data(): DataCalls {
    return {
      CreateShard: async (request) => {
        noteOrder(this.#logger, "create-shard", request);
        this.#gate.passCreate();
        await this.#orders.create(request);
        return { acknowledged: true, shard_key: `${request.index_name}:${request.shard_id}` };
      },
      UpdateShard: async (request) => {
        noteOrder(this.#logger, "update-shard", request);
        await this.#orders.update(request);
        return { acknowledged: true };
      },
      DeleteShard: async (request) => {
        noteOrder(this.#logger, "delete-shard", request);
        await this.#orders.remove(request);
        return { acknowledged: true };
      },
      GetShardInfo: (request) => infoOf(this.#registry.named(request.index_name, request.shard_id)),
      GetShardStats: (request) =>
        statsOf(this.#registry.named(request.index_name, request.shard_id)),
      // Every acknowledged write is synced and visible already.
      RefreshShard: (request) => {
        this.#registry.named(request.index_name, request.shard_id);
        return { acknowledged: true };
      },
      FlushShard: (request) => {
        this.#registry.named(request.index_name, request.shard_id);
        return { acknowledged: true };
      },
      GetNodeStats: (request) => this.#nodeStats(request.include_shards),
    };
  }

  get documents(): DocumentCalls {
    return {
      PutDocument: async (request) => {
        checkDocument(request.document_id, request.body);
        const copy = this.#registry.meant(request);
        const stored = await this.#primary.put(copy, request.document_id, request.body);
        return { sequence: stored.sequence, primary_term: stored.term };
      },
      GetDocument: (request) => {
        const copy = this.#registry.meant(request);
        const found = copy.documents.get(request.document_id);
        return found === undefined ? { found: false } : { found: true, body: found.body };
      },
      ListDocuments: (request) => {
        const copy = this.#registry.meant(request);
        return { document_ids: copy.documents.all().map((document) => document.id) };
      },
      ReplicateDocument: async (request) => {
        this.#mustBeMeant(request.node_id);
        await this.#replica.accept(
          this.#registry.find(request.index_uuid, request.shard_id),
          request,
        );
        return { acknowledged: true };
      },
      Recover: (request) => {
        const { index_uuid: indexUuid, shard_id: shard } = request;
        const copy = this.#registry.find(indexUuid, shard);
        if (copy === undefined) {
          throw new CallError(status.NOT_FOUND, `shard ${indexUuid}:${shard} not found`);
        }
        return this.#primary.recover(copy, request);
      },
    };
  }

  /** Goes on with what the end of a former process cut off. */
  resume(): void {
    this.#replica.resume(this.copies());
  }

  /** Every copy that the node holds. */
  copies(): readonly ShardCopy[] {
    return this.#registry.all();
  }

  heartbeatStats(): NodeStats | undefined {
    // A process that hangs says nothing either.
    if (this.#gate.faults.hang) return undefined;
    const { docs, sizeBytes } = this.#totals();
    return {
      total_shards: this.#registry.size,
      docs_count: docs,
      store_size_bytes: sizeBytes,
    };
  }

  /** Tells the masters, once, of copies that were found damaged. */
  onRegistered(): void {
    this.#damageTold ??= this.#tellDamage();
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    for (const copy of this.copies()) copy.stopRecovery();
    await this.#orders.idle();
    await this.#replica.idle();
    await this.#damageTold;
    this.#peers.close();
    await this.#registry.close();
  }

  /** "Not here" from another node that took over the address would say nothing about the copy. */
  #mustBeMeant(nodeId: string): void {
    if (nodeId === "" || nodeId === this.#options.nodeId) return;
    const text = `this is node ${this.#options.nodeId}, not ${nodeId}`;
    throw new CallError(status.UNAVAILABLE, text);
  }

  async #tellDamage(): Promise<void> {
    for (const copy of this.copies().filter((one) => !one.readable)) {
      try {
        await this.#reports.failed(copy, copy.failure);
      } catch (error) {
        this.#logger.warn(
          { event: "report-refused", shard: copy.key, why: textOf(error) },
          "The masters did not take a report of a damaged copy",
        );
      }
    }
  }

  async #nodeStats(includeShards: boolean): Promise<DataNodeStats> {
    const load = await this.#hostLoad();
    const { docs, sizeBytes } = this.#totals();
    const { clusterUuid, epoch } = this.#fence.record;
    return {
      node_id: this.#options.nodeId,
      total_shards: this.#registry.size,
      total_docs: docs,
      total_size_bytes: sizeBytes,
      cpu_usage_percent: load.cpuPercent,
      memory_usage_percent: load.memoryPercent,
      disk_usage_percent: load.diskPercent,
      uptime_seconds: Math.floor((this.#clock.monotonicMs() - this.#startedMs) / 1000),
      shards: includeShards ? this.copies().map(statsOf) : [],
      cluster_uuid: clusterUuid,
      epoch,
    };
  }

  #totals(): { docs: number; sizeBytes: number } {
    const readable = this.copies().filter((copy) => copy.readable);
    const sum = (of: (copy: ShardCopy) => number): number =>
      readable.reduce((total, copy) => total + of(copy), 0);
    return {
      docs: sum((copy) => copy.documents.count),
      sizeBytes: sum((copy) => copy.documents.sizeBytes),
    };
  }
}

function stateOf(
  copy: ShardCopy,
): "SHARD_STATE_INITIALIZING" | "SHARD_STATE_STARTED" | "SHARD_STATE_CLOSED" {
  if (!copy.readable) return "SHARD_STATE_CLOSED";
  return copy.isFilled ? "SHARD_STATE_STARTED" : "SHARD_STATE_INITIALIZING";
}

function infoOf(copy: ShardCopy): ShardInfo {
  const { record } = copy;
  return {
    index_name: record.indexName,
    shard_id: record.shard,
    is_primary: record.role === "primary",
    state: stateOf(copy),
    docs_count: copy.readable ? copy.documents.count : 0,
    size_bytes: copy.readable ? copy.documents.sizeBytes : 0,
    created_at: {
      seconds: Math.floor(record.createdAtMs / 1000),
      nanos: (record.createdAtMs % 1000) * 1_000_000,
    },
  };
}

function statsOf(copy: ShardCopy): ShardStats {
  const { record } = copy;
  return {
    index_name: record.indexName,
    shard_id: record.shard,
    is_primary: record.role === "primary",
    docs_count: copy.readable ? copy.documents.count : 0,
    size_bytes: copy.readable ? copy.documents.sizeBytes : 0,
    index_uuid: record.indexUuid,
    allocation_id: record.allocationId,
    primary_term: copy.filledTerm ?? record.primaryTerm,
    state: stateOf(copy),
    shard_version: copy.obeyedVersion,
    failure: copy.failure,
  };
}
