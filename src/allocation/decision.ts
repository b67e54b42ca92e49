/**
 * The vocabulary of placement rules: what they are asked and what they answer. The rules are in
 * deciders/, one per file; decider.ts puts them together.
 */
import type { IndexRecord, NodeRecord, ShardCopy, ShardRecord } from "../state/model.js";
import type { ClusterView } from "./cluster-view.js";
import type { Knowledge } from "./knowledge.js";
import type { Loads } from "./loads.js";

/** Stable names of the reasons, for metrics, health and scripts. */
export type DeciderCode =
  | "ok"
  | "same_shard"
  | "max_shards"
  | "storage_tier"
  | "node_status"
  | "node_not_reported"
  | "no_peer_recovery"
  | "stale_files"
  | "refused"
  | "held_back"
  | "throttled"
  | "no_valid_copy"
  | "primary_inactive"
  | "retry_backoff"
  | "retry_limit"
  | "delayed";

/** What a rule says. */
export interface Decision {
  /** `throttle` = yes, but later. */
  readonly verdict: "yes" | "throttle" | "no";
  readonly code: DeciderCode;
  /** For people; empty for yes. */
  readonly text: string;
  /** When the answer may change by itself, on the leader's monotonic clock. */
  readonly atMs?: number;
}

/** The one answer that needs no words. */
export const yes: Decision = { verdict: "yes", code: "ok", text: "" };

/** A copy looking for a place. */
export interface CopyQuestion {
  readonly view: ClusterView;
  readonly loads: Loads;
  readonly knowledge: Knowledge;
  /** Key of the shard in the view. */
  readonly key: string;
  readonly index: IndexRecord;
  readonly shard: ShardRecord;
  readonly copy: ShardCopy;
}

/** A copy looking at one node. A copy that is not unassigned asks whether it could move there. */
export interface NodeQuestion extends CopyQuestion {
  readonly node: NodeRecord;
}
