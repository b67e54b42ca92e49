/**
 * Spaces out the tries of a copy that keeps failing, and after a number of them waits until nodes
 * or settings have changed: trying again what cannot work helps nobody. The jitter comes from the
 * failed allocation id, so that copies that failed together do not come back together.
 */
import { yes, type CopyQuestion, type Decision } from "../decision.js";
import { limits } from "../limits.js";

/** See the file comment. */
export function decideRetry(question: CopyQuestion): Decision {
  const { copy, view, key, knowledge } = question;
  if (copy.state !== "UNASSIGNED" || copy.failedAttempts === 0) return yes;
  const sinceMs = view.unassignedSinceMs(key, copy.slot);
  const tries = String(copy.failedAttempts);
  if (copy.failedAttempts >= limits.attemptsCountMax && view.topologyAtMs <= sinceMs) {
    const text = `failed ${tries} times, waits for a change of nodes or settings: ${copy.detail}`;
    return { verdict: "no", code: "retry_limit", text };
  }
  const atMs = sinceMs + retryDelayMs(copy.failedAttempts, copy.allocationId);
  if (knowledge.nowMs >= atMs) return yes;
  const text = `failed ${tries} times, will be tried again: ${copy.detail}`;
  return { verdict: "throttle", code: "retry_backoff", text, atMs };
}

/** The wait after the n-th failure in a row: doubling, bounded, up to half of it jitter. */
export function retryDelayMs(failedAttempts: number, allocationId: string): number {
  const doubled = limits.retryBaseMs * 2 ** Math.min(failedAttempts - 1, 16);
  const most = Math.min(doubled, limits.retryMaxMs);
  let hash = 0;
  for (let i = 0; i < allocationId.length; i += 1) {
    hash = (Math.imul(hash, 31) + allocationId.charCodeAt(i)) >>> 0;
  }
  return Math.floor(most / 2 + (hash % 1024) * (most / 2048));
}
