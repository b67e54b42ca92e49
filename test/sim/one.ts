import { simulate } from "./simulation.js";
const from = Number(process.argv[2] ?? 1);
const count = Number(process.argv[3] ?? 1);
const quiet = process.argv[4] === "q";
process.on("unhandledRejection", (e) => { console.log("UNHANDLED", e); });
let simMs = 0; const cpu0 = process.cpuUsage(); const sums = new Map<string, number>(); let bad = 0;
for (let seed = from; seed < from + count; seed += 1) {
  const t = performance.now();
  const o = await simulate(seed);
  simMs += o.simulatedMs;
  if (!quiet || o.violation) console.log(seed, o.violation ?? "ok", o.traceHash, Math.round(o.simulatedMs), o.eventsCount, Math.round(performance.now() - t) + "ms", "speed", Math.round(o.simulatedMs / (performance.now() - t)));
  for (const [k, v] of o.counts) sums.set(k, (sums.get(k) ?? 0) + v);
  if (o.violation) bad += 1;
  await new Promise((r) => setImmediate(r));
}
console.log([...sums].sort().map(([a, b]) => `${a}=${b}`).join("\n"));
const cpu = process.cpuUsage(cpu0); console.log("bad", bad, "total x", simMs / ((cpu.user + cpu.system) / 1000));
