/**
 * What one node holds, as far as the leader knows: its last full report, kept up to date with the
 * orders that it has acknowledged since. Nodes that report no allocation ids get those attached
 * that this leadership saw acknowledged. It judges nothing.
 */
import { shardKey } from "../allocation/cluster-view.js";
import type { Order, ReportedShard } from "./data-node.js";

/** What the reconciler reads. */
export interface HeldView {
  /** Version of the state when the report was asked for. */
  readonly requestedAtVersion: number;
  /** Entries of one shard; more than one when the node kept files of an earlier index. */
  of(key: string): readonly ReportedShard[];
}

/** See the file comment. */
export class HeldShards implements HeldView {
  readonly requestedAtVersion: number;
  readonly #byKey = new Map<string, ReportedShard[]>();
  #count = 0;

  constructor(
    shards: readonly ReportedShard[],
    requestedAtVersion: number,
    before: HeldShards | undefined,
  ) {
    this.requestedAtVersion = requestedAtVersion;
    for (const shard of shards) this.#add(before === undefined ? shard : before.#identify(shard));
  }

  /** Entries in all; comparable with the count that a node gives in short answers. */
  get count(): number {
    return this.#count;
  }

  of(key: string): readonly ReportedShard[] {
    return this.#byKey.get(key) ?? [];
  }

  keys(): IterableIterator<string> {
    return this.#byKey.keys();
  }

  /** The node acknowledged an order. `startsAtOnce`: the copy needs no recovery. */
  acknowledge(order: Order, startsAtOnce: boolean): void {
    const key = shardKey(order.indexName, order.shard);
    const others = this.of(key).filter((entry) => !isSame(entry, order));
    const known = this.of(key).find((entry) => isSame(entry, order));
    this.#set(key, others);
    switch (order.kind) {
      case "create":
        // Files of an earlier copy of the same index are reused, not kept beside the new one.
        this.#set(
          key,
          others.filter((entry) => entry.indexUuid !== order.indexUuid),
        );
        this.#add(createdEntry(order, startsAtOnce));
        return;
      case "update":
        if (known === undefined) return;
        this.#add({
          ...known,
          isPrimary: order.primary,
          primaryTerm: order.primaryTerm,
          shardVersion: order.shardVersion,
        });
        return;
      case "delete":
        return;
    }
  }

  /** The addresses of peers changed: the next look at this shard tells the node anew. */
  forgetVersion(key: string): void {
    const entries = this.of(key).map((entry) => ({ ...entry, shardVersion: 0 }));
    if (entries.length > 0) this.#set(key, entries);
  }

  /** Attaches the allocation id under which this leadership saw the shard acknowledged. */
  #identify(shard: ReportedShard): ReportedShard {
    if (shard.allocationId !== "") return shard;
    const known = this.of(shardKey(shard.indexName, shard.shard))[0];
    if (known === undefined) return shard;
    return { ...shard, allocationId: known.allocationId, indexUuid: known.indexUuid };
  }

  #add(entry: ReportedShard): void {
    const key = shardKey(entry.indexName, entry.shard);
    this.#set(key, [...this.of(key), entry]);
  }

  #set(key: string, entries: ReportedShard[]): void {
    this.#count += entries.length - this.of(key).length;
    if (entries.length === 0) this.#byKey.delete(key);
    else this.#byKey.set(key, entries);
  }
}

function isSame(entry: ReportedShard, order: Order): boolean {
  if (entry.allocationId === "" || order.allocationId === "") return true;
  return entry.allocationId === order.allocationId;
}

function createdEntry(
  order: Extract<Order, { kind: "create" }>,
  startsAtOnce: boolean,
): ReportedShard {
  return {
    indexName: order.indexName,
    shard: order.shard,
    indexUuid: order.indexUuid,
    allocationId: order.allocationId,
    primaryTerm: order.primaryTerm,
    isPrimary: order.primary,
    phase: startsAtOnce ? "started" : "initializing",
    shardVersion: order.shardVersion,
    failure: "",
    docsCount: 0,
    sizeBytes: 0,
  };
}
