/** WatchClusterState over a real connection: order, resumption, snapshots and slow clients. */
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { watchersPerHostMax } from "../../../src/server/limits.js";
import { GrpcHarness } from "../../support/server/grpc-harness.js";
import type { SeenEvent, TestWatch } from "../../support/server/grpc-harness.js";
import { indexCreate, nodeRegister } from "../../support/state/commands.js";

let harness: GrpcHarness;

beforeEach(async () => {
  harness = new GrpcHarness();
  await harness.start();
});

afterEach(async () => {
  await harness.stop();
});

function typesOf(events: readonly SeenEvent[]): string[] {
  return events.map((event) => `${String(event.version)} ${event.type}`);
}

/** Every version from `from` on, each whole and once. */
function expectWhole(watch: TestWatch, from: number): void {
  let version = from;
  for (const event of watch.events) {
    expect(event.version).toBe(version);
    if (event.last) version += 1;
  }
}

describe("changes", () => {
  it("arrive typed, in order, from the version after the given one", async () => {
    const { version } = harness.controlPlane.state;
    const watch = harness.watch({ from_version: version, cluster_uuid: "cluster-uuid" });
    harness.controlPlane.accept(nodeRegister("n1"));
    harness.controlPlane.accept(indexCreate("logs", { numberOfShards: 2 }));
    await harness.ok("AllocateShard", { index_name: "logs", shard_id: 1, is_primary: true });
    harness.controlPlane.accept({ kind: "cluster.settings", changes: { "a.b": "1" } });
    await harness.ok("UpdateIndexSettings", {
      index_name: "logs",
      settings: { refresh_interval: "9s" },
    });
    harness.controlPlane.accept(nodeRegister("n1", { bindAddr: "10.0.0.2" }));
    harness.controlPlane.accept({ kind: "node.unregister", nodeId: "n1" });
    harness.controlPlane.accept({ kind: "index.delete", name: "logs" });
    await watch.untilVersion(version + 8);
    const first = version + 1;
    expect(typesOf(watch.events)).toEqual([
      `${String(first)} NODE_JOINED`,
      `${String(first + 1)} INDEX_CREATED`,
      `${String(first + 2)} SHARD_ALLOCATED`,
      `${String(first + 3)} SETTINGS_UPDATED`,
      `${String(first + 4)} INDEX_UPDATED`,
      `${String(first + 5)} NODE_UPDATED`,
      `${String(first + 6)} NODE_LEFT`,
      `${String(first + 6)} SHARD_UPDATED`,
      `${String(first + 7)} INDEX_DELETED`,
    ]);
    expectWhole(watch, first);
    const [joined, created, allocated, settings, updated, , left] = watch.events;
    expect(joined?.change.nodes[0]?.node_id).toBe("n1");
    expect(created?.change.indices[0]?.index_name).toBe("logs");
    expect(Object.keys(created?.change.routing[0]?.shards ?? {})).toEqual(["0", "1"]);
    expect(allocated?.change.shards[0]).toMatchObject({
      index_name: "logs",
      routing: { shard_id: 1, allocation: { node_id: "n1" } },
    });
    expect(settings?.change).toMatchObject({ has_settings: true, settings: { "a.b": "1" } });
    expect(updated?.change.indices[0]?.settings?.refresh_interval).toBe("9s");
    expect(left?.change.left_nodes).toEqual(["n1"]);
    expect(watch.events.at(-1)?.change.deleted_indices).toEqual(["logs"]);
    watch.cancel();
  });

  it("go on after an interruption where the client says", async () => {
    const { version } = harness.controlPlane.state;
    for (let n = 0; n < 20; n += 1) harness.controlPlane.accept(indexCreate(`i${String(n)}`));
    const watch = harness.watch({ from_version: version + 7 });
    await watch.untilVersion(version + 20);
    expectWhole(watch, version + 8);
    watch.cancel();
  });

  it("are the same bytes' worth for every watcher", async () => {
    const { version } = harness.controlPlane.state;
    const watches = [1, 2, 3].map(() => harness.watch({ from_version: version }));
    harness.controlPlane.accept(indexCreate("logs"));
    await Promise.all(watches.map((watch) => watch.untilVersion(version + 1)));
    expect(watches[1]?.events).toEqual(watches[0]?.events);
    expect(watches[2]?.events).toEqual(watches[0]?.events);
    for (const watch of watches) watch.cancel();
  });
});

describe("snapshots", () => {
  it.each([
    ["from 0", { from_version: 0 }],
    ["of another cluster", { from_version: 2, cluster_uuid: "another" }],
    ["of forgotten history", { from_version: 1 }],
  ])("begin a watch %s, in chunks below 1 MiB", async (_what, request) => {
    for (let n = 0; n < 30; n += 1) {
      const name = `index-${String(n).padStart(2, "0")}`;
      harness.controlPlane.accept(indexCreate(name, { numberOfShards: 500, numberOfReplicas: 1 }));
    }
    harness.controlPlane.accept(nodeRegister("n1"));
    harness.controlPlane.historyFrom = 5;
    const { version } = harness.controlPlane.state;
    const watch = harness.watch(request);
    await watch.untilVersion(version);
    const { events } = watch;
    expect(events.length).toBeGreaterThan(3);
    expect(new Set(typesOf(events))).toEqual(new Set([`${String(version)} SNAPSHOT`]));
    expect(events.map((event) => event.last).indexOf(true)).toBe(events.length - 1);
    expect(Math.max(...events.map((event) => event.bytes))).toBeLessThan(1024 * 1024);
    expect(events[0]?.change.cluster_uuid).toBe("cluster-uuid");
    const names = events.flatMap((event) => event.change.indices.map((index) => index.index_name));
    expect(names).toHaveLength(30);
    const shards = events.flatMap((event) =>
      event.change.routing.flatMap((table) => Object.values(table.shards)),
    );
    expect(shards).toHaveLength(15_000);
    expect(events.flatMap((event) => event.change.nodes)).toHaveLength(1);
    harness.controlPlane.accept(indexCreate("later"));
    await watch.untilVersion(version + 1);
    expect(watch.events.at(-1)?.type).toBe("INDEX_CREATED");
    watch.cancel();
  });

  it("are none before this member has a state", async () => {
    const { state } = harness.controlPlane;
    harness.controlPlane.install({ ...state, version: 0, clusterUuid: "" });
    const watch = harness.watch({ from_version: 0 });
    await untilWatched(1);
    harness.controlPlane.install(state);
    await watch.untilVersion(state.version);
    expect(watch.events.map((event) => event.version)).toEqual([state.version]);
    watch.cancel();
  });

  it("begin the watch of a client whose other cluster was further ahead", async () => {
    const { version } = harness.controlPlane.state;
    const watch = harness.watch({ from_version: version + 1_000, cluster_uuid: "another" });
    await watch.untilVersion(version);
    expect(watch.events.at(-1)?.type).toBe("SNAPSHOT");
    watch.cancel();
  });

  it("come again when the member's state was replaced", async () => {
    const { version } = harness.controlPlane.state;
    const watch = harness.watch({ from_version: version });
    harness.controlPlane.accept(indexCreate("logs"));
    await watch.untilVersion(version + 1);
    harness.controlPlane.install({ ...harness.controlPlane.state, version: version + 50 });
    await watch.untilVersion(version + 50);
    expect(watch.events.at(-1)?.type).toBe("SNAPSHOT");
    watch.cancel();
  });
});

describe("a version that this member does not have yet", () => {
  it("is waited for", async () => {
    const { version } = harness.controlPlane.state;
    const watch = harness.watch({ from_version: version + 1 });
    const other = harness.watch({ from_version: version });
    harness.controlPlane.accept(indexCreate("one"));
    await other.untilVersion(version + 1);
    harness.controlPlane.accept(indexCreate("two"));
    await watch.untilVersion(version + 2);
    expect(typesOf(watch.events)).toEqual([`${String(version + 2)} INDEX_CREATED`]);
    watch.cancel();
    other.cancel();
  });

  it("ends the watch when the budget does", async () => {
    const { version } = harness.controlPlane.state;
    const watch = harness.watch({ from_version: version + 100 });
    await untilWatched(1);
    harness.clock.advance(8_000);
    await watch.until(({ ended }) => ended !== undefined);
    expect(watch.ended?.code).toBe(status.FAILED_PRECONDITION);
    expect(harness.controlPlane.watchCount).toBe(0);
  });

  it("is no version when it is negative", async () => {
    const watch = harness.watch({ from_version: -1 });
    await watch.until(({ ended }) => ended !== undefined);
    expect(watch.ended?.code).toBe(status.INVALID_ARGUMENT);
  });
});

async function untilWatched(count: number): Promise<void> {
  while (harness.controlPlane.watchCount !== count) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}

describe("the end of a watch", () => {
  it("leaves nothing behind when the client goes", async () => {
    const watch = harness.watch({ from_version: 0 });
    await watch.untilVersion(harness.controlPlane.state.version);
    expect(harness.controlPlane.watchCount).toBe(1);
    watch.cancel();
    await untilWatched(0);
    const metrics = await harness.deps.metrics.registry.metrics();
    expect(metrics).toContain("quidditch_master_watchers 0");
  });

  it("is UNAVAILABLE when the member stops, and everything is over in time", async () => {
    const watch = harness.watch({ from_version: 0 });
    await watch.untilVersion(harness.controlPlane.state.version);
    const stopped = harness.server.stop(1_500);
    await watch.until(({ ended }) => ended !== undefined);
    expect(watch.ended?.code).toBe(status.UNAVAILABLE);
    await stopped;
    expect(harness.controlPlane.watchCount).toBe(0);
  });

  it("is UNAVAILABLE when the member can no longer follow", async () => {
    const watch = harness.watch({ from_version: 0 });
    await watch.untilVersion(harness.controlPlane.state.version);
    harness.controlPlane.endWatches();
    await watch.until(({ ended }) => ended !== undefined);
    expect(watch.ended?.code).toBe(status.UNAVAILABLE);
  });

  it("is RESOURCE_EXHAUSTED for a host that has its share of watches", async () => {
    const held = Array.from({ length: watchersPerHostMax }, () =>
      harness.watch({ from_version: 0 }),
    );
    await Promise.all(held.map((watch) => watch.until(({ events }) => events.length > 0)));
    const refused = harness.watch({ from_version: 0 });
    await refused.until(({ ended }) => ended !== undefined);
    expect(refused.ended?.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(refused.ended?.details).toContain("end some first");
  });

  it("is RESOURCE_EXHAUSTED for a client that does not keep up, which can resume", async () => {
    const { version } = harness.controlPlane.state;
    const watch = harness.watch({ from_version: version });
    await untilWatched(1);
    watch.pause();
    for (let n = 0; harness.controlPlane.watchCount > 0; n += 1) {
      expect(n).toBeLessThan(10_000);
      const changes = { large: `${String(n)} ${"x".repeat(8_000)}` };
      harness.controlPlane.accept({ kind: "cluster.settings", changes });
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
    watch.resume();
    await watch.until(({ ended }) => ended !== undefined);
    expect(watch.ended?.code).toBe(status.RESOURCE_EXHAUSTED);
    expectWhole(watch, version + 1);
    const last = watch.events.findLast((event) => event.last)?.version ?? version;
    const resumed = harness.watch({ from_version: last });
    await resumed.untilVersion(harness.controlPlane.state.version);
    expectWhole(resumed, last + 1);
    resumed.cancel();
    const metrics = await harness.deps.metrics.registry.metrics();
    expect(metrics).toContain("quidditch_master_watchers_slow_total 1");
  });
});
