/** When a read that asked for nothing gets the last applied state. */
import { describe, expect, it } from "vitest";

import { Reader } from "../../../src/server/read-policy.js";
import { FakeControlPlane } from "../../support/server/fake-control-plane.js";
import { ManualClock } from "../../support/server/manual-clock.js";

/** Its timers fire a little early, as those of an event loop with a cached time do. */
class HastyClock extends ManualClock {
  override after(delayMs: number, callback: () => void): ReturnType<ManualClock["after"]> {
    return super.after(delayMs - 12, callback);
  }
}

describe("a default read without a leader", () => {
  it("is stale after its patience even when the timer fires a little early", async () => {
    const controlPlane = new FakeControlPlane();
    controlPlane.hasLeader = false;
    const clock = new HastyClock();
    const reader = new Reader({ controlPlane, clock }, () => undefined);
    const read = reader.read("default", { budgetMs: 8_000 });
    await controlPlane.someoneWaits();
    clock.advance(1_990);
    await expect(read).resolves.toMatchObject({ stale: true });
  });
});
