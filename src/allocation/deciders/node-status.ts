/**
 * Only a data node in good health, which has said what it holds since it registered, gets copies.
 * Before its report nobody knows which files lie on its disk.
 */
import { yes, type Decision, type NodeQuestion } from "../decision.js";

/** See the file comment. */
export function decideNodeStatus(question: NodeQuestion): Decision {
  const { node, knowledge } = question;
  if (node.nodeType !== "data") {
    return { verdict: "no", code: "node_status", text: "the node is not a data node" };
  }
  if (node.status !== "healthy") {
    return { verdict: "no", code: "node_status", text: `the node is ${node.status}` };
  }
  if (knowledge.isReady(node.nodeId)) return yes;
  return {
    verdict: "no",
    code: "node_not_reported",
    text: "the node has not reported its shards since it registered",
  };
}
