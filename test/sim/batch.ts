/** Runs seeds one after the other in this process and tells of each how it went. */
import { simulate } from "./simulation.js";
import type { Violation } from "./violation.js";

/** How a seed went, as a line for whoever gathers them. */
export interface SeedReport {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly traceHash: string;
  /** Of all runs of the seed. */
  readonly simulatedMs: number;
  readonly cpuMs: number;
  readonly eventsCount: number;
  readonly counts: readonly (readonly [string, number])[];
}

/** Runs one seed, twice when it is asked for. */
export async function runSeed(
  seed: number,
  options: { readonly dropped: ReadonlySet<number>; readonly isTwice: boolean },
): Promise<SeedReport> {
  const before = process.cpuUsage();
  const stray = strayRejections();
  const first = await simulate(seed, options.dropped);
  let { violation, simulatedMs } = first;
  const strayed = await stray();
  violation ??= strayed;
  if (options.isTwice && violation === undefined) {
    const second = await simulate(seed, options.dropped);
    simulatedMs += second.simulatedMs;
    if (second.traceHash !== first.traceHash) {
      const text = `two runs differ: ${first.traceHash} and ${second.traceHash}`;
      violation = { checker: "repeatable", text, atMs: 0 };
    }
  }
  const { user, system } = process.cpuUsage(before);
  const { traceHash, eventsCount } = first;
  const cpuMs = (user + system) / 1000;
  const counts = [...first.counts];
  return { seed, violation, traceHash, simulatedMs, cpuMs, eventsCount, counts };
}

/** Gathers rejections that nobody handled; they are a bug of whoever was running. */
function strayRejections(): () => Promise<Violation | undefined> {
  const texts: string[] = [];
  const note = (reason: unknown): void => {
    texts.push(reason instanceof Error ? (reason.stack ?? reason.message) : String(reason));
  };
  process.on("unhandledRejection", note);
  return async () => {
    // Node tells of them at the end of a turn of its event loop.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    process.off("unhandledRejection", note);
    const text = texts[0];
    return text === undefined ? undefined : { checker: "unhandled rejection", text, atMs: 0 };
  };
}
