/** When a member campaigns after its leader's connection was lost. */
import { describe, expect, it } from "vitest";

import { createRandom } from "../../../src/base/random.js";
import { Failover } from "../../../src/controlplane/raft/failover.js";
import {
  failoverAttemptsMax,
  failoverJitterMs,
  failoverRetryMs,
  failoverSpreadMs,
  failoverTurnMs,
} from "../../../src/controlplane/raft/limits.js";
import { ManualClock } from "../../support/server/manual-clock.js";

function harness(seed: number): {
  readonly clock: ManualClock;
  readonly failover: Failover;
  /** When it campaigned, in ms since the loss. */
  readonly campaigns: number[];
  readonly state: { leaderless: boolean; lastGrantMs: number; forgot: number };
} {
  const clock = new ManualClock();
  const campaigns: number[] = [];
  const state = { leaderless: true, lastGrantMs: Number.NEGATIVE_INFINITY, forgot: 0 };
  const host = {
    isLeaderless: () => state.leaderless,
    forgetLeader: () => {
      state.forgot += 1;
    },
    campaign: () => {
      campaigns.push(clock.monotonicMs());
    },
    lastGrantMs: () => state.lastGrantMs,
  };
  return { clock, failover: new Failover(host, clock, createRandom(seed)), campaigns, state };
}

const longMs = 10_000;

describe("fast failover", () => {
  it("the first campaigns within the jitter, the next only after the first's turn", () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const [first, second] = [harness(seed), harness(seed * 31)];
      first.failover.onLeaderLost(0);
      second.failover.onLeaderLost(1);
      first.clock.advance(longMs);
      second.clock.advance(longMs);
      expect(first.state.forgot).toBe(1);
      expect(first.campaigns[0]).toBeLessThanOrEqual(failoverJitterMs);
      expect(second.campaigns[0]).toBeGreaterThanOrEqual(failoverTurnMs);
      expect(second.campaigns[0]).toBeLessThanOrEqual(failoverTurnMs + failoverJitterMs);
    }
  });

  it("tries a few times with short pauses, then leaves it to the ordinary timeout", () => {
    const { clock, failover, campaigns } = harness(3);
    failover.onLeaderLost(0);
    clock.advance(longMs);
    expect(campaigns).toHaveLength(failoverAttemptsMax);
    for (const [at, when] of campaigns.entries()) {
      const pause = when - (campaigns[at - 1] ?? when - failoverRetryMs);
      expect(pause).toBeGreaterThanOrEqual(failoverRetryMs);
      expect(pause).toBeLessThanOrEqual(failoverRetryMs + failoverSpreadMs);
    }
  });

  it("who granted a vote holds its own campaign back", () => {
    const { clock, failover, campaigns, state } = harness(4);
    state.lastGrantMs = clock.monotonicMs();
    failover.onLeaderLost(1);
    clock.advance(failoverTurnMs + failoverJitterMs);
    expect(campaigns).toEqual([]);
    clock.advance(longMs);
    expect(campaigns.length).toBeGreaterThan(0);
  });

  it.each(["before the first try", "between two"])("a leader found %s ends it", (when) => {
    const { clock, failover, campaigns, state } = harness(5);
    failover.onLeaderLost(0);
    if (when === "between two") clock.advance(failoverJitterMs);
    const before = campaigns.length;
    state.leaderless = false;
    clock.advance(longMs);
    expect(campaigns).toHaveLength(before);
  });

  it("closed, it campaigns no more; lost twice, it counts anew", () => {
    const { clock, failover, campaigns } = harness(6);
    failover.onLeaderLost(0);
    failover.onLeaderLost(0);
    clock.advance(failoverJitterMs);
    expect(campaigns).toHaveLength(1);
    failover.close();
    clock.advance(longMs);
    expect(campaigns).toHaveLength(1);
  });
});
