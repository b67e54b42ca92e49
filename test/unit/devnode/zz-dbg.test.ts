import { it } from "vitest";
import { writeFileSync } from "node:fs";
import { runChaos } from "../../support/devnode/simulated-chaos.js";
import { VirtualTime } from "../../support/devnode/virtual-time.js";
import { FakeControlPlane } from "../../support/controller/fake-control-plane.js";
it("dbg", async () => {
  const seed = Number(process.env["SEED"]);
  const lines: string[] = [];
  let t: VirtualTime | undefined;
  const orig = VirtualTime.prototype.after;
  VirtualTime.prototype.after = function (...a) { t = this; return orig.apply(this, a); };
  const op = FakeControlPlane.prototype.propose;
  FakeControlPlane.prototype.propose = async function (c, o) { const r = await op.call(this, c, o); emit({ cmd: c, from: o.origin, result: r.result, v: r.version }); return r; };
  const emit = (o: object) => lines.push(`${t?.monotonicMs().toFixed(1)} ${JSON.stringify(o)}`);
  const mk = (b: object) => ({ error: (f: object) => emit({ ...b, ...f }), warn: (f: object) => emit({ ...b, ...f }), info: (f: object) => emit({ ...b, ...f }), debug: (f: object) => emit({ ...b, ...f }), child: (m: object) => mk({ ...b, ...m }) });
  const r = await runChaos({ seed, nodesCount: 3 + (seed % 3), shardsCount: 2, stormMs: 90_000, logger: mk({}) as never });
  writeFileSync(`/tmp/h6_trace_${seed}.txt`, lines.join("\n") + "\n" + JSON.stringify(r, null, 1));
  VirtualTime.prototype.after = orig; FakeControlPlane.prototype.propose = op;
}, 100_000);
