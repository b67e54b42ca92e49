/**
 * What a failed call tells. The API promises which statuses mean that nothing happened; whoever
 * relies on that here finds out when it is not so, because the judge takes it at its word.
 */
import { status, type ServiceError } from "@grpc/grpc-js";

import type { IndexOutput } from "../linearizability/models/index-catalogue.js";

/** What a client knows after a call. */
export type Outcome =
  | { readonly kind: "answered"; readonly output: IndexOutput }
  /** It did not happen and never will. */
  | { readonly kind: "failed"; readonly status: string }
  | { readonly kind: "unknown"; readonly status: string }
  /** No client may ever be told this, whatever the cluster goes through. */
  | { readonly kind: "failed"; readonly status: string; readonly isFinding: true };

const refusals: ReadonlyMap<number, "exists" | "missing" | "conflict"> = new Map([
  [status.ALREADY_EXISTS, "exists"],
  [status.NOT_FOUND, "missing"],
  [status.ABORTED, "conflict"],
]);
/** Nothing was proposed: no leader in time, a member that stops, a bound that was hit. */
const certain: ReadonlySet<number> = new Set([
  status.FAILED_PRECONDITION,
  status.RESOURCE_EXHAUSTED,
]);
/** Our calls are right, and damage is not for clients. */
const forbidden: ReadonlySet<number> = new Set([
  status.INVALID_ARGUMENT,
  status.OUT_OF_RANGE,
  status.UNIMPLEMENTED,
  status.DATA_LOSS,
]);
/** The client library's own words for a call that was never sent. */
const neverSent = /^(No connection established|Name resolution failed)/;

/**
 * Judges a failure of a call on one name; a get that finds nothing was answered. What is not a
 * status of gRPC is thrown again.
 */
export function outcomeOfError(thrown: unknown, isGet: boolean): Outcome {
  if (!isServiceError(thrown)) throw thrown;
  const { code, details } = thrown;
  const refusal = refusals.get(code);
  if (refusal === "missing" && isGet) {
    const output: IndexOutput = { kind: "read", version: undefined, index: undefined };
    return { kind: "answered", output };
  }
  if (refusal !== undefined) return { kind: "answered", output: { kind: refusal } };
  const name = status[code];
  if (certain.has(code)) return { kind: "failed", status: name };
  if (code === status.UNAVAILABLE && neverSent.test(details)) {
    return { kind: "failed", status: "never sent" };
  }
  if (forbidden.has(code))
    return { kind: "failed", status: `${name}: ${details}`, isFinding: true };
  return { kind: "unknown", status: name };
}

function isServiceError(thrown: unknown): thrown is ServiceError {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "number";
}
