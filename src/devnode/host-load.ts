/** How busy the machine is: processor, memory and the disk under a directory, in percent. */
import { statfs } from "node:fs/promises";
import { availableParallelism, freemem, loadavg, totalmem } from "node:os";

/** Percentages from 0 to 100. */
export interface HostLoad {
  readonly cpuPercent: number;
  readonly memoryPercent: number;
  readonly diskPercent: number;
}

/** Measures the machine; the disk is the one that holds `directory`. */
export async function hostLoad(directory: string): Promise<HostLoad> {
  const disk = await statfs(directory);
  const used = disk.blocks - disk.bfree;
  const usable = used + disk.bavail;
  return {
    cpuPercent: Math.min(100, ((loadavg()[0] ?? 0) / availableParallelism()) * 100),
    memoryPercent: (1 - freemem() / totalmem()) * 100,
    diskPercent: usable === 0 ? 0 : (used / usable) * 100,
  };
}
