/**
 * Resident memory of the masters, as the kernel counts it: just formed, and holding 1 000 indices
 * of 10 shards. No data nodes are registered, so the copies are unassigned.
 */
import { readFileSync } from "node:fs";

import type { Run } from "./compare.js";
import { Masters } from "./masters.js";
import { formatTable } from "./report.js";

const barMib = 256;
const indicesCount = 1000;
const shardsPerIndex = 10;
const settleMs = 3000;

interface Resident {
  readonly nowMib: number;
  readonly peakMib: number;
}

/** Needs Linux: reads /proc. */
export async function benchMemory(run: Run): Promise<readonly string[]> {
  run.say("starting the cluster");
  const masters = await Masters.start(run.lifetime);
  await settle();
  const empty = residents(masters);
  const names = Array.from({ length: indicesCount }, (_, i) => `memory-${String(i)}`);
  run.say(`creating ${String(indicesCount)} indices`);
  await masters.createIndices(names, shardsPerIndex);
  await settle();
  const filled = residents(masters);
  const leader = await masters.leader();
  const rows = filled.map((one, member) => [
    `${masters.cluster.place(member).nodeId}${member === leader ? " (leader)" : ""}`,
    ...[empty[member]?.nowMib, one.nowMib, one.peakMib].map((mib) => (mib ?? 0).toFixed(0)),
  ]);
  const worstMib = Math.max(...filled.map((one) => one.nowMib));
  return [
    `resident memory of each master, empty and with ${String(indicesCount)} indices of ` +
      `${String(shardsPerIndex)} shards, no data nodes`,
    "",
    ...formatTable(["master", "empty MiB", "filled MiB", "peak MiB"], rows),
    "",
    `${worstMib < barMib ? "met    " : "NOT MET"}  under ${String(barMib)} MiB: the largest holds ` +
      `${worstMib.toFixed(0)} MiB (the design asks it with 100 nodes registered)`,
  ];
}

function residents(masters: Masters): readonly Resident[] {
  return masters.cluster.masters.map((master) => {
    const status = readFileSync(`/proc/${String(master.pid)}/status`, "utf8");
    return { nowMib: field(status, "VmRSS"), peakMib: field(status, "VmHWM") };
  });
}

function field(status: string, name: string): number {
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
  if (kib === undefined) throw new Error(`/proc shows no ${name}`);
  return Number(kib) / 1024;
}

function settle(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, settleMs);
  });
}
