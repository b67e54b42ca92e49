/**
 * What balance means, as one number: the sum over nodes of squared counts, of copies per index and
 * in all. A placement goes where the number grows least, and a move is worth making only when the
 * number falls. Every move therefore brings the cluster strictly nearer to a fixed point, and
 * balancing ends. Primaries are weighed apart, because handing over the role costs no copying.
 */
import type { Loads } from "./loads.js";

/** One index spread evenly matters a little more than even totals. */
const indexWeight = 5;
const totalWeight = 4;

/** How much the imbalance grows if one copy of the index comes to the node. */
export function copyCost(loads: Loads, nodeId: string, indexName: string): number {
  return (
    indexWeight * (2 * loads.indexCopies(nodeId, indexName) + 1) +
    totalWeight * (2 * loads.copies(nodeId) + 1)
  );
}

/** How much the imbalance falls if one copy of the index leaves the node. */
export function copyGain(loads: Loads, nodeId: string, indexName: string): number {
  return (
    indexWeight * (2 * loads.indexCopies(nodeId, indexName) - 1) +
    totalWeight * (2 * loads.copies(nodeId) - 1)
  );
}

/** Tells apart nodes of equal {@link copyCost}: lower is better for a new copy of this role. */
export function primaryCost(loads: Loads, nodeId: string, indexName: string): number {
  return (
    indexWeight * (2 * loads.indexPrimaries(nodeId, indexName) + 1) +
    totalWeight * (2 * loads.primaries(nodeId) + 1)
  );
}

/**
 * Whether handing a primary role from one node to another improves the spread: first of the
 * index's primaries, and among equals of all primaries.
 */
export function improvesPrimaries(
  loads: Loads,
  indexName: string,
  nodes: { readonly from: string; readonly to: string },
): boolean {
  const ofIndex =
    loads.indexPrimaries(nodes.to, indexName) - loads.indexPrimaries(nodes.from, indexName) + 1;
  if (ofIndex !== 0) return ofIndex < 0;
  return loads.primaries(nodes.to) - loads.primaries(nodes.from) + 1 < 0;
}
