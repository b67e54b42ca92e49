/**
 * Waits until the shards of a new index can serve, because existing clients write at once. Ends
 * early when waiting cannot help: the index is gone, or no node could take its shards.
 */
import type { Clock } from "../../base/clock.js";
import type { ControlPlane } from "../../controlplane/port.js";
import type { StateDelta } from "../../state/changes.js";
import type { ClusterState, IndexRecord, NodeRecord } from "../../state/model.js";
import { isActive } from "../../state/model.js";
import type { AwaitLimits } from "../await-state.js";
import { awaitState } from "../await-state.js";

/** What is awaited. */
export interface AwaitedShards {
  readonly indexName: string;
  readonly indexUuid: string;
  /** Active copies that each shard must have. */
  readonly copiesMin: number;
}

/** Whether the shards had their copies in time. */
export async function waitForActiveShards(
  awaited: AwaitedShards,
  limits: AwaitLimits,
  deps: { readonly controlPlane: ControlPlane; readonly clock: Clock },
): Promise<boolean> {
  const end = await awaitState(
    (state, delta) => {
      if (delta !== undefined && !concerns(delta, awaited.indexName)) return undefined;
      return verdictOn(state, awaited);
    },
    limits,
    deps,
  );
  return end.kind === "met" && end.value === "started";
}

function concerns(delta: StateDelta, indexName: string): boolean {
  return delta.changes.some(
    (change) =>
      change.kind === "node" ||
      (change.kind === "shard" && change.indexName === indexName) ||
      (change.kind === "index" && change.name === indexName),
  );
}

function verdictOn(state: ClusterState, awaited: AwaitedShards): "started" | "never" | undefined {
  const index = state.indices.get(awaited.indexName);
  if (index?.uuid !== awaited.indexUuid) return "never";
  if (hasActiveCopies(index, awaited.copiesMin)) return "started";
  return hasNodeForShards(state, index) ? undefined : "never";
}

function hasActiveCopies(index: IndexRecord, copiesMin: number): boolean {
  return index.shards.every((shard) => shard.copies.filter(isActive).length >= copiesMin);
}

/** Whether some node could take shards of the index; how many it may hold is not looked at. */
function hasNodeForShards(state: ClusterState, index: IndexRecord): boolean {
  for (const node of state.nodes.values()) {
    if (node.nodeType === "data" && node.status === "healthy" && suits(node, index)) return true;
  }
  return false;
}

function suits(node: NodeRecord, index: IndexRecord): boolean {
  const tier = index.settings.tiering.defaultTier;
  const fits = tier === "" || tier === node.attributes.storageTier;
  return fits && !node.dangling.some((dangling) => dangling.indexName === index.name);
}
