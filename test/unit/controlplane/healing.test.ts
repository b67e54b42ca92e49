/** When a member that is not trusted may start anew, from what its peers answer. */
import { describe, expect, it } from "vitest";

import { decideHealing } from "../../../src/controlplane/raft/healing.js";
import type { ProbedAddress } from "../../../src/controlplane/raft/formation.js";
import type { ProbeAnswer } from "../../../src/transport/types.js";

const old = { memberId: 1, clusterUuid: "c" };
const members = [1, 2, 3].map((memberId) => ({
  ...{ memberId, nodeId: `m${String(memberId)}`, address: `m${String(memberId)}:1` },
  suffrage: "voter" as const,
}));

function at(address: string, answer: Partial<ProbeAnswer> = {}): ProbedAddress {
  return {
    address,
    answer: {
      ...{ nonce: 1, memberId: 2, nodeId: "m2", peers: [], joining: false, replaces: undefined },
      ...{ members, removed: [], leaderEpoch: 0 },
      formation: { clusterUuid: "c", members },
      ...answer,
    },
  };
}

function silent(address: string): ProbedAddress {
  return { address, answer: undefined };
}

describe("a member that is not trusted", () => {
  it("heals from a leader of its cluster that knows it", () => {
    const probed = [silent("m3:1"), at("m2:1", { leaderEpoch: 4 })];
    const addresses = ["m1:1", "m2:1", "m3:1"];
    expect(decideHealing(probed, old)).toEqual({ kind: "heal", leader: "m2:1", addresses });
  });

  it.each([
    ["nobody answers", [silent("m2:1"), silent("m3:1")], /nobody .* no answer from m2:1, m3:1/],
    ["nobody leads", [at("m2:1"), silent("m3:1")], /m2:1 answer, and none of them leads; .*m3:1/],
    [
      "another cluster's leader answers",
      [at("m2:1", { leaderEpoch: 4, formation: { clusterUuid: "d", members } })],
      /nobody of its cluster/,
    ],
    [
      "a member without a cluster answers",
      [at("m2:1", { leaderEpoch: 4, formation: undefined })],
      /nobody of its cluster/,
    ],
    [
      "the leader has not applied yet that it is a member",
      [at("m2:1", { leaderEpoch: 4, members: [] })],
      /none of them leads/,
    ],
  ])("waits while %s", (_, probed, why) => {
    const step = decideHealing(probed, old);
    expect(step.kind).toBe("wait");
    expect(step.kind === "wait" && step.why).toMatch(why);
  });

  it("that was removed meanwhile does not come back by itself", () => {
    const probed = [at("m2:1", { leaderEpoch: 4, members: members.slice(1), removed: [1] })];
    expect(decideHealing(probed, old)).toEqual({ kind: "removed", leader: "m2:1" });
    // Only a leader's word counts.
    expect(decideHealing([at("m2:1", { removed: [1] })], old).kind).toBe("wait");
  });
});
