/** The command line of `npm run chaos`. */
import { parseArgs } from "node:util";

import { failoverKillsCountMax, minutesMax } from "./limits.js";
import { faultKinds, type FaultKind } from "./plan.js";

/** What one call of the program is to do. */
export type Options =
  | {
      readonly kind: "faults";
      readonly minutes: number;
      readonly seed: number;
      /** Keeps logs, data and history even when all is well. */
      readonly keep: boolean;
      readonly without: ReadonlySet<FaultKind>;
    }
  | { readonly kind: "failover"; readonly killsCount: number };

/** One line for people. */
export const usage =
  "usage: npm run chaos -- --minutes M [--seed S] [--keep] [--without KIND,...] | --failover N";

/**
 * Reads the arguments; `newSeed` is taken when none is given.
 *
 * @throws Error saying what is wrong with them.
 */
export function parseOptions(args: readonly string[], newSeed: number): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string" },
      seed: { type: "string" },
      keep: { type: "boolean" },
      without: { type: "string" },
      failover: { type: "string" },
    },
  });
  const { minutes, seed, failover, without } = values;
  if (failover !== undefined) {
    if (Object.keys(values).length > 1) throw new Error("--failover stands alone");
    const killsCount = Number(failover);
    if (!Number.isInteger(killsCount) || killsCount < 1 || killsCount > failoverKillsCountMax) {
      throw new Error(`--failover is a whole number from 1 to ${String(failoverKillsCountMax)}`);
    }
    return { kind: "failover", killsCount };
  }
  const wanted = Number(minutes ?? Number.NaN);
  if (!(wanted > 0 && wanted <= minutesMax)) {
    throw new Error(`--minutes is a number above 0 and up to ${String(minutesMax)}`);
  }
  const chosen = seed === undefined ? newSeed : Number(seed);
  if (!Number.isSafeInteger(chosen) || chosen < 0) throw new Error("--seed is a whole number");
  return {
    kind: "faults",
    minutes: wanted,
    seed: chosen,
    keep: values.keep ?? false,
    without: kindsOf(without ?? ""),
  };
}

function kindsOf(text: string): ReadonlySet<FaultKind> {
  const names = text.split(",").filter((name) => name !== "");
  return new Set(
    names.map((name) => {
      const kind = faultKinds.find((known) => known === name);
      if (kind !== undefined) return kind;
      throw new Error(`--without ${name}: the kinds are ${faultKinds.join(", ")}`);
    }),
  );
}
