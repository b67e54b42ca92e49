/**
 * How long writes stop when the leader is killed with -9, on an otherwise idle machine: one writer,
 * one call at a time, that asks another member when one fails, through many kills. Counted is the
 * longest time between two acknowledged writes around each kill.
 */
import { rmSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

import { median, percentile } from "../bench/statistics.js";
import { MasterClient } from "../support/master-client.js";
import { memberStatus } from "../support/member-status.js";
import { eventually, TestCluster } from "../support/processes.js";
import type { Surroundings } from "./fault-run.js";
import { longestGap } from "./recorder.js";

const targetMs = 300;
const retryMs = 2;
const callTimeoutMs = 8000;
/** Writes before a kill and after it. */
const steadyMs = 400;
const nsPerMs = 1_000_000;

/** Kills the leader `killsCount` times; whether the median gap met its target. */
export async function runFailovers(
  killsCount: number,
  { print, onExit }: Surroundings,
): Promise<boolean> {
  const cluster = await TestCluster.create(3);
  onExit(() => {
    for (const master of cluster.masters) master.signal("SIGKILL");
    rmSync(cluster.directory, { recursive: true, force: true });
  });
  const writer = new Writer(cluster);
  try {
    cluster.startAll();
    await writer.leader();
    const gapsMs: number[] = [];
    const writing = writer.run();
    for (let kill = 0; kill < killsCount; kill += 1) gapsMs.push(await killOnce(cluster, writer));
    writer.stop();
    await writing;
    for (const line of report(gapsMs)) print(line);
    return median(gapsMs) < targetMs;
  } finally {
    writer.stop();
    await cluster.close();
  }
}

/** Kills the leader, waits until writes flow again, and starts it anew; the longest gap. */
async function killOnce(cluster: TestCluster, writer: Writer): Promise<number> {
  const leader = await writer.leader();
  writer.avoid(leader);
  const fromNs = now();
  await wait(steadyMs);
  const killedNs = now();
  await cluster.master(leader).kill();
  await eventually("writes flow again", () => writer.wroteAfter(killedNs));
  await wait(steadyMs);
  const gap = longestGap(writer.acknowledgedNs, fromNs, now());
  cluster.master(leader).start();
  await eventually("the restarted member has caught up", async () => {
    const statuses = await Promise.all(cluster.places.map((place) => memberStatus(place.httpPort)));
    const newest = Math.max(...statuses.map((status) => status.appliedLogIndex));
    const own = statuses[leader]?.appliedLogIndex ?? 0;
    // Writes go on: some lag is always there.
    return newest - own < 50 ? true : undefined;
  });
  return gap.lengthMs;
}

/** One client that writes all the time. */
class Writer {
  readonly acknowledgedNs: number[] = [];
  readonly #clients: readonly MasterClient[];
  readonly #cluster: TestCluster;
  #asked = 0;
  #stopped = false;
  #writesCount = 0;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
    this.#clients = cluster.places.map((_, i) => new MasterClient(cluster.grpcAddress(i)));
  }

  /** Writes through another member than this one from the next call on. */
  avoid(member: number): void {
    if (this.#asked === member) this.#asked = (member + 1) % this.#clients.length;
  }

  wroteAfter(ns: number): true | undefined {
    return (this.acknowledgedNs.at(-1) ?? 0) > ns + 1 ? true : undefined;
  }

  leader(): Promise<number> {
    return eventually("a leader is named", async () => {
      for (const client of this.#clients) {
        const state = await client.state("CONSISTENCY_LINEARIZABLE", 2000).catch(() => undefined);
        const named = state?.master_node?.node_id;
        const at = this.#cluster.places.findIndex((place) => place.nodeId === named);
        if (at !== -1) return at;
      }
      return undefined;
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Creates and deletes one index after the other, so that the state stays small. */
  async run(): Promise<void> {
    while (!this.#stopped) {
      this.#writesCount += 1;
      try {
        await this.#write(`failover-${String(this.#writesCount)}`);
      } catch {
        this.#asked = (this.#asked + 1) % this.#clients.length;
        await wait(retryMs);
      }
    }
    for (const client of this.#clients) client.close();
  }

  async #write(name: string): Promise<void> {
    const client = this.#clients[this.#asked];
    if (client === undefined) throw new Error("there is no such member");
    await client.createIndex(name, { timeoutMs: callTimeoutMs });
    this.acknowledgedNs.push(now());
    await client.deleteIndex(name);
    this.acknowledgedNs.push(now());
  }
}

function now(): number {
  return performance.now() * nsPerMs;
}

function report(gapsMs: readonly number[]): readonly string[] {
  const figure = (ms: number): string => `${ms.toFixed(0)} ms`;
  const p50 = median(gapsMs);
  return [
    "longest time between two acknowledged writes around a kill -9 of the leader, one writer:",
    `${String(gapsMs.length)} kills: min ${figure(Math.min(...gapsMs))}, p50 ${figure(p50)}, ` +
      `p90 ${figure(percentile(gapsMs, 90))}, max ${figure(Math.max(...gapsMs))}`,
    `all, in order: ${gapsMs.map((ms) => ms.toFixed(0)).join(" ")}`,
    `${p50 < targetMs ? "met    " : "NOT MET"}  median under ${String(targetMs)} ms`,
  ];
}
