/**
 * One chaos run: a cluster in places of its own, clients, and a plan of faults; then everything is
 * healed and judged. Prints what happened; what went wrong is kept with its evidence.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { formatIndexHistory, judgeIndexHistory } from "../linearizability/index-history.js";
import { eventually } from "../support/processes.js";
import { ChaosCluster, grpcAddress } from "./cluster.js";
import {
  allKindsMinutesMin,
  diskBytes,
  formWithinMs,
  healWithinMs,
  placesCount,
} from "./limits.js";
import { lostWrites } from "./lost.js";
import { Nemeses } from "./nemeses.js";
import type { Options } from "./options.js";
import { Places } from "./places.js";
import { faultKinds, planFaults, type FaultKind } from "./plan.js";
import { Recorder } from "./recorder.js";
import { readMany, runClients } from "./workload.js";

const msPerMinute = 60_000;
const nsPerMs = 1_000_000;

/** What the surroundings give to a run. */
export interface Surroundings {
  readonly print: (line: string) => void;
  /** Called when the process has to end: undoes what the run has made so far, at once. */
  readonly onExit: (undo: () => void) => void;
}

type FaultOptions = Extract<Options, { kind: "faults" }>;

/** Runs and judges; whether all was well. */
export async function runFaults(
  options: FaultOptions,
  { print, onExit }: Surroundings,
): Promise<boolean> {
  const directory = mkdtempSync(join(tmpdir(), "quidditch-chaos-"));
  const places = makePlaces(directory);
  const cluster = new ChaosCluster(places, directory);
  let isJudged = false;
  onExit(() => {
    cluster.killNow();
    places.remove();
    // A run that somebody ended has nothing to show.
    if (!isJudged) rmSync(directory, { recursive: true, force: true });
  });
  const recorder = new Recorder();
  const again = `npm run chaos -- --minutes ${String(options.minutes)} --seed ${String(options.seed)}`;
  print(`${again}; delays by ${places.delayKind}; logs in ${directory}`);
  let problems: readonly string[];
  try {
    problems = await runAndJudge({ options, cluster, recorder, print });
  } catch (thrown) {
    problems = [thrown instanceof Error ? describeError(thrown) : String(thrown)];
  }
  const ok = problems.length === 0;
  isJudged = true;
  for (const problem of problems) print(`PROBLEM: ${problem}`);
  await cluster.close();
  if (!ok || options.keep) {
    writeFileSync(join(directory, "history.jsonl"), formatIndexHistory(recorder.history));
    cluster.keepData();
  }
  places.remove();
  if (!ok || options.keep) print(`kept in ${directory}: logs, data directories, history.jsonl`);
  else rmSync(directory, { recursive: true, force: true });
  print(ok ? "chaos: passed" : "chaos: FAILED");
  return ok;
}

function makePlaces(directory: string): Places {
  try {
    return Places.create({ count: placesCount, directory, diskBytes });
  } catch (cause) {
    rmSync(directory, { recursive: true, force: true });
    const text =
      "no places for members could be made: this needs root, network namespaces, and the tools " +
      "ip and tc (iproute2), nft (nftables) and mount";
    throw new Error(`${text}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

interface Run {
  readonly options: FaultOptions;
  readonly cluster: ChaosCluster;
  readonly recorder: Recorder;
  readonly print: (line: string) => void;
}

async function runAndJudge(run: Run): Promise<readonly string[]> {
  const { options, cluster, recorder, print } = run;
  await cluster.form();
  const over = new AbortController();
  const stopClients = new AbortController();
  const durationMs = options.minutes * msPerMinute;
  const plan = planFaults(options.seed, durationMs, options.without);
  const startNs = recorder.now();
  const say = (text: string): void => {
    const seconds = ((recorder.now() - startNs) / nsPerMs / 1000).toFixed(1);
    print(`${seconds.padStart(8)} s  ${text}`);
  };
  const nemeses = new Nemeses({ cluster, over: over.signal, calm: { wanted: false }, say });
  const clients = runClients({ cluster, recorder, seed: options.seed, stop: stopClients.signal });
  const faults = nemeses.run(plan);
  await wait(durationMs);
  over.abort();
  await faults;
  const endNs = recorder.now();
  say("all faults are over");
  await heal(cluster);
  // Clients go on until all is healed: the last faults are judged with what came after them.
  stopClients.abort();
  await clients;
  const problems = [...(await judge(run)), ...cluster.findings];
  reportFaults(nemeses.counts, run);
  const gap = recorder.longestGap(startNs, endNs);
  const at = ((gap.startMs - startNs / nsPerMs) / 1000).toFixed(1);
  print(`longest time without an acknowledged write: ${gap.lengthMs.toFixed(0)} ms, at ${at} s`);
  if (options.minutes >= allKindsMinutesMin) problems.push(...missing(nemeses.counts, options));
  return problems;
}

/** Starts what is down, and waits until a leader is known and writes go through everywhere. */
async function heal(cluster: ChaosCluster): Promise<void> {
  for (const member of cluster.members) {
    if (!member.process.isRunning && !member.wanted) cluster.start(member);
  }
  await eventually("all members run", () => everyoneRuns(cluster), formWithinMs);
  await eventually("a leader is known", () => cluster.leader(), healWithinMs);
}

function everyoneRuns(cluster: ChaosCluster): true | undefined {
  return cluster.members.every((member) => member.process.isRunning) ? true : undefined;
}

/** Compares the members, reads everything from each, and judges the history. */
async function judge({ cluster, recorder, print }: Run): Promise<string[]> {
  const statuses = await cluster.agreement(healWithinMs);
  const [status] = statuses;
  print(
    `${String(statuses.length)} members agree: applied ${String(status?.appliedLogIndex)}, ` +
      `version ${String(status?.version)}, hash ${String(status?.stateHash)}`,
  );
  const problems: string[] = [];
  for (const { place, nodeId } of cluster.members) {
    await eventually(`everything is read from ${nodeId}`, async () => {
      const failure = await readMany(grpcAddress(place), { recorder });
      return failure === undefined ? true : undefined;
    });
    const read = recorder.history.catalogueReads.at(-1);
    const lost = lostWrites(recorder.history, read?.indices ?? {});
    problems.push(...lost.map((text) => `lost, as ${nodeId} shows: ${text}`));
  }
  const { ok, failed, unknown } = recorder.counts;
  print(
    `${String(ok + failed + unknown)} calls: ${String(ok)} answered, ${String(failed)} failed, ` +
      `${String(unknown)} of unknown outcome; ${statusText(recorder.statuses)}`,
  );
  print(`${String(cluster.restartsCount)} starts after a member ended by itself`);
  const judgement = judgeIndexHistory(recorder.history);
  for (const line of judgement.lines) print(line);
  if (!judgement.ok) problems.push(`the history is not linearizable: ${judgement.verdict}`);
  return problems;
}

function reportFaults(counts: ReadonlyMap<FaultKind, number>, { options, print }: Run): void {
  const parts = faultKinds
    .filter((kind) => !options.without.has(kind))
    .map((kind) => `${kind} ${String(counts.get(kind) ?? 0)}`);
  print(`faults: ${parts.join(", ")}`);
}

function missing(counts: ReadonlyMap<FaultKind, number>, options: FaultOptions): string[] {
  return faultKinds
    .filter((kind) => !options.without.has(kind) && !counts.has(kind))
    .map((kind) => `the fault ${kind} never happened`);
}

function statusText(statuses: ReadonlyMap<string, number>): string {
  if (statuses.size === 0) return "no failures";
  return [...statuses].map(([name, count]) => `${name} ${String(count)}`).join(", ");
}

function describeError(error: Error): string {
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return `${error.message}${cause}`;
}
