/**
 * What to do next about copies, as a function of the view and of what the leader knows: unassigned
 * primaries first, then replicas, and when nothing is left to place, moves for balance. A plan is
 * a list of decisions with the versions they are based on; whether they still hold is decided when
 * they are applied. At most one decision about a shard is in one plan, because each changes the
 * version that the next would be based on.
 */
import { assertDefined } from "../base/assert.js";
import type { Assignment } from "../state/commands.js";
import type { ShardCopy, UnassignedCopy } from "../state/model.js";
import type { ClusterView, ShardPlace } from "./cluster-view.js";
import { decideNode } from "./decider.js";
import type { CopyQuestion } from "./decision.js";
import type { Knowledge } from "./knowledge.js";
import { limits } from "./limits.js";
import { Loads, type Placement } from "./loads.js";
import { planMoves, planSwaps } from "./moves.js";
import type { Parking } from "./pending-shards.js";
import { findPlace } from "./placement.js";
import { copyCost, copyGain } from "./weights.js";

/** Decisions of one kind, for one command. */
export interface PlannedBatch {
  /** Why, for people. */
  readonly reason: string;
  readonly assignments: readonly Assignment[];
}

/** See the file comment. */
export interface Plan {
  readonly batches: readonly PlannedBatch[];
  /** When the next plan may differ though nothing changed, on the leader's monotonic clock. */
  readonly nextWakeMs: number | undefined;
  /** Whether the plan stopped at its bound and another should follow at once. */
  readonly more: boolean;
}

/** What a plan is made from, besides the view. */
export interface PlanInputs {
  readonly knowledge: Knowledge;
  /** A fresh allocation id. */
  readonly newId: () => string;
}

interface Decided {
  readonly reason: string;
  assignment: Assignment;
  /** Present when the decision puts a copy on a node that another node could take as well. */
  readonly free: { readonly question: CopyQuestion; placement: Placement } | undefined;
}

/** Plans; see the file comment. Shards that were looked at leave `view.pending.ready`. */
export function planAllocation(view: ClusterView, inputs: PlanInputs): Plan {
  const { pending } = view;
  const nowMs = inputs.knowledge.nowMs;
  pending.releaseDue(nowMs);
  const loads = new Loads(view);
  const placed = placeUnassigned(view, loads, inputs);
  smooth(view, loads, placed.decided);
  const batches = batchesOf(placed.decided);
  let nextWakeMs = pending.nextDueMs();
  if (placed.decided.length === 0 && !placed.more && isSettled(view)) {
    const quietAtMs = view.changedAtMs + limits.rebalanceQuietMs;
    if (quietAtMs > nowMs) nextWakeMs = earlier(nextWakeMs, quietAtMs);
    else batches.push(...planBalance(view, loads, inputs));
  }
  return { batches, nextWakeMs, more: placed.more };
}

/** Moves are made only when every copy that could be placed soon is placed and started. */
function isSettled(view: ClusterView): boolean {
  return !view.pending.expectant && view.initializing === 0;
}

/** Roles first: handing over a role may spare a move. */
function planBalance(view: ClusterView, loads: Loads, inputs: PlanInputs): PlannedBatch[] {
  const scope = { view, loads, inputs, indexNames: undefined };
  const swaps = planSwaps({ ...scope, countMax: limits.swapsPerPlanCountMax });
  if (swaps.length > 0) return [{ reason: "primaries spread evenly", assignments: swaps }];
  const countMax = limits.relocationsCountMax - view.relocations;
  const moves = planMoves({ ...scope, countMax });
  if (moves.length === 0) return [];
  return [{ reason: "copies spread evenly", assignments: moves.map((move) => move.assignment) }];
}

function placeUnassigned(
  view: ClusterView,
  loads: Loads,
  inputs: PlanInputs,
): { readonly decided: Decided[]; readonly more: boolean } {
  const decided: Decided[] = [];
  let evaluations = 0;
  const perCopy = Math.max(1, view.dataNodes.length);
  for (const key of inOrder(view)) {
    if (evaluations >= limits.evaluationsPerPlanCountMax) return { decided, more: true };
    const place = view.place(key);
    if (place === undefined) {
      view.pending.forget(key);
      continue;
    }
    const outcome = placeShard({ view, loads, inputs, place, key });
    evaluations += perCopy * Math.max(1, outcome.looked);
    view.pending.park(key, outcome.parking);
    if (outcome.decided !== undefined) decided.push(outcome.decided);
  }
  return { decided, more: false };
}

/** Ready shards, those that lack their primary first. */
function inOrder(view: ClusterView): string[] {
  const primaries: string[] = [];
  const replicas: string[] = [];
  for (const key of view.pending.ready) {
    const copies = view.place(key)?.shard.copies ?? [];
    const lacksPrimary = copies.some(
      (copy) => copy.role === "primary" && copy.state === "UNASSIGNED",
    );
    (lacksPrimary ? primaries : replicas).push(key);
  }
  return [...primaries, ...replicas];
}

interface ShardTask {
  readonly view: ClusterView;
  readonly loads: Loads;
  readonly inputs: PlanInputs;
  readonly place: ShardPlace;
  readonly key: string;
}

function placeShard(task: ShardTask): {
  readonly decided: Decided | undefined;
  readonly parking: Parking;
  readonly looked: number;
} {
  const { place } = task;
  let parking: Parking = { throttled: false, atMs: undefined };
  let looked = 0;
  for (const copy of unassignedOf(place.shard.copies)) {
    looked += 1;
    const question: CopyQuestion = {
      view: task.view,
      loads: task.loads,
      knowledge: task.inputs.knowledge,
      key: task.key,
      ...place,
      copy,
    };
    const found = findPlace(question);
    if (found.kind !== "none") {
      return { decided: decide(task, question, found), parking, looked };
    }
    const { verdict, atMs } = found.decision;
    parking = {
      throttled: parking.throttled || (verdict === "throttle" && atMs === undefined),
      atMs: atMs === undefined ? parking.atMs : earlier(parking.atMs, atMs),
    };
  }
  return { decided: undefined, parking, looked };
}

function unassignedOf(copies: readonly ShardCopy[]): UnassignedCopy[] {
  const waiting = copies.filter((copy) => copy.state === "UNASSIGNED");
  return waiting.sort((a, b) => Number(b.role === "primary") - Number(a.role === "primary"));
}

function decide(
  task: ShardTask,
  question: CopyQuestion,
  found: { readonly kind: "resume" | "place"; readonly node: { readonly nodeId: string } },
): Decided {
  const { index, shard, copy } = question;
  const nodeId = found.node.nodeId;
  const base = {
    indexName: index.name,
    indexUuid: index.uuid,
    shard: shard.number,
    expectedShardVersion: shard.version,
    slot: copy.slot,
  };
  const empty = copy.role === "primary";
  const placement: Placement = {
    nodeId,
    indexName: index.name,
    key: task.key,
    primary: copy.role === "primary",
    empty,
  };
  task.loads.place(placement);
  if (found.kind === "resume") {
    const reason = `in-sync copies found on node ${nodeId}`;
    return { reason, assignment: { ...base, action: "resume" }, free: undefined };
  }
  const assignment: Assignment = {
    ...base,
    action: "assign",
    nodeId,
    allocationId: task.inputs.newId(),
    source: empty ? "empty" : "peer",
  };
  const returned = copy.nodeId === nodeId;
  const free = returned ? undefined : { question, placement };
  return { reason: reasonOf(copy), assignment, free };
}

function reasonOf(copy: ShardCopy): string {
  if (copy.state !== "UNASSIGNED") return "placed";
  switch (copy.reason) {
    case "index_created":
      return "index created";
    case "replica_added":
      return "replica added";
    case "node_left":
      return copy.nodeId === "" ? "node left" : `node ${copy.nodeId} left`;
    case "copy_missing":
      return `copy missing on node ${copy.nodeId}`;
    case "allocation_failed":
      return "an earlier try failed";
    case "primary_failed":
      return "the primary reported the copy failed";
    case "relocation_cancelled":
      return "a relocation was cancelled";
  }
}

/**
 * The last copies of an index may find every good node taken by another copy of their shard and
 * land badly. Decisions of this very plan cost nothing to change: each may go where it lowers the
 * imbalance.
 */
function smooth(view: ClusterView, loads: Loads, decided: readonly Decided[]): void {
  const pairs = decided.length * view.dataNodes.length;
  if (pairs > limits.evaluationsPerPlanCountMax) return;
  for (const decision of decided) {
    const { free, assignment } = decision;
    if (free === undefined || assignment.action !== "assign") continue;
    const better = betterNode(view, loads, free);
    if (better === undefined) continue;
    decision.assignment = { ...assignment, nodeId: better };
    free.placement = { ...free.placement, nodeId: better };
  }
}

/** Moves the placement to the node with the best gain, if any lowers the imbalance. */
function betterNode(
  view: ClusterView,
  loads: Loads,
  free: { readonly question: CopyQuestion; readonly placement: Placement },
): string | undefined {
  const { placement, question } = free;
  const indexName = placement.indexName;
  // Primaries are placed first, when nothing is in their way yet.
  if (placement.primary) return undefined;
  const gain = copyGain(loads, placement.nodeId, indexName);
  let best: { readonly nodeId: string; readonly cost: number } | undefined;
  for (const node of view.dataNodes) {
    if (node.nodeId === placement.nodeId) continue;
    const cost = copyCost(loads, node.nodeId, indexName);
    if (cost >= gain || (best !== undefined && cost >= best.cost)) continue;
    if (decideNode({ ...question, node }).verdict === "yes") best = { nodeId: node.nodeId, cost };
  }
  if (best === undefined) return undefined;
  loads.unplace(placement);
  loads.place({ ...placement, nodeId: best.nodeId });
  return best.nodeId;
}

/** Groups by reason in order of first appearance, and cuts at the bound of a command. */
function batchesOf(decided: readonly Decided[]): PlannedBatch[] {
  const groups = new Map<string, Assignment[]>();
  for (const { reason, assignment } of decided) {
    const group = groups.get(reason);
    if (group === undefined) groups.set(reason, [assignment]);
    else group.push(assignment);
  }
  const batches: PlannedBatch[] = [];
  for (const reason of groups.keys()) {
    const all = assertDefined(groups.get(reason), "the group was just made");
    for (let at = 0; at < all.length; at += limits.assignmentsPerCommandCountMax) {
      const assignments = all.slice(at, at + limits.assignmentsPerCommandCountMax);
      batches.push({ reason, assignments });
    }
  }
  return batches;
}

function earlier(a: number | undefined, b: number): number {
  return a === undefined ? b : Math.min(a, b);
}
