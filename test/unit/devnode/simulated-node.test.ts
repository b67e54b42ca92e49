import { describe, expect, it } from "vitest";

import { SimulatedCluster } from "../../support/devnode/simulated-cluster.js";

describe("simulated data nodes", () => {
  it("register, take copies and documents, and bring them to replicas", async () => {
    const cluster = await SimulatedCluster.withNodes(1, 3);
    await cluster.createIndex("books", 2, 1);
    expect(await cluster.untilComplete("books")).toBe(true);
    const writes = Array.from({ length: 40 }, (_, n) =>
      cluster.write("books", n % 2, { id: `d${String(n)}`, body: String(n) }),
    );
    await cluster.clock.pass(1_000);
    expect(await Promise.all(writes)).not.toContain(false);
    expect(cluster.losses("books")).toEqual([]);
  });
});
