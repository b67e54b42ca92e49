/**
 * Finds the place of one copy: asks the rules about the copy and about each node, and among the
 * nodes that may have it takes the one where it unbalances least. Ties go to the lower node id, so
 * that equal inputs give equal plans. It changes nothing and decides about one copy only.
 */
import { hasCapability, type NodeRecord } from "../state/model.js";
import { decideCopy, decideNode } from "./decider.js";
import type { CopyQuestion, Decision } from "./decision.js";
import { copyCost, primaryCost } from "./weights.js";

/** What came of looking for a place. */
export type PlaceFound =
  | { readonly kind: "resume"; readonly node: NodeRecord }
  | { readonly kind: "place"; readonly node: NodeRecord }
  | { readonly kind: "none"; readonly decision: Decision };

/** The place for an unassigned copy; see the file comment. */
export function findPlace(question: CopyQuestion): PlaceFound {
  const resumed = resumableOn(question);
  if (resumed !== undefined) return { kind: "resume", node: resumed };
  const allowed = decideCopy(question);
  if (allowed.verdict !== "yes") return { kind: "none", decision: allowed };
  const before = formerNode(question);
  if (before !== undefined) {
    const decision = decideNode({ ...question, node: before });
    if (decision.verdict === "yes") return { kind: "place", node: before };
    if (decision.verdict === "throttle") return { kind: "none", decision };
  }
  return bestOf(question);
}

/** The best node for the copy by the rules about nodes alone, or the nearest thing to an answer. */
export function bestOf(question: CopyQuestion): PlaceFound {
  let best: { node: NodeRecord; decision: Decision; cost: Cost } | undefined;
  let objection: Decision | undefined;
  for (const node of question.view.dataNodes) {
    const decision = decideNode({ ...question, node });
    if (decision.verdict === "no") {
      objection = firstToTell(objection, decision);
      continue;
    }
    const cost = costOf(question, node);
    if (best === undefined || isLower(cost, best.cost)) best = { node, decision, cost };
  }
  if (best === undefined) return { kind: "none", decision: objection ?? noNodes };
  // The best place that is busy is waited for: the second best would have to be left again.
  if (best.decision.verdict === "throttle") return { kind: "none", decision: best.decision };
  return { kind: "place", node: best.node };
}

/** The node on which an unassigned copy goes on as it was: in-sync, and shown to be there. */
function resumableOn(question: CopyQuestion): NodeRecord | undefined {
  const { copy, shard, index, view, knowledge } = question;
  if (copy.state !== "UNASSIGNED" || !shard.inSync.includes(copy.allocationId)) return undefined;
  const node = view.state.nodes.get(copy.nodeId);
  if (node?.status !== "healthy" || !knowledge.isReady(node.nodeId)) return undefined;
  const ref = { indexName: index.name, indexUuid: index.uuid, shard: shard.number };
  const held = knowledge.holds(node.nodeId, { ...ref, allocationId: copy.allocationId });
  return held ? node : undefined;
}

/** The node that the copy left when it went away: its files spare most of the copying. */
function formerNode(question: CopyQuestion): NodeRecord | undefined {
  const { copy, view, key } = question;
  if (copy.state !== "UNASSIGNED" || copy.reason !== "node_left") return undefined;
  const node = view.state.nodes.get(copy.nodeId);
  if (node === undefined || !hasCapability(node, "peer_recovery")) return undefined;
  return view.load(node.nodeId).returning.has(key) ? node : undefined;
}

/** Compared left to right. */
type Cost = readonly [avoided: number, copies: number, role: number];

function costOf(question: CopyQuestion, node: NodeRecord): Cost {
  const { copy, loads, index } = question;
  // Where it failed last is tried again only when there is nowhere else.
  const failedHere =
    copy.state === "UNASSIGNED" && copy.failedAttempts > 0 && copy.nodeId === node.nodeId;
  const copies = copyCost(loads, node.nodeId, index.name);
  const primaries = primaryCost(loads, node.nodeId, index.name);
  const byRole = copy.role === "primary" ? primaries : -primaries;
  return [failedHere ? 1 : 0, copies, byRole];
}

function isLower(a: Cost, b: Cost): boolean {
  for (const i of [0, 1, 2] as const) if (a[i] !== b[i]) return a[i] < b[i];
  return false;
}

/** Of two objections the one that tells a person more: a missing ability before a full house. */
function firstToTell(a: Decision | undefined, b: Decision): Decision {
  if (a === undefined) return b;
  return rank(b) < rank(a) ? b : a;
}

function rank(decision: Decision): number {
  const order = ["no_peer_recovery", "stale_files", "refused", "max_shards", "storage_tier"];
  const at = order.indexOf(decision.code);
  return at < 0 ? order.length : at;
}

const noNodes: Decision = {
  verdict: "no",
  code: "node_status",
  text: "there are no data nodes",
};
