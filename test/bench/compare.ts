/**
 * The two comparisons with etcd: writes and linearizable reads. Each runs its contest and returns
 * the report as lines; starting and ending the clusters is in order of the lifetime it is given.
 */
import { randomBytes } from "node:crypto";

import { judgeReads, judgeWrites, ratio, type Standing, type Verdict } from "./bars.js";
import { contenderOf, contest, manyClientsCount } from "./contest.js";
import type { Contender, Outcome, Plan, Target } from "./contest.js";
import { EtcdCluster, etcdVersion } from "./etcd.js";
import type { Lifetime } from "./lifetime.js";
import { Masters, readIndexMetadata, readRouting } from "./masters.js";
import { formatMs, formatTable, formatVerdict } from "./report.js";

/** What a benchmark gets from the command line and its surroundings. */
export interface Run {
  readonly rounds: number;
  readonly lifetime: Lifetime;
  /** Progress, for whoever waits; not part of the report. */
  readonly say: (text: string) => void;
}

const targets: readonly Target[] = ["leader", "follower"];
const etcdValueBytes = 2048;
const readIndicesCount = 10;
const readShardsPerIndex = 5;

const plan: Omit<Plan, "rounds"> = { oneClientMs: 800, manyClientsMs: 1200, warmUpMs: 1200 };

/** CreateIndex, answered at commit, beside puts of 2 KiB; through the leader and a follower. */
export async function benchWrite(run: Run): Promise<readonly string[]> {
  const { masters, etcd } = await startBoth(run);
  const value = randomBytes(etcdValueBytes);
  let created = 0;
  const contenders = targets.flatMap((target) => {
    const ours = contenderOf(
      masters,
      { system: "quidditch", operation: "CreateIndex", target },
      async (client, n) => {
        await client.createIndex(`bench-${target}-${String(n)}`);
        created += 1;
      },
    );
    if (etcd === undefined) return [ours];
    const peer = contenderOf(
      etcd,
      { system: "etcd", operation: "Put 2 KiB", target },
      (client, n) => client.put(`/bench/${target}/${String(n)}`, value),
    );
    return [ours, peer];
  });
  const outcomes = await contest(contenders, { ...plan, rounds: run.rounds }, run.say);
  return [
    "CreateIndex (1 shard, 0 replicas, wait_for_active_shards 0) beside an etcd put of 2 KiB",
    ...peerLines(etcd),
    "",
    ...report(outcomes, judgeWrites),
    "",
    `at the end the masters held ${String(created)} indices`,
  ];
}

/** Linearizable reads on a follower, beside etcd's linearizable Range on a follower. */
export async function benchRead(run: Run): Promise<readonly string[]> {
  const { masters, etcd } = await startBoth(run);
  const names = Array.from({ length: readIndicesCount }, (_, i) => `bench-${String(i)}`);
  await masters.createIndices(names, readShardsPerIndex);
  const key = "/bench/key";
  const at = { system: "quidditch", target: "follower" } as const;
  const contenders = [
    contenderOf(masters, { ...at, operation: "GetIndexMetadata" }, (client) =>
      readIndexMetadata(client, "bench-0"),
    ),
    contenderOf(masters, { ...at, operation: "GetClusterState" }, readRouting),
  ];
  if (etcd !== undefined) {
    await etcd.clients(await etcd.leader())[0]?.put(key, randomBytes(etcdValueBytes));
    const what = { system: "etcd", operation: "Range 2 KiB", target: "follower" } as const;
    contenders.splice(
      1,
      0,
      contenderOf(etcd, what, (client) => client.get(key)),
    );
  }
  const outcomes = await contest(contenders, { ...plan, rounds: run.rounds }, run.say);
  return [
    "linearizable reads on a follower: GetIndexMetadata, and GetClusterState with the routing of " +
      `${String(readIndicesCount)} indices of ${String(readShardsPerIndex)} shards, ` +
      "beside an etcd Range of one key of 2 KiB",
    ...peerLines(etcd),
    "",
    ...report(outcomes, judgeReads),
  ];
}

async function startBoth(run: Run): Promise<{ masters: Masters; etcd: EtcdCluster | undefined }> {
  run.say("starting the clusters");
  const [masters, etcd] = await Promise.all([
    Masters.start(run.lifetime),
    etcdVersion() === undefined ? undefined : EtcdCluster.start(run.lifetime),
  ]);
  return { masters, etcd };
}

function peerLines(etcd: EtcdCluster | undefined): readonly string[] {
  const three =
    "three members each on loopback, one gRPC connection per client, same client library; " +
    "medians over the rounds";
  if (etcd === undefined) return [three, "no etcd on the PATH: nothing to compare with"];
  return [`${three}; peer: ${etcdVersion() ?? "etcd"}`];
}

type Judge = (ours: Standing, peer: Standing | undefined) => readonly Verdict[];

/** The table of medians, each of ours with its ratio to the peer, then the bars. */
function report(outcomes: readonly Outcome[], judge: Judge): readonly string[] {
  const head = [
    ...["operation", "1 client: p50 ms", "p99 ms", `${String(manyClientsCount)} clients: ops/s`],
    ...["p50 ms", "p99 ms", "failed"],
  ];
  const rows = outcomes.map((outcome) => rowOf(outcome));
  const ours = outcomes.filter((outcome) => outcome.contender.system === "quidditch");
  const compared = ours.map((outcome) => ({ outcome, peer: peerOf(outcome, outcomes) }));
  const ratios = compared.flatMap(({ outcome, peer }) =>
    peer === undefined ? [] : [ratioRow(outcome, peer)],
  );
  const verdicts = compared.flatMap(({ outcome, peer }) =>
    judge(outcome, peer).map((verdict) => formatVerdict(nameOf(outcome.contender), verdict)),
  );
  return [...formatTable(head, [...rows, ...ratios]), "", ...verdicts];
}

function peerOf(ours: Outcome, all: readonly Outcome[]): Outcome | undefined {
  const { target } = ours.contender;
  return all.find(({ contender }) => contender.system === "etcd" && contender.target === target);
}

function rowOf({ contender, one, many, failedCount }: Outcome): readonly string[] {
  return [
    `${contender.system} ${nameOf(contender)}`,
    ...[formatMs(one.p50Ms), formatMs(one.p99Ms)],
    ...[many.perSecond.toFixed(0), formatMs(many.p50Ms), formatMs(many.p99Ms)],
    String(failedCount),
  ];
}

function ratioRow(ours: Outcome, peer: Outcome): readonly string[] {
  return [
    `ratio ${nameOf(ours.contender)} / etcd`,
    ...[ratio(ours.one.p50Ms, peer.one.p50Ms), ratio(ours.one.p99Ms, peer.one.p99Ms)],
    ratio(ours.many.perSecond, peer.many.perSecond),
    ...[ratio(ours.many.p50Ms, peer.many.p50Ms), ratio(ours.many.p99Ms, peer.many.p99Ms)],
  ];
}

function nameOf(contender: Contender): string {
  return `${contender.operation} on ${contender.target === "leader" ? "the leader" : "a follower"}`;
}
