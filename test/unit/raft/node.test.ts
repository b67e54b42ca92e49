/** The core through its interface: refusals, limits, what waits for durability, what is ignored. */
import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/base/random.js";
import { assertConfig, defaultRaftConfig } from "../../../src/raft/limits.js";
import { emptyMembership } from "../../../src/raft/membership.js";
import { RaftNode } from "../../../src/raft/node.js";
import type {
  AppendMessage,
  Entry,
  MemberId,
  Message,
  RaftConfig,
  Ready,
} from "../../../src/raft/types.js";

function nodeOf(voters: readonly MemberId[], config: Partial<RaftConfig> = {}): RaftNode {
  const membership = { ...emptyMembership, voters };
  return new RaftNode(
    { ...defaultRaftConfig(1, createRandom(1)), ...config },
    {
      hardState: { term: 0, vote: 0, commit: 0 },
      snapshot: { logIndex: 0, term: 0, membership },
      entries: [],
      applied: 0,
      membership,
    },
  );
}

/** Takes every Ready, makes it durable and applies it; returns what was taken. */
function settle(node: RaftNode): Ready[] {
  const taken: Ready[] = [];
  while (node.hasReady()) {
    const ready = node.ready();
    taken.push(ready);
    node.persisted(ready.mark);
    const last = ready.committed.at(-1);
    if (last !== undefined) node.applied(last.logIndex);
  }
  return taken;
}

/** Member 1 of three, elected in term 1 with the others' votes. */
function leaderOfThree(config: Partial<RaftConfig> = {}): RaftNode {
  const node = nodeOf([1, 2, 3], { preVote: false, ...config });
  node.stepLocal({ kind: "hup" });
  settle(node);
  node.step({ kind: "voteResponse", from: 2, to: 1, term: 1, reject: false });
  settle(node);
  return node;
}

function acknowledge(node: RaftNode, from: MemberId, logIndex: number): void {
  const { term } = node.inspect();
  const hints = { hintLogIndex: 0, hintTerm: 0 };
  node.step({ kind: "appendResponse", from, to: 1, term, logIndex, reject: false, ...hints });
  settle(node);
}

function payload(size: number): Uint8Array {
  return new Uint8Array(size);
}

function appendOf(
  prevLogIndex: number,
  prevLogTerm: number,
  terms: readonly number[],
): AppendMessage {
  const entries: Entry[] = terms.map((term, at) => ({
    logIndex: prevLogIndex + 1 + at,
    term,
    kind: "normal",
    data: payload(1),
  }));
  const term = terms.at(-1) ?? 1;
  return { kind: "append", from: 2, to: 1, term, prevLogIndex, prevLogTerm, entries, commit: 0 };
}

describe("a campaign", () => {
  it("asks for votes only once its own vote is durable, and counts it only then", () => {
    const node = nodeOf([1, 2, 3], { preVote: false });
    node.stepLocal({ kind: "hup" });
    const ready = node.ready();
    expect(ready.hardState).toEqual({ term: 1, vote: 1, commit: 0 });
    expect([ready.mustSync, ready.sendNow]).toEqual([true, []]);
    expect(ready.sendAfterPersist.map(({ kind, to }) => `${kind} ${String(to)}`)).toEqual([
      "vote 2",
      "vote 3",
    ]);
    node.step({ kind: "voteResponse", from: 2, to: 1, term: 1, reject: false });
    expect(node.inspect().role).toBe("candidate");
    node.persisted(ready.mark);
    expect(node.inspect().role).toBe("leader");
  });

  it("does not count its vote of an earlier term", () => {
    const node = nodeOf([1, 2, 3], { preVote: false });
    node.stepLocal({ kind: "hup" });
    const first = node.ready();
    node.stepLocal({ kind: "hup" });
    node.ready();
    node.persisted(first.mark);
    node.step({ kind: "voteResponse", from: 2, to: 1, term: 2, reject: false });
    expect(node.inspect()).toMatchObject({ role: "candidate", term: 2 });
  });

  it("is not for a learner or a stranger", () => {
    const stranger = nodeOf([2, 3]);
    for (let tick = 0; tick < 50; tick += 1) stranger.tick();
    stranger.stepLocal({ kind: "hup" });
    expect(stranger.inspect()).toMatchObject({ role: "follower", term: 0 });
  });
});

describe("a vote", () => {
  it("is given once in a term and leaves after its batch", () => {
    const node = nodeOf([1, 2, 3]);
    const request = { to: 1, term: 5, lastLogIndex: 0, lastLogTerm: 0, transfer: false };
    node.step({ kind: "vote", from: 2, ...request });
    node.step({ kind: "vote", from: 3, ...request });
    const ready = node.ready();
    expect(ready.sendNow).toEqual([]);
    expect(ready.hardState).toEqual({ term: 5, vote: 2, commit: 0 });
    expect(ready.sendAfterPersist).toMatchObject([
      { to: 2, term: 5, reject: false },
      { to: 3, term: 5, reject: true },
    ]);
  });

  it("is refused while a leader is heard of, except for a transfer", () => {
    const node = nodeOf([1, 2, 3]);
    node.step({ kind: "heartbeat", from: 2, to: 1, term: 1, commit: 0, readRound: 0 });
    settle(node);
    const request = { from: 3, to: 1, term: 2, lastLogIndex: 0, lastLogTerm: 0 };
    node.step({ kind: "vote", ...request, transfer: false });
    expect(node.inspect()).toMatchObject({ term: 1, leader: 2 });
    node.step({ kind: "vote", ...request, transfer: true });
    expect(node.inspect()).toMatchObject({ term: 2, vote: 3 });
  });
});

describe("a proposal", () => {
  it.each([
    { leader: 0, reason: "noLeader" },
    { leader: 2, reason: "notLeader" },
  ])("without leading, knowing leader $leader, is refused as $reason", ({ leader, reason }) => {
    const node = nodeOf([1, 2, 3]);
    if (leader > 0) {
      node.step({ kind: "heartbeat", from: leader, to: 1, term: 1, commit: 0, readRound: 0 });
    }
    expect(node.propose([payload(1)])).toEqual({ ok: false, reason });
  });

  it("is forwarded where the option allows it", () => {
    const node = nodeOf([1, 2, 3], { proposalForwarding: true });
    node.step({ kind: "heartbeat", from: 2, to: 1, term: 1, commit: 0, readRound: 0 });
    expect(node.propose([payload(3)])).toEqual({ ok: true, firstLogIndex: 0, term: 0 });
    const sent = node.ready().sendNow.filter(({ kind }) => kind === "propose");
    expect(sent).toMatchObject([{ to: 2, term: 0, entries: [{ kind: "normal" }] }]);
  });

  it("gets consecutive positions, all or none", () => {
    const node = leaderOfThree();
    expect(node.propose([payload(1), payload(2)])).toEqual({ ok: true, firstLogIndex: 2, term: 1 });
    expect(node.inspect().lastLogIndex).toBe(3);
  });

  it("is refused while too much waits for commit, and accepted again afterwards, many times", () => {
    const node = leaderOfThree({ uncommittedBytesMax: 100 });
    for (let round = 0; round < 20; round += 1) {
      expect(node.propose([payload(60)]).ok).toBe(true);
      expect(node.propose([payload(60)])).toEqual({ ok: false, reason: "uncommittedFull" });
      expect(node.propose([payload(0)]).ok).toBe(true);
      acknowledge(node, 2, node.inspect().lastLogIndex);
      expect(node.inspect().commit).toBe(node.inspect().lastLogIndex);
    }
  });

  it("of any size is accepted when nothing waits", () => {
    const node = leaderOfThree({ uncommittedBytesMax: 100 });
    expect(node.propose([payload(5000)]).ok).toBe(true);
  });

  it("many between two Readys travel in one append", () => {
    const node = leaderOfThree();
    acknowledge(node, 2, 1);
    node.propose([payload(1)]);
    node.propose([payload(1)]);
    const sent = node.ready().sendNow.filter(({ to }) => to === 2);
    expect(sent).toMatchObject([{ kind: "append", prevLogIndex: 1, entries: [{}, {}] }]);
  });
});

describe("a membership change", () => {
  const steps = [{ kind: "addLearner", member: 4 }] as const;
  const change = { transition: "auto", steps, context: payload(0) } as const;

  it("waits until everything from before the election is applied", () => {
    const node = nodeOf([1, 2, 3], { preVote: false });
    node.step(appendOf(0, 0, [1, 1]));
    settle(node);
    node.stepLocal({ kind: "forgetLeader" });
    node.stepLocal({ kind: "hup" });
    settle(node);
    node.step({ kind: "voteResponse", from: 3, to: 1, term: 2, reject: false });
    settle(node);
    expect(node.proposeMembership(change)).toEqual({ ok: false, reason: "unapplied" });
    acknowledge(node, 3, 3);
    expect(node.proposeMembership(change)).toMatchObject({ ok: true, firstLogIndex: 4 });
    expect(node.proposeMembership(change)).toEqual({ ok: false, reason: "changePending" });
    expect(node.inspect().membership.learners).toEqual([]);
    acknowledge(node, 3, 4);
    expect(node.inspect().membership.learners).toEqual([4]);
  });

  it("that makes no sense is refused before it is in the log", () => {
    const node = leaderOfThree();
    acknowledge(node, 2, 1);
    const leave = { transition: "auto", steps: [], context: payload(0) } as const;
    expect(node.proposeMembership(leave)).toEqual({ ok: false, reason: "invalidChange" });
    const nobody = [{ kind: "remove", member: 0 }] as const;
    expect(node.proposeMembership({ ...change, steps: nobody }).ok).toBe(false);
    expect(node.inspect().lastLogIndex).toBe(1);
  });
});

describe("what is committed", () => {
  it("is handed out only when it is durable here", () => {
    const node = leaderOfThree();
    acknowledge(node, 2, 1);
    node.propose([payload(1)]);
    const ready = node.ready();
    const { term } = node.inspect();
    for (const from of [2, 3]) {
      const rest = { reject: false, hintLogIndex: 0, hintTerm: 0 };
      node.step({ kind: "appendResponse", from, to: 1, term, logIndex: 2, ...rest });
    }
    expect(node.inspect()).toMatchObject({ commit: 2, stableLogIndex: 1 });
    expect(node.ready().committed).toEqual([]);
    node.persisted(ready.mark);
    expect(node.ready().committed.map(({ logIndex }) => logIndex)).toEqual([2]);
  });

  it("asks for no sync when nothing but the position moved", () => {
    const node = nodeOf([1, 2, 3]);
    node.step(appendOf(0, 0, [1]));
    settle(node);
    node.step({ kind: "heartbeat", from: 2, to: 1, term: 1, commit: 1, readRound: 0 });
    const ready = node.ready();
    expect([ready.hardState?.commit, ready.mustSync]).toEqual([1, false]);
  });
});

describe("a follower's commit position", () => {
  it("stays within what the append has shown to match", () => {
    const node = nodeOf([1, 2, 3]);
    node.step(appendOf(0, 0, [1, 1, 1]));
    settle(node);
    node.step({ ...appendOf(1, 1, []), from: 3, term: 2, commit: 3 });
    expect(node.inspect()).toMatchObject({ leader: 3, commit: 1, lastLogIndex: 3 });
    node.step({ ...appendOf(1, 1, [2]), from: 3, commit: 3 });
    expect(node.inspect()).toMatchObject({ commit: 2, lastLogIndex: 2 });
  });
});

describe("a read", () => {
  it("is refused without a leader and forwarded with one", () => {
    const node = nodeOf([1, 2, 3]);
    expect(node.readIndex(1)).toEqual({ ok: false, reason: "noLeader" });
    node.step({ kind: "heartbeat", from: 2, to: 1, term: 1, commit: 0, readRound: 0 });
    expect(node.readIndex(2)).toEqual({ ok: true });
    const sent = node.ready().sendNow.filter(({ kind }) => kind === "readIndex");
    expect(sent).toMatchObject([{ to: 2, from: 1, requestId: 2 }]);
  });

  it("is held until an entry of the term is committed, and one round answers many", () => {
    const node = leaderOfThree();
    node.readIndex(1);
    node.readIndex(2);
    expect(settle(node).flatMap(({ readStates }) => readStates)).toEqual([]);
    acknowledge(node, 2, 1);
    node.step({ kind: "heartbeatResponse", from: 3, to: 1, term: 1, readRound: 1 });
    const answers = settle(node).flatMap(({ readStates }) => readStates);
    expect(answers).toEqual([
      { requestId: 1, logIndex: 1 },
      { requestId: 2, logIndex: 1 },
    ]);
  });

  it("is not answered by a round that began before it", () => {
    const node = leaderOfThree();
    acknowledge(node, 2, 1);
    node.readIndex(1);
    settle(node);
    node.readIndex(2);
    settle(node);
    node.step({ kind: "heartbeatResponse", from: 2, to: 1, term: 1, readRound: 1 });
    const early = settle(node).flatMap(({ readStates }) => readStates);
    expect(early.map(({ requestId }) => requestId)).toEqual([1]);
    node.step({ kind: "heartbeatResponse", from: 2, to: 1, term: 1, readRound: 1 });
    expect(settle(node).flatMap(({ readStates }) => readStates)).toEqual([]);
    node.step({ kind: "heartbeatResponse", from: 3, to: 1, term: 1, readRound: 99 });
    expect(settle(node).flatMap(({ readStates }) => readStates)).toEqual([]);
  });
});

describe("messages that cannot be", () => {
  const append = appendOf(0, 0, [1]);
  const rows: readonly (readonly [string, Message])[] = [
    ["for another member", { ...append, to: 3 }],
    ["from itself", { ...append, from: 1 }],
    ["from nobody", { ...append, from: 0 }],
    ["without a term", { ...append, term: 0 }],
    ["of a broken term", { ...append, term: Number.NaN }],
    ["with a gap in the entries", { ...append, prevLogIndex: 1 }],
    ["with entries of a later term", appendOfTerm(1, 2)],
    ["with falling terms", { ...append, prevLogTerm: 4, term: 9 }],
  ];
  it.each(rows)("%s change nothing", (_, message) => {
    const node = nodeOf([1, 2, 3]);
    const before = node.inspect();
    node.step(message);
    expect(node.inspect()).toEqual(before);
    expect(node.hasReady()).toBe(false);
    node.stepLocal({ kind: "hup" });
    expect(node.ready().events[0]?.event).toBe("message-ignored");
  });

  it("such as a commit position beyond the log are not answered", () => {
    const node = nodeOf([1, 2, 3]);
    node.step({ kind: "heartbeat", from: 2, to: 1, term: 1, commit: 9, readRound: 0 });
    expect(node.inspect().commit).toBe(0);
    expect(node.ready().sendNow).toEqual([]);
  });

  it("such as an acknowledgement beyond the log do not count", () => {
    const node = leaderOfThree();
    acknowledge(node, 2, 9);
    expect(node.inspect().commit).toBe(0);
  });
});

describe("a configuration", () => {
  const config = defaultRaftConfig(1, createRandom(1));
  it.each([
    [{ memberId: 0 }, "positive"],
    [{ electionTimeoutTicks: 1 }, "more frequent"],
    [{ inflightBytesMax: 1 }, "fits into"],
    [{ appendEntriesCountMax: 0 }, "at least one entry"],
    [{ uncommittedBytesMax: -1 }, "not negative"],
  ])("with %j is refused", (change, message) => {
    expect(() => {
      assertConfig({ ...config, ...change });
    }).toThrow(message);
  });
});

/** An append whose entry claims a later term than its sender. */
function appendOfTerm(term: number, entryTerm: number): Message {
  return { ...appendOf(0, 0, [entryTerm]), term };
}
