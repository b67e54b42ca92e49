/**
 * The state while one command is being applied: collects what the handlers put, and turns it into
 * the next state and its changes at the end. Handlers check everything before they put anything,
 * or put item by item in a batch. It knows no rule of the cluster.
 */
import { assert, assertDefined } from "../../base/assert.js";
import type { PersistentMap } from "../../base/persistent-map.js";
import type { Change } from "../changes.js";
import type { ApplyContext, CommandResult } from "../commands.js";
import type { ClusterState, IndexRecord, NodeRecord, ShardRecord, Tombstone } from "../model.js";

/** An index being edited; `shards` belongs to the draft and is not shared before the end. */
interface EditedIndex {
  record: IndexRecord;
  readonly shards: ShardRecord[];
}

interface Meta {
  readonly clusterUuid: string;
  readonly clusterName: string;
}

/** See the file comment. One draft serves one command. */
export class Draft {
  readonly before: ClusterState;
  readonly context: ApplyContext;
  /** The version that the state gets if anything changes. */
  readonly version: number;
  readonly #changes = new Map<string, Change>();
  readonly #edited = new Map<string, EditedIndex>();
  #meta: Meta;
  #settings: Readonly<Record<string, string>>;
  #nodes: PersistentMap<NodeRecord>;
  #indices: PersistentMap<IndexRecord>;
  #tombstones: PersistentMap<Tombstone>;

  constructor(before: ClusterState, context: ApplyContext) {
    this.before = before;
    this.context = context;
    this.version = before.version + 1;
    this.#meta = { clusterUuid: before.clusterUuid, clusterName: before.clusterName };
    this.#settings = before.settings;
    this.#nodes = before.nodes;
    this.#indices = before.indices;
    this.#tombstones = before.tombstones;
  }

  /** The node as it is now in this draft. */
  node(nodeId: string): NodeRecord | undefined {
    return this.#nodes.get(nodeId);
  }

  /** The index as it is now in this draft. */
  index(name: string): IndexRecord | undefined {
    return this.#edited.get(name)?.record ?? this.#indices.get(name);
  }

  get tombstones(): PersistentMap<Tombstone> {
    return this.#tombstones;
  }

  setCluster(meta: Meta): void {
    this.#meta = meta;
    this.#changes.set("cluster", { kind: "cluster" });
  }

  setSettings(settings: Readonly<Record<string, string>>): void {
    this.#settings = settings;
    this.#changes.set("settings", { kind: "settings" });
  }

  /** Puts a node, or removes it when `after` is undefined. */
  setNode(nodeId: string, after: NodeRecord | undefined): void {
    const before = this.before.nodes.get(nodeId);
    this.#nodes = after === undefined ? this.#nodes.delete(nodeId) : this.#nodes.set(nodeId, after);
    this.#changes.set(`node/${nodeId}`, { kind: "node", nodeId, before, after });
  }

  /** Puts a tombstone, or removes it when `after` is undefined. */
  setTombstone(indexUuid: string, after: Tombstone | undefined): void {
    const before = this.before.tombstones.get(indexUuid);
    this.#tombstones =
      after === undefined
        ? this.#tombstones.delete(indexUuid)
        : this.#tombstones.set(indexUuid, after);
    this.#changes.set(`tombstone/${indexUuid}`, { kind: "tombstone", indexUuid, before, after });
  }

  /** Adds an index; its record and its shards get the new version. */
  createIndex(record: IndexRecord): void {
    assert(this.index(record.name) === undefined, "an index is created once");
    const shards = record.shards.map((shard) => ({ ...shard, version: this.version }));
    const after = { ...record, shards, version: this.version };
    this.#indices = this.#indices.set(record.name, after);
    this.#changes.set(`index/${record.name}`, {
      kind: "index",
      name: record.name,
      before: undefined,
      after,
    });
  }

  /** Removes an index with all its shards. */
  deleteIndex(name: string): void {
    const before = assertDefined(this.before.indices.get(name), "a deleted index was there");
    this.#indices = this.#indices.delete(name);
    this.#changes.set(`index/${name}`, { kind: "index", name, before, after: undefined });
  }

  /** Changes the metadata of an index, which gets the new version; its shards stay. */
  setMetadata(name: string, change: Pick<IndexRecord, "settings">): void {
    const edited = this.#edit(name);
    edited.record = { ...edited.record, ...change, version: this.version };
    const before = this.before.indices.get(name);
    this.#changes.set(`index/${name}`, { kind: "index", name, before, after: edited.record });
  }

  /** Replaces one shard, which gets the new version. */
  setShard(name: string, shard: ShardRecord): void {
    const edited = this.#edit(name);
    const after = { ...shard, version: this.version };
    edited.shards[shard.number] = after;
    this.#changes.set(`shard/${name}/${String(shard.number)}`, {
      kind: "shard",
      indexName: name,
      indexUuid: edited.record.uuid,
      before: this.before.indices.get(name)?.shards[shard.number],
      after,
      shard: shard.number,
    });
  }

  /** The outcome. A rejected command must not have put anything. */
  finish(result: CommandResult): {
    readonly state: ClusterState;
    readonly changes: readonly Change[];
    readonly result: CommandResult;
  } {
    assert(result.ok || this.#changes.size === 0, "a rejected command changes nothing");
    if (this.#changes.size === 0) return { state: this.before, changes: [], result };
    for (const [name, edited] of this.#edited) {
      this.#indices = this.#indices.set(name, edited.record);
    }
    const state: ClusterState = {
      ...this.before,
      ...this.#meta,
      version: this.version,
      settings: this.#settings,
      nodes: this.#nodes,
      indices: this.#indices,
      tombstones: this.#tombstones,
    };
    return { state, changes: [...this.#changes.values()], result };
  }

  #edit(name: string): EditedIndex {
    const known = this.#edited.get(name);
    if (known !== undefined) return known;
    const before = assertDefined(this.#indices.get(name), "an edited index is there");
    const shards = [...before.shards];
    const edited = { record: { ...before, shards }, shards };
    this.#edited.set(name, edited);
    return edited;
  }
}
