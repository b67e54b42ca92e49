/**
 * A node with files of another index of the same name is no place for this one: existing nodes
 * keep files of deleted shards and would open them as if they were the new index's.
 */
import { hasCapability } from "../../state/model.js";
import { yes, type Decision, type NodeQuestion } from "../decision.js";

/** See the file comment. */
export function decideStaleFiles(question: NodeQuestion): Decision {
  const { node, index, view, key } = question;
  if (node.dangling.some((dangling) => dangling.indexName === index.name)) {
    return no("the node holds dangling shards under the name of this index");
  }
  if (view.load(node.nodeId).deletedNames.has(index.name)) {
    return no("the node holds files of a deleted index of this name");
  }
  const leftover = view.load(node.nodeId).superseded.has(key);
  if (leftover && !hasCapability(node, "peer_recovery")) {
    return no("the node holds files of an earlier copy of this shard");
  }
  return yes;
}

function no(text: string): Decision {
  return { verdict: "no", code: "stale_files", text };
}
