/** A node takes no more shards than it registered for; 0 means that it set no limit. */
import { yes, type Decision, type NodeQuestion } from "../decision.js";

/** See the file comment. */
export function decideMaxShards(question: NodeQuestion): Decision {
  const { node, loads } = question;
  const most = node.attributes.maxShards;
  const held = loads.held(node.nodeId);
  if (most === 0 || held < most) return yes;
  return {
    verdict: "no",
    code: "max_shards",
    text: `the node holds ${String(held)} of at most ${String(most)} shards`,
  };
}
