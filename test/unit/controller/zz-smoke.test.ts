import { mkdtempSync } from "node:fs";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { it } from "vitest";
import { wire } from "../../../src/wire/load.js";
import { startDevNode } from "../../../src/devnode/node.js";
import { createController } from "../../../src/controller/controller.js";
import { createDataNodeClient } from "../../../src/controller/data-node-client.js";
import { createRandom } from "../../../src/base/random.js";
import { noMetrics } from "../../../src/controller/metrics.js";
import { FakeControlPlane } from "../../support/controller/fake-control-plane.js";
import { spread } from "../../support/controller/pictures.js";
import { indexCreate, nodeRegister } from "../../support/state/commands.js";
const show = (l: string) => (f: any, t: string) => { if (l !== "debug" || process.env["DBG"]) console.log(l, t, JSON.stringify(f)); };
const mk = (): any => ({ error: show("error"), warn: show("warn"), info: show("info"), debug: show("debug"), child: mk });
const quiet: any = { error: show("node-error"), warn: show("node-warn"), info() {}, debug() {}, child: () => quiet };
it.each(["reference", "go"] as const)("smoke %s", async (mode) => {
  const plane = new FakeControlPlane();
  const opt = { budgetMs: undefined, origin: "t" };
  await plane.propose({ kind: "cluster.init", clusterUuid: "c1", clusterName: "t" }, opt);
  const start = performance.now();
  const controller = createController({ electionTimeoutMs: 1000 }, {
    controlPlane: plane, random: createRandom(1), log: mk(), metrics: noMetrics, dialDataNode: createDataNodeClient, defer: (cb) => { setImmediate(cb); },
    newId: () => Math.random().toString(36).slice(2).padEnd(22, "x").slice(0, 22),
    clock: { wallMs: () => Date.now(), monotonicMs: () => performance.now(), after: (ms, cb) => { const t = setTimeout(cb, ms); return { cancel: () => clearTimeout(t) }; } },
  });
  plane.lead(true);
  const server = new Server();
  const h = (f: (r: any) => Promise<any>) => (call: any, cb: any) => { f(call.request).then((v) => cb(null, v), (e) => cb({ code: 9, details: String(e) })); };
  server.addService(wire.MasterService.service, {
    RegisterNode: h(async (r) => { await plane.propose(nodeRegister(r.node_id, { bindAddr: r.bind_addr, grpcPort: r.grpc_port, capabilities: r.capabilities }), opt); return { acknowledged: true }; }),
    NodeHeartbeat: h(async (r) => { controller.heartbeat(r.node_id, {} as any); return { acknowledged: true }; }),
    UnregisterNode: h(async (r) => { await plane.propose({ kind: "node.unregister", nodeId: r.node_id }, opt); return { acknowledged: true }; }),
    ReportShardStarted: h(async (r) => { const x = await plane.propose({ kind: "shard.started", items: [{ indexName: r.index_name, indexUuid: r.index_uuid, shard: r.shard_id, allocationId: r.allocation_id, primaryTerm: r.primary_term }] }, opt); const i: any = (x.result as any).items[0]; if (!i.ok) console.log("started rejected", i.message); return { acknowledged: i.ok }; }),
    ReportShardFailed: h(async (r) => { console.log("failed report", r.detail); const x = await plane.propose({ kind: "shard.failed", epoch: 0, items: [{ indexName: r.index_name, indexUuid: r.index_uuid, shard: r.shard_id, allocationId: r.allocation_id, reason: r.primary_allocation_id ? "primary_failed" : "allocation_failed", detail: r.detail, ...(r.primary_allocation_id ? { byPrimary: { allocationId: r.primary_allocation_id, primaryTerm: r.primary_term } } : {}) }] }, opt); return { acknowledged: (x.result as any).items[0].ok }; }),
  });
  const port = await new Promise<number>((res, rej) => server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (e, p) => e ? rej(e) : res(p)));
  const dir = mkdtempSync("/tmp/smoke-");
  const boot = (id: string, grpcPort = 0) => startDevNode({ nodeId: id, bindAddr: "127.0.0.1", grpcPort, masters: [`127.0.0.1:${port}`], dataDir: `${dir}/${id}`, tier: "", maxShards: 0, labels: {}, mode }, { logger: quiet });
  const nodes = await Promise.all(["n1", "n2", "n3", "n4"].map((id) => boot(id)));
  await Promise.all(nodes.map((n) => n.registered()));
  const until = async (what: string, cond: () => boolean, ms = 40000) => { const t = performance.now(); while (!cond()) { if (performance.now() - t > ms) { console.log("TIMEOUT", what, JSON.stringify(spread(plane.cluster, "logs")), JSON.stringify(plane.cluster.state.nodes.sortedValues().map((n) => [n.nodeId, n.status, n.statusReason]))); for (let s = 0; s < 10; s++) console.log(plane.cluster.copies("logs", s).join(" | ")); throw new Error(what); } await new Promise((r) => setTimeout(r, 5)); } console.log(what, (performance.now() - t).toFixed(0), "ms; v", plane.cluster.state.version); };
  const replicas = mode === "go" ? 0 : 1; const total = 10 * (1 + replicas);
  const started = () => plane.cluster.index("logs").shards.flatMap((s) => s.copies).filter((c) => c.state === "STARTED").length;
  await new Promise((r) => setTimeout(r, 300));
  await plane.propose(indexCreate("logs", { numberOfShards: 10, numberOfReplicas: replicas, delayedTimeoutMs: 4000, tiering: { defaultTier: "", tierRules: {} } }), opt);
  await until("primaries", () => started() >= 10);
  await until("all", () => started() === total); console.log(JSON.stringify(spread(plane.cluster, "logs")));
  await new Promise((r) => setTimeout(r, 1500)); console.log("settled", JSON.stringify(spread(plane.cluster, "logs")));
  const n4 = nodes[3]!; const p4 = n4.port; await n4.kill();
  await until("offline", () => plane.cluster.state.nodes.get("n4")?.status === "offline");
  if (mode === "reference") await until("recovered", () => started() === total);
  nodes[3] = await boot("n4", p4);
  await until("balanced", () => { const s = spread(plane.cluster, "logs"); return started() === total && Object.values(s).every(([c, p]) => mode === "go" || (c === 5 && p >= 2 && p <= 3)); });
  console.log(JSON.stringify(spread(plane.cluster, "logs")));
  await new Promise((r) => setTimeout(r, 1500)); const v = plane.cluster.state.version; await new Promise((r) => setTimeout(r, 6000)); console.log("still?", v, plane.cluster.state.version);
  await plane.propose({ kind: "index.delete", name: "logs" }, opt);
  if (mode === "reference") await until("cleaned", () => plane.cluster.state.tombstones.size === 0);
  else { await new Promise((r) => setTimeout(r, 3000)); console.log(JSON.stringify(controller.stats())); }
  controller.close(); await Promise.all(nodes.map((n) => n.kill())); server.forceShutdown();
}, 120000);
