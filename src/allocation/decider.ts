/**
 * The rules of placement put together. One rule is one file in deciders/: rules about a node say
 * whether a copy may come to it, rules about a copy say whether it may be placed anywhere at all
 * now. Each gives a verdict, a stable code and words for people. Which of several good nodes is
 * best is not asked here but of weights.ts.
 */
import { yes, type CopyQuestion, type Decision, type NodeQuestion } from "./decision.js";
import { decideCapabilities } from "./deciders/capabilities.js";
import { decideDelayed } from "./deciders/delayed.js";
import { decideHeldBack } from "./deciders/held-back.js";
import { decideMaxShards } from "./deciders/max-shards.js";
import { decideNodeStatus } from "./deciders/node-status.js";
import { decideRecoverable } from "./deciders/recoverable.js";
import { decideRefused } from "./deciders/refused.js";
import { decideRetry } from "./deciders/retry.js";
import { decideSameShard } from "./deciders/same-shard.js";
import { decideStaleFiles } from "./deciders/stale-files.js";
import { decideStorageTier } from "./deciders/storage-tier.js";
import { decideThrottle } from "./deciders/throttle.js";

const copyRules: readonly ((question: CopyQuestion) => Decision)[] = [
  decideRecoverable,
  decideRetry,
  decideDelayed,
];

/** Cheapest first; the first no decides. */
const nodeRules: readonly ((question: NodeQuestion) => Decision)[] = [
  decideSameShard,
  decideNodeStatus,
  decideCapabilities,
  decideStorageTier,
  decideMaxShards,
  decideStaleFiles,
  decideRefused,
  decideHeldBack,
  decideThrottle,
];

/** Whether the copy may be placed anywhere now. */
export function decideCopy(question: CopyQuestion): Decision {
  return worst(copyRules, question);
}

/** Whether the copy may be placed on the node now. */
export function decideNode(question: NodeQuestion): Decision {
  return worst(nodeRules, question);
}

/** Every rule that does not say yes about this node. */
export function objections(question: NodeQuestion): Decision[] {
  return nodeRules.map((rule) => rule(question)).filter((made) => made.verdict !== "yes");
}

function worst<Q>(rules: readonly ((question: Q) => Decision)[], question: Q): Decision {
  let found = yes;
  for (const rule of rules) {
    const made = rule(question);
    if (made.verdict === "no") return made;
    if (made.verdict === "throttle" && found.verdict === "yes") found = made;
  }
  return found;
}
