/** What the demo tells people to try. */
import type { DemoPlan } from "./plan.js";

/** Lines to paste into another terminal. */
export function howToTalk(plan: DemoPlan, host: string): string[] {
  const [first] = plan.masters;
  if (first === undefined) return [];
  const http = `http://${host}:${first.httpPort}`;
  return [
    "Ctrl-C stops everything; try in another terminal:",
    `  curl -s '${http}/_cluster/health?pretty'`,
    `  curl -s ${http}/metrics`,
    `  grpcurl -plaintext ${host}:${first.grpcPort} list`,
    "  kill -9 PID        of the leader, or of a node, and look here; it comes back after a while",
    `masters (gRPC): ${listOf(plan.masters, host)}`,
    `data nodes (gRPC): ${listOf(plan.nodes, host)}`,
  ];
}

function listOf(ones: readonly { readonly grpcPort: number }[], host: string): string {
  return ones.map((one) => `${host}:${one.grpcPort}`).join(", ");
}
