/**
 * What a new leader leaves alone on nodes that cannot tell its orders from those of the leader
 * before it: copies that one may still be creating, and places where one may still be deleting.
 * After the longest time that an order may take, nothing of the kind can be under way.
 */
import { hasCapability, type ClusterState, type ShardRecord } from "../state/model.js";
import { limits } from "./limits.js";

/** See the file comment. */
export interface Holdback {
  /** 0 when the place and the copy are free; otherwise when they will be. */
  untilMs(place: {
    readonly nodeId: string;
    readonly indexName: string;
    readonly allocationId: string;
  }): number;
}

/** Takes stock of `state` as this leader found it at `nowMs` of its monotonic clock. */
export function createHoldback(state: ClusterState, nowMs: number): Holdback {
  const places = new Set<string>();
  const allocations = new Set<string>();
  const canMisunderstand = (nodeId: string): boolean => {
    const node = state.nodes.get(nodeId);
    return nodeId !== "" && (node === undefined || !hasCapability(node, "fencing"));
  };
  const takeShard = (indexName: string, shard: ShardRecord): void => {
    for (const copy of shard.copies) {
      const mayBeCreating = copy.state === "INITIALIZING" || copy.state === "UNASSIGNED";
      if (!mayBeCreating || shard.inSync.includes(copy.allocationId)) continue;
      // A node that is gone cannot be asked what it can do; but replicas are only ever on nodes
      // that know copies by allocation id, where a late order is about that very copy.
      if (copy.role === "replica" && !state.nodes.has(copy.nodeId)) continue;
      if (canMisunderstand(copy.nodeId)) allocations.add(copy.allocationId);
    }
    for (const old of shard.superseded) {
      if (canMisunderstand(old.nodeId)) places.add(`${old.nodeId}/${indexName}`);
    }
  };
  for (const index of state.indices.values()) {
    for (const shard of index.shards) takeShard(index.name, shard);
  }
  for (const tombstone of state.tombstones.values()) {
    for (const nodeId of Object.keys(tombstone.holders)) {
      if (canMisunderstand(nodeId)) places.add(`${nodeId}/${tombstone.indexName}`);
    }
  }
  const endMs = nowMs + limits.orderDeadlineMs;
  return {
    untilMs: ({ nodeId, indexName, allocationId }) =>
      allocations.has(allocationId) || places.has(`${nodeId}/${indexName}`) ? endMs : 0,
  };
}
