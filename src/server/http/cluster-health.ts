/** `/_cluster/health` in OpenSearch's shape, with waiting for a status. */
import type { Clock } from "../../base/clock.js";
import { MasterError } from "../../base/errors.js";
import type { ControlPlane, ReadView } from "../../controlplane/port.js";
import type { HealthStatus, ShardTotals } from "../../state/health.js";
import { clusterHealth, indexHealth, shardHealth } from "../../state/health.js";
import type { ClusterState, IndexRecord, ShardRecord } from "../../state/model.js";
import { isActive, primaryOf } from "../../state/model.js";
import { awaitState } from "../await-state.js";
import {
  callBudgetDefaultMs,
  healthWaitDefaultMs,
  healthWaitMaxMs,
  healthWaitersMax,
} from "../limits.js";
import type { Reader } from "../read-policy.js";
import { choiceOf, durationMsOf, flagOf, selectNames } from "./query.js";
import type { Query } from "./query.js";

/** Parameters that this path knows. */
export const healthParameters = ["level", "wait_for_status", "timeout"] as const;

const statuses = ["green", "yellow", "red"] as const;
const rank: Readonly<Record<HealthStatus, number>> = { GREEN: 0, YELLOW: 1, RED: 2 };

/** What is asked. */
export interface HealthRequest {
  /** Undefined = the whole cluster. */
  readonly expression: string | undefined;
  readonly query: Query;
  readonly signal: AbortSignal;
}

interface Deps {
  readonly controlPlane: ControlPlane;
  readonly reader: Reader;
  readonly clock: Clock;
}

interface Health {
  readonly status: HealthStatus;
  readonly totals: ShardTotals;
}

/** Answers health requests, and bounds how many wait. */
export class ClusterHealthService {
  readonly #deps: Deps;
  #waiters = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** The body, and whether the awaited status came too late. */
  async answer(request: HealthRequest): Promise<{ timedOut: boolean; body: object }> {
    const { query, signal, expression } = request;
    const level = choiceOf(query, "level", ["cluster", "indices", "shards"]) ?? "cluster";
    const awaited = choiceOf(query, "wait_for_status", statuses);
    const timeoutMs = durationMsOf(query, "timeout") ?? healthWaitDefaultMs;
    const budgetMs = Math.min(timeoutMs, healthWaitMaxMs);
    const endMs = this.#deps.clock.monotonicMs() + budgetMs;
    const mode = flagOf(query, "local") ? "local" : "linearizable";
    const readMs = Math.min(budgetMs, callBudgetDefaultMs);
    let view = await this.#deps.reader.read(mode, { budgetMs: readMs, signal });
    let timedOut = false;
    if (awaited !== undefined) {
      const enough = (state: ClusterState): boolean =>
        rank[healthOf(state, expression).status] <= statuses.indexOf(awaited);
      if (!enough(view.state)) {
        const leftMs = Math.max(0, endMs - this.#deps.clock.monotonicMs());
        timedOut = !(await this.#wait(enough, leftMs, signal));
        view = await this.#deps.reader.read("local", { budgetMs: readMs, signal });
      }
    }
    return { timedOut, body: bodyOf(view, { expression, level, timedOut }) };
  }

  async #wait(
    enough: (state: ClusterState) => boolean,
    leftMs: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (this.#waiters >= healthWaitersMax) {
      throw new MasterError("overloaded", "too many requests wait for a status; ask again later");
    }
    this.#waiters += 1;
    try {
      const limits = { budgetMs: leftMs, signal };
      const end = await awaitState((state) => enough(state) || undefined, limits, this.#deps);
      return end.kind === "met";
    } finally {
      this.#waiters -= 1;
    }
  }
}

function healthOf(state: ClusterState, expression: string | undefined): Health {
  if (expression === undefined) {
    const totals = clusterHealth(state);
    return { status: totals.status, totals };
  }
  return sumOf(recordsOf(state, expression).map(indexHealth));
}

function recordsOf(state: ClusterState, expression: string | undefined): IndexRecord[] {
  if (expression === undefined) return state.indices.sortedValues();
  return selectNames(expression, [...state.indices.keys()])
    .map((name) => state.indices.get(name))
    .filter((record) => record !== undefined);
}

function sumOf(parts: readonly ShardTotals[]): Health {
  const sum = (of: (totals: ShardTotals) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  const worst = parts.reduce((most, part) => Math.max(most, rank[part.status]), 0);
  const status = worst === 2 ? "RED" : worst === 1 ? "YELLOW" : "GREEN";
  const totals: ShardTotals = {
    status,
    activePrimaryShards: sum((part) => part.activePrimaryShards),
    activeShards: sum((part) => part.activeShards),
    relocatingShards: sum((part) => part.relocatingShards),
    initializingShards: sum((part) => part.initializingShards),
    unassignedShards: sum((part) => part.unassignedShards),
    delayedUnassignedShards: sum((part) => part.delayedUnassignedShards),
    totalShards: sum((part) => part.totalShards),
  };
  return { status, totals };
}

function bodyOf(
  view: ReadView,
  asked: {
    readonly expression: string | undefined;
    readonly level: "cluster" | "indices" | "shards";
    readonly timedOut: boolean;
  },
): object {
  const { state, leader } = view;
  const { status, totals } = healthOf(state, asked.expression);
  const nodes = clusterHealth(state);
  const percent = totals.totalShards === 0 ? 100 : (100 * totals.activeShards) / totals.totalShards;
  return {
    cluster_name: state.clusterName,
    status: status.toLowerCase(),
    timed_out: asked.timedOut,
    number_of_nodes: nodes.numberOfNodes,
    number_of_data_nodes: nodes.numberOfDataNodes,
    discovered_master: leader.nodeId !== "",
    discovered_cluster_manager: leader.nodeId !== "",
    ...countsOf(totals),
    delayed_unassigned_shards: totals.delayedUnassignedShards,
    number_of_pending_tasks: 0,
    number_of_in_flight_fetch: 0,
    task_max_waiting_in_queue_millis: 0,
    active_shards_percent_as_number: percent,
    ...(asked.level === "cluster"
      ? {}
      : { indices: indicesOf(state, asked.expression, asked.level === "shards") }),
  };
}

function countsOf(totals: ShardTotals): object {
  return {
    active_primary_shards: totals.activePrimaryShards,
    active_shards: totals.activeShards,
    relocating_shards: totals.relocatingShards,
    initializing_shards: totals.initializingShards,
    unassigned_shards: totals.unassignedShards,
  };
}

function indicesOf(
  state: ClusterState,
  expression: string | undefined,
  withShards: boolean,
): Record<string, object> {
  const entries = recordsOf(state, expression).map((record): [string, object] => {
    const totals = indexHealth(record);
    const body = {
      status: totals.status.toLowerCase(),
      number_of_shards: record.settings.numberOfShards,
      number_of_replicas: record.settings.numberOfReplicas,
      ...countsOf(totals),
      ...(withShards ? { shards: shardsOf(record) } : {}),
    };
    return [record.name, body];
  });
  return Object.fromEntries(entries);
}

function shardsOf(record: IndexRecord): Record<string, object> {
  return Object.fromEntries(record.shards.map((shard) => [String(shard.number), shardBody(shard)]));
}

function shardBody(shard: ShardRecord): object {
  const primary = primaryOf(shard);
  const count = (state: string): number =>
    shard.copies.filter((copy) => copy.state === state).length;
  return {
    status: shardHealth(shard).toLowerCase(),
    primary_active: primary !== undefined && isActive(primary),
    active_shards: shard.copies.filter(isActive).length,
    relocating_shards: count("RELOCATING"),
    initializing_shards: count("INITIALIZING"),
    unassigned_shards: count("UNASSIGNED"),
  };
}
