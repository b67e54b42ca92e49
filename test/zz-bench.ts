import { Fragments } from "/work/main/src/server/grpc/fragments.ts";
import { StateAnswers } from "/work/main/src/server/grpc/state-answers.ts";
import { largeState, withMovedShard } from "/work/main/test/support/server/large-state.ts";
import { eventsOf, snapshotEvents } from "/work/main/src/server/grpc/watch-events.ts";
import { messages } from "/work/main/src/wire/load.ts";
import { toIndexRouting } from "/work/main/src/server/grpc/convert.ts";
const clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now(), after: () => ({ cancel() {} }) };
const leader = { epoch: 3, nodeId: "m", grpcAddress: "", electedAtMs: 0, isSelf: true };
const q = { routing: true, nodes: false, indices: false, copies: false, names: [], pageAfter: undefined };
const median = (a) => a.sort((x, y) => x - y)[a.length >> 1];
for (const [indices, shardsPerIndex] of [[100, 1000], [10000, 10], [1000, 100]]) {
  let state = largeState({ indices, shardsPerIndex, nodes: 100 });
  const answers = new StateAnswers({ clock, nodeReports: { lastSeenMs: () => undefined }, metrics: { stateAnswer() {} }, fragments: new Fragments() });
  let maxLag = 0, last = performance.now(); let on = true;
  (function lag() { const n = performance.now(); maxLag = Math.max(maxLag, n - last); last = n; if (on) setImmediate(lag); })();
  let t = performance.now();
  const b = await answers.answer({ state, leader, stale: false }, q);
  const cold = performance.now() - t; const coldLag = maxLag;
  const cached = [];
  for (let i = 0; i < 200; i++) { t = performance.now(); await answers.answer({ state, leader, stale: false }, q); cached.push(performance.now() - t); }
  maxLag = 0;
  const re = [];
  for (let i = 0; i < 60; i++) { const next = withMovedShard(state, i); state = next; t = performance.now(); await answers.answer({ state: next, leader, stale: false }, q); re.push(performance.now() - t); }
  on = false;
  console.log(indices, shardsPerIndex, "bytes", b.length, "cold ms", cold.toFixed(1), "cold max slice", coldLag.toFixed(1), "cached ms", median(cached).toFixed(4), "after one shard change ms p50", median(re).toFixed(2), "max", Math.max(...re).toFixed(2));
}
{
  const state = largeState({ indices: 10, shardsPerIndex: 1000, nodes: 100 });
  const rec = [...state.indices.values()][0];
  for (let i = 0; i < 5; i++) { let t = performance.now(); messages.IndexRoutingTable.serialize(toIndexRouting(rec)); console.log("protobufjs 1000 shards with copies ms", (performance.now() - t).toFixed(2)); }
  let t = performance.now(), n = 0, worst = 0; 
  for (const e of snapshotEvents(state)) { n++; const d = performance.now() - t; worst = Math.max(worst, d); t = performance.now(); }
  console.log("snapshot 10k shards events", n, "worst chunk ms", worst.toFixed(1));
  const big = largeState({ indices: 1000, shardsPerIndex: 10, nodes: 100 });
  t = performance.now(); worst = 0; let total = t; n=0;
  for (const e of snapshotEvents(big)) { n++; const d = performance.now() - t; worst = Math.max(worst, d); t = performance.now(); }
  console.log("snapshot 1000x10 events", n, "worst chunk ms", worst.toFixed(1), "total", (performance.now() - total).toFixed(1));
}
