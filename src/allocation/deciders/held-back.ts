/**
 * A node that cannot tell an old leader's orders from a new one's may still create or delete what
 * the old one ordered. Until such an order's deadline has passed, the copy and the place stay.
 */
import { yes, type Decision, type NodeQuestion } from "../decision.js";

/** See the file comment. */
export function decideHeldBack(question: NodeQuestion): Decision {
  const { node, index, copy, knowledge } = question;
  const atMs = knowledge.heldBackUntilMs({
    nodeId: node.nodeId,
    indexName: index.name,
    allocationId: copy.allocationId,
  });
  if (atMs <= knowledge.nowMs) return yes;
  return {
    verdict: "throttle",
    code: "held_back",
    text: "an order of an earlier leader may still be under way",
    atMs,
  };
}
