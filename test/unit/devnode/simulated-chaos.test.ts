import { describe, expect, it } from "vitest";

import { runChaos } from "../../support/devnode/simulated-chaos.js";

const options = { shardsCount: 2, stormMs: 60_000 };

// A storm is much work for one test: a busy machine may take its time.
describe("data nodes in a storm", { timeout: 60_000 }, () => {
  it.each([1, 2, 3, 4, 5, 6])("lose nothing and become complete, seed %i", async (seed) => {
    const report = await runChaos({ ...options, seed, nodesCount: 3 + (seed % 3) });
    expect(report.violations, report.copies.join("\n")).toEqual([]);
    expect(report.acknowledgedCount).toBeGreaterThan(20);
    expect(Object.keys(report.deeds).length).toBeGreaterThan(5);
  });

  it("do the same again under the same seed", async () => {
    const once = await runChaos({ ...options, seed: 7, nodesCount: 4 });
    const again = await runChaos({ ...options, seed: 7, nodesCount: 4 });
    expect(again).toEqual(once);
  });
});
