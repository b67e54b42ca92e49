/**
 * What a reference node does when a master orders something: the fence first, then one order at a
 * time. Orders repeat and come late, so each says the same twice, and one that is older than what
 * was obeyed changes nothing.
 */
import { status } from "@grpc/grpc-js";

import type { Clock } from "../base/clock.js";
import type { CreateShardRequest__Output } from "../wire/gen/quidditch/data/CreateShardRequest.js";
import type { DeleteShardRequest__Output } from "../wire/gen/quidditch/data/DeleteShardRequest.js";
import type { ShardOrder__Output } from "../wire/gen/quidditch/data/ShardOrder.js";
import type { UpdateShardRequest__Output } from "../wire/gen/quidditch/data/UpdateShardRequest.js";
import { CallError } from "./call-error.js";
import type { Fence } from "./fence.js";
import { Mutex } from "./mutex.js";
import type { Replica } from "./replica.js";
import type { Authority, Peer, RecoverySource, ShardCopy, ShardRecord } from "./shard-copy.js";
import type { ShardRegistry } from "./shard-registry.js";

/** What orders are carried out with. */
export interface OrderDeps {
  readonly registry: ShardRegistry;
  readonly fence: Fence;
  readonly replica: Replica;
  readonly clock: Clock;
}

/** See the file comment. */
export class ShardOrders {
  readonly #registry: ShardRegistry;
  readonly #fence: Fence;
  readonly #replica: Replica;
  readonly #clock: Clock;
  readonly #maxShards: number;
  readonly #turns = new Mutex();

  constructor(deps: OrderDeps, maxShards: number) {
    this.#registry = deps.registry;
    this.#fence = deps.fence;
    this.#replica = deps.replica;
    this.#clock = deps.clock;
    this.#maxShards = maxShards;
  }

  /** Makes a copy, empty or to be filled from its primary. */
  create(request: CreateShardRequest__Output): Promise<void> {
    return this.#obey(request, async (order) => {
      if (request.index_name === "" || order.allocation_id === "") {
        throw invalid("an order to create names its index and its allocation");
      }
      const record = recordOf(request, order, Math.floor(this.#clock.wallMs()));
      const present = this.#registry.find(order.index_uuid, request.shard_id);
      if (present?.record.allocationId === order.allocation_id) {
        await this.#repeat(present, record);
      } else if (present !== undefined) {
        await this.#supersede(present, record);
      } else {
        await this.#make(record);
      }
    });
  }

  /** Tells a copy its role, its term and, as primary, whom it replicates to. */
  update(request: UpdateShardRequest__Output): Promise<void> {
    return this.#obey(request, async (order) => {
      const copy = this.#registry.find(order.index_uuid, request.shard_id);
      if (copy?.record.allocationId !== order.allocation_id) {
        const text = `copy ${order.allocation_id} of ${request.index_name}:${request.shard_id} not found`;
        throw new CallError(status.NOT_FOUND, text);
      }
      if (request.shard_version < copy.record.shardVersion) return;
      if (order.primary_term < copy.record.primaryTerm) {
        const text = `${copy.key} follows primary term ${copy.record.primaryTerm}, the order is of `;
        throw new CallError(status.FAILED_PRECONDITION, `${text}${order.primary_term}`);
      }
      await applyUpdate(copy, request, order);
    });
  }

  /** Deletes exactly the copy that is meant; what is not here is deleted already. */
  remove(request: DeleteShardRequest__Output): Promise<void> {
    return this.#obey(request, async (order) => {
      const copy = this.#registry.find(order.index_uuid, request.shard_id);
      if (copy === undefined) return;
      // An order without allocation is about the whole index.
      if (order.allocation_id !== "" && order.allocation_id !== copy.record.allocationId) return;
      await this.#registry.delete(copy);
    });
  }

  /** Ends when no order is under way. */
  idle(): Promise<void> {
    return this.#turns.idle();
  }

  #obey(
    request: { readonly order: ShardOrder__Output | null },
    act: (order: ShardOrder__Output) => Promise<void>,
  ): Promise<void> {
    const { order } = request;
    if (order === null) return Promise.reject(invalid("this node obeys fenced orders only"));
    if (order.index_uuid === "") return Promise.reject(invalid("an order names its index uuid"));
    return this.#turns.run(async () => {
      await this.#fence.admit({ clusterUuid: order.cluster_uuid, epoch: order.epoch });
      await act(order);
    });
  }

  async #make(record: ShardRecord): Promise<void> {
    if (this.#maxShards > 0 && this.#registry.size >= this.#maxShards) {
      const text = `max shards limit reached (${this.#maxShards})`;
      throw new CallError(status.RESOURCE_EXHAUSTED, text);
    }
    const copy = await this.#registry.create(record);
    this.#begin(copy);
  }

  /** The same order again: only a recovery that does not run, or runs for nothing, is begun anew. */
  async #repeat(copy: ShardCopy, record: ShardRecord): Promise<void> {
    if (!copy.readable) throw new CallError(status.DATA_LOSS, copy.failure);
    const { source } = record;
    if (copy.record.state === "STARTED" || source === null) return;
    if (record.primaryTerm < copy.record.primaryTerm) return;
    const isNewTerm = source.term > (copy.record.source?.term ?? copy.record.primaryTerm);
    if (copy.recovery !== undefined && !isNewTerm) return;
    await copy.change({ primaryTerm: record.primaryTerm, source });
    this.#replica.recover(copy, source);
  }

  /** Another copy of the shard takes over the files of the one that is here. */
  async #supersede(copy: ShardCopy, record: ShardRecord): Promise<void> {
    if (record.primaryTerm < copy.record.primaryTerm) {
      const text = `${copy.key} follows primary term ${copy.record.primaryTerm}, the order is older`;
      throw new CallError(status.FAILED_PRECONDITION, text);
    }
    const isFilled = copy.record.source?.isFilled === true;
    if (record.source === null && (copy.record.everStarted || isFilled)) {
      const text =
        `${copy.key} is here as copy ${copy.record.allocationId}, which was started: ` +
        `it is not replaced by an empty one; delete it first`;
      throw new CallError(status.ALREADY_EXISTS, text);
    }
    copy.standDown();
    copy.stopRecovery();
    if (record.source === null) await copy.clear();
    else await copy.replaceDamaged();
    const everStarted = copy.record.everStarted || record.everStarted;
    await copy.change({ ...record, everStarted });
    this.#begin(copy);
  }

  /**
   * A copy made empty does not act as primary yet: as long as the masters have not consented to its
   * start they may give up on it and have another one made, which would lack what it acknowledged.
   */
  #begin(copy: ShardCopy): void {
    const { source } = copy.record;
    if (source !== null) this.#replica.recover(copy, source);
  }
}

async function applyUpdate(
  copy: ShardCopy,
  request: UpdateShardRequest__Output,
  order: ShardOrder__Output,
): Promise<void> {
  const role = request.is_primary ? "primary" : "replica";
  if (role === "replica") copy.standDown();
  const { state, source } = copy.record;
  // Orders of this kind go to copies whose start is committed; a filled one hears of it below.
  const everStarted = copy.record.everStarted || (state === "STARTED" && source === null);
  const primaryTerm = order.primary_term;
  const shardVersion = request.shard_version;
  await copy.change({ role, primaryTerm, shardVersion, everStarted });
  copy.obeyedVersion = request.shard_version;
  if (role === "replica") return;
  // Only an in-sync copy becomes primary: a process that ended before it heard so hears it now.
  if (copy.record.source?.isFilled === true) {
    copy.stopRecovery();
    await copy.becomeStarted();
  }
  const peers = request.peers.map((peer): Peer => ({
    nodeId: peer.node_id,
    address: peer.address,
    allocationId: peer.allocation_id,
    inSync: peer.in_sync,
  }));
  const isStarted = copy.record.state === "STARTED";
  const present = isStarted ? copy.authority : copy.authorityWhenStarted;
  if (present?.term === order.primary_term) {
    present.peers = peers;
  } else if (isStarted) {
    copy.authority = newAuthority(order.primary_term, peers);
  } else {
    copy.authorityWhenStarted = newAuthority(order.primary_term, peers);
  }
}

function newAuthority(term: number, peers: readonly Peer[]): Authority {
  return { term, peers, recovering: new Set(), removals: new Map() };
}

/** Where to recover from; null = start empty. */
function sourceOf(request: CreateShardRequest__Output, term: number): RecoverySource | null {
  switch (request.source) {
    case "RECOVERY_SOURCE_EMPTY":
      return null;
    case "RECOVERY_SOURCE_PEER":
      if (request.primary === null || request.primary.address === "") {
        throw invalid("a recovery from a peer names the primary's address");
      }
      return { address: request.primary.address, term, isFilled: false };
    case "RECOVERY_SOURCE_UNSPECIFIED":
    default:
      throw invalid("an order to create says where the documents come from");
  }
}

function recordOf(
  request: CreateShardRequest__Output,
  order: ShardOrder__Output,
  createdAtMs: number,
): ShardRecord {
  const source = sourceOf(request, order.primary_term);
  return {
    indexName: request.index_name,
    indexUuid: order.index_uuid,
    shard: request.shard_id,
    allocationId: order.allocation_id,
    primaryTerm: order.primary_term,
    role: request.is_primary ? "primary" : "replica",
    state: source === null ? "STARTED" : "INITIALIZING",
    shardVersion: 0,
    everStarted: false,
    createdAtMs,
    source,
  };
}

function invalid(text: string): CallError {
  return new CallError(status.INVALID_ARGUMENT, text);
}
