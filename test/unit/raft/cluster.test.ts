/**
 * Several members that talk to each other, by section of the Raft paper (5.2 elections, 5.3
 * replication, 5.4 safety) and of the dissertation (6.2, 9.6). The wire delivers in order unless
 * it is cut; every step is watched by the checker of test/support/raft.
 */
import { describe, expect, it } from "vitest";
import type { MemberId, Message, RaftConfig, RaftView } from "../../../src/raft/types.js";
import { SimCluster } from "../../support/raft/cluster.js";
import type { DiskLog } from "../../support/raft/cluster.js";

const preVoting: readonly Partial<RaftConfig>[] = [
  { preVote: false, checkQuorum: false },
  { preVote: true, checkQuorum: false },
];

function clusterOf(
  size: number,
  config: Partial<RaftConfig>,
  logs?: Readonly<Record<MemberId, DiskLog>>,
): SimCluster {
  const voters = Array.from({ length: size }, (_, at) => at + 1);
  return new SimCluster({ voters, seed: 11, config, ...(logs === undefined ? {} : { logs }) });
}

function viewOf(cluster: SimCluster, id: MemberId): RaftView {
  return cluster.member(id).node.inspect();
}

function campaign(cluster: SimCluster, id: MemberId): void {
  cluster.member(id).node.stepLocal({ kind: "hup" });
  cluster.settle();
}

function cut(cluster: SimCluster, a: MemberId, b: MemberId): void {
  cluster.setCut(a, b, "cut");
  cluster.setCut(b, a, "cut");
}

function isolate(cluster: SimCluster, id: MemberId): void {
  for (const other of cluster.members.keys()) if (other !== id) cut(cluster, id, other);
}

function propose(cluster: SimCluster, id: MemberId, text: string): boolean {
  const { ok } = cluster.member(id).node.propose([new TextEncoder().encode(text)]);
  cluster.settle();
  return ok;
}

function termsOf(cluster: SimCluster, id: MemberId): readonly (number | undefined)[] {
  const { firstLogIndex, lastLogIndex } = viewOf(cluster, id);
  const count = lastLogIndex - firstLogIndex + 1;
  return Array.from({ length: count }, (_, at) =>
    cluster.member(id).node.termAt(firstLogIndex + at),
  );
}

/** What a member has applied, empty entries left out. */
function textsOf(cluster: SimCluster, id: MemberId): readonly string[] {
  const entries = [...cluster.member(id).state.values()].filter(({ data }) => data.length > 0);
  return entries.map(({ data }) => new TextDecoder().decode(data));
}

function tick(cluster: SimCluster, count: number): void {
  for (let at = 0; at < count; at += 1) cluster.tickAll();
}

describe.each(preVoting)("an election with %j (5.2, 9.6)", (config) => {
  const campaigner = config.preVote === true ? "preCandidate" : "candidate";
  it.each([
    { size: 3, down: [], elected: true },
    { size: 3, down: [2], elected: true },
    { size: 3, down: [2, 3], elected: false },
    { size: 4, down: [2, 3], elected: false },
    { size: 5, down: [2, 3], elected: true },
    { size: 5, down: [3, 4, 5], elected: false },
  ])("of $size without $down is won: $elected", ({ size, down, elected }) => {
    const cluster = clusterOf(size, config);
    for (const id of down) cluster.member(id).crash(0);
    campaign(cluster, 1);
    expect(viewOf(cluster, 1).role).toBe(elected ? "leader" : campaigner);
    expect(viewOf(cluster, 1).term).toBe(elected || campaigner === "candidate" ? 1 : 0);
  });

  it("is won with a log that is ahead of a majority's, and lost behind it", () => {
    const logs = { 1: { terms: [1] }, 2: { terms: [1, 1] }, 3: { terms: [1, 1] } };
    const cluster = clusterOf(5, config, logs);
    campaign(cluster, 1);
    expect(viewOf(cluster, 1)).toMatchObject({ role: "leader" });
    const behind = clusterOf(3, config, logs);
    campaign(behind, 1);
    expect(viewOf(behind, 1)).toMatchObject({ role: "follower" });
  });

  it("can be won by each member in turn", () => {
    const cluster = clusterOf(3, config);
    for (const id of [1, 2, 3, 1]) {
      campaign(cluster, id);
      expect(cluster.leader?.id).toBe(id);
      const leaders = [1, 2, 3].map((other) => viewOf(cluster, other).leader);
      expect(leaders).toEqual([id, id, id]);
    }
  });

  it("overwrites entries of a later term that no majority has (5.4)", () => {
    // Members 1, 2 and 4 missed the election of 3 in term 2, which wrote to its own disk alone.
    const logs = {
      1: { terms: [1], term: 2 },
      2: { terms: [1], term: 2 },
      3: { terms: [2], term: 2 },
      4: { terms: [], term: 2 },
      5: { terms: [], term: 2 },
    };
    const cluster = clusterOf(5, config, logs);
    campaign(cluster, 1);
    expect(viewOf(cluster, 1)).toMatchObject({ role: "leader", term: 3 });
    for (const id of [1, 2, 3, 4, 5]) expect(termsOf(cluster, id)).toEqual([1, 3]);
  });
});

describe("replication in a cluster (5.3)", () => {
  it("brings every proposal to everybody, in one order", () => {
    const cluster = clusterOf(3, {});
    campaign(cluster, 1);
    for (const text of ["a", "b"]) expect(propose(cluster, 1, text)).toBe(true);
    campaign(cluster, 2);
    tick(cluster, 30);
    const leader = cluster.leader?.id ?? 0;
    expect(propose(cluster, leader, "c")).toBe(true);
    for (const id of [1, 2, 3]) expect(textsOf(cluster, id)).toEqual(["a", "b", "c"]);
  });

  it.each([
    { size: 3, down: [], committed: true },
    { size: 3, down: [2], committed: true },
    { size: 3, down: [2, 3], committed: false },
    { size: 4, down: [3, 4], committed: false },
    { size: 5, down: [4, 5], committed: true },
  ])("among $size without $down commits: $committed", ({ size, down, committed }) => {
    const cluster = clusterOf(size, { checkQuorum: false });
    campaign(cluster, 1);
    for (const id of down) cluster.member(id).crash(0);
    propose(cluster, 1, "x");
    expect(viewOf(cluster, 1).commit).toBe(committed ? 2 : 1);
  });

  it("takes proposals at a follower where they are forwarded", () => {
    for (const proposalForwarding of [true, false]) {
      const cluster = clusterOf(3, { proposalForwarding });
      campaign(cluster, 1);
      expect(propose(cluster, 2, "x")).toBe(proposalForwarding);
      expect(textsOf(cluster, 3)).toEqual(proposalForwarding ? ["x"] : []);
    }
  });

  it("commits old entries only with one of the new term (5.4.2)", () => {
    const cluster = clusterOf(5, { preVote: false, checkQuorum: false });
    campaign(cluster, 1);
    for (const id of [3, 4, 5]) cut(cluster, 1, id);
    propose(cluster, 1, "old");
    propose(cluster, 1, "older");
    expect(viewOf(cluster, 1).commit).toBe(1);
    cluster.healAll();
    // Nothing that carries an entry of the new term gets through, so nothing is committed.
    const carriesNew = (message: Message): boolean =>
      message.kind === "append" && message.entries.some(({ term }) => term === 2);
    cluster.member(2).node.stepLocal({ kind: "hup" });
    for (let round = 0; round < 50; round += 1) {
      for (const member of cluster.live) member.settle();
      for (const message of cluster.wire.splice(0)) {
        if (!carriesNew(message)) cluster.deliver(message);
      }
    }
    expect(viewOf(cluster, 2)).toMatchObject({ role: "leader", term: 2, commit: 1 });
    tick(cluster, 2);
    propose(cluster, 2, "new");
    expect(viewOf(cluster, 2)).toMatchObject({ commit: 5 });
    expect(textsOf(cluster, 5)).toEqual(["old", "older", "new"]);
  });

  it("survives messages of an old leader that arrive late", () => {
    const cluster = clusterOf(3, { preVote: false, checkQuorum: false });
    campaign(cluster, 1);
    cluster.member(1).node.propose([new Uint8Array([1])]);
    cluster.member(1).pump();
    const late = cluster.wire.splice(0);
    campaign(cluster, 2);
    campaign(cluster, 1);
    propose(cluster, 1, "x");
    const before = [1, 2, 3].map((id) => termsOf(cluster, id));
    cluster.wire.push(...late);
    cluster.settle();
    expect([1, 2, 3].map((id) => termsOf(cluster, id))).toEqual(before);
  });

  it("survives appends that arrive in reverse, twice", () => {
    const cluster = clusterOf(2, {});
    campaign(cluster, 1);
    for (let at = 0; at < 6; at += 1) {
      cluster.member(1).node.propose([new Uint8Array([at])]);
      cluster.member(1).pump();
    }
    cluster.wire = [...cluster.wire].reverse().flatMap((message) => [message, message]);
    cluster.settle();
    tick(cluster, 2);
    expect(viewOf(cluster, 2)).toMatchObject({ commit: 7, lastLogIndex: 7 });
  });

  it("brings a member back that missed more than the log still holds (7)", () => {
    const cluster = clusterOf(3, {});
    campaign(cluster, 1);
    isolate(cluster, 3);
    for (let at = 0; at < 20; at += 1) propose(cluster, 1, String(at));
    cluster.member(1).compact(0);
    cluster.healAll();
    tick(cluster, 3);
    propose(cluster, 1, "last");
    expect(viewOf(cluster, 3)).toMatchObject({ commit: 22, snapshotLogIndex: 21 });
    expect(textsOf(cluster, 3)).toEqual(["last"]);
  });
});

describe("candidates that compete (5.2)", () => {
  it("settle on the one with the more complete log", () => {
    const cluster = clusterOf(3, { preVote: false, checkQuorum: false });
    cut(cluster, 1, 3);
    campaign(cluster, 1);
    campaign(cluster, 3);
    expect(viewOf(cluster, 1).role).toBe("leader");
    expect(viewOf(cluster, 3).role).toBe("candidate");
    cluster.healAll();
    // The second candidate's term is higher, but its log is not: all it can do is disturb.
    campaign(cluster, 3);
    expect([1, 2, 3].map((id) => viewOf(cluster, id).role)).toEqual(Array(3).fill("follower"));
    expect(viewOf(cluster, 1).term).toBe(2);
    tick(cluster, 60);
    expect(cluster.leader?.id).not.toBe(3);
    expect(termsOf(cluster, 3)).toEqual(termsOf(cluster, 1));
  });

  it("do not disturb the leader at all with pre-votes (9.6)", () => {
    const cluster = clusterOf(3, { preVote: true, checkQuorum: false });
    cut(cluster, 1, 3);
    campaign(cluster, 1);
    campaign(cluster, 3);
    cluster.healAll();
    campaign(cluster, 3);
    expect(viewOf(cluster, 1)).toMatchObject({ role: "leader", term: 1 });
    expect(viewOf(cluster, 3).term).toBeLessThanOrEqual(1);
  });

  it("give way to a leader of their term", () => {
    const cluster = clusterOf(3, { preVote: false, checkQuorum: false });
    isolate(cluster, 1);
    campaign(cluster, 1);
    campaign(cluster, 3);
    expect(viewOf(cluster, 1)).toMatchObject({ role: "candidate", term: 1 });
    expect(viewOf(cluster, 3)).toMatchObject({ role: "leader", term: 1 });
    cluster.healAll();
    tick(cluster, 1);
    propose(cluster, 3, "x");
    expect(viewOf(cluster, 1)).toMatchObject({ role: "follower", leader: 3, term: 1 });
    expect(textsOf(cluster, 1)).toEqual(["x"]);
  });

  it.each([true, false])("that split the vote resolve it, pre-vote %s", (preVote) => {
    const cluster = clusterOf(3, { preVote });
    campaign(cluster, 1);
    cluster.member(1).crash(0);
    tick(cluster, 12);
    cluster.member(2).node.stepLocal({ kind: "hup" });
    cluster.member(3).node.stepLocal({ kind: "hup" });
    cluster.settle();
    tick(cluster, 60);
    expect([2, 3]).toContain(cluster.leader?.id);
    expect(cluster.leader?.node.inspect().term).toBeLessThanOrEqual(4);
  });
});

describe("a member that was away (4.2.3, 6.2, 9.6)", () => {
  const safe = { preVote: true, checkQuorum: true };

  it("with pre-votes comes back in its old term and follows", () => {
    const cluster = clusterOf(3, safe);
    campaign(cluster, 1);
    isolate(cluster, 3);
    tick(cluster, 100);
    expect(viewOf(cluster, 3)).toMatchObject({ role: "preCandidate", term: 1 });
    cluster.healAll();
    tick(cluster, 30);
    expect(viewOf(cluster, 1)).toMatchObject({ role: "leader", term: 1 });
    expect(viewOf(cluster, 3)).toMatchObject({ role: "follower", leader: 1 });
  });

  it("without them comes back in a later term, and the cluster moves there", () => {
    const cluster = clusterOf(3, { preVote: false, checkQuorum: true });
    campaign(cluster, 1);
    isolate(cluster, 3);
    tick(cluster, 50);
    const { term } = viewOf(cluster, 3);
    expect(term).toBeGreaterThan(1);
    cluster.healAll();
    tick(cluster, 60);
    const leader = cluster.leader?.node.inspect();
    expect(leader?.term).toBeGreaterThan(term);
    for (const id of [1, 2, 3]) expect(viewOf(cluster, id).leader).toBe(leader?.memberId);
  });

  it("as leader without a quorum steps down, and the others elect the next in time", () => {
    const cluster = clusterOf(3, safe);
    campaign(cluster, 1);
    isolate(cluster, 1);
    tick(cluster, 10);
    tick(cluster, 30);
    expect(viewOf(cluster, 1).role).not.toBe("leader");
    expect([2, 3]).toContain(cluster.leader?.id);
    const before = cluster.leader?.id;
    cluster.healAll();
    tick(cluster, 30);
    expect(cluster.leader?.id).toBe(before);
    expect(viewOf(cluster, 1)).toMatchObject({ role: "follower", leader: before });
  });

  it("with a smaller term and a longer log can still be elected", () => {
    const logs = {
      1: { terms: [1, 1], term: 1 },
      2: { terms: [1], term: 9 },
      3: { terms: [1], term: 9 },
    };
    const cluster = clusterOf(3, safe, logs);
    cluster.member(3).crash(0);
    tick(cluster, 60);
    expect(cluster.leader?.id).toBe(1);
    expect(cluster.leader?.node.inspect().term).toBeGreaterThan(9);
  });

  it("with a higher term than all gets in step while pre-votes are being switched on", () => {
    // Member 3 still campaigned without pre-votes, so it is ahead in term and behind in its log.
    const logs = { 1: { terms: [1, 2] }, 2: { terms: [1, 2] }, 3: { terms: [1], term: 7 } };
    const cluster = clusterOf(3, safe, logs);
    tick(cluster, 80);
    expect([1, 2]).toContain(cluster.leader?.id);
    for (const id of [1, 2, 3]) expect(termsOf(cluster, id)).toEqual(termsOf(cluster, 1));
    expect(viewOf(cluster, 3).leader).toBe(cluster.leader?.id);
  });

  it("that nobody hears goes on asking for pre-votes without any effect", () => {
    const cluster = clusterOf(3, safe);
    campaign(cluster, 1);
    for (const id of [1, 2]) cluster.setCut(id, 3, "cut");
    tick(cluster, 100);
    expect(viewOf(cluster, 1)).toMatchObject({ role: "leader", term: 1 });
    expect(viewOf(cluster, 3).term).toBe(1);
  });
});

describe("a partial partition", () => {
  it.each([
    { size: 3, cuts: [[1, 2]] },
    {
      size: 5,
      cuts: [
        [1, 2],
        [1, 3],
      ],
    },
    {
      size: 5,
      cuts: [
        [1, 2],
        [2, 3],
        [3, 4],
        [4, 5],
        [5, 1],
      ],
    },
  ] as const)("of $size that cuts $cuts comes to a stable leader", ({ size, cuts }) => {
    const cluster = clusterOf(size, { preVote: true, checkQuorum: true });
    campaign(cluster, 1);
    for (const [a, b] of cuts) cut(cluster, a, b);
    tick(cluster, 200);
    const leader = cluster.leader?.node.inspect();
    tick(cluster, 200);
    expect(cluster.leader?.node.inspect()).toMatchObject({
      memberId: leader?.memberId,
      term: leader?.term,
    });
    expect(propose(cluster, leader?.memberId ?? 0, "x")).toBe(true);
  });
});

describe("a cluster of one", () => {
  it.each([true, false])("leads and commits by itself, pre-vote %s", (preVote) => {
    const cluster = clusterOf(1, { preVote });
    tick(cluster, 25);
    expect(propose(cluster, 1, "x")).toBe(true);
    expect(textsOf(cluster, 1)).toEqual(["x"]);
    expect(cluster.read(1)).toBeGreaterThan(0);
    cluster.settle();
    expect(cluster.answeredReads).toMatchObject([{ logIndex: 2 }]);
  });
});
