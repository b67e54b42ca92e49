/** No two copies of a shard on one node: one lost node would take both. */
import { yes, type Decision, type NodeQuestion } from "../decision.js";

/** See the file comment. */
export function decideSameShard(question: NodeQuestion): Decision {
  const { loads, key, node } = question;
  if (!loads.holds(node.nodeId, key)) return yes;
  return { verdict: "no", code: "same_shard", text: "a copy of this shard is on the node already" };
}
