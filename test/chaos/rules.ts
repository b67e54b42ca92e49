/**
 * Network faults of one place as firewall rules: what it does not hear, what it may not say, what
 * gets lost on the way in. The whole set is rendered at each change, so that faults come and go in
 * any order. Pure.
 */

/** One fault that is in force at a place. */
export type NetworkFault =
  /** Nothing from these addresses arrives. */
  | { readonly kind: "deaf"; readonly to: readonly string[] }
  /** Nothing reaches these addresses. */
  | { readonly kind: "mute"; readonly for: readonly string[] }
  /** A share of what these addresses send is lost. */
  | { readonly kind: "loss"; readonly from: readonly string[]; readonly percent: number };

/** The name of our table; other tables are not touched. */
const table = "inet chaos";

/** Text for `nft -f -` that puts exactly these faults in force. */
export function firewall(faults: Iterable<NetworkFault>): string {
  const input: string[] = [];
  const output: string[] = [];
  for (const fault of faults) {
    switch (fault.kind) {
      case "deaf":
        input.push(`ip saddr { ${fault.to.join(", ")} } drop`);
        break;
      case "mute":
        output.push(`ip daddr { ${fault.for.join(", ")} } drop`);
        break;
      case "loss": {
        const share = `numgen random mod 100 < ${String(fault.percent)}`;
        input.push(`ip saddr { ${fault.from.join(", ")} } ${share} drop`);
        break;
      }
    }
  }
  return [
    // Added first, because what is not there cannot be deleted.
    `add table ${table}`,
    `delete table ${table}`,
    `table ${table} {`,
    ...chain("input", input),
    ...chain("output", output),
    "}",
    "",
  ].join("\n");
}

function chain(hook: "input" | "output", rules: readonly string[]): string[] {
  return [
    `  chain ${hook} {`,
    `    type filter hook ${hook} priority 0; policy accept;`,
    ...rules.map((rule) => `    ${rule}`),
    "  }",
  ];
}

/** How `tc` delays what leaves a place: by time where the kernel can, else by a narrow link. */
export function delayArguments(milliseconds: number, hasNetem: boolean): readonly string[] {
  if (hasNetem) {
    return ["netem", "delay", `${String(milliseconds)}ms`, `${String(milliseconds / 2)}ms`];
  }
  // The slower the link, the longer packets wait in its queue.
  const rateKbit = Math.max(64, Math.round(40_000 / milliseconds));
  return ["tbf", "rate", `${String(rateKbit)}kbit`, "burst", "4kb", "latency", "2s"];
}
