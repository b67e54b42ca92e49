/** Facts about the machine that a figure means nothing without: cores, Node, disk and its sync. */
import {
  closeSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { availableParallelism, cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";

import { formatMs } from "./report.js";
import { percentile } from "./statistics.js";

const syncsCount = 200;
const syncsMsMax = 2000;
const writtenBytes = 2048;

/** Lines for the head of a report; takes up to two seconds for measuring the disk. */
export function machineFacts(): readonly string[] {
  const model = cpus()[0]?.model ?? "unknown CPU";
  const memoryGib = (totalmem() / 2 ** 30).toFixed(1);
  const [loadOneMinute = 0] = loadavg();
  const fileSystem = fileSystemOf(tmpdir());
  const syncsMs = measureSyncs(tmpdir());
  const p50 = formatMs(percentile(syncsMs, 50));
  const p99 = formatMs(percentile(syncsMs, 99));
  return [
    `machine: ${String(availableParallelism())} cores (${model}), ${memoryGib} GiB, ` +
      `Linux ${release()}, Node ${process.version}, load ${loadOneMinute.toFixed(1)} before the run`,
    `disk: data under ${tmpdir()} (${fileSystem}); a 2 KiB append with fdatasync takes ` +
      `p50 ${p50} ms, p99 ${p99} ms`,
  ];
}

/** Type and device of the mount that holds `path`, as the kernel lists them. */
function fileSystemOf(path: string): string {
  const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
  let best = { at: "", text: "unknown file system" };
  for (const mount of mounts) {
    const [device = "", at = "", type = ""] = mount.split(" ");
    const holds = at === "/" || path === at || path.startsWith(`${at}/`);
    if (at !== "" && holds && at.length >= best.at.length)
      best = { at, text: `${type} on ${device}` };
  }
  return best.text;
}

/** Milliseconds of single appends, each followed by a sync, in a file that is removed again. */
function measureSyncs(folder: string): readonly number[] {
  const directory = mkdtempSync(join(folder, "quidditch-bench-sync-"));
  const file = openSync(join(directory, "file"), "w");
  const block = Buffer.alloc(writtenBytes, 1);
  const tookMs: number[] = [];
  const startMs = performance.now();
  try {
    while (tookMs.length < syncsCount && performance.now() - startMs < syncsMsMax) {
      const beforeMs = performance.now();
      writeSync(file, block);
      fdatasyncSync(file);
      tookMs.push(performance.now() - beforeMs);
    }
  } finally {
    closeSync(file);
    rmSync(directory, { recursive: true, force: true });
  }
  return tookMs;
}
