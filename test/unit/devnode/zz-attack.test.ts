import { it } from "vitest";
import { runChaos } from "../../support/devnode/simulated-chaos.js";
it("attack", async () => {
  const from = Number(process.env["FROM"] ?? 1);
  const n = Number(process.env["N"] ?? 20);
  let bad = 0;
  const t0 = performance.now();
  for (let seed = from; seed < from + n; seed++) {
    try {
      const r = await runChaos({
        seed,
        nodesCount: 3 + (seed % 3),
        shardsCount: 3,
        stormMs: 60_000,
      });
      if (n < 4) console.log(JSON.stringify(r.deeds));
      if (r.violations.length > 0) {
        bad++;
        console.log("SEED", seed, r.acknowledgedCount, r.violations.slice(0, 6), r.copies);
      }
    } catch (e) {
      bad++;
      console.log("SEED", seed, "threw", (e as Error).stack?.slice(0, 1500));
    }
  }
  console.log("bad", bad, "of", n, Math.round(performance.now() - t0), "ms");
}, 3_000_000);
