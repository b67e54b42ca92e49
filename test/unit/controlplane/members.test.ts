/** Members come, become voters, are replaced and go, while the cluster works. */
import { afterEach, describe, expect, it } from "vitest";

import { FatalError } from "../../../src/base/errors.js";
import type {
  MemberOperation,
  MemberOutcome,
  MembersView,
} from "../../../src/controlplane/admin.js";
import { codeOf } from "../../contract/control-plane.suite.js";
import { MemberCluster, type ClusterOptions } from "../../support/controlplane/member-cluster.js";
import { indexCreate } from "../../support/state/commands.js";

const call = { budgetMs: 20_000 } as const;
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

function administer(
  members: MemberCluster,
  at: number,
  operation: MemberOperation,
): Promise<MemberOutcome> {
  return members.settle(members.member(at).admin.administer(operation, call));
}

function list(members: MemberCluster, at: number): Promise<MembersView> {
  return members.settle(members.member(at).admin.members(call));
}

/** Node ids with "*" for voters, in order. */
function shortly({ members }: MembersView): string[] {
  return members
    .map(({ nodeId, suffrage }) => (suffrage === "voter" ? `${nodeId}*` : nodeId))
    .sort();
}

async function messageOf(outcome: Promise<unknown>): Promise<string> {
  return outcome.then(
    () => "none",
    (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)),
  );
}

/** Starts a member at `at`, adds it, and waits until it votes. */
async function grow(members: MemberCluster, at: number, ask = 0): Promise<void> {
  await members.startJoining(at);
  const peerAddress = members.addressOf(at);
  await administer(members, ask, { kind: "add", peerAddress, suffrage: "voter" });
  await members.settle(members.joined(at));
  await becomesVoter(members, at);
}

async function becomesVoter(members: MemberCluster, at: number): Promise<void> {
  const id = members.idOf(at);
  await members.until("it votes", () => votersAt(members, at).includes(id));
}

function votersAt(members: MemberCluster, at: number): readonly number[] {
  const known = members.transport(at).handlers.describe().members;
  return known.filter((one) => one.suffrage === "voter").map((one) => one.memberId);
}

describe("a member that joins", () => {
  it("is added from a follower, catches up, and votes only after it kept up for a while", async () => {
    const members = await formed();
    const leader = await members.leader();
    await members.settle(members.plane(leader).propose(indexCreate("before"), caller));
    await members.startJoining(3);
    const follower = members.others(leader)[0] ?? 0;
    const peerAddress = members.addressOf(3);
    const outcome = await administer(members, follower, {
      ...{ kind: "add", peerAddress, suffrage: "voter" },
    });
    expect(shortly(outcome.after)).toEqual(["m1*", "m2*", "m3*", "m4"]);
    const addedMs = members.clock.monotonicMs();
    await members.settle(members.joined(3));
    await members.until("it has applied all", () => {
      const { state } = members.plane(3).local();
      return state.version === members.plane(leader).local().state.version;
    });
    expect(outcome.memberId).toBe(members.idOf(3));
    await becomesVoter(members, 3);
    expect(members.clock.monotonicMs() - addedMs).toBeGreaterThanOrEqual(5000);
    expect(shortly(await list(members, 3))).toEqual(["m1*", "m2*", "m3*", "m4*"]);
    const written = await members.settle(members.plane(3).propose(indexCreate("after"), caller));
    expect(written.result.ok).toBe(true);
    await members.agreement([0, 1, 2, 3]);
  });

  it("as a learner stays one until an operator promotes it", async () => {
    const members = await formed();
    await members.startJoining(3);
    const peerAddress = members.addressOf(3);
    await administer(members, 0, { kind: "add", peerAddress, suffrage: "learner" });
    await members.settle(members.joined(3));
    await members.pass(8000);
    expect(shortly(await list(members, 1))).toEqual(["m1*", "m2*", "m3*", "m4"]);
    const memberId = members.idOf(3);
    const { after } = await administer(members, 2, { kind: "promote", memberId });
    expect(after.members.find((one) => one.memberId === memberId)?.promotes).toBe(true);
    await becomesVoter(members, 3);
    const again = administer(members, 1, { kind: "promote", memberId });
    expect(await messageOf(again)).toBe("m4 is a voter already");
  });

  it("that is not heard of is not promoted, with the reason", async () => {
    const members = await formed();
    await members.startJoining(3);
    const peerAddress = members.addressOf(3);
    await administer(members, 0, { kind: "add", peerAddress, suffrage: "learner" });
    await members.settle(members.joined(3));
    await members.pass(500);
    const memberId = members.idOf(3);
    await members.stop(3);
    await members.pass(1500);
    const call = administer(members, 0, { kind: "promote", memberId });
    expect(await messageOf(call)).toBe("m4 cannot be promoted: nothing is heard of it");
  });

  it("behind a compacted log gets a snapshot, and the members with it", async () => {
    const members = await formed({ snapshot: often });
    await write(members, 100);
    await grow(members, 3);
    await write(members, 60);
    await members.startJoining(4);
    const peerAddress = members.addressOf(4);
    const fetched = members.network.snapshotFetchCount;
    await administer(members, 2, { kind: "add", peerAddress, suffrage: "voter" });
    await members.settle(members.joined(4));
    await becomesVoter(members, 4);
    expect(members.network.snapshotFetchCount).toBeGreaterThan(fetched);
    await members.agreement([0, 1, 2, 3, 4]);
    expect(shortly(await list(members, 4))).toEqual(["m1*", "m2*", "m3*", "m4*", "m5*"]);
  });

  it("stopped and started again at every step, it still becomes a voter", async () => {
    const members = await formed();
    const peerAddress = members.addressOf(3);
    const again = async (): Promise<void> => {
      await members.stop(3);
      await members.startJoining(3);
    };
    await members.startJoining(3);
    const id = members.idOf(3);
    await again();
    expect(members.idOf(3)).toBe(id);
    await administer(members, 0, { kind: "add", peerAddress, suffrage: "voter" });
    await again();
    await members.settle(members.joined(3));
    await again();
    await members.settle(members.joined(3));
    await members.pass(3000);
    await again();
    await members.settle(members.joined(3));
    await becomesVoter(members, 3);
    await again();
    await members.settle(members.joined(3));
    await members.agreement([0, 1, 2, 3]);
  });

  it("is not taken in twice, nor under another one's name or address", async () => {
    const members = await formed();
    const refusalOf = (at: number, peerAddress = members.addressOf(at)): Promise<string> =>
      messageOf(administer(members, 0, { kind: "add", peerAddress, suffrage: "voter" }));
    expect(await refusalOf(9)).toContain("no member answers at 10.0.0.10:9300");
    expect(await refusalOf(1)).toContain("m2 at 10.0.0.2:9300 is a member already");
    await members.startJoining(3, { nodeId: "m2" });
    expect(await refusalOf(3)).toContain("node id m2 is that of the member at 10.0.0.2:9300");
    await members.stop(3);
    members.wipe(3);
    await members.restart(4, { peers: [members.addressOf(4), "10.0.0.77:9300"] });
    expect(await refusalOf(4)).toContain("does not wait to be added: start it with --join");
    await grow(members, 3);
    expect(await refusalOf(3)).toContain("is a member already");
  });
});

/** Creates indices, one after the other. */
async function write(members: MemberCluster, count: number, at = 0): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const name = `i-${String(members.clock.monotonicMs())}-${String(n)}`;
    await members.settle(members.plane(at).propose(indexCreate(name), caller));
  }
}

/** Callers that write all the time, each through one member. */
class Writers {
  readonly failures: string[] = [];
  writtenCount = 0;
  readonly #loops: Promise<void>[] = [];
  #going = true;

  constructor(members: MemberCluster, through: readonly number[]) {
    for (const [writer, at] of through.entries()) {
      const plane = members.plane(at);
      const loop = async (): Promise<void> => {
        for (let n = 0; this.#going; n += 1) {
          const name = `w-${String(writer)}-${String(n)}`;
          const { result } = await plane.propose(indexCreate(name), caller);
          this.writtenCount += 1;
          if (!result.ok) this.failures.push(`${name}: rejected`);
          await new Promise((resolve) => {
            members.clock.after(20, () => {
              resolve(true);
            });
          });
        }
      };
      const note = (thrown: unknown): void => {
        this.failures.push(String(thrown));
      };
      this.#loops.push(loop().catch(note));
    }
  }

  async stop(members: MemberCluster): Promise<void> {
    this.#going = false;
    await members.settle(Promise.all(this.#loops));
  }
}

/** Stops the member that was removed, once it has been told to end with 79. */
async function endsRemoved(members: MemberCluster, at: number): Promise<void> {
  await members.until("it ends", () => members.fatal.length > 0);
  const [ended, ...more] = members.takeFatal();
  expect(more).toEqual([]);
  expect(ended instanceof FatalError ? ended.exit : ended).toBe(79);
  expect(String(ended)).toContain(`member m${String(at + 1)} `);
  expect(String(ended)).toContain("start it with --join");
  await members.stop(at);
}

describe("a cluster", () => {
  it("grows from three to five and shrinks again, under writes", async () => {
    const members = await formed();
    const writers = new Writers(members, [0, 1, 2]);
    await grow(members, 3, 1);
    await grow(members, 4, 3);
    expect(shortly(await list(members, 4))).toEqual(["m1*", "m2*", "m3*", "m4*", "m5*"]);
    const leader = await members.leader([0, 1, 2, 3, 4]);
    const leaves = [3, 4].map((at) => (at === leader ? 0 : at));
    expect(writers.failures).toEqual([]);
    await writers.stop(members);
    for (const at of leaves) {
      await administer(members, leader, { kind: "remove", memberId: members.idOf(at) });
      await endsRemoved(members, at);
    }
    const rest = [0, 1, 2, 3, 4].filter((at) => !leaves.includes(at));
    const view = await list(members, rest[0] ?? 0);
    expect(view.members).toHaveLength(3);
    expect(view.removed).toHaveLength(2);
    await write(members, 5, rest[0]);
    await members.agreement(rest);
  });

  it("of one grows to three and goes on without its founder", async () => {
    const members = await formed({ size: 1 });
    await write(members, 5);
    await grow(members, 1);
    await grow(members, 2, 1);
    await administer(members, 2, { kind: "remove", memberId: members.idOf(0) });
    await endsRemoved(members, 0);
    await members.leader([1, 2]);
    await write(members, 5, 1);
    await members.agreement([1, 2]);
    const only = administer(members, 1, { kind: "remove", memberId: members.idOf(2) });
    await only;
    await endsRemoved(members, 2);
    const { message, code } = await failureOf(
      administer(members, 1, { kind: "remove", memberId: members.idOf(1) }),
    );
    expect(code).toBe("wrong_state");
    expect(message).toContain("m2 is the only voter");
    await write(members, 2, 1);
  });

  it("replaces a member under writes, and not one of them fails", async () => {
    const members = await formed();
    const leader = await members.leader();
    const [old = 0, other = 0] = members.others(leader);
    const writers = new Writers(members, [leader, leader, other, other]);
    await members.startJoining(3);
    const memberId = members.idOf(old);
    const peerAddress = members.addressOf(3);
    const outcome = await administer(members, other, { kind: "replace", memberId, peerAddress });
    expect(outcome.memberId).toBe(members.idOf(3));
    expect(outcome.after.members).toHaveLength(4);
    await endsRemoved(members, old);
    await members.pass(500);
    await writers.stop(members);
    expect(writers.failures).toEqual([]);
    expect(writers.writtenCount).toBeGreaterThan(50);
    await members.agreement([leader, other, 3]);
    const view = await list(members, 3);
    expect(view.removed).toEqual([memberId]);
    expect(view.isJoint).toBe(false);
    expect(view.members.map((one) => one.replaces)).toEqual([0, 0, 0]);
  });

  it("replaces a dead member by a new one at the same address and of the same name", async () => {
    const members = await formed();
    const leader = await members.leader();
    const [old = 0, other = 0] = members.others(leader);
    const memberId = members.idOf(old);
    await members.stop(old);
    members.wipe(old);
    await members.startJoining(old);
    expect(members.idOf(old)).not.toBe(memberId);
    const peerAddress = members.addressOf(old);
    await administer(members, other, { kind: "replace", memberId, peerAddress });
    await members.settle(members.joined(old));
    await becomesVoter(members, old);
    await members.until("the old one is gone", () =>
      members.transport(leader).handlers.describe().removed.includes(memberId),
    );
    await members.stop(other);
    await members.leader([leader, old]);
    await write(members, 3, old);
  });

  it("replaces its leader under writes, which hands over first", async () => {
    const members = await formed();
    const old = await members.leader();
    const rest = members.others(old);
    const writers = new Writers(members, rest);
    await members.startJoining(3);
    const memberId = members.idOf(old);
    const peerAddress = members.addressOf(3);
    await administer(members, old, { kind: "replace", memberId, peerAddress });
    await endsRemoved(members, old);
    await members.leader([...rest, 3]);
    await writers.stop(members);
    expect(writers.failures).toEqual([]);
    await members.agreement([...rest, 3]);
  });

  it("removes its leader, asked of anybody", async () => {
    const members = await formed();
    const old = await members.leader();
    const [at = 0, third = 0] = members.others(old);
    const { after } = await administer(members, at, {
      kind: "remove",
      memberId: members.idOf(old),
    });
    expect(after.members).toHaveLength(2);
    await endsRemoved(members, old);
    await members.leader([at, third]);
    await write(members, 3, at);
    await members.agreement([at, third]);
  });

  it("hands leadership to whom it is told, and to somebody when it is not", async () => {
    const members = await formed();
    const old = await members.leader();
    const [at = 0] = members.others(old);
    const to = members.idOf(at);
    const given = await administer(members, at, { kind: "transfer", memberId: to });
    expect(given.memberId).toBe(to);
    expect(await members.leader()).toBe(at);
    await administer(members, old, { kind: "transfer", memberId: to });
    expect(await members.leader()).toBe(at);
    await administer(members, old, { kind: "transfer", memberId: 0 });
    expect(await members.leader()).not.toBe(at);
    const nobody = await failureOf(administer(members, 0, { kind: "transfer", memberId: 4711 }));
    expect(nobody).toEqual({ code: "node_not_found", message: "there is no member 4711" });
  });

  it("started again as a whole knows its members, and who was removed", async () => {
    const members = await formed();
    await grow(members, 3);
    const leader = await members.leader([0, 1, 2, 3]);
    const gone = leader === 0 ? 1 : 0;
    await administer(members, leader, { kind: "remove", memberId: members.idOf(gone) });
    await endsRemoved(members, gone);
    const rest = [0, 1, 2, 3].filter((at) => at !== gone);
    const before = await list(members, leader);
    for (const at of rest) await members.stop(at);
    for (const at of rest) await members.restart(at);
    for (const at of rest) await members.settle(members.joined(at));
    await members.leader(rest);
    const after = await list(members, leader);
    expect(shortly(after)).toEqual(shortly(before));
    expect(after.removed).toEqual(before.removed);
    await write(members, 3, leader);
    await members.agreement(rest);
  });
});

describe("a member that was removed", () => {
  it("cannot come back: it is refused, and never votes", async () => {
    const members = await formed();
    const leader = await members.leader();
    const [gone = 0, other = 0] = members.others(leader);
    const memberId = members.idOf(gone);
    await administer(members, leader, { kind: "remove", memberId });
    await endsRemoved(members, gone);
    // It knows by itself.
    await members.restart(gone);
    await expect(members.settle(members.joined(gone))).rejects.toMatchObject({ exit: 79 });
    await members.stop(gone);
    // An older copy of its directory would not, and is told.
    members.wipe(gone);
    await members.startJoining(gone);
    expect(members.idOf(gone)).not.toBe(memberId);
    const peerAddress = members.addressOf(gone);
    await administer(members, other, { kind: "add", peerAddress, suffrage: "voter" });
    await members.settle(members.joined(gone));
    await becomesVoter(members, gone);
    const again = await failureOf(administer(members, other, { kind: "remove", memberId }));
    expect(again.message).toBe(`member ${String(memberId)} was removed already`);
  });

  it("while it was away learns of it from the first one it speaks to", async () => {
    const members = await formed();
    const leader = await members.leader();
    const [gone = 0, other = 0] = members.others(leader);
    const memberId = members.idOf(gone);
    await members.stop(gone);
    await administer(members, other, { kind: "remove", memberId });
    await write(members, 3, other);
    const { term } = members.status(leader);
    await members.restart(gone);
    await members.settle(members.joined(gone));
    await endsRemoved(members, gone);
    expect(members.status(leader)).toMatchObject({ role: "leader", term });
  });

  it("is not added again under its id, even with --join", async () => {
    const members = await formed();
    await members.startJoining(3);
    const peerAddress = members.addressOf(3);
    const memberId = members.idOf(3);
    await administer(members, 0, { kind: "add", peerAddress, suffrage: "voter" });
    await administer(members, 0, { kind: "remove", memberId });
    // It had not recorded anything yet, and finds its id among the removed ones.
    await expect(members.settle(members.joined(3))).rejects.toMatchObject({ exit: 79 });
  });
});

describe("a change of the members", () => {
  it("that would leave no reachable quorum is refused with the arithmetic", async () => {
    const members = await formed();
    const leader = await members.leader();
    const [dead = 0, other = 0] = members.others(leader);
    const byId = [leader, dead].sort((a, b) => members.idOf(a) - members.idOf(b));
    await members.stop(dead);
    await members.pass(1500);
    const failure = await failureOf(
      administer(members, other, { kind: "remove", memberId: members.idOf(other) }),
    );
    const names = byId.map((at) => `m${String(at + 1)}`).join(", ");
    expect(failure.code).toBe("wrong_state");
    expect(failure.message).toBe(
      `removing m${String(other + 1)} leaves the voters ${names}: 2 of 2 are needed, ` +
        `reachable is m${String(leader + 1)} only`,
    );
    await write(members, 2, other);
  });

  it("counts a member whose connection was just lost as gone", async () => {
    const members = await formed();
    const leader = await members.leader();
    const [dead = 0, other = 0] = members.others(leader);
    await members.stop(dead);
    const failure = await failureOf(
      administer(members, other, { kind: "remove", memberId: members.idOf(other) }),
    );
    expect(failure.code).toBe("wrong_state");
    expect(failure.message).toContain(`reachable is m${String(leader + 1)} only`);
  });

  it("waits for the one before it: a second one at once is refused", async () => {
    const members = await formed();
    await members.startJoining(3);
    await members.startJoining(4);
    const leader = await members.leader();
    const { admin } = members.member(leader);
    const both = [3, 4].map((at) =>
      failureOf(
        admin.administer(
          { kind: "add", peerAddress: members.addressOf(at), suffrage: "learner" },
          call,
        ),
      ),
    );
    const outcomes = await members.settle(Promise.all(both));
    expect(outcomes.map(({ code }) => code)).toEqual(["none", "wrong_state"]);
    expect(outcomes[1]?.message).toContain("another change of the members is under way");
  });

  it("survives a change of leader at any moment", async () => {
    for (let delayMs = 0; delayMs <= 12; delayMs += 3) {
      const members = await formed({ seed: delayMs + 1 });
      const leader = await members.leader();
      const [at = 0, third = 0] = members.others(leader);
      await members.startJoining(3);
      const adding = members
        .member(at)
        .admin.administer(
          { kind: "add", peerAddress: members.addressOf(3), suffrage: "voter" },
          { budgetMs: 60_000 },
        );
      await members.pass(delayMs);
      members.isolate(leader);
      const { memberId } = await members.settle(adding);
      expect(memberId).toBe(members.idOf(3));
      members.network.heal();
      await members.settle(members.joined(3));
      await becomesVoter(members, 3);
      const second = await members.leader([0, 1, 2, 3]);
      const asked = second === third ? at : third;
      const operation = { kind: "remove", memberId: members.idOf(3) } as const;
      const removing = members.member(asked).admin.administer(operation, { budgetMs: 60_000 });
      await members.pass(delayMs);
      if (second !== 3) members.isolate(second);
      await members.settle(removing);
      members.network.heal();
      await endsRemoved(members, 3);
      await members.agreement();
      await members.close();
      cluster = undefined;
    }
  });

  it("a replacement goes on under the next leader, joint configuration and all", async () => {
    const members = await formed();
    const leader = await members.leader();
    const [old = 0, other = 0] = members.others(leader);
    await members.startJoining(3);
    const memberId = members.idOf(old);
    await administer(members, other, {
      ...{ kind: "replace", memberId, peerAddress: members.addressOf(3) },
    });
    await members.settle(members.joined(3));
    await members.pass(3000);
    await administer(members, other, { kind: "transfer", memberId: members.idOf(other) });
    await endsRemoved(members, old);
    await members.agreement([leader, other, 3]);
    expect((await list(members, other)).isJoint).toBe(false);
  });
});

describe("a member that was away", () => {
  it("while the others were exchanged is found by a leader that it never heard of", async () => {
    const members = await formed();
    const away = members.others(await members.leader())[0] ?? 0;
    const others = members.others(away);
    await members.stop(away);
    await grow(members, 3, others[0]);
    await grow(members, 4, others[1]);
    // The leader goes first, so that a newcomer leads when the others have gone.
    for (const at of others) {
      const ask = 3;
      await administer(members, ask, { kind: "remove", memberId: members.idOf(at) });
      await endsRemoved(members, at);
    }
    await members.restart(away);
    await members.settle(members.joined(away));
    await write(members, 5, 3);
    await members.agreement([3, 4, away]);
    await write(members, 5, away);
    expect(shortly(await list(members, away))).toHaveLength(3);
  });
});

async function failureOf(
  outcome: Promise<unknown>,
): Promise<{ readonly code: string; readonly message: string }> {
  return { code: await codeOf(outcome), message: await messageOf(outcome) };
}
