/** The known bugs: each fits the source as it is now, and the simulator can put it there. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";

import { allMutants } from "../../sim/mutants/all-mutants.js";
import { mutate, sourceOf } from "../../sim/mutants/mutant.js";

describe("known bugs", () => {
  it("have names of their own", () => {
    const names = allMutants.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(32);
  });

  it.each(allMutants.map((mutant) => ({ mutant, name: mutant.name })))(
    "$name changes one place",
    ({ mutant }) => {
      const source = sourceOf(mutant);
      const mutated = mutate(mutant, source);
      expect(mutated).not.toHaveProperty("problem");
      expect(mutated).not.toEqual({ source });
    },
  );

  it("say so when they fit nowhere", () => {
    const [mutant] = allMutants;
    if (mutant === undefined) throw new Error("there are mutants");
    const problem = `${mutant.name}: found 0 times in src/${mutant.file}`;
    expect(mutate(mutant, "")).toEqual({ problem });
  });

  it("are in the product that the simulator runs, and nowhere else", () => {
    const runWith = (mutant: readonly string[]): string => {
      const args = ["--worker", "--from", "1", "--seeds", "1", ...mutant];
      const program = ["--import", "./test/support/ts-imports.mjs", "test/sim/main.ts", ...args];
      const { stdout, stderr } = spawnSync(process.execPath, program, { encoding: "utf8" });
      expect(stderr).toBe("");
      return stdout;
    };
    expect(runWith(["--mutant", "driver-replies-before-disk"])).toContain("promise before disk");
    expect(runWith([])).not.toContain("promise before disk");
  }, 60_000);
});
