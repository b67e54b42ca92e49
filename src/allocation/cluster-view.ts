/**
 * Indexes over the cluster state for planning and for driving nodes: what each node holds, how an
 * index is spread, which copies are unassigned and since when by the leader's own clock. Driven by
 * the changes of each applied entry, so that a change of one shard costs the same at any size. It
 * holds no decision and no rule.
 */
import { assert } from "../base/assert.js";
import { compareStrings } from "../base/sorted.js";
import type { Change, StateDelta } from "../state/changes.js";
import type {
  ClusterState,
  IndexRecord,
  NodeRecord,
  ShardCopy,
  ShardRecord,
  Tombstone,
  UnassignedCopy,
} from "../state/model.js";
import { PendingShards } from "./pending-shards.js";

/** Key of a shard: unambiguous, because index names contain no slash. */
export function shardKey(indexName: string, shard: number): string {
  return `${indexName}/${String(shard)}`;
}

/** A shard with the index it belongs to. */
export interface ShardPlace {
  readonly index: IndexRecord;
  readonly shard: ShardRecord;
}

/** How many copies of one index a node holds that are there to stay. */
export interface IndexLoad {
  copies: number;
  primaries: number;
}

/** What is on one node. Copies that are moving away count for room, not for balance. */
export interface NodeLoad {
  /** Keys of shards of which a copy is assigned here, those moving away included. */
  readonly held: Set<string>;
  /** Keys of shards with an unassigned copy whose last place was here. */
  readonly returning: Set<string>;
  /** Keys of shards that list a superseded copy here. */
  readonly superseded: Set<string>;
  /** Uuids of deleted indices that list this node as a holder. */
  readonly tombstones: Set<string>;
  /** How many of those had each name. */
  readonly deletedNames: Map<string, number>;
  readonly indices: Map<string, IndexLoad>;
  copies: number;
  primaries: number;
  /** Copies that recover from a peer into this node. */
  incoming: number;
  /** Primaries that are being created empty here. */
  initialPrimaries: number;
}

interface Observation {
  readonly marker: string;
  readonly atMs: number;
}

/** See the file comment. One writer: whoever receives the deltas. */
export class ClusterView {
  readonly pending: PendingShards = new PendingShards();
  /** Keys of shards with at least one unassigned copy. */
  readonly unassigned: Set<string> = new Set<string>();
  #state: ClusterState;
  readonly #loads = new Map<string, NodeLoad>();
  readonly #observed = new Map<string, Map<number, Observation>>();
  #dataNodes: readonly NodeRecord[] | undefined;
  #relocations = 0;
  #initializing = 0;
  #topologyAtMs: number;
  #changedAtMs: number;

  constructor(state: ClusterState, nowMs: number) {
    this.#state = state;
    this.#topologyAtMs = nowMs;
    this.#changedAtMs = nowMs;
    for (const index of state.indices.sortedValues()) {
      for (const shard of index.shards) this.#addShard(index.name, shard, nowMs);
    }
    for (const tombstone of state.tombstones.values()) this.#countTombstone(tombstone, 1);
  }

  get state(): ClusterState {
    return this.#state;
  }

  /** Relocations under way. */
  get relocations(): number {
    return this.#relocations;
  }

  /** Copies under way that are not relocations. */
  get initializing(): number {
    return this.#initializing;
  }

  /** When nodes or settings last changed, by the leader's monotonic clock. */
  get topologyAtMs(): number {
    return this.#topologyAtMs;
  }

  /** When anything last changed, by the leader's monotonic clock. */
  get changedAtMs(): number {
    return this.#changedAtMs;
  }

  /** Registered data nodes, whatever their status, sorted by id. */
  get dataNodes(): readonly NodeRecord[] {
    this.#dataNodes ??= [...this.#state.nodes.values()]
      .filter((node) => node.nodeType === "data")
      .sort((a, b) => compareStrings(a.nodeId, b.nodeId));
    return this.#dataNodes;
  }

  /** What is on a node; an empty load for one that holds nothing. */
  load(nodeId: string): NodeLoad {
    let load = this.#loads.get(nodeId);
    if (load === undefined) {
      load = emptyLoad();
      this.#loads.set(nodeId, load);
    }
    return load;
  }

  /** The shard of a key, or undefined when it no longer exists. */
  place(key: string): ShardPlace | undefined {
    const slash = key.lastIndexOf("/");
    const index = this.#state.indices.get(key.slice(0, slash));
    const shard = index?.shards[Number(key.slice(slash + 1))];
    return index === undefined || shard === undefined ? undefined : { index, shard };
  }

  /** Since when this leader has seen the copy unassigned for its present reason. */
  unassignedSinceMs(key: string, slot: number): number {
    return this.#observed.get(key)?.get(slot)?.atMs ?? this.#topologyAtMs;
  }

  /** Takes in one applied version. `nowMs` is the leader's monotonic clock. */
  apply(delta: StateDelta, nowMs: number): void {
    assert(delta.before.version === this.#state.version, "versions follow each other");
    this.#state = delta.after;
    this.#changedAtMs = nowMs;
    for (const change of delta.changes) this.#applyChange(change, nowMs);
  }

  /** Has every shard with unassigned copies looked at again. */
  touchAllUnassigned(): void {
    for (const key of this.unassigned) this.pending.touch(key);
  }

  #applyChange(change: Change, nowMs: number): void {
    switch (change.kind) {
      case "cluster":
        return;
      case "settings":
        this.#topologyChanged(nowMs);
        return;
      case "node":
        this.#dataNodes = undefined;
        this.#topologyChanged(nowMs);
        return;
      case "index":
        this.#applyIndex(change, nowMs);
        return;
      case "shard":
        if (change.before !== undefined) this.#removeShard(change.indexName, change.before);
        if (change.after !== undefined) this.#addShard(change.indexName, change.after, nowMs);
        return;
      case "tombstone":
        this.#applyTombstone(change, nowMs);
        return;
    }
  }

  #applyIndex(change: Extract<Change, { kind: "index" }>, nowMs: number): void {
    const { before, after, name } = change;
    if (before === undefined && after !== undefined) {
      for (const shard of after.shards) this.#addShard(name, shard, nowMs);
    } else if (before !== undefined && after === undefined) {
      for (const shard of before.shards) this.#removeShard(name, shard);
      for (const shard of before.shards) this.#forgetShard(shardKey(name, shard.number));
    } else if (after !== undefined) {
      for (const shard of after.shards) {
        const key = shardKey(name, shard.number);
        if (this.unassigned.has(key)) this.pending.touch(key);
      }
    }
  }

  #applyTombstone(change: Extract<Change, { kind: "tombstone" }>, nowMs: number): void {
    const { before, after } = change;
    if (before !== undefined) this.#countTombstone(before, -1);
    if (after !== undefined) this.#countTombstone(after, 1);
    // A node that was no place for an index of this name may be one now.
    if (before !== undefined) this.#topologyChanged(nowMs);
  }

  #countTombstone({ indexUuid, indexName, holders }: Tombstone, sign: 1 | -1): void {
    for (const nodeId of Object.keys(holders)) {
      const { tombstones, deletedNames } = this.load(nodeId);
      if (sign > 0) tombstones.add(indexUuid);
      else tombstones.delete(indexUuid);
      const count = (deletedNames.get(indexName) ?? 0) + sign;
      if (count === 0) deletedNames.delete(indexName);
      else deletedNames.set(indexName, count);
    }
  }

  #topologyChanged(nowMs: number): void {
    this.#topologyAtMs = nowMs;
    this.touchAllUnassigned();
  }

  #forgetShard(key: string): void {
    this.pending.forget(key);
    this.#observed.delete(key);
  }

  #addShard(indexName: string, shard: ShardRecord, nowMs: number): void {
    const key = shardKey(indexName, shard.number);
    for (const copy of shard.copies) this.#count({ indexName, key, shard, copy, sign: 1 });
    for (const old of shard.superseded) this.load(old.nodeId).superseded.add(key);
    const waiting = shard.copies.filter((copy) => copy.state === "UNASSIGNED");
    if (waiting.length === 0) {
      this.#forgetShard(key);
      return;
    }
    this.unassigned.add(key);
    this.pending.touch(key);
    const before = this.#observed.get(key);
    const observed = new Map<number, Observation>();
    for (const copy of waiting) {
      const marker = markerOf(copy);
      const known = before?.get(copy.slot);
      observed.set(copy.slot, known?.marker === marker ? known : { marker, atMs: nowMs });
    }
    this.#observed.set(key, observed);
  }

  #removeShard(indexName: string, shard: ShardRecord): void {
    const key = shardKey(indexName, shard.number);
    for (const copy of shard.copies) this.#count({ indexName, key, shard, copy, sign: -1 });
    for (const old of shard.superseded) this.load(old.nodeId).superseded.delete(key);
    this.unassigned.delete(key);
  }

  #count(entry: {
    readonly indexName: string;
    readonly key: string;
    readonly shard: ShardRecord;
    readonly copy: ShardCopy;
    readonly sign: 1 | -1;
  }): void {
    const { indexName, key, shard, copy, sign } = entry;
    if (copy.nodeId === "") return;
    const load = this.load(copy.nodeId);
    if (copy.state === "UNASSIGNED") {
      if (sign > 0) load.returning.add(key);
      else load.returning.delete(key);
      return;
    }
    if (sign > 0) load.held.add(key);
    else load.held.delete(key);
    if (copy.state === "INITIALIZING") this.#countUnderWay(copy, load, sign);
    // Room on a node, or a place for the next recovery, may have come free.
    if (sign < 0) this.pending.releaseThrottled();
    if (copy.state === "RELOCATING") {
      this.#relocations += sign;
      return;
    }
    const primaries = willBePrimary(shard, copy) ? sign : 0;
    load.copies += sign;
    load.primaries += primaries;
    addToIndex(load, indexName, { copies: sign, primaries });
  }

  #countUnderWay(
    copy: Extract<ShardCopy, { state: "INITIALIZING" }>,
    load: NodeLoad,
    sign: 1 | -1,
  ): void {
    if (copy.source === "peer") load.incoming += sign;
    else load.initialPrimaries += sign;
    if (copy.relocatesSlot < 0) this.#initializing += sign;
  }
}

function emptyLoad(): NodeLoad {
  return {
    held: new Set(),
    returning: new Set(),
    superseded: new Set(),
    tombstones: new Set(),
    deletedNames: new Map(),
    indices: new Map(),
    copies: 0,
    primaries: 0,
    incoming: 0,
    initialPrimaries: 0,
  };
}

function addToIndex(load: NodeLoad, indexName: string, by: IndexLoad): void {
  const of = load.indices.get(indexName) ?? { copies: 0, primaries: 0 };
  of.copies += by.copies;
  of.primaries += by.primaries;
  assert(of.copies >= 0 && of.primaries >= 0, "what is taken away was counted");
  if (of.copies === 0 && of.primaries === 0) load.indices.delete(indexName);
  else load.indices.set(indexName, of);
}

/** The target of a moving primary counts as the primary that it is going to be. */
function willBePrimary(shard: ShardRecord, copy: ShardCopy): boolean {
  if (copy.role === "primary") return true;
  if (copy.state !== "INITIALIZING" || copy.relocatesSlot < 0) return false;
  return shard.copies.find((other) => other.slot === copy.relocatesSlot)?.role === "primary";
}

/** Two observations with one marker are of one and the same wait. */
function markerOf(copy: UnassignedCopy): string {
  return `${copy.reason} ${String(copy.failedAttempts)} ${copy.allocationId} ${copy.nodeId}`;
}
