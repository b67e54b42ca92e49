/** A node that said it cannot take a shard is not asked again before it registers anew. */
import { yes, type Decision, type NodeQuestion } from "../decision.js";

/** See the file comment. */
export function decideRefused(question: NodeQuestion): Decision {
  const { node, index, shard, knowledge } = question;
  const ref = { indexName: index.name, indexUuid: index.uuid, shard: shard.number };
  if (!knowledge.isRefused(node.nodeId, ref)) return yes;
  return { verdict: "no", code: "refused", text: "the node refused this shard" };
}
