/** One seed in detail: its configuration, what was planned, what happened, and how it ended. */
import { formatNumbers, type SimArguments } from "./arguments.js";
import { runSeed } from "./batch.js";
import { drawConfig } from "./config.js";
import { formatCounts } from "./coverage.js";
import { drawPlan, without } from "./plan.js";
import { shrink } from "./shrink.js";

/** Runs the seed, twice; returns the exit code. */
export async function runSingle(options: SimArguments, seed: number): Promise<number> {
  const { dropped, mutant } = options;
  const config = drawConfig(seed);
  const plan = without(drawPlan(seed, config), dropped);
  write([`seed ${String(seed)}`, JSON.stringify(config)]);
  for (const { no, atMs, kind, who, lastsMs } of plan.faults) {
    const whom = who === -1 ? "leader" : String(who % config.mastersCount);
    const at = `${Math.round(atMs)} ms`;
    write([`  fault ${String(no)} at ${at}: ${kind} ${whom}, ${Math.round(lastsMs)} ms`]);
  }
  const isSmall = plan.requests.length <= 40;
  for (const { no, atMs, kind, via, key } of isSmall ? plan.requests : []) {
    const to = `m${String(via % config.mastersCount)}, i${String(key % config.indicesCount)}`;
    write([`  request ${String(no)} at ${Math.round(atMs)} ms: ${kind} at ${to}`]);
  }
  const report = await runSeed(seed, { dropped, isTwice: true });
  write(formatCounts(new Map(report.counts)));
  const { violation, traceHash, simulatedMs, cpuMs, eventsCount } = report;
  const ratio = Math.round(simulatedMs / Math.max(1, cpuMs));
  write([`${String(eventsCount)} events, trace ${traceHash}, ${String(ratio)} times real time`]);
  if (violation === undefined) {
    write(["1 passed, 0 failed"]);
    return 0;
  }
  write([
    `failed at ${(violation.atMs / 1000).toFixed(3)} s: ${violation.checker}: ${violation.text}`,
  ]);
  if (options.shrink && dropped.size === 0) {
    const numbers = formatNumbers(await shrink(seed, violation.checker));
    const bug = mutant === undefined ? "" : ` --mutant ${mutant}`;
    write([`smaller: npm run sim -- --seed ${String(seed)} --drop ${numbers}${bug}`]);
  }
  write(["0 passed, 1 failed"]);
  return 1;
}

function write(lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
