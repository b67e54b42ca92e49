/**
 * What a data node's answer to an order means. Existing nodes answer "already exists" both when
 * the shard is loaded and when files of a deleted one are in the way, so that case is told apart
 * by asking whether the shard is loaded. Whether and when to repeat is decided by the caller.
 */
import { grpcStatus } from "../base/errors.js";

import type { Order, OrderAuthority } from "./data-node.js";
import type { CallFailure, CallLimits, CallResult, DataNodeClient } from "./data-node-calls.js";
import { limits as bounds } from "./limits.js";

/** The meaning of an answer. */
export type OrderOutcome =
  /** Obeyed, or already so. */
  | { readonly kind: "done" }
  /** Accepted; the copy copies its documents and reports later. */
  | { readonly kind: "recovering" }
  /** The node cannot; another place is needed. `lasting`: not before its process restarts. */
  | { readonly kind: "refused"; readonly detail: string; readonly lasting: boolean }
  /** Unclear or passing; the order may be repeated. */
  | { readonly kind: "retry"; readonly detail: string }
  /** The node obeys a newer leader or another cluster. */
  | { readonly kind: "fenced"; readonly detail: string }
  /** Cancelled; nothing is to be concluded. */
  | { readonly kind: "dropped" };

/** What an order needs. */
export interface OrderCall {
  readonly client: DataNodeClient;
  readonly order: Order;
  readonly authority: OrderAuthority;
  readonly limits: CallLimits;
  /** Whether the node has peer recovery and so reports when a copy is complete. */
  readonly peerRecovery: boolean;
}

/** Sends the order and interprets the answer. */
export async function executeOrder(sending: OrderCall): Promise<OrderOutcome> {
  const answer = await sending.client.send(sending.order, sending.authority, sending.limits);
  if (answer.ok) return obeyed(sending);
  const { failure } = answer;
  switch (failure.kind) {
    case "cancelled":
      return { kind: "dropped" };
    case "unreachable":
    case "timeout":
      return { kind: "retry", detail: detailOf(failure) };
    case "unimplemented":
      // Role and peers are nothing to a node that does not know them.
      if (sending.order.kind === "update") return { kind: "done" };
      return { kind: "refused", detail: detailOf(failure), lasting: true };
    case "answered":
      return await interpret(sending, failure);
  }
}

function obeyed({ order, peerRecovery }: OrderCall): OrderOutcome {
  const recovers = order.kind === "create" && order.source === "peer" && peerRecovery;
  return { kind: recovers ? "recovering" : "done" };
}

async function interpret(sending: OrderCall, failure: CallFailure): Promise<OrderOutcome> {
  const detail = detailOf(failure);
  if (failure.code === grpcStatus.failedPrecondition) return { kind: "fenced", detail };
  switch (sending.order.kind) {
    case "create":
      return await interpretCreate(sending, failure);
    case "delete":
      if (saysAbsent(failure)) return { kind: "done" };
      return { kind: "retry", detail };
    case "update":
      return { kind: "retry", detail };
  }
}

async function interpretCreate(sending: OrderCall, failure: CallFailure): Promise<OrderOutcome> {
  const detail = detailOf(failure);
  if (/already exists/.test(failure.message)) return await askWhichMeaning(sending, detail);
  if (/max shards limit reached/.test(failure.message)) {
    return { kind: "refused", detail, lasting: false };
  }
  if (failure.code === grpcStatus.invalidArgument)
    return { kind: "refused", detail, lasting: true };
  return { kind: "retry", detail };
}

async function askWhichMeaning(sending: OrderCall, detail: string): Promise<OrderOutcome> {
  const { client, order, limits } = sending;
  const loaded: CallResult<string> = await client.getShardPhase(order, limits);
  if (loaded.ok) return loaded.value === "started" ? obeyed(sending) : { kind: "retry", detail };
  if (loaded.failure.kind === "cancelled") return { kind: "dropped" };
  if (saysAbsent(loaded.failure)) return { kind: "refused", detail, lasting: true };
  return { kind: "retry", detail };
}

function saysAbsent(failure: CallFailure): boolean {
  return failure.code === grpcStatus.notFound || /not found/.test(failure.message);
}

function detailOf(failure: CallFailure): string {
  return failure.message.slice(0, bounds.detailLengthMax);
}
