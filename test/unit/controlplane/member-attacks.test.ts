/** Members under bad conditions: lost and repeated forwards, pauses, floods, storms, and stops. */
import { afterEach, describe, expect, it } from "vitest";

import { assertDefined } from "../../../src/base/assert.js";
import { createRandom, type Random } from "../../../src/base/random.js";
import { waitingProposalsMax, waitingReadsMax } from "../../../src/controlplane/raft/limits.js";
import type { CallOptions } from "../../../src/controlplane/port.js";
import type { Message } from "../../../src/raft/types.js";
import { codeOf } from "../../contract/control-plane.suite.js";
import { MemberCluster, type ClusterOptions } from "../../support/controlplane/member-cluster.js";
import { indexCreate } from "../../support/state/commands.js";

const caller = { origin: "test", budgetMs: 8000 } as const;
const often = { entriesCount: 20, logBytes: 2 ** 30, trailingEntries: 5 };

let cluster: MemberCluster | undefined;

afterEach(async () => {
  const last = cluster;
  cluster = undefined;
  await last?.close();
});

async function formed(options: Partial<ClusterOptions> = {}): Promise<MemberCluster> {
  cluster = await MemberCluster.formed({ size: 3, ...options });
  return cluster;
}

async function pickFollower(members: MemberCluster): Promise<number> {
  return assertDefined(members.others(await members.leader())[0], "there is a follower");
}

describe("forwarded proposals", () => {
  it("lost and repeated at random: each is applied exactly once", async () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const members = await formed({ seed });
      const follower = await pickFollower(members);
      const random = createRandom(seed);
      const faults = ["none", "loseRequest", "loseAnswer", "repeat"] as const;
      members.network.forwardFault = () => assertDefined(faults[random.below(4)], "a fault");
      const calls = Array.from({ length: 40 }, (_, n) =>
        members.plane(follower).propose(indexCreate(`i-${String(n)}`), {
          origin: "test",
          budgetMs: 30_000,
        }),
      );
      const results = await members.settle(Promise.all(calls));
      // Applied twice, the second time would have been a rejection.
      expect(results.filter(({ result }) => !result.ok)).toEqual([]);
      await members.agreement();
      expect(members.plane(follower).local().state.version).toBe(40);
      await cluster?.close();
      cluster = undefined;
    }
  });

  it("a command that the leader does not know is refused before it is in the log", async () => {
    const members = await formed();
    const leader = await members.leader();
    const follower = await pickFollower(members);
    const { epoch } = members.plane(leader).leader();
    const from = members.status(follower).memberId;
    const tag = { member: from, boot: 1, sequence: 1 };
    const forward = (command: Uint8Array): Promise<unknown> =>
      members.transport(leader).handlers.onForward({ from, epoch, command, tag, origin: "t" });
    const before = members.status(leader).lastLogIndex;
    expect(await forward(Buffer.from('{"kind":"index.fly"}'))).toMatchObject({
      accepted: false,
      code: "unimplemented",
    });
    expect(await forward(Buffer.from([0xff, 0, 1]))).toMatchObject({ accepted: false });
    expect(await forward(Buffer.alloc(2 * 1024 * 1024))).toMatchObject({
      accepted: false,
      code: "limit_exceeded",
    });
    expect(members.status(leader).lastLogIndex).toBe(before);
  });

  it("a forward that hangs does not outlast the caller's budget", async () => {
    const members = await formed();
    const follower = await pickFollower(members);
    members.network.forwardFault = () => "loseRequest";
    const startedMs = members.clock.monotonicMs();
    const call = members.plane(follower).propose(indexCreate("slow"), {
      origin: "test",
      budgetMs: 200,
    });
    expect(await members.settle(codeOf(call))).toBe("leader_lost");
    expect(members.clock.monotonicMs() - startedMs).toBeLessThan(300);
  });
});

describe("a leader that stood still", () => {
  it("does not answer a linearizable read from before the others went on", async () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const members = await formed({ seed });
      const old = await members.leader();
      members.pause(old);
      const next = await members.leader(members.others(old));
      await members.settle(members.plane(next).propose(indexCreate("new"), caller));
      const { epoch } = members.plane(old).leader();
      const read = members.plane(old).read("linearizable", caller);
      const confirmed = members.plane(old).confirmLeadership(epoch, { budgetMs: 3000 });
      members.resume(old);
      const view = await members.settle(read);
      expect(view.state.indices.has("new")).toBe(true);
      expect(await members.settle(confirmed)).toBe(false);
      await cluster?.close();
      cluster = undefined;
    }
  });

  it("does not lose or repeat what it was given before it stood still", async () => {
    const members = await formed();
    const old = await members.leader();
    const calls = Array.from({ length: 10 }, (_, n) =>
      members.plane(old).propose(indexCreate(`p-${String(n)}`), { ...caller, budgetMs: 30_000 }),
    );
    members.pause(old);
    await members.leader(members.others(old));
    await members.pass(500);
    members.resume(old);
    const results = await members.settle(Promise.all(calls));
    expect(results.every(({ result }) => result.ok)).toBe(true);
    await members.agreement();
    expect(members.plane(old).local().state.version).toBe(10);
  });
});

describe("storms", () => {
  it("proposals beyond the bound are refused at once, the others are kept", async () => {
    const members = await formed();
    const follower = await pickFollower(members);
    members.isolate(follower);
    const plane = members.plane(follower);
    await members.until("it has noticed", () => plane.leader().nodeId === "");
    const callers = new Callers();
    const calls = Array.from({ length: waitingProposalsMax }, (_, n) =>
      codeOf(plane.propose(indexCreate(`s-${String(n)}`), { origin: "test", ...callers.next() })),
    );
    expect(await codeOf(plane.propose(indexCreate("over"), caller))).toBe("overloaded");
    callers.leave();
    expect(new Set(await members.settle(Promise.all(calls)))).toEqual(new Set(["no_leader"]));
    members.network.heal();
    await members.settle(plane.propose(indexCreate("after"), caller));
  });

  it("reads that nobody waits for any more do not count against those that come", async () => {
    const members = await formed();
    const follower = await pickFollower(members);
    members.isolate(follower);
    const plane = members.plane(follower);
    await members.until("it has noticed", () => plane.leader().nodeId === "");
    const callers = new Callers();
    const all = Array.from({ length: waitingReadsMax + 1 }, () =>
      codeOf(plane.read("linearizable", callers.next())),
    );
    await members.pass(1);
    callers.leave();
    const codes = await members.settle(Promise.all(all));
    expect(codes.filter((code) => code === "overloaded")).toHaveLength(1);
    const next = codeOf(plane.read("linearizable", { budgetMs: 10 }));
    expect(await members.settle(next)).toBe("no_leader");
    members.network.heal();
    await members.settle(plane.read("linearizable", caller));
  });

  it("a flood of messages is dropped and counted, and the member goes on", async () => {
    const members = await formed();
    const leader = await members.leader();
    const to = members.status(leader).memberId;
    const random = createRandom(3);
    const flood = Array.from({ length: 40_000 }, () => strangeMessage(random, to));
    members.transport(leader).handlers.onMessages(flood);
    expect(members.status(leader).droppedMessages).toBeGreaterThan(20_000);
    await members.settle(members.plane(leader).propose(indexCreate("after"), caller));
    await members.agreement();
  });
});

/** Callers without a deadline, who all leave at once. */
class Callers {
  readonly #controllers: AbortController[] = [];

  next(): CallOptions {
    const controller = new AbortController();
    this.#controllers.push(controller);
    return { budgetMs: undefined, signal: controller.signal };
  }

  leave(): void {
    for (const controller of this.#controllers) controller.abort();
  }
}

/** Well-formed, from nobody in the cluster, of terms that are over. */
function strangeMessage(random: Random, to: number): Message {
  const below = (bound: number): number => random.below(bound);
  const base = { from: 1 + below(1000), to, term: 0 };
  const membership = {
    voters: [to],
    votersOutgoing: [],
    learners: [],
    learnersNext: [],
    autoLeave: false,
  };
  const kinds: readonly Message[] = [
    { ...base, kind: "heartbeat", commit: below(100), readRound: below(9) },
    { ...base, kind: "readIndex", requestId: below(100) },
    { ...base, kind: "readIndexResponse", requestId: below(100), logIndex: below(100) },
    { ...base, kind: "voteResponse", reject: below(2) === 0, commit: below(50), commitTerm: 1 },
    {
      ...base,
      kind: "append",
      prevLogIndex: below(50),
      prevLogTerm: 1,
      entries: [],
      commit: below(50),
    },
    { ...base, kind: "snapshot", snapshot: { logIndex: 1000 + below(9), term: 1, membership } },
    { ...base, kind: "transferLeader" },
    { ...base, kind: "timeoutNow" },
  ];
  return assertDefined(kinds[below(kinds.length)], "a message");
}

describe("stopping", () => {
  it("at any moment of anything: every call ends, nothing is thrown into the void", async () => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const members = await MemberCluster.start({ size: 3, seed, snapshot: often });
      cluster = members;
      const random = createRandom(seed);
      const calls: Promise<unknown>[] = [];
      const ask = (): void => {
        for (const at of members.members) {
          const plane = members.plane(at);
          const budgetMs = random.below(3) === 0 ? undefined : 8000;
          const name = `c-${String(calls.length)}`;
          calls.push(codeOf(plane.propose(indexCreate(name), { origin: "test", budgetMs })));
          calls.push(codeOf(plane.read("linearizable", { budgetMs })));
          calls.push(plane.confirmLeadership(plane.leader().epoch, { budgetMs: 8000 }));
        }
      };
      ask();
      await members.pass(random.below(3000));
      for (let n = 0; n < 20; n += 1) ask();
      await members.pass(random.below(60));
      for (const at of members.members) await members.stop(at);
      await members.settle(Promise.all(calls));
      await members.close();
      cluster = undefined;
    }
  });

  it("while a cluster is still being formed", async () => {
    const members = await MemberCluster.start({ size: 3 });
    cluster = members;
    await members.stop(0);
    const joined = codeOf(members.joined(1));
    const write = codeOf(
      members.plane(1).propose(indexCreate("never"), { origin: "test", budgetMs: undefined }),
    );
    await members.pass(1000);
    await members.stop(1);
    expect(await members.settle(joined)).toBe("stopping");
    expect(await members.settle(write)).toBe("stopping");
  });
});

describe("at random", () => {
  it("cuts, pauses and restarts under writes: nothing acknowledged is lost or applied twice", async () => {
    for (let seed = 1; seed <= 8; seed += 1) {
      const members = await formed({ seed, snapshot: often });
      const random = createRandom(seed * 7919);
      const acknowledged: string[] = [];
      const calls: Promise<void>[] = [];
      for (let round = 0; round < 12; round += 1) {
        for (const at of members.members) {
          for (let n = 0; n < 6; n += 1) {
            const name = `r-${String(round)}-${String(at)}-${String(n)}`;
            const call = members.plane(at).propose(indexCreate(name), caller);
            calls.push(
              call.then(
                ({ result }) => {
                  expect(result.ok).toBe(true);
                  acknowledged.push(name);
                },
                () => undefined,
              ),
            );
          }
        }
        await disturb(members, random);
      }
      members.network.heal();
      await members.settle(Promise.all(calls));
      await members.leader();
      const view = await members.settle(members.plane(0).read("linearizable", caller));
      for (const name of acknowledged) expect(view.state.indices.has(name)).toBe(true);
      expect(acknowledged.length).toBeGreaterThan(50);
      await members.agreement();
      await members.close();
      cluster = undefined;
    }
  });
});

/** One thing goes wrong for a while. */
async function disturb(members: MemberCluster, random: Random): Promise<void> {
  const below = (bound: number): number => random.below(bound);
  const at = below(3);
  switch (below(4)) {
    case 0:
      members.isolate(at);
      await members.pass(below(2500));
      members.network.heal();
      break;
    case 1:
      members.pause(at);
      await members.pass(below(2500));
      members.resume(at);
      break;
    case 2:
      await members.stop(at);
      await members.pass(below(1500));
      await members.restart(at);
      await members.settle(members.joined(at));
      break;
    default:
      members.network.drops = () => below(5) === 0;
      await members.pass(below(1500));
      members.network.drops = undefined;
  }
}
