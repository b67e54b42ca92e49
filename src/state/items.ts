/**
 * The state as independent items, a key and a canonical JSON value each: for the store, snapshots
 * and the hash. A shard is an item of its own, so that its change costs one item. Where items are
 * kept, and how they are protected, is not known here.
 */
import { assertNever } from "../base/assert.js";
import { PersistentMap } from "../base/persistent-map.js";
import type { Change, StateDelta } from "./changes.js";
import type { ClusterState, IndexRecord, NodeRecord, ShardRecord, Tombstone } from "./model.js";
import {
  clusterMetaCodec,
  clusterSettingsCodec,
  indexMetadataCodec,
  nodeCodec,
  shardCodec,
  tombstoneCodec,
  type ClusterMeta,
  type IndexMetadata,
} from "./records.js";
import { featureVersionMax } from "./versions.js";

/** A key and its value. Neither node ids nor index names contain a slash. */
export type Item = readonly [key: string, value: string];

/** What a change of the state does to its items. */
export interface ItemDelta {
  readonly puts: readonly Item[];
  readonly deletes: readonly string[];
  /** Values before, of every key put or deleted that existed. */
  readonly previous: readonly Item[];
}

/** A state, or why the items are none. */
export type DecodedState =
  | { readonly ok: true; readonly state: ClusterState }
  | { readonly ok: false; readonly problem: string };

const metaKey = "meta";
const settingsKey = "settings";

/** Every item of a state, in no particular order. */
export function* itemsOf(state: ClusterState): Generator<Item, undefined> {
  yield [metaKey, metaText(state)];
  yield [settingsKey, clusterSettingsCodec.text(state.settings)];
  for (const node of state.nodes.values()) yield nodeItem(node);
  for (const index of state.indices.values()) {
    yield indexItem(index);
    for (const shard of index.shards) yield shardItem(index.name, shard);
  }
  for (const tombstone of state.tombstones.values()) yield tombstoneItem(tombstone);
  return undefined;
}

/** The changed items, computed from the changes alone. */
export function itemDelta(delta: StateDelta): ItemDelta {
  const before: Item[] = [];
  const after: Item[] = [];
  if (delta.before !== delta.after) {
    before.push([metaKey, metaText(delta.before)]);
    after.push([metaKey, metaText(delta.after)]);
  }
  for (const change of delta.changes) {
    before.push(...itemsOfSide(change, delta.before, "before"));
    after.push(...itemsOfSide(change, delta.after, "after"));
  }
  const kept = new Set(after.map(([key]) => key));
  const deletes = before.map(([key]) => key).filter((key) => !kept.has(key));
  return { puts: after, deletes, previous: before };
}

/** Puts a state together from all of its items, in any order. */
export function stateFromItems(items: Iterable<Item>): DecodedState {
  const parts = new Parts();
  for (const [key, value] of items) {
    const problem = parts.add(key, value);
    if (problem !== undefined) return { ok: false, problem };
  }
  return parts.state();
}

function itemsOfSide(
  change: Change,
  state: ClusterState,
  side: "before" | "after",
): readonly Item[] {
  switch (change.kind) {
    case "cluster":
      return [];
    case "settings":
      return [[settingsKey, clusterSettingsCodec.text(state.settings)]];
    case "node":
      return itemIf(change[side], nodeItem);
    case "index":
      return indexItems(change, change[side]);
    case "shard":
      return itemIf(change[side], (shard) => shardItem(change.indexName, shard));
    case "tombstone":
      return itemIf(change[side], tombstoneItem);
    default:
      return assertNever(change, "an unknown kind of change");
  }
}

function itemIf<T>(record: T | undefined, itemOf: (record: T) => Item): readonly Item[] {
  return record === undefined ? [] : [itemOf(record)];
}

/** An index that came or went has its shards with it; otherwise they have changes of their own. */
function indexItems(
  change: Extract<Change, { kind: "index" }>,
  index: IndexRecord | undefined,
): readonly Item[] {
  if (index === undefined) return [];
  const stays = change.before !== undefined && change.after !== undefined;
  if (stays) return [indexItem(index)];
  return [indexItem(index), ...index.shards.map((shard) => shardItem(index.name, shard))];
}

function metaText(state: ClusterState): string {
  return clusterMetaCodec.text(state);
}

function nodeItem(node: NodeRecord): Item {
  return [`node/${node.nodeId}`, nodeCodec.text(node)];
}

function indexItem(index: IndexRecord): Item {
  return [`index/${index.name}`, indexMetadataCodec.text(index)];
}

function shardItem(indexName: string, shard: ShardRecord): Item {
  return [`shard/${indexName}/${String(shard.number)}`, shardCodec.text(shard)];
}

function tombstoneItem(tombstone: Tombstone): Item {
  return [`tombstone/${tombstone.indexUuid}`, tombstoneCodec.text(tombstone)];
}

/** Collects items until they are a whole state. */
class Parts {
  #meta: ClusterMeta | undefined;
  #settings: ClusterState["settings"] | undefined;
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #indices = new Map<string, IndexMetadata>();
  readonly #shards = new Map<string, ShardRecord[]>();
  readonly #tombstones = new Map<string, Tombstone>();

  /** Takes one item; what is wrong with it otherwise. */
  add(key: string, value: string): string | undefined {
    if (!this.#accept(key, value)) return `item "${key}" is not what its key says`;
    return undefined;
  }

  state(): DecodedState {
    const meta = this.#meta;
    if (meta === undefined) return { ok: false, problem: 'item "meta" is missing' };
    if (this.#settings === undefined) return { ok: false, problem: 'item "settings" is missing' };
    if (meta.featureVersion > featureVersionMax) {
      const text = `feature version ${String(meta.featureVersion)} is newer than this program`;
      return { ok: false, problem: `${text}, which knows up to ${String(featureVersionMax)}` };
    }
    const indices: (readonly [string, IndexRecord])[] = [];
    for (const [name, metadata] of this.#indices) {
      const shards = this.#shards.get(name) ?? [];
      this.#shards.delete(name);
      const count = metadata.settings.numberOfShards;
      if (shards.length !== count || Object.keys(shards).length !== count) {
        return { ok: false, problem: `index "${name}" does not have its ${String(count)} shards` };
      }
      indices.push([name, { ...metadata, shards }]);
    }
    const [orphan] = this.#shards.keys();
    if (orphan !== undefined) {
      return { ok: false, problem: `shards of index "${orphan}" are there without it` };
    }
    const state: ClusterState = {
      ...meta,
      settings: this.#settings,
      nodes: PersistentMap.from(this.#nodes),
      indices: PersistentMap.from(indices),
      tombstones: PersistentMap.from(this.#tombstones),
    };
    return { ok: true, state };
  }

  #accept(key: string, value: string): boolean {
    const slash = key.indexOf("/");
    const name = key.slice(slash + 1);
    switch (slash < 0 ? key : key.slice(0, slash)) {
      case metaKey:
        this.#meta = clusterMetaCodec.parse(value);
        return this.#meta !== undefined && slash < 0;
      case settingsKey:
        this.#settings = clusterSettingsCodec.parse(value);
        return this.#settings !== undefined && slash < 0;
      case "node":
        return keep(this.#nodes, name, nodeCodec.parse(value), (node) => node.nodeId);
      case "index":
        return keep(this.#indices, name, indexMetadataCodec.parse(value), (index) => index.name);
      case "shard":
        return this.#keepShard(name, shardCodec.parse(value));
      case "tombstone":
        return keep(this.#tombstones, name, tombstoneCodec.parse(value), (t) => t.indexUuid);
      default:
        return false;
    }
  }

  #keepShard(name: string, shard: ShardRecord | undefined): boolean {
    if (shard === undefined) return false;
    const suffix = `/${String(shard.number)}`;
    if (!name.endsWith(suffix)) return false;
    const indexName = name.slice(0, -suffix.length);
    const shards = this.#shards.get(indexName) ?? [];
    if (shards[shard.number] !== undefined) return false;
    shards[shard.number] = shard;
    this.#shards.set(indexName, shards);
    return true;
  }
}

/** Keeps a record under its own name, once; false when the key names another. */
function keep<T>(
  into: Map<string, T>,
  name: string,
  record: T | undefined,
  nameOf: (record: T) => string,
): boolean {
  if (record === undefined || nameOf(record) !== name || into.has(name)) return false;
  into.set(name, record);
  return true;
}
