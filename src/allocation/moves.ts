/**
 * Balance of what is already placed: which primary role to hand over in place, and which copy to
 * move where. Only shards whose copies are all started take part, only between nodes that can copy
 * from each other. Every step lowers the imbalance of weights.ts, so planning again and again comes
 * to rest. It never places an unassigned copy.
 */
import type { Assignment } from "../state/commands.js";
import {
  hasCapability,
  type IndexRecord,
  type NodeRecord,
  type ShardCopy,
  type ShardRecord,
} from "../state/model.js";
import { shardKey, type ClusterView } from "./cluster-view.js";
import { decideNode } from "./decider.js";
import type { Knowledge } from "./knowledge.js";
import type { Loads } from "./loads.js";
import { copyCost, copyGain, improvesPrimaries, primaryCost } from "./weights.js";

/** What to balance. */
export interface BalanceScope {
  readonly view: ClusterView;
  readonly loads: Loads;
  readonly inputs: { readonly knowledge: Knowledge; readonly newId: () => string };
  /** Undefined = all indices. */
  readonly indexNames: readonly string[] | undefined;
  readonly countMax: number;
}

/** A copy that should move. */
export interface PlannedMove {
  readonly fromNode: string;
  readonly toNode: string;
  readonly assignment: Extract<Assignment, { action: "relocate" }>;
}

/** Moves of copies towards balance, best first within an index; at most `countMax`. */
export function planMoves(scope: BalanceScope): PlannedMove[] {
  const nodes = balancedNodes(scope);
  const moves: PlannedMove[] = [];
  if (nodes.length < 2 || scope.countMax <= 0) return moves;
  for (const index of indicesOf(scope)) {
    const moved = new Set<number>();
    while (moves.length < scope.countMax && !isEven(scope.loads, nodes, index.name)) {
      const best = bestMove(scope, nodes, { index, moved });
      if (best === undefined) break;
      moved.add(best.shard.number);
      moves.push(makeMove(scope, index, best));
    }
    if (moves.length >= scope.countMax) break;
  }
  return moves;
}

/** Primary roles to hand over in place towards balance; at most about `countMax`. */
export function planSwaps(scope: BalanceScope): Assignment[] {
  const nodes = new Set(balancedNodes(scope).map((node) => node.nodeId));
  const swaps: Assignment[] = [];
  for (const index of indicesOf(scope)) {
    const swapped = new Set<number>();
    while (swaps.length < scope.countMax) {
      const steps = swapSteps(scope.loads, nodes, { index, swapped });
      if (steps.length === 0) break;
      for (const step of steps) {
        swapped.add(step.shard.number);
        scope.loads.movePrimary(index.name, step.from, step.to.nodeId);
        swaps.push({
          action: "swapPrimary",
          indexName: index.name,
          indexUuid: index.uuid,
          shard: step.shard.number,
          expectedShardVersion: step.shard.version,
          slot: step.to.slot,
        });
      }
    }
  }
  return swaps;
}

function balancedNodes(scope: BalanceScope): NodeRecord[] {
  return scope.view.dataNodes.filter(
    (node) =>
      node.status === "healthy" &&
      hasCapability(node, "peer_recovery") &&
      hasCapability(node, "fencing") &&
      scope.inputs.knowledge.isReady(node.nodeId),
  );
}

function indicesOf(scope: BalanceScope): IndexRecord[] {
  const names = scope.indexNames ?? scope.view.state.indices.sortedKeys();
  const found = names.map((name) => scope.view.state.indices.get(name));
  return found.filter((index) => index !== undefined);
}

/** When no two nodes differ by more than one, no move can help. */
function isEven(loads: Loads, nodes: readonly NodeRecord[], indexName: string): boolean {
  const ofIndex = nodes.map((node) => loads.indexCopies(node.nodeId, indexName));
  const inAll = nodes.map((node) => loads.copies(node.nodeId));
  return spread(ofIndex) <= 1 && spread(inAll) <= 1;
}

function spread(counts: readonly number[]): number {
  let least = Infinity;
  let most = -Infinity;
  for (const count of counts) {
    least = Math.min(least, count);
    most = Math.max(most, count);
  }
  return most - least;
}

interface Unfinished {
  readonly index: IndexRecord;
  /** Shards that this plan decided about already. */
  readonly moved: ReadonlySet<number>;
}

interface Candidate {
  readonly shard: ShardRecord;
  readonly copy: ShardCopy;
  readonly to: NodeRecord;
  /** Negative: how far the imbalance falls. */
  readonly change: number;
  /** Among equal changes: replicas before primaries, where roles unbalance less first. */
  readonly tie: number;
}

function bestMove(
  scope: BalanceScope,
  nodes: readonly NodeRecord[],
  { index, moved }: Unfinished,
): Candidate | undefined {
  const { loads } = scope;
  const sources = new Set(nodes.map((node) => node.nodeId));
  let best: Candidate | undefined;
  for (const shard of index.shards) {
    if (moved.has(shard.number) || !allStarted(shard)) continue;
    for (const copy of shard.copies) {
      if (!sources.has(copy.nodeId)) continue;
      const gain = copyGain(loads, copy.nodeId, index.name);
      for (const to of nodes) {
        const change = copyCost(loads, to.nodeId, index.name) - gain;
        if (change >= 0 || (best !== undefined && change > best.change)) continue;
        const roles = primaryCost(loads, to.nodeId, index.name);
        const tie = copy.role === "primary" ? 1_000_000 + roles : -roles;
        if (best?.change === change && tie >= best.tie) continue;
        if (mayMove(scope, { index, shard, copy, node: to })) {
          best = { shard, copy, to, change, tie };
        }
      }
    }
  }
  return best;
}

function mayMove(
  scope: BalanceScope,
  asked: {
    readonly index: IndexRecord;
    readonly shard: ShardRecord;
    readonly copy: ShardCopy;
    readonly node: NodeRecord;
  },
): boolean {
  const { view, loads, inputs } = scope;
  const key = shardKey(asked.index.name, asked.shard.number);
  const question = { view, loads, knowledge: inputs.knowledge, key, ...asked };
  return decideNode(question).verdict === "yes";
}

function makeMove(scope: BalanceScope, index: IndexRecord, best: Candidate): PlannedMove {
  const { shard, copy, to } = best;
  const primary = copy.role === "primary";
  const key = shardKey(index.name, shard.number);
  scope.loads.leave({ nodeId: copy.nodeId, indexName: index.name, primary });
  scope.loads.place({ nodeId: to.nodeId, indexName: index.name, key, primary, empty: false });
  return {
    fromNode: copy.nodeId,
    toNode: to.nodeId,
    assignment: {
      action: "relocate",
      indexName: index.name,
      indexUuid: index.uuid,
      shard: shard.number,
      expectedShardVersion: shard.version,
      slot: copy.slot,
      nodeId: to.nodeId,
      allocationId: scope.inputs.newId(),
    },
  };
}

function allStarted(shard: ShardRecord): boolean {
  return shard.copies.every((copy) => copy.state === "STARTED");
}

interface SwapStep {
  readonly shard: ShardRecord;
  readonly from: string;
  readonly to: ShardCopy;
}

/**
 * One hand-over that improves the spread, or a chain of them: node A may share no shard with the
 * node that has too few, but hand one to B, which hands one on.
 */
function swapSteps(
  loads: Loads,
  nodes: ReadonlySet<string>,
  { index, swapped }: { readonly index: IndexRecord; readonly swapped: ReadonlySet<number> },
): SwapStep[] {
  const steps = index.shards
    .filter((shard) => !swapped.has(shard.number) && allStarted(shard))
    .flatMap((shard) => stepsOf(shard, nodes));
  for (const step of steps) {
    const ends = { from: step.from, to: step.to.nodeId };
    if (improvesPrimaries(loads, index.name, ends)) return [step];
  }
  for (const start of nodes) {
    const chain = chainFrom(start, steps, (end) => {
      const here = loads.indexPrimaries(start, index.name);
      return loads.indexPrimaries(end, index.name) - here + 1 < 0;
    });
    if (chain.length > 0) return chain;
  }
  return [];
}

function stepsOf(shard: ShardRecord, nodes: ReadonlySet<string>): SwapStep[] {
  const primary = shard.copies.find((copy) => copy.role === "primary");
  if (primary === undefined || !nodes.has(primary.nodeId)) return [];
  return shard.copies
    .filter((copy) => copy.role === "replica" && nodes.has(copy.nodeId))
    .filter((copy) => shard.inSync.includes(copy.allocationId))
    .map((to) => ({ shard, from: primary.nodeId, to }));
}

/** Breadth first: the shortest chain of hand-overs from `start` to a node that `isEnd`. */
function chainFrom(
  start: string,
  steps: readonly SwapStep[],
  isEnd: (nodeId: string) => boolean,
): SwapStep[] {
  const reached = new Map<string, SwapStep[]>([[start, []]]);
  const queue = [start];
  for (let nodeId = queue.shift(); nodeId !== undefined; nodeId = queue.shift()) {
    const path = reached.get(nodeId) ?? [];
    for (const step of steps) {
      if (step.from !== nodeId || reached.has(step.to.nodeId)) continue;
      const longer = [...path, step];
      if (isEnd(step.to.nodeId)) return longer;
      reached.set(step.to.nodeId, longer);
      queue.push(step.to.nodeId);
    }
  }
  return [];
}
