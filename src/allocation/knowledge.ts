/**
 * What only the leader's memory knows and a plan needs: time, which nodes have reported since they
 * registered, what they hold, and what they refused. It arrives as data, so that a plan stays a
 * function of its arguments. A member that does not lead plans with {@link noKnowledge}.
 */
import type { ShardRef } from "../state/commands.js";

/** See the file comment. */
export interface Knowledge {
  /** The leader's monotonic clock. */
  readonly nowMs: number;
  /** Whether the node reported its shards since it last registered and is fit for orders. */
  isReady(nodeId: string): boolean;
  /**
   * Whether a report that was asked for after the shard's present record was applied shows that
   * the node holds this very copy.
   */
  holds(nodeId: string, shard: ShardRef & { readonly allocationId: string }): boolean;
  /** Whether the node said, since it last registered, that it cannot take the shard. */
  isRefused(nodeId: string, shard: ShardRef): boolean;
  /**
   * Until when an earlier leader's order may still reach this place, 0 when none can. Only for
   * nodes that cannot fence.
   */
  heldBackUntilMs(place: {
    readonly nodeId: string;
    readonly indexName: string;
    readonly allocationId: string;
  }): number;
}

/** The knowledge of a member that does not lead: every node counts as ready, nothing as held. */
export const noKnowledge: Knowledge = {
  nowMs: 0,
  isReady: () => true,
  holds: () => false,
  isRefused: () => false,
  heldBackUntilMs: () => 0,
};
