/**
 * How long writes stop when the leader is killed with -9: from the signal to the first
 * acknowledgement of a write that was sent after the process was gone. No peer and no load beside
 * it; the killed member is started again and has caught up before the next kill.
 */
import { MasterClient } from "../support/master-client.js";
import { eventually } from "../support/processes.js";
import type { Run } from "./compare.js";
import { Masters } from "./masters.js";
import { formatMs, formatTable } from "./report.js";
import { median, percentile } from "./statistics.js";

const barMs = 300;
const budgetMs = 20_000;
const retryMs = 2;

/** Kills the leader once for every round. */
export async function benchFailover(run: Run): Promise<readonly string[]> {
  run.say("starting the cluster");
  const masters = await Masters.start(run.lifetime);
  const tookMs: number[] = [];
  for (let round = 1; round <= run.rounds; round += 1) {
    run.say(`kill ${String(round)} of ${String(run.rounds)}`);
    tookMs.push(await killOnce(masters, round));
  }
  const worstMs = Math.max(...tookMs);
  const row = [
    ...[String(tookMs.length), formatMs(Math.min(...tookMs)), formatMs(median(tookMs))],
    ...[formatMs(percentile(tookMs, 90)), formatMs(worstMs)],
  ];
  return [
    "leader killed with -9 to the first acknowledged CreateIndex on a follower",
    "",
    ...formatTable(["kills", "min ms", "p50 ms", "p90 ms", "max ms"], [row]),
    "",
    `all, in order: ${tookMs.map((ms) => ms.toFixed(0)).join(" ")}`,
    `${worstMs < barMs ? "met    " : "NOT MET"}  every kill under ${String(barMs)} ms: the worst took ` +
      `${formatMs(worstMs)} ms (the design asks it of 500 000 shards; this cluster is nearly empty)`,
  ];
}

async function killOnce(masters: Masters, round: number): Promise<number> {
  const { cluster } = masters;
  const leader = await masters.leader();
  const survivor = (leader + 1) % cluster.masters.length;
  const client = new MasterClient(cluster.grpcAddress(survivor));
  try {
    await client.state("CONSISTENCY_LOCAL");
    const killed = cluster.master(leader);
    const startMs = performance.now();
    await killed.kill();
    const tookMs = (await firstWriteMs(client, `failover-${String(round)}`)) - startMs;
    killed.start();
    await caughtUp(masters, survivor, leader);
    return tookMs;
  } finally {
    client.close();
  }
}

/** Tries until one write is acknowledged; returns when that was. */
async function firstWriteMs(client: MasterClient, name: string): Promise<number> {
  const untilMs = performance.now() + budgetMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.createIndex(`${name}-${String(attempt)}`);
      return performance.now();
    } catch (thrown) {
      if (performance.now() > untilMs) throw new Error("no write after a kill", { cause: thrown });
    }
    await new Promise((resolve) => {
      setTimeout(resolve, retryMs);
    });
  }
}

/** Waits until the restarted member has applied what the survivor has. */
async function caughtUp(masters: Masters, survivor: number, restarted: number): Promise<void> {
  const [from, to] = [survivor, restarted].map(
    (member) => new MasterClient(masters.cluster.grpcAddress(member)),
  );
  try {
    const wanted = await from?.state("CONSISTENCY_LINEARIZABLE");
    await eventually("the restarted member has caught up", async () => {
      const state = await to?.state("CONSISTENCY_LOCAL", 2000);
      return (state?.version ?? -1) >= (wanted?.version ?? 0) ? true : undefined;
    });
  } finally {
    from?.close();
    to?.close();
  }
}
