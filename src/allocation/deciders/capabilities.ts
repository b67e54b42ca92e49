/**
 * A copy that is to be filled from its primary needs peer recovery on both ends. Without it a
 * replica would stay empty while it looks complete, and a moved primary would lose its documents.
 */
import { hasCapability, primaryOf } from "../../state/model.js";
import { yes, type Decision, type NodeQuestion } from "../decision.js";

/** See the file comment. */
export function decideCapabilities(question: NodeQuestion): Decision {
  const { copy, shard, node, view } = question;
  if (copy.role === "primary" && copy.state === "UNASSIGNED") return yes;
  if (!hasCapability(node, "peer_recovery")) {
    return no("the node cannot copy a shard from another node");
  }
  const source = view.state.nodes.get(primaryOf(shard)?.nodeId ?? "");
  if (source !== undefined && !hasCapability(source, "peer_recovery")) {
    return no(`the primary's node ${source.nodeId} cannot give its shard to another node`);
  }
  return yes;
}

function no(text: string): Decision {
  return { verdict: "no", code: "no_peer_recovery", text };
}
