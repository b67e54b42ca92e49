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
const self = { nonce: 101, memberId: 1, peers, joining: false, clusterUuid: undefined };

function answer(memberId: number, more: Partial<ProbeAnswer> = {}): ProbeAnswer {
  const nodeId = `m${String(memberId)}`;
  const nothing = {
    ...{ formation: undefined, joining: false, replaces: undefined },
    ...{ members: [], removed: [], leaderEpoch: 0 },
  };
  return { nonce: 100 + memberId, memberId, nodeId, peers, ...nothing, ...more };
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

function current(suffrage: "voter" | "learner", memberId = 1): ProbeAnswer["members"][number] {
  return { memberId, nodeId: "m1", address: "a:1", suffrage };
}

describe("one round of probes of a member that is told to join", () => {
  const joiner = { ...self, joining: true };
  const formation = formationOf(7, 8, 9);
  const theirs = { formation, members: [current("voter", 7)] };

  it.each([
    ["nobody answers", probes(undefined, undefined), "no member of a cluster answers at a:1, b:1"],
    ["others wait, too", probes(answer(2), answer(3)), "no member of a cluster answers"],
    ["it was not added", probes(answer(7, theirs), undefined), "has not added this member"],
  ])("%s: it waits", (_, probed, why) => {
    const step = decideFormation(probed, joiner);
    expect(step).toMatchObject({ kind: "wait", why: expect.stringContaining(why) as unknown });
  });

  it("a learner of the cluster belongs to it, whatever those say that lag", () => {
    const knows = answer(7, { formation, members: [current("voter", 7), current("learner")] });
    for (const seeker of [joiner, self]) {
      const step = decideFormation(probes(answer(8, theirs), knows, undefined), seeker);
      expect(step).toEqual({ kind: "adopt", formation });
    }
  });

  it("a voter without a record has forgotten what it promised, a founder has not", () => {
    const voter = answer(7, { formation, members: [current("voter")] });
    expect(decideFormation(probes(voter), joiner)).toMatchObject({ kind: "refuse", exit: 79 });
    const founders = formationOf(1, 7);
    const founder = answer(7, { formation: founders, members: [current("voter")] });
    expect(decideFormation(probes(founder), self)).toEqual({ kind: "adopt", formation: founders });
  });

  it.each([
    ["a removed id", { formation, removed: [1] }, joiner, 79, "was removed from cluster theirs"],
    ["another cluster", theirs, { ...joiner, clusterUuid: "ours" }, 79, "is to be one of ours"],
    ["not told to join", theirs, self, 79, "start it with --join"],
  ])("%s is refused", (...row) => {
    const [, more, seeker, exit, text] = row;
    const step = decideFormation(probes(answer(7, more)), seeker);
    expect(step).toMatchObject({ kind: "refuse", exit });
    expect(step.kind === "refuse" ? step.text : "").toContain(text);
  });

  it("peers of two clusters are a configuration that cannot be", () => {
    const other = { ...theirs, formation: { ...formation, clusterUuid: "others" } };
    const step = decideFormation(probes(answer(7, theirs), answer(8, other)), joiner);
    expect(step).toMatchObject({ kind: "refuse", exit: 78 });
  });
});

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
