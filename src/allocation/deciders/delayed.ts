/**
 * After a node left, its replicas wait for it a while: a restart is over sooner than a copy is
 * made elsewhere. The wait runs on the leader's clock and starts anew with a new leader. It ends
 * when the node is back and has said what it holds.
 */
import { yes, type CopyQuestion, type Decision } from "../decision.js";

/** See the file comment. */
export function decideDelayed(question: CopyQuestion): Decision {
  const { copy, view, index, key, knowledge } = question;
  if (copy.state !== "UNASSIGNED" || copy.reason !== "node_left") return yes;
  if (copy.role === "primary" || copy.nodeId === "") return yes;
  const back = view.state.nodes.get(copy.nodeId)?.status === "healthy";
  if (back && knowledge.isReady(copy.nodeId)) return yes;
  const sinceMs = view.unassignedSinceMs(key, copy.slot);
  const atMs = sinceMs + index.settings.delayedTimeoutMs;
  if (knowledge.nowMs >= atMs) return yes;
  return {
    verdict: "throttle",
    code: "delayed",
    text: `waits for node [${copy.nodeId}] to come back`,
    atMs,
  };
}
