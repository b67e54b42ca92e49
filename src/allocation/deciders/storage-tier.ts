/** An index that names a storage tier lives on nodes of that tier; without one it lives anywhere. */
import { yes, type Decision, type NodeQuestion } from "../decision.js";

/** See the file comment. */
export function decideStorageTier(question: NodeQuestion): Decision {
  const wanted = question.index.settings.tiering.defaultTier;
  const tier = question.node.attributes.storageTier;
  if (wanted === "" || wanted === tier) return yes;
  return {
    verdict: "no",
    code: "storage_tier",
    text: `the index belongs on tier [${wanted}], the node is of tier [${tier}]`,
  };
}
