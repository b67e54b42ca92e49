/**
 * Health and totals of shards, indices and the cluster. Totals are remembered per state object and
 * carried over by {@link carryTotals} from the changes of an entry, so that their cost follows the
 * change; memory apart, everything here is a function of its arguments.
 */
import { PersistentMap } from "../base/persistent-map.js";
import type { Change } from "./changes.js";
import {
  isActive,
  isRelocationTarget,
  primaryOf,
  type ClusterState,
  type IndexRecord,
  type NodeRecord,
  type ShardRecord,
} from "./model.js";

/** Green: all copies active. Yellow: all primaries. Red: some primary is lost or was refused. */
export type HealthStatus = "GREEN" | "YELLOW" | "RED";

/** Numbers of shard copies and of shards in trouble, of a shard, an index or the cluster. */
export interface ShardTotals {
  readonly status: HealthStatus;
  /** Shards whose primary is active. */
  readonly activePrimaryShards: number;
  /** Active copies, moving ones included. */
  readonly activeShards: number;
  readonly relocatingShards: number;
  /** Initializing copies, targets of moves included. */
  readonly initializingShards: number;
  readonly unassignedShards: number;
  /** Copies unassigned because their node left: those that a delay may hold back, or more. */
  readonly delayedUnassignedShards: number;
  /** All copies, targets of moves included. */
  readonly totalShards: number;
}

/** The cluster's health. */
export interface ClusterHealth extends ShardTotals {
  /** Registered nodes that are not offline. */
  readonly numberOfNodes: number;
  /** Those of them that hold shards. */
  readonly numberOfDataNodes: number;
}

/** Everything summed, with signed counts so that changes can be added and taken away. */
interface Totals {
  readonly redShards: number;
  readonly yellowShards: number;
  readonly activePrimaryShards: number;
  readonly activeShards: number;
  readonly relocatingShards: number;
  readonly initializingShards: number;
  readonly unassignedShards: number;
  readonly delayedUnassignedShards: number;
}

interface ClusterTotals {
  readonly shards: Totals;
  readonly numberOfNodes: number;
  readonly numberOfDataNodes: number;
  /** Alias to the names of the indices that have it, sorted. */
  readonly aliases: PersistentMap<readonly string[]>;
}

const none: Totals = {
  redShards: 0,
  yellowShards: 0,
  activePrimaryShards: 0,
  activeShards: 0,
  relocatingShards: 0,
  initializingShards: 0,
  unassignedShards: 0,
  delayedUnassignedShards: 0,
};

const totalsOfState = new WeakMap<ClusterState, ClusterTotals>();
const totalsOfIndex = new WeakMap<IndexRecord, Totals>();

/** The status of one shard. */
export function shardHealth(shard: ShardRecord): HealthStatus {
  const primary = primaryOf(shard);
  if (primary === undefined) return "RED";
  if (isActive(primary)) {
    return shard.copies.every((copy) => isActive(copy) || isRelocationTarget(copy))
      ? "GREEN"
      : "YELLOW";
  }
  return !shard.everStarted && primary.failedAttempts === 0 ? "YELLOW" : "RED";
}

/** Status and numbers of one index. */
export function indexHealth(index: IndexRecord): ShardTotals {
  return publicTotals(indexTotals(index));
}

/** Status and numbers of the cluster; green when it has no index. */
export function clusterHealth(state: ClusterState): ClusterHealth {
  const { shards, numberOfNodes, numberOfDataNodes } = clusterTotals(state);
  return { ...publicTotals(shards), numberOfNodes, numberOfDataNodes };
}

/** Sorted names of the indices that have this alias; empty when it is none. */
export function indexNamesOfAlias(state: ClusterState, alias: string): readonly string[] {
  return clusterTotals(state).aliases.get(alias) ?? [];
}

/** Derives the totals of `after` from those of `before`; called by apply for each new state. */
export function carryTotals(
  before: ClusterState,
  after: ClusterState,
  changes: readonly Change[],
): void {
  let totals = clusterTotals(before);
  for (const change of changes) totals = addChange(totals, change);
  totalsOfState.set(after, totals);
}

function addChange(totals: ClusterTotals, change: Change): ClusterTotals {
  switch (change.kind) {
    case "node":
      return addNode(addNode(totals, change.before, -1), change.after, 1);
    case "index":
      if (change.before !== undefined && change.after !== undefined) return totals;
      return addIndex(addIndex(totals, change.before, -1), change.after, 1);
    case "shard": {
      const without = change.before === undefined ? none : shardTotals(change.before);
      const added = change.after === undefined ? none : shardTotals(change.after);
      return { ...totals, shards: sum(sum(totals.shards, without, -1), added, 1) };
    }
    case "cluster":
    case "settings":
    case "tombstone":
      return totals;
  }
}

type Sign = 1 | -1;

function addNode(totals: ClusterTotals, node: NodeRecord | undefined, sign: Sign): ClusterTotals {
  if (node === undefined || node.status === "offline") return totals;
  const holdsShards = node.nodeType === "data" ? sign : 0;
  return {
    ...totals,
    numberOfNodes: totals.numberOfNodes + sign,
    numberOfDataNodes: totals.numberOfDataNodes + holdsShards,
  };
}

function addIndex(
  totals: ClusterTotals,
  index: IndexRecord | undefined,
  sign: Sign,
): ClusterTotals {
  if (index === undefined) return totals;
  let { aliases } = totals;
  for (const alias of Object.keys(index.aliases)) {
    const others = (aliases.get(alias) ?? []).filter((name) => name !== index.name);
    const names = sign === 1 ? [...others, index.name].sort() : others;
    aliases = names.length === 0 ? aliases.delete(alias) : aliases.set(alias, names);
  }
  return { ...totals, aliases, shards: sum(totals.shards, indexTotals(index), sign) };
}

function clusterTotals(state: ClusterState): ClusterTotals {
  const known = totalsOfState.get(state);
  if (known !== undefined) return known;
  let totals: ClusterTotals = {
    shards: none,
    numberOfNodes: 0,
    numberOfDataNodes: 0,
    aliases: PersistentMap.empty(),
  };
  for (const node of state.nodes.values()) totals = addNode(totals, node, 1);
  for (const index of state.indices.values()) totals = addIndex(totals, index, 1);
  totalsOfState.set(state, totals);
  return totals;
}

function indexTotals(index: IndexRecord): Totals {
  const known = totalsOfIndex.get(index);
  if (known !== undefined) return known;
  let totals = none;
  for (const shard of index.shards) totals = sum(totals, shardTotals(shard), 1);
  totalsOfIndex.set(index, totals);
  return totals;
}

function shardTotals(shard: ShardRecord): Totals {
  const status = shardHealth(shard);
  const { copies } = shard;
  const primary = primaryOf(shard);
  const unassigned = copies.filter((copy) => copy.state === "UNASSIGNED");
  return {
    redShards: status === "RED" ? 1 : 0,
    yellowShards: status === "YELLOW" ? 1 : 0,
    activePrimaryShards: primary !== undefined && isActive(primary) ? 1 : 0,
    activeShards: copies.filter(isActive).length,
    relocatingShards: copies.filter((copy) => copy.state === "RELOCATING").length,
    initializingShards: copies.filter((copy) => copy.state === "INITIALIZING").length,
    unassignedShards: unassigned.length,
    delayedUnassignedShards: unassigned.filter((copy) => copy.reason === "node_left").length,
  };
}

function sum(a: Totals, b: Totals, sign: Sign): Totals {
  return {
    redShards: a.redShards + sign * b.redShards,
    yellowShards: a.yellowShards + sign * b.yellowShards,
    activePrimaryShards: a.activePrimaryShards + sign * b.activePrimaryShards,
    activeShards: a.activeShards + sign * b.activeShards,
    relocatingShards: a.relocatingShards + sign * b.relocatingShards,
    initializingShards: a.initializingShards + sign * b.initializingShards,
    unassignedShards: a.unassignedShards + sign * b.unassignedShards,
    delayedUnassignedShards: a.delayedUnassignedShards + sign * b.delayedUnassignedShards,
  };
}

function publicTotals(totals: Totals): ShardTotals {
  const { redShards, yellowShards, ...counts } = totals;
  const status = redShards > 0 ? "RED" : yellowShards > 0 ? "YELLOW" : "GREEN";
  const totalShards = counts.activeShards + counts.initializingShards + counts.unassignedShards;
  return { status, ...counts, totalShards };
}
