/** Bounds what runs into one node at once, so that recovery does not drown its work. */
import { yes, type Decision, type NodeQuestion } from "../decision.js";
import { limits } from "../limits.js";

/** See the file comment. */
export function decideThrottle(question: NodeQuestion): Decision {
  const { node, loads, copy } = question;
  const initial = copy.role === "primary" && copy.state === "UNASSIGNED";
  if (initial) {
    const most = limits.initialPrimariesPerNodeCountMax;
    return loads.initialPrimaries(node.nodeId) < most ? yes : later(most, "new primaries");
  }
  const most = limits.incomingRecoveriesPerNodeCountMax;
  return loads.incoming(node.nodeId) < most ? yes : later(most, "recoveries");
}

function later(most: number, what: string): Decision {
  return {
    verdict: "throttle",
    code: "throttled",
    text: `${String(most)} ${what} run into the node already`,
  };
}
