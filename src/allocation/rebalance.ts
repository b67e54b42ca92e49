/**
 * What rebalancing would do, from a state alone: for a dry run on any member, and for an operator's
 * order to do it now. Unlike the leader's own loop it does not wait for quiet and lists all moves
 * at once, one per shard.
 */
import type { Assignment } from "../state/commands.js";
import type { ClusterState } from "../state/model.js";
import { ClusterView } from "./cluster-view.js";
import { noKnowledge } from "./knowledge.js";
import { limits } from "./limits.js";
import { Loads } from "./loads.js";
import { planMoves } from "./moves.js";

/** A move that would improve the balance. */
export interface PlannedRelocation {
  readonly indexName: string;
  readonly shard: number;
  readonly fromNode: string;
  readonly toNode: string;
  readonly assignment: Assignment;
}

/**
 * Moves that balance the named indices, or all when `indexNames` is empty. Unknown names are
 * skipped. Recoveries per node stay within their bound, so a skewed cluster takes several rounds.
 */
export function planRebalance(
  state: ClusterState,
  indexNames: readonly string[],
  newId: () => string,
): PlannedRelocation[] {
  const view = new ClusterView(state, 0);
  const moves = planMoves({
    view,
    loads: new Loads(view),
    inputs: { knowledge: noKnowledge, newId },
    indexNames: indexNames.length === 0 ? undefined : indexNames,
    countMax: limits.listedRelocationsCountMax,
  });
  return moves.map(({ fromNode, toNode, assignment }) => ({
    indexName: assignment.indexName,
    shard: assignment.shard,
    fromNode,
    toNode,
    assignment,
  }));
}
