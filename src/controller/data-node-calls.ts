/**
 * The calls that a data node answers, as an interface that the gRPC client and the fakes of tests
 * fill. Calls never throw; what an answer means is told by order-outcome.ts.
 */
import type { NodeAnswer, Order, OrderAuthority, ReportedShard } from "./data-node.js";

/** Why a call gave no good answer. `unreachable`: the connection was refused or reset. */
export interface CallFailure {
  readonly kind: "unreachable" | "timeout" | "cancelled" | "unimplemented" | "answered";
  /** gRPC status number. */
  readonly code: number;
  readonly message: string;
}

/** The outcome of a call; calls to data nodes never throw. */
export type CallResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: CallFailure };

/** Limits of one call. */
export interface CallLimits {
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** A connection to one data node, which opens, and opens again, by itself. */
export interface DataNodeClient {
  getNodeStats(
    options: { readonly includeShards: boolean },
    limits: CallLimits,
  ): Promise<CallResult<NodeAnswer>>;
  /** Whether the node has loaded the shard, and how far it is. */
  getShardPhase(
    shard: { readonly indexName: string; readonly shard: number },
    limits: CallLimits,
  ): Promise<CallResult<ReportedShard["phase"]>>;
  send(order: Order, authority: OrderAuthority, limits: CallLimits): Promise<CallResult<void>>;
  close(): void;
}
