/** Every unary method over a real connection: what it accepts beside what it refuses. */
import { Metadata, status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { MasterError } from "../../../src/base/errors.js";
import { GrpcHarness } from "../../support/server/grpc-harness.js";
import { indexCreate, nodeRegister } from "../../support/state/commands.js";

let harness: GrpcHarness;

beforeEach(async () => {
  harness = new GrpcHarness();
  await harness.start();
});

afterEach(async () => {
  await harness.stop();
});

/** An index whose shards are on n1, started. */
async function startedIndex(name: string, shards = 1): Promise<void> {
  harness.controlPlane.accept(indexCreate(name, { numberOfShards: shards }));
  const uuid = harness.controlPlane.state.indices.get(name)?.uuid ?? "";
  for (let shard = 0; shard < shards; shard += 1) {
    const { allocation } = await harness.ok("AllocateShard", {
      index_name: name,
      shard_id: shard,
      is_primary: true,
    });
    expect(allocation?.state).toBe("SHARD_STATE_INITIALIZING");
    const copy = harness.controlPlane.state.indices.get(name)?.shards[shard]?.copies[0];
    await harness.ok("ReportShardStarted", {
      node_id: "n1",
      index_name: name,
      index_uuid: uuid,
      shard_id: shard,
      allocation_id: copy?.allocationId ?? "",
      primary_term: 0,
    });
  }
}

describe("CreateIndex", () => {
  it("commits and answers the committed version when nothing is awaited", async () => {
    const response = await harness.ok("CreateIndex", {
      index_name: "logs",
      settings: { number_of_shards: 3, number_of_replicas: 1 },
      wait_for_active_shards: 0,
    });
    const record = harness.controlPlane.state.indices.get("logs");
    expect(response).toMatchObject({
      acknowledged: true,
      index_name: "logs",
      version: harness.controlPlane.state.version,
      shards_acknowledged: false,
      index_uuid: record?.uuid,
    });
    expect(record?.settings).toMatchObject({ numberOfShards: 3, delayedTimeoutMs: 60_000 });
  });

  it("means one shard by zero and no replica by nothing", async () => {
    await harness.ok("CreateIndex", { index_name: "logs", settings: {} });
    const settings = harness.controlPlane.state.indices.get("logs")?.settings;
    expect(settings).toMatchObject({ numberOfShards: 1, numberOfReplicas: 0 });
  });

  it("does not wait when no node could take the shards", async () => {
    const response = await harness.ok("CreateIndex", { index_name: "logs", settings: {} });
    expect(response).toMatchObject({ acknowledged: true, shards_acknowledged: false });
  });

  it("waits until the primaries are started", async () => {
    harness.controlPlane.accept(nodeRegister("n1"));
    const created = harness.ok("CreateIndex", { index_name: "logs", settings: {} });
    const watch = harness.watch({ from_version: 0 });
    await watch.until(() => harness.controlPlane.state.indices.has("logs"));
    const { allocation } = await harness.ok("AllocateShard", {
      index_name: "logs",
      shard_id: 0,
      is_primary: true,
    });
    expect(allocation?.node_id).toBe("n1");
    const record = harness.controlPlane.state.indices.get("logs");
    await harness.ok("ReportShardStarted", {
      node_id: "n1",
      index_name: "logs",
      index_uuid: record?.uuid ?? "",
      shard_id: 0,
      allocation_id: record?.shards[0]?.copies[0]?.allocationId ?? "",
    });
    expect(await created).toMatchObject({ acknowledged: true, shards_acknowledged: true });
    watch.cancel();
  });

  it("answers all the same when the shards are late", async () => {
    harness.controlPlane.accept(nodeRegister("n1"));
    const created = harness.ok("CreateIndex", { index_name: "logs", settings: {} });
    const watch = harness.watch({ from_version: 0 });
    await watch.until(({ events }) => events.some((event) => event.change.indices.length > 0));
    harness.clock.advance(5_000);
    expect(await created).toMatchObject({ acknowledged: true, shards_acknowledged: false });
    expect(harness.controlPlane.watchCount).toBe(1);
    watch.cancel();
  });

  it.each([
    ["no name", { settings: {} }, status.INVALID_ARGUMENT],
    ["no settings", { index_name: "logs" }, status.INVALID_ARGUMENT],
    ["a name that is a path", { index_name: "a/../b", settings: {} }, status.INVALID_ARGUMENT],
    ["an upper-case name", { index_name: "Logs", settings: {} }, status.INVALID_ARGUMENT],
    [
      "a negative number of shards",
      { index_name: "logs", settings: { number_of_shards: -1 } },
      status.INVALID_ARGUMENT,
    ],
    [
      "more copies to wait for than there are",
      { index_name: "logs", settings: {}, wait_for_active_shards: 2 },
      status.INVALID_ARGUMENT,
    ],
  ])("refuses %s", async (_what, request, code) => {
    const before = harness.controlPlane.proposals.length;
    expect(await harness.refused("CreateIndex", request)).toMatchObject({ code });
    expect(harness.controlPlane.proposals).toHaveLength(before);
  });

  it("refuses a name that is taken", async () => {
    harness.controlPlane.accept(indexCreate("logs"));
    expect(await harness.refused("CreateIndex", { index_name: "logs", settings: {} })).toEqual({
      code: status.ALREADY_EXISTS,
      errorCode: "index_already_exists",
      text: expect.stringContaining("already exists") as string,
    });
  });
});

describe("DeleteIndex", () => {
  it("deletes, and refuses an unknown index and a wrong expectation", async () => {
    harness.controlPlane.accept(indexCreate("logs"));
    const wrong = { index_name: "logs", expected_version: 99 };
    expect(await harness.refused("DeleteIndex", wrong)).toMatchObject({ code: status.ABORTED });
    const other = { index_name: "logs", expected_index_uuid: "another" };
    expect(await harness.refused("DeleteIndex", other)).toMatchObject({ code: status.ABORTED });
    const response = await harness.ok("DeleteIndex", { index_name: "logs" });
    expect(response).toMatchObject({
      acknowledged: true,
      version: harness.controlPlane.state.version,
    });
    expect(await harness.refused("DeleteIndex", { index_name: "logs" })).toMatchObject({
      code: status.NOT_FOUND,
      text: "index not found: logs",
    });
    const unnamed = await harness.refused("DeleteIndex", {});
    expect(unnamed.code).toBe(status.INVALID_ARGUMENT);
  });
});

describe("UpdateIndexSettings", () => {
  it("changes what is given and keeps the rest", async () => {
    harness.controlPlane.accept(indexCreate("logs", { custom: { a: "1", b: "2" } }));
    const before = harness.controlPlane.state.indices.get("logs")?.settings;
    await harness.ok("UpdateIndexSettings", {
      index_name: "logs",
      settings: { number_of_shards: 1, refresh_interval: "30s", custom: { a: "", c: "3" } },
    });
    expect(harness.controlPlane.state.indices.get("logs")?.settings).toEqual({
      ...before,
      refreshInterval: "30s",
      custom: { b: "2", c: "3" },
    });
    const none = { index_name: "logs", settings: { number_of_replicas: 2 } };
    await harness.ok("UpdateIndexSettings", none);
    expect(harness.controlPlane.state.indices.get("logs")?.settings.numberOfReplicas).toBe(2);
  });

  it("refuses another number of shards, no settings and a wrong expectation", async () => {
    harness.controlPlane.accept(indexCreate("logs"));
    const refused = (request: object): Promise<{ code: number }> =>
      harness.refused("UpdateIndexSettings", { index_name: "logs", ...request });
    expect(await refused({ settings: { number_of_shards: 5 } })).toMatchObject({
      code: status.INVALID_ARGUMENT,
    });
    expect(await refused({})).toMatchObject({ code: status.INVALID_ARGUMENT });
    const conflict = { settings: { refresh_interval: "5s" }, expected_version: 77 };
    expect(await refused(conflict)).toMatchObject({ code: status.ABORTED });
    const unknown = { index_name: "nothing", settings: { refresh_interval: "5s" } };
    expect(await refused(unknown)).toMatchObject({ code: status.NOT_FOUND });
  });
});

describe("AllocateShard", () => {
  it("takes the preferred node, and then says where the copy is", async () => {
    for (const id of ["n1", "n2"]) harness.controlPlane.accept(nodeRegister(id));
    harness.controlPlane.accept(indexCreate("logs"));
    const request = { index_name: "logs", shard_id: 0, is_primary: true, preferred_node_id: "n2" };
    expect(await harness.ok("AllocateShard", request)).toMatchObject({
      acknowledged: true,
      node_id: "n2",
      allocation: { node_id: "n2", state: "SHARD_STATE_INITIALIZING" },
    });
    const again = await harness.ok("AllocateShard", { ...request, preferred_node_id: "n1" });
    expect(again.node_id).toBe("n2");
    expect(harness.controlPlane.proposals).toHaveLength(1);
  });

  it("takes the best node when the preferred one cannot have the copy", async () => {
    harness.controlPlane.accept(nodeRegister("n1"));
    harness.controlPlane.accept(nodeRegister("n2", { nodeType: "coordination" }));
    harness.controlPlane.accept(indexCreate("logs"));
    const response = await harness.ok("AllocateShard", {
      index_name: "logs",
      is_primary: true,
      preferred_node_id: "n2",
    });
    expect(response.node_id).toBe("n1");
  });

  it("refuses what does not exist, and what no node can take", async () => {
    harness.controlPlane.accept(indexCreate("logs"));
    const refused = (request: object): Promise<{ code: number; text: string }> =>
      harness.refused("AllocateShard", { index_name: "logs", is_primary: true, ...request });
    expect(await refused({ index_name: "nothing" })).toMatchObject({ code: status.NOT_FOUND });
    expect(await refused({ shard_id: 9 })).toMatchObject({ code: status.NOT_FOUND });
    expect(await refused({ shard_id: -1 })).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(await refused({ is_primary: false })).toMatchObject({ code: status.NOT_FOUND });
    expect(await refused({ preferred_node_id: "n9" })).toMatchObject({ code: status.NOT_FOUND });
    expect(await refused({})).toMatchObject({ code: status.ABORTED });
  });

  it("starts over when the shard changed meanwhile", async () => {
    harness.controlPlane.accept(nodeRegister("n1"));
    harness.controlPlane.accept(indexCreate("logs"));
    harness.controlPlane.failures.push(new MasterError("version_conflict", "the shard changed"));
    const response = await harness.ok("AllocateShard", { index_name: "logs", is_primary: true });
    expect(response.node_id).toBe("n1");
    expect(harness.controlPlane.proposals).toHaveLength(2);
  });
});

describe("RebalanceShards", () => {
  it("lists moves in a dry run and orders them otherwise", async () => {
    harness.controlPlane.accept(nodeRegister("n1"));
    await startedIndex("logs", 4);
    harness.controlPlane.accept(nodeRegister("n2"));
    const { version } = harness.controlPlane.state;
    const dry = await harness.ok("RebalanceShards", { index_names: ["logs"], dry_run: true });
    expect(dry.relocations.length).toBeGreaterThan(0);
    expect(dry.relocations[0]).toMatchObject({ from_node: "n1", to_node: "n2" });
    expect(harness.controlPlane.state.version).toBe(version);
    const wet = await harness.ok("RebalanceShards", {});
    expect(wet.relocations.length).toBeGreaterThan(0);
    const copies = harness.controlPlane.state.indices.get("logs")?.shards.flatMap((s) => s.copies);
    expect(copies?.filter((copy) => copy.state === "RELOCATING")).toHaveLength(
      wet.relocations.length,
    );
  });

  it("refuses an unknown index", async () => {
    const refused = await harness.refused("RebalanceShards", { index_names: ["nothing"] });
    expect(refused).toMatchObject({ code: status.NOT_FOUND, text: "index not found: nothing" });
  });
});

describe("ReportShardStarted and ReportShardFailed", () => {
  it("refuse what is missing or not so", async () => {
    harness.controlPlane.accept(nodeRegister("n1"));
    await startedIndex("logs");
    const uuid = harness.controlPlane.state.indices.get("logs")?.uuid ?? "";
    const report = {
      node_id: "n1",
      index_name: "logs",
      index_uuid: uuid,
      shard_id: 0,
      allocation_id: "unknown",
    };
    const started = await harness.refused("ReportShardStarted", report);
    expect(started.code).not.toBe(status.INTERNAL);
    const unnamed = await harness.refused("ReportShardStarted", { ...report, node_id: "" });
    expect(unnamed.code).toBe(status.INVALID_ARGUMENT);
    const failed = await harness.refused("ReportShardFailed", { ...report, allocation_id: "" });
    expect(failed.code).toBe(status.INVALID_ARGUMENT);
    const stale = await harness.refused("ReportShardFailed", {
      ...report,
      primary_allocation_id: "someone",
      primary_term: 1,
    });
    expect(stale.code).not.toBe(status.OK);
  });

  it("fail an initializing copy", async () => {
    harness.controlPlane.accept(nodeRegister("n1"));
    harness.controlPlane.accept(indexCreate("logs"));
    await harness.ok("AllocateShard", { index_name: "logs", is_primary: true });
    const record = harness.controlPlane.state.indices.get("logs");
    await harness.ok("ReportShardFailed", {
      node_id: "n1",
      index_name: "logs",
      index_uuid: record?.uuid ?? "",
      allocation_id: record?.shards[0]?.copies[0]?.allocationId ?? "",
      detail: "disk full",
    });
    const copy = harness.controlPlane.state.indices.get("logs")?.shards[0]?.copies[0];
    expect(copy).toMatchObject({ state: "UNASSIGNED", reason: "allocation_failed" });
  });
});

describe("RegisterNode", () => {
  const request = {
    node_id: "n1",
    node_type: "NODE_TYPE_DATA",
    bind_addr: "0.0.0.0",
    grpc_port: 9303,
    attributes: { storage_tier: "hot", max_shards: 100, version: "1.0.0" },
    capabilities: ["fencing", "peer_recovery", "of_tomorrow"],
  } as const;

  it("stores the peer's address for a wildcard, and capabilities that are known", async () => {
    const response = await harness.ok("RegisterNode", {
      ...request,
      capabilities: [...request.capabilities],
    });
    expect(response).toMatchObject({
      acknowledged: true,
      cluster_version: harness.controlPlane.state.version,
      cluster_uuid: "cluster-uuid",
      epoch: 1,
    });
    expect(harness.controlPlane.state.nodes.get("n1")).toMatchObject({
      bindAddr: "127.0.0.1",
      grpcPort: 9303,
      capabilities: ["fencing", "peer_recovery"],
    });
    expect(harness.deps.nodeReports.asked).toEqual([
      { nodeId: "n1", address: { host: "127.0.0.1", port: 9303 } },
    ]);
  });

  it("refuses an id that is still alive elsewhere, an empty id and a port that is none", async () => {
    const capabilities: string[] = [];
    const refused = (more: object): Promise<{ code: number }> =>
      harness.refused("RegisterNode", { ...request, capabilities, ...more });
    expect(await refused({ node_id: "" })).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(await refused({ grpc_port: 0 })).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(await refused({ grpc_port: -5 })).toMatchObject({ code: status.INVALID_ARGUMENT });
    harness.deps.nodeReports.allow = false;
    expect(await refused({})).toMatchObject({ code: status.ABORTED });
    expect(harness.controlPlane.state.nodes.size).toBe(0);
  });

  it("waits without a budget, and repeats what has an unknown outcome", async () => {
    harness.controlPlane.failures.push(new MasterError("leader_lost", "who knows"));
    const registered = harness.call("RegisterNode", { ...request, capabilities: [] });
    const retried = new Promise<void>((resolve) => {
      const look = (): void => {
        harness.clock.advance(200);
        if (harness.controlPlane.proposals.length > 1) resolve();
        else setImmediate(look);
      };
      look();
    });
    await retried;
    expect((await registered).response).toMatchObject({ acknowledged: true });
    expect(harness.controlPlane.proposals[0]?.options.budgetMs).toBeUndefined();
  });
});

describe("UnregisterNode", () => {
  it("removes a node, acknowledges an unknown one, and needs an id", async () => {
    harness.controlPlane.accept(nodeRegister("n1"));
    expect(await harness.ok("UnregisterNode", { node_id: "n1" })).toEqual({ acknowledged: true });
    expect(harness.controlPlane.state.nodes.size).toBe(0);
    expect(await harness.ok("UnregisterNode", { node_id: "n1" })).toEqual({ acknowledged: true });
    const unnamed = await harness.refused("UnregisterNode", {});
    expect(unnamed.code).toBe(status.INVALID_ARGUMENT);
  });
});

describe("NodeHeartbeat", () => {
  it("reaches the leader's liveness and leaves the version alone", async () => {
    harness.controlPlane.accept(nodeRegister("n1"));
    const { version } = harness.controlPlane.state;
    const stats = { total_shards: 3, cpu_usage_percent: Number.NaN };
    expect(await harness.ok("NodeHeartbeat", { node_id: "n1", stats })).toMatchObject({
      acknowledged: true,
      cluster_version: version,
    });
    expect(harness.deps.nodeReports.heartbeats).toMatchObject([
      { nodeId: "n1", stats: { totalShards: 3, cpuUsagePercent: 0 } },
    ]);
    expect(harness.controlPlane.state.version).toBe(version);
    expect(await harness.ok("NodeHeartbeat", { node_id: "n2" })).toMatchObject({
      acknowledged: false,
    });
    const unnamed = await harness.refused("NodeHeartbeat", {});
    expect(unnamed.code).toBe(status.INVALID_ARGUMENT);
  });

  it("is passed on by a follower, once", async () => {
    const leader = new GrpcHarness();
    await leader.start();
    leader.controlPlane.accept(nodeRegister("n1"));
    harness.controlPlane.accept(nodeRegister("n1"));
    const grpcAddress = `127.0.0.1:${String(leader.port)}`;
    const heard = new Promise<string>((resolve) => {
      leader.deps.nodeReports.heartbeat = resolve;
    });
    harness.controlPlane.setLeader({
      ...harness.controlPlane.leaderView,
      nodeId: "master-2",
      isSelf: false,
      grpcAddress,
    });
    expect(await harness.ok("NodeHeartbeat", { node_id: "n1" })).toMatchObject({
      acknowledged: true,
    });
    expect(await heard).toBe("n1");
    expect(harness.deps.nodeReports.heartbeats).toEqual([]);
    await leader.stop();
  });
});

describe("errors", () => {
  it.each([
    ["no_leader", status.FAILED_PRECONDITION],
    ["not_leader", status.FAILED_PRECONDITION],
    ["stopping", status.FAILED_PRECONDITION],
    ["leader_lost", status.UNAVAILABLE],
    ["deadline", status.DEADLINE_EXCEEDED],
    ["overloaded", status.RESOURCE_EXHAUSTED],
    ["limit_exceeded", status.RESOURCE_EXHAUSTED],
    ["version_conflict", status.ABORTED],
    ["wrong_state", status.ABORTED],
    ["node_not_found", status.NOT_FOUND],
    ["shard_not_found", status.NOT_FOUND],
    ["unimplemented", status.UNIMPLEMENTED],
    ["corrupt", status.DATA_LOSS],
  ] as const)("%s is status %i", async (code, expected) => {
    harness.controlPlane.failures.push(new MasterError(code, "said why", { shard: 7 }));
    const { error, trailer } = await harness.call("DeleteIndex", { index_name: "logs" });
    expect(error).toMatchObject({ code: expected, details: "said why" });
    expect(trailer.get("quidditch-error-code")).toEqual([code]);
    expect(trailer.get("quidditch-error-details")).toEqual(['{"shard":7}']);
    expect(trailer.get("quidditch-leader")).toEqual(["127.0.0.1:9301"]);
  });

  it("keeps what internal knows to itself, and logs it", async () => {
    harness.controlPlane.failures.push(new MasterError("internal", "secret", { path: "/secret" }));
    const { error, trailer } = await harness.call("DeleteIndex", { index_name: "logs" });
    expect(error?.code).toBe(status.INTERNAL);
    expect(error?.details).not.toContain("secret");
    expect(trailer.get("quidditch-error-details")).toEqual([]);
    expect(harness.deps.log.lines.filter((line) => line.level === "error")).toHaveLength(1);
  });

  it("survives texts that no header can carry", async () => {
    const text = `lone \ud800 surrogate, \n newline, ü and ${"x".repeat(10_000)}`;
    harness.controlPlane.failures.push(new MasterError("wrong_state", text, { name: "ü\n" }));
    const { error, trailer } = await harness.call("DeleteIndex", { index_name: "logs" });
    expect(error?.code).toBe(status.ABORTED);
    expect(error?.details).toContain("ü and xxx");
    expect(trailer.get("quidditch-error-details")).toEqual(['{"name":"\\u00fc\\n"}']);
  });

  it("refuses metadata that is too large", async () => {
    const metadata = new Metadata();
    metadata.set("x-large", "a".repeat(20_000));
    const { error } = await harness.call("GetClusterState", {}, { metadata });
    expect(error?.code).toBe(status.RESOURCE_EXHAUSTED);
  });
});

describe("the time budget", () => {
  it("is 8 s without a deadline and what the caller says with one", async () => {
    await harness.call("DeleteIndex", { index_name: "logs" });
    await harness.call("DeleteIndex", { index_name: "logs" }, { deadlineMs: 3_000 });
    await harness.call("DeleteIndex", { index_name: "logs" }, { deadlineMs: 3_600_000 });
    const budgets = harness.controlPlane.proposals.map(({ options }) => options.budgetMs ?? 0);
    expect(budgets[0]).toBe(8_000);
    expect(budgets[1]).toBeLessThan(3_000);
    expect(budgets[2]).toBe(60_000);
  });

  it("ends with the caller", async () => {
    harness.controlPlane.hasLeader = false;
    const { error } = await harness.call(
      "DeleteIndex",
      { index_name: "logs" },
      { deadlineMs: 100 },
    );
    expect(error?.code).toBe(status.DEADLINE_EXCEEDED);
    while (harness.controlPlane.waiting > 0) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
  });
});
