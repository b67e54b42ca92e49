/**
 * Members talking over real connections on loopback. Their clocks stand still: what happens here
 * happens because of what was said, not because a back-off ended.
 */
import { afterEach, describe, expect, it } from "vitest";

import { assertDefined } from "../../../src/base/assert.js";
import type { Message } from "../../../src/raft/types.js";
import { GrpcTransport } from "../../../src/transport/grpc-transport.js";
import type { ClusterPeers, PeerHandlers } from "../../../src/transport/types.js";
import { silentLogger } from "../../support/controlplane/silent-logger.js";
import { eventually, freePorts } from "../../support/processes.js";
import { ManualClock } from "../../support/server/manual-clock.js";

interface Peer {
  readonly transport: GrpcTransport;
  readonly received: Message[];
  readonly lost: number[];
  /** "member code" of each refusal that was told. */
  readonly refused: string[];
  /** "member hash" of each report. */
  readonly reports: string[];
}

let open: GrpcTransport[] = [];

afterEach(async () => {
  const all = open;
  open = [];
  for (const transport of all) await transport.close();
});

const chunk = new Uint8Array(200_000);

// eslint-disable-next-line @typescript-eslint/require-await -- the port asks for an async source
async function* snapshotBytes(): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < 50; n += 1) yield chunk;
}

async function listen(memberId: number, address: string, bootCount = 1): Promise<Peer> {
  const received: Message[] = [];
  const lost: number[] = [];
  const refused: string[] = [];
  const reports: string[] = [];
  const handlers: PeerHandlers = {
    onMessages: (messages) => received.push(...messages),
    onForward: (request) =>
      Promise.resolve(
        request.epoch === 7
          ? { accepted: true }
          : { accepted: false, code: "not_leader", message: "another epoch" },
      ),
    describe: () => ({
      ...{ nonce: 5, memberId, nodeId: "m", peers: ["x"], formation: undefined, joining: false },
      ...{ replaces: undefined, members: [], removed: [], leaderEpoch: 0 },
    }),
    openSnapshot: (id) => (id.logIndex === 9 ? snapshotBytes() : undefined),
    onUnreachable: () => undefined,
    onPeerLost: (member) => lost.push(member),
    admit: (_member, boot) => (boot.count === 13 ? "bootRegress" : undefined),
    onRefused: (member, code) => refused.push(`${String(member)} ${code}`),
    onReport: (member, report) => reports.push(`${String(member)} ${report.stateHash}`),
    onAdminister: ({ request }) =>
      Promise.resolve({ accepted: false, code: "not_leader", message: request.kind }),
  };
  const nodeId = `m${String(memberId)}`;
  const transport = new GrpcTransport(
    {
      ...{ memberId, nodeId, grpcAddress: `g${String(memberId)}`, nonce: 5 },
      ...{ listenAddress: address, peerAddress: address, boot: { count: bootCount, nonce: 3 } },
    },
    { handlers, clock: new ManualClock(), log: silentLogger },
  );
  await transport.listen();
  open.push(transport);
  return { transport, received, lost, refused, reports };
}

async function formationOf(count: number): Promise<ClusterPeers> {
  const ports = await freePorts(count);
  const members = ports.map((port, at) => ({
    ...{ memberId: at + 1, nodeId: `m${String(at + 1)}` },
    address: `127.0.0.1:${String(port)}`,
  }));
  return { clusterUuid: "c", members, removed: [] };
}

async function pair(): Promise<{ one: Peer; two: Peer; formation: ClusterPeers }> {
  const formation = await formationOf(2);
  const one = await listen(1, addressOf(formation, 0));
  const two = await listen(2, addressOf(formation, 1));
  one.transport.join(formation);
  two.transport.join(formation);
  await connected(one);
  await connected(two);
  return { one, two, formation };
}

function addressOf(formation: ClusterPeers, at: number): string {
  return assertDefined(formation.members[at], "a member").address;
}

function connected(peer: Peer): Promise<true> {
  return eventually("connected", () =>
    peer.transport.stats().connectedPeers === 1 ? true : undefined,
  );
}

function heartbeat(commit: number): Message {
  return { kind: "heartbeat", from: 1, to: 2, term: 1, commit, readRound: 0 };
}

describe("members over gRPC", () => {
  it("connect to one that was not there yet, or is there again, as soon as it speaks", async () => {
    const formation = await formationOf(2);
    const one = await listen(1, addressOf(formation, 0));
    one.transport.join(formation);
    for (let round = 0; round < 3; round += 1) {
      // Long enough for the refused attempt to be over; its back-off never ends by itself.
      await one.transport.probe(addressOf(formation, 1), 200).catch(() => undefined);
      const two = await listen(2, addressOf(formation, 1));
      two.transport.join(formation);
      await connected(one);
      await connected(two);
      one.transport.send([heartbeat(round)]);
      await eventually("it arrives", () => (two.received.length > 0 ? true : undefined));
      expect(two.received).toEqual([heartbeat(round)]);
      await two.transport.close();
      await eventually("it is gone", () =>
        one.transport.stats().connectedPeers === 0 ? true : undefined,
      );
    }
  });

  it("messages arrive once and in order", async () => {
    const { one, two } = await pair();
    const messages = Array.from({ length: 5000 }, (_, n) => heartbeat(n));
    for (let at = 0; at < 5000; at += 1000) one.transport.send(messages.slice(at, at + 1000));
    await eventually("all arrive", () => (two.received.length === 5000 ? true : undefined));
    expect(two.received).toEqual(messages);
    expect(two.transport.factsOf(1)).toEqual({ nodeId: "m1", grpcAddress: "g1" });
  });

  it("a connection that breaks and is refused at once is a loss", async () => {
    const { one, two } = await pair();
    await two.transport.close();
    await eventually("the loss is told", () => (one.lost.length > 0 ? true : undefined));
    expect(one.lost).toEqual([2]);
    one.transport.send([heartbeat(1)]);
    expect(one.transport.stats().droppedMessages).toBe(1);
  });

  it("of another cluster, or meant for another member, are refused", async () => {
    const formation = await formationOf(2);
    const one = await listen(1, addressOf(formation, 0));
    const two = await listen(2, addressOf(formation, 1));
    two.transport.join({ ...formation, clusterUuid: "another" });
    one.transport.join(formation);
    const answer = await one.transport.forward(
      2,
      { from: 1, epoch: 7, command: chunk, tag: { member: 1, boot: 1, sequence: 1 }, origin: "" },
      2000,
    );
    expect(answer).toMatchObject({ accepted: false, code: "not_leader" });
    expect(one.transport.stats().connectedPeers).toBe(0);
    expect(two.transport.stats().connectedPeers).toBe(0);
    expect(two.received).toEqual([]);
  });

  it("forward proposals: taken, refused, out of bounds, and to nobody", async () => {
    const { one, two } = await pair();
    const tag = { member: 1, boot: 1, sequence: 1 };
    const request = { from: 1, epoch: 7, command: chunk, tag, origin: "o" };
    expect(await one.transport.forward(2, request, 2000)).toEqual({ accepted: true });
    expect(await one.transport.forward(2, { ...request, epoch: 8 }, 2000)).toMatchObject({
      accepted: false,
      code: "not_leader",
    });
    const unsafe = { ...request, tag: { ...tag, boot: 2 ** 60 } };
    await expect(one.transport.forward(2, unsafe, 2000)).rejects.toThrow("out of bounds");
    await two.transport.close();
    await expect(one.transport.forward(2, request, 2000)).rejects.toThrow("did not answer");
  });

  it("pull a snapshot whole, one that is not there, and one they stop reading", async () => {
    const { one } = await pair();
    let bytes = 0;
    for await (const piece of one.transport.fetchSnapshot(2, { logIndex: 9, term: 1 })) {
      bytes += piece.byteLength;
    }
    expect(bytes).toBe(50 * chunk.byteLength);
    const missing = one.transport.fetchSnapshot(2, { logIndex: 8, term: 1 });
    await expect(missing[Symbol.asyncIterator]().next()).rejects.toThrow("ended a snapshot early");
    for await (const piece of one.transport.fetchSnapshot(2, { logIndex: 9, term: 1 })) {
      expect(piece.byteLength).toBeGreaterThan(0);
      break;
    }
    // What a call that nobody reads any more still reports must not end the process.
    const answer = await one.transport
      .probe(one.transport.factsOf(1)?.grpcAddress ?? "", 100)
      .catch(() => "none");
    expect(answer).toBe("none");
  });

  it("tell a refused hello why: another cluster, another receiver, an older disk", async () => {
    const cluster = await formationOf(3);
    const two = await listen(2, addressOf(cluster, 1));
    two.transport.join(cluster);
    const one = await listen(1, addressOf(cluster, 0));
    one.transport.join({ ...cluster, clusterUuid: "another" });
    const three = await listen(3, addressOf(cluster, 2), 13);
    const moved = cluster.members.map((member) =>
      member.memberId === 1 ? { ...member, address: addressOf(cluster, 1) } : member,
    );
    three.transport.join({ ...cluster, members: moved });
    await eventually("both are told", () => (three.refused.length >= 2 ? true : undefined));
    expect([...three.refused].sort()).toEqual(["1 wrongReceiver", "2 bootRegress"]);
    await eventually("it is told", () =>
      one.refused.includes("2 otherCluster") ? true : undefined,
    );
  });

  it("reports arrive; a member that is removed is told, and heard no more", async () => {
    const { one, two, formation } = await pair();
    const report = {
      ...{ term: 1, lastLogIndex: 9, commitLogIndex: 8, appliedLogIndex: 8, stateHash: "abc" },
      ...{ hashLogIndex: 8, diskLow: false, bootCount: 2 },
    };
    one.transport.sendReport(report);
    await eventually("it arrives", () => (two.reports.length > 0 ? true : undefined));
    expect(two.reports).toEqual(["1 abc"]);
    const [, second] = formation.members;
    two.transport.setPeers({ members: second === undefined ? [] : [second], removed: [1] });
    await eventually("it is told", () => (one.refused.length > 0 ? true : undefined));
    expect(one.refused).toEqual(["2 removed"]);
    one.transport.send([heartbeat(1)]);
    const tag = { member: 1, boot: 1, sequence: 1 };
    const forward = { from: 1, epoch: 7, command: chunk, tag, origin: "o" };
    expect(await one.transport.forward(2, forward, 2000)).toMatchObject({ code: "wrong_state" });
    expect(two.received).toEqual([]);
    expect(two.transport.stats().connectedPeers).toBe(0);
    expect(two.lost).toEqual([]);
  });

  it("follow the members: a new one is connected to, one that moved is found again", async () => {
    const cluster = await formationOf(3);
    const [first, second] = cluster.members;
    const one = await listen(1, addressOf(cluster, 0));
    one.transport.join({ ...cluster, members: first === undefined ? [] : [first] });
    const two = await listen(2, addressOf(cluster, 1));
    two.transport.join(cluster);
    const both = [first, second].filter((member) => member !== undefined);
    one.transport.setPeers({ members: both, removed: [] });
    await connected(one);
    await two.transport.close();
    const again = await listen(2, addressOf(cluster, 2));
    again.transport.join(cluster);
    const moved = both.map((member) =>
      member.memberId === 2 ? { ...member, address: addressOf(cluster, 2) } : member,
    );
    one.transport.setPeers({ members: moved, removed: [] });
    await connected(one);
    one.transport.send([heartbeat(4)]);
    await eventually("it arrives", () => (again.received.length > 0 ? true : undefined));
  });

  it("answer one who is no member as far as they know, for as long as it is there", async () => {
    const cluster = await formationOf(2);
    const two = await listen(2, addressOf(cluster, 1));
    const [, second] = cluster.members;
    two.transport.join({ ...cluster, members: second === undefined ? [] : [second] });
    const one = await listen(1, addressOf(cluster, 0));
    one.transport.join(cluster);
    await connected(two);
    two.transport.send([{ ...heartbeat(5), from: 2, to: 1 }]);
    await eventually("it arrives", () => (one.received.length > 0 ? true : undefined));
    expect(two.transport.factsOf(1)?.nodeId).toBe("m1");
    await one.transport.close();
    await eventually("it is gone", () =>
      two.transport.stats().connectedPeers === 0 ? true : undefined,
    );
    two.transport.send([{ ...heartbeat(6), from: 2, to: 1 }]);
    expect(two.transport.stats().droppedMessages).toBe(0);
  });

  it("pass on operations on the members, to those of the same cluster", async () => {
    const { one, formation } = await pair();
    const call = { clusterUuid: "c", request: { kind: "list" }, budgetMs: 1000 } as const;
    const address = addressOf(formation, 1);
    expect(await one.transport.administer(address, call)).toEqual({
      ...{ accepted: false, code: "not_leader", message: "list" },
    });
    const foreign = await one.transport.administer(address, { ...call, clusterUuid: "d" });
    expect(foreign).toMatchObject({ accepted: false, message: "cluster uuid mismatch" });
    const [port = 0] = await freePorts(1);
    const nowhere = one.transport.administer(`127.0.0.1:${String(port)}`, {
      ...call,
      budgetMs: 50,
    });
    await expect(nowhere).rejects.toMatchObject({ code: "leader_lost" });
  });
});
