/**
 * Why a copy is where it is or is nowhere, and what would happen if someone asked to place it now.
 * Works from a state alone, so that every member can answer; a leader passes what else it knows.
 * It proposes nothing.
 */
import type { Assignment } from "../state/commands.js";
import type { ClusterState, IndexRecord, ShardCopy, ShardRecord } from "../state/model.js";
import { ClusterView, shardKey } from "./cluster-view.js";
import { decideCopy, decideNode, objections } from "./decider.js";
import type { CopyQuestion, Decision } from "./decision.js";
import { noKnowledge } from "./knowledge.js";
import { Loads } from "./loads.js";
import { bestOf } from "./placement.js";

/** What the rules say about one node. */
export interface NodeExplanation {
  readonly nodeId: string;
  readonly verdict: Decision["verdict"];
  /** Every rule that does not say yes. */
  readonly objections: readonly Decision[];
}

/** Why a copy is unassigned, or where it could go. */
export interface CopyExplanation {
  readonly copy: ShardCopy;
  /** What stands against placing the copy anywhere; verdict yes when nothing does. */
  readonly anywhere: Decision;
  /** Sorted by node id. */
  readonly nodes: readonly NodeExplanation[];
}

/** Which copy is asked about. */
export interface CopyRef {
  readonly indexName: string;
  readonly shard: number;
  readonly slot: number;
}

/** Explains a copy; undefined when there is none. */
export function explainCopy(state: ClusterState, ref: CopyRef): CopyExplanation | undefined {
  const index = state.indices.get(ref.indexName);
  const shard = index?.shards[ref.shard];
  const copy = shard?.copies.find((candidate) => candidate.slot === ref.slot);
  if (index === undefined || shard === undefined || copy === undefined) return undefined;
  const question = questionOf(state, index, shard, copy);
  const nodes = question.view.dataNodes.map((node) => {
    const asked = { ...question, node };
    const { verdict } = decideNode(asked);
    return { nodeId: node.nodeId, verdict, objections: objections(asked) };
  });
  const waiting = copy.state === "UNASSIGNED";
  const anywhere: Decision = waiting
    ? decideCopy(question)
    : { verdict: "yes", code: "ok", text: "" };
  return { copy, anywhere, nodes };
}

/** What an operator asks to be placed. */
export interface PlacementRequest {
  readonly indexName: string;
  readonly shard: number;
  readonly primary: boolean;
  /** Empty = wherever is best. */
  readonly preferredNodeId: string;
}

/** The decision to propose, the fact that nothing is to do, or why it cannot be done. */
export type PlacementAnswer =
  | { readonly kind: "assign"; readonly nodeId: string; readonly assignment: Assignment }
  | { readonly kind: "assigned"; readonly copy: ShardCopy }
  | { readonly kind: "not_found"; readonly text: string }
  | { readonly kind: "refused"; readonly decision: Decision };

/**
 * Where to place a copy of this role. An unassigned one is assigned; a started one moves when
 * another node than its own is preferred. Waits (delay, back-off) are not kept: someone asked.
 */
export function planPlacement(
  state: ClusterState,
  request: PlacementRequest,
  newId: () => string,
): PlacementAnswer {
  const index = state.indices.get(request.indexName);
  if (index === undefined) return { kind: "not_found", text: "the index does not exist" };
  const shard = index.shards[request.shard];
  if (shard === undefined) return { kind: "not_found", text: "the shard does not exist" };
  const copy = copyToPlace(shard, request);
  if (copy === undefined) return { kind: "not_found", text: "the shard has no copy of this role" };
  const stays = request.preferredNodeId === "" || copy.nodeId === request.preferredNodeId;
  if (copy.state !== "UNASSIGNED" && (stays || copy.state !== "STARTED")) {
    return { kind: "assigned", copy };
  }
  return answer(questionOf(state, index, shard, copy), request.preferredNodeId, newId);
}

/** An unassigned copy of the role if there is one, else any copy of it. */
function copyToPlace(shard: ShardRecord, request: PlacementRequest): ShardCopy | undefined {
  const role = request.primary ? "primary" : "replica";
  const ofRole = shard.copies.filter(
    (copy) => copy.role === role && !(copy.state === "INITIALIZING" && copy.relocatesSlot >= 0),
  );
  return (
    ofRole.find((copy) => copy.state === "UNASSIGNED") ??
    ofRole.find((copy) => copy.nodeId === request.preferredNodeId) ??
    ofRole[0]
  );
}

function answer(
  question: CopyQuestion,
  preferredNodeId: string,
  newId: () => string,
): PlacementAnswer {
  const { copy, index, shard, view } = question;
  const anywhere = decideCopy(question);
  if (copy.state === "UNASSIGNED" && anywhere.verdict === "no") {
    if (anywhere.code !== "retry_limit") return { kind: "refused", decision: anywhere };
  }
  let nodeId = preferredNodeId;
  if (nodeId === "") {
    const found = bestOf(question);
    if (found.kind === "none") return { kind: "refused", decision: found.decision };
    nodeId = found.node.nodeId;
  } else {
    const node = view.state.nodes.get(nodeId);
    if (node === undefined) return { kind: "not_found", text: "the node does not exist" };
    const decision = decideNode({ ...question, node });
    if (decision.verdict === "no") return { kind: "refused", decision };
  }
  const base = {
    indexName: index.name,
    indexUuid: index.uuid,
    shard: shard.number,
    expectedShardVersion: shard.version,
    slot: copy.slot,
    nodeId,
    allocationId: newId(),
  };
  if (copy.state === "STARTED") {
    return { kind: "assign", nodeId, assignment: { ...base, action: "relocate" } };
  }
  const source = copy.role === "primary" ? "empty" : "peer";
  return { kind: "assign", nodeId, assignment: { ...base, action: "assign", source } };
}

function questionOf(
  state: ClusterState,
  index: IndexRecord,
  shard: ShardRecord,
  copy: ShardCopy,
): CopyQuestion {
  const view = new ClusterView(state, 0);
  const key = shardKey(index.name, shard.number);
  return { view, loads: new Loads(view), knowledge: noKnowledge, key, index, shard, copy };
}
