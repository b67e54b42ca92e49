/** Which cluster a member with an empty disk belongs to: every case of one round of probes. */
import { describe, expect, it } from "vitest";

import { FatalError, MasterError } from "../../../src/base/errors.js";
import {
  awaitFormation,
  decideFormation,
  type ProbedAddress,
} from "../../../src/controlplane/raft/formation.js";
import type { FormationRecord, ProbeAnswer } from "../../../src/transport/types.js";
import { silentLogger } from "../../support/controlplane/silent-logger.js";
import { ManualClock } from "../../support/server/manual-clock.js";

const peers = ["a:1", "b:1", "c:1"];
const self = { nonce: 101, memberId: 1, peers };

function answer(memberId: number, more: Partial<ProbeAnswer> = {}): ProbeAnswer {
  const nodeId = `m${String(memberId)}`;
  return { nonce: 100 + memberId, memberId, nodeId, peers, formation: undefined, ...more };
}

function probes(...answers: (ProbeAnswer | undefined)[]): ProbedAddress[] {
  return answers.map((one, at) => ({ address: peers[at] ?? "?", answer: one }));
}

function formationOf(...members: number[]): FormationRecord {
  return {
    clusterUuid: "theirs",
    members: members.map((memberId) => ({
      memberId,
      nodeId: `m${String(memberId)}`,
      address: "x",
    })),
  };
}

describe("one round of probes", () => {
  const all = probes(answer(1), answer(2), answer(3));
  it("all agree, none was ever in a cluster: the lowest id founds, in order of ids", () => {
    const step = decideFormation(probes(answer(1), answer(3), answer(2)), self);
    expect(step).toEqual({
      kind: "found",
      members: [
        { memberId: 1, nodeId: "m1", address: "a:1" },
        { memberId: 2, nodeId: "m2", address: "c:1" },
        { memberId: 3, nodeId: "m3", address: "b:1" },
      ],
    });
  });

  it("the others wait for the founder", () => {
    const step = decideFormation(all, { ...self, nonce: 102, memberId: 2 });
    expect(step).toEqual({ kind: "wait", why: "m1 founds the cluster" });
  });

  it.each([
    ["one address is silent", probes(answer(1), undefined, answer(3)), "no answer from b:1"],
    ["all are silent", probes(undefined, undefined, undefined), "no answer from a:1, b:1, c:1"],
    [
      "another list of peers",
      probes(answer(1), answer(2, { peers: ["a:1", "b:1"] }), answer(3)),
      "b:1 lists other peers: a:1,b:1; here: a:1,b:1,c:1",
    ],
  ])("waits: %s", (_, probed, why) => {
    expect(decideFormation(probed, self)).toEqual({ kind: "wait", why });
  });

  it("the order of the lists does not matter", () => {
    const turned = answer(2, { peers: ["c:1", "a:1", "b:1"] });
    expect(decideFormation(probes(answer(1), turned, answer(3)), self).kind).toBe("found");
  });

  it("adopts a cluster that knows this member, though others are silent", () => {
    const formation = formationOf(1, 2, 3);
    const probed = probes(undefined, answer(2, { formation }), undefined);
    expect(decideFormation(probed, self)).toEqual({ kind: "adopt", formation });
  });

  it.each([
    ["one other", probes(answer(1), answer(2, { formation: formationOf(2, 3, 9) }), answer(3))],
    [
      "one other, the rest silent",
      probes(undefined, undefined, answer(3, { formation: formationOf(3) })),
    ],
  ])("refuses a cluster that does not know this member: %s", (_, probed) => {
    const step = decideFormation(probed, self);
    expect(step).toMatchObject({ kind: "refuse" });
    expect(step.kind === "refuse" && step.text).toContain("member replace");
    expect(step.kind === "refuse" && step.text).toContain("theirs");
  });

  it("refuses when two addresses name different clusters, whichever answers first", () => {
    const mine = formationOf(1, 2, 3);
    const other = { ...formationOf(7), clusterUuid: "another" };
    for (const probed of [
      probes(undefined, answer(2, { formation: mine }), answer(7, { formation: other })),
      probes(undefined, answer(7, { formation: other }), answer(2, { formation: mine })),
    ]) {
      expect(decideFormation(probed, self).kind).toBe("refuse");
    }
  });

  it.each([
    [
      "the same member under two addresses",
      probes(answer(1), answer(1), answer(3)),
      "list each once",
    ],
    [
      "two members of one name",
      probes(answer(1), answer(2, { nodeId: "m3" }), answer(3)),
      "both have node id m3",
    ],
    [
      "none of them is this member",
      probes(answer(4), answer(2), answer(3)),
      "list its own address too",
    ],
  ])("refuses: %s", (_, probed, words) => {
    const step = decideFormation(probed, self);
    expect(step.kind === "refuse" && step.text).toContain(words);
  });
});

describe("forming", () => {
  function form(
    rounds: readonly (readonly ProbedAddress[])[],
    signal = new AbortController().signal,
  ): { readonly clock: ManualClock; readonly outcome: Promise<FormationRecord> } {
    const clock = new ManualClock();
    let asked = 0;
    const outcome = awaitFormation(self, {
      probe: (address) => {
        const round = rounds[Math.min(Math.floor(asked / peers.length), rounds.length - 1)];
        asked += 1;
        const found = round?.find((one) => one.address === address)?.answer;
        return found === undefined ? Promise.reject(new Error("silent")) : Promise.resolve(found);
      },
      clock,
      log: silentLogger,
      newClusterUuid: () => "new",
      signal,
    });
    return { clock, outcome };
  }

  async function turns(clock: ManualClock): Promise<void> {
    for (let n = 0; n < 50; n += 1) {
      clock.advance(50);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  it("probes until all answer, then founds", async () => {
    const { clock, outcome } = form([
      probes(answer(1), undefined, undefined),
      probes(answer(1), answer(2), undefined),
      probes(answer(1), answer(2), answer(3)),
    ]);
    await turns(clock);
    expect((await outcome).clusterUuid).toBe("new");
    expect((await outcome).members).toHaveLength(3);
  });

  it("a refusal ends the process with 79", async () => {
    const { outcome } = form([
      probes(answer(1), answer(2, { formation: formationOf(2) }), undefined),
    ]);
    const thrown: unknown = await outcome.catch((error: unknown) => error);
    expect(thrown instanceof FatalError && thrown.exit).toBe(79);
  });

  it("a stop ends the wait", async () => {
    const stopper = new AbortController();
    const { clock, outcome } = form([probes(answer(1), undefined, undefined)], stopper.signal);
    const ended = outcome.catch((error: unknown) => MasterError.from(error).code);
    await turns(clock);
    stopper.abort();
    await turns(clock);
    expect(await ended).toBe("stopping");
  });
});
