/**
 * What one applied entry changed, as data. Watchers, the store, aggregates and the allocation view
 * are driven by these, so that nobody compares two whole states on a hot path. A change names what
 * changed and carries the record before and after.
 */
import type { ClusterState, IndexRecord, NodeRecord, ShardRecord, Tombstone } from "./model.js";

/** A record that came (before undefined), changed, or went (after undefined). */
export type Change =
  | { readonly kind: "cluster" }
  | { readonly kind: "settings" }
  | {
      readonly kind: "node";
      readonly nodeId: string;
      readonly before: NodeRecord | undefined;
      readonly after: NodeRecord | undefined;
    }
  | {
      /** The index came, went, or its metadata changed; says nothing of single shards then. */
      readonly kind: "index";
      readonly name: string;
      readonly before: IndexRecord | undefined;
      readonly after: IndexRecord | undefined;
    }
  | {
      /** One shard of an index that exists before and after. */
      readonly kind: "shard";
      readonly indexName: string;
      readonly indexUuid: string;
      readonly before: ShardRecord | undefined;
      readonly after: ShardRecord | undefined;
      readonly shard: number;
    }
  | {
      readonly kind: "tombstone";
      readonly indexUuid: string;
      readonly before: Tombstone | undefined;
      readonly after: Tombstone | undefined;
    };

/** One new version of the state and how it came from the one before. */
export interface StateDelta {
  readonly before: ClusterState;
  readonly after: ClusterState;
  readonly changes: readonly Change[];
}
