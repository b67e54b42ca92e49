import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { DevNodeHandle } from "../../../src/devnode/node.js";
import {
  Harness,
  createEmpty,
  createReplica,
  order,
  update,
  type NodeClient,
} from "../../support/devnode/harness.js";

let harness: Harness;
let node: DevNodeHandle;
let client: NodeClient;

beforeEach(async () => {
  harness = await Harness.open();
  node = await harness.node("n1");
  client = harness.client(node);
});

afterEach(() => harness.close());

async function restart(): Promise<void> {
  await node.kill();
  node = await harness.node("n1");
  client = harness.client(node);
}

describe("an order to create an empty copy", () => {
  it("makes a started copy that takes no writes until its start is committed", async () => {
    await client.create(createEmpty("a1"));
    expect(await client.shard()).toMatchObject({ state: "SHARD_STATE_STARTED" });
    await expect(client.put("d1", "x")).rejects.toMatchObject({ code: status.UNAVAILABLE });
    await client.create(createEmpty("a1"));
    await expect(client.put("d1", "x")).rejects.toMatchObject({ code: status.UNAVAILABLE });
    await client.update(update("a1", 1, []));
    expect((await client.put("d1", "x")).primary_term).toBe(1);
  });

  it("gives way to another one as long as its start was not committed", async () => {
    await client.create(createEmpty("a1"));
    await restart();
    await client.create(createEmpty("a2"));
    await client.update(update("a2", 1, []));
    await client.put("d1", "hello");
    expect(await client.shard()).toMatchObject({ allocation_id: "a2", docs_count: 1 });
  });

  it("makes a primary that takes writes once it may, and repeats to the same effect", async () => {
    await client.create(createEmpty("a1"));
    await client.update(update("a1", 1, []));
    const written = await client.put("d1", "hello");
    expect(written.primary_term).toBe(1);
    await client.create(createEmpty("a1"));
    expect(await client.get("d1")).toBe("hello");
    expect(await client.shard()).toMatchObject({
      index_name: "books",
      is_primary: true,
      allocation_id: "a1",
      primary_term: 1,
      state: "SHARD_STATE_STARTED",
      shard_version: 1,
      docs_count: 1,
    });
  });

  it("never replaces files of a copy that was started", async () => {
    await client.create(createEmpty("a1"));
    await client.update(update("a1", 1, []));
    await client.put("d1", "hello");
    await expect(client.create(createEmpty("a2"))).rejects.toMatchObject({
      code: status.ALREADY_EXISTS,
    });
    expect(await client.get("d1")).toBe("hello");
  });

  it("stops at the limit of shards", async () => {
    const small = await harness.node("small", { maxShards: 1 });
    const other = harness.client(small);
    await other.create(createEmpty("a1"));
    const second = createEmpty("a2", { index_uuid: "BBBBBBBBBBBBBBBBBBBBBB" });
    await expect(other.create(second)).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  });

  it.each([
    ["no order", { ...createEmpty("a1"), order: null }],
    ["no source", { ...createEmpty("a1"), source: "RECOVERY_SOURCE_UNSPECIFIED" as const }],
    ["no primary", { ...createEmpty("a1"), source: "RECOVERY_SOURCE_PEER" as const }],
    ["no allocation", createEmpty("")],
    ["a path for a uuid", createEmpty("a1", { index_uuid: "../../etc" })],
    ["no cluster", createEmpty("a1", { cluster_uuid: "" })],
    ["a negative shard", { ...createEmpty("a1"), shard_id: -1 }],
  ])("is refused with %s", async (_what, request) => {
    await expect(client.create(request)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    expect((await client.stats()).total_shards).toBe(0);
  });
});

describe("fencing", () => {
  it("refuses other clusters and lower epochs, also after a restart", async () => {
    await client.create(createEmpty("a1", { epoch: 5 }));
    await restart();
    const refused = { code: status.FAILED_PRECONDITION };
    const remove = (changes: object): Promise<unknown> =>
      client.remove({ index_name: "books", shard_id: 0, order: order("a1", changes) });
    await expect(remove({ epoch: 4 })).rejects.toMatchObject(refused);
    await expect(remove({ epoch: 9, cluster_uuid: "two" })).rejects.toMatchObject(refused);
    await expect(client.update(update("a1", 1, [], { epoch: 4 }))).rejects.toMatchObject(refused);
    expect(await client.stats()).toMatchObject({
      cluster_uuid: "cluster-one",
      epoch: 5,
      total_shards: 1,
    });
  });
});

describe("an order to update", () => {
  it("is ignored when it is older than the last one", async () => {
    await client.create(createEmpty("a1"));
    await client.update(update("a1", 7, [], { primary_term: 2 }));
    await client.update({ ...update("a1", 6, []), is_primary: false });
    expect(await client.shard()).toMatchObject({
      is_primary: true,
      primary_term: 2,
      shard_version: 7,
    });
  });

  it("is refused for a copy that is not here", async () => {
    await client.create(createEmpty("a1"));
    await expect(client.update(update("a2", 1, []))).rejects.toMatchObject({
      code: status.NOT_FOUND,
    });
  });

  it("takes the role away", async () => {
    await client.create(createEmpty("a1"));
    await client.update({ ...update("a1", 2, [], { primary_term: 2 }), is_primary: false });
    await expect(client.put("d1", "x")).rejects.toMatchObject({ code: status.UNAVAILABLE });
  });
});

describe("an order to delete", () => {
  const remove = (allocationId: string): Promise<unknown> =>
    client.remove({ index_name: "books", shard_id: 0, order: order(allocationId) });

  it("deletes files of exactly the named copy, and repeats to the same effect", async () => {
    await client.create(createEmpty("a1"));
    await remove("a0");
    expect((await client.stats()).total_shards).toBe(1);
    await remove("a1");
    await remove("a1");
    expect((await client.stats()).total_shards).toBe(0);
    expect(readdirSync(join(harness.dataDir("n1"), "shards"))).toEqual([]);
    await restart();
    expect((await client.stats()).total_shards).toBe(0);
  });

  it("without an allocation deletes what the index has here", async () => {
    await client.create(createEmpty("a1"));
    await remove("");
    expect((await client.stats()).total_shards).toBe(0);
  });
});

describe("a restart", () => {
  it("keeps documents and identity, and takes no writes until a leader confirms the role", async () => {
    await client.create(createEmpty("a1"));
    await client.update(update("a1", 3, []));
    const before = await client.put("d1", "hello");
    await restart();
    expect(await client.get("d1")).toBe("hello");
    expect(await client.shard()).toMatchObject({ allocation_id: "a1", shard_version: 0 });
    await expect(client.put("d2", "x")).rejects.toMatchObject({ code: status.UNAVAILABLE });
    await client.create(createEmpty("a1"));
    await expect(client.put("d2", "x")).rejects.toMatchObject({ code: status.UNAVAILABLE });
    await client.update(update("a1", 3, []));
    const after = await client.put("d2", "x");
    expect(after.sequence).toBeGreaterThan(before.sequence);
  });

  it("reports a damaged copy and does not serve it", async () => {
    await client.create(createEmpty("a1"));
    await client.update(update("a1", 1, []));
    await client.put("d1", "hello");
    await client.put("d2", "hello");
    await node.kill();
    const shards = join(harness.dataDir("n1"), "shards");
    const path = join(shards, readdirSync(shards)[0] ?? "", "documents.log");
    const { readFileSync, writeFileSync } = await import("node:fs");
    const bytes = readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    writeFileSync(path, bytes);
    node = await harness.node("n1");
    client = harness.client(node);
    await harness.master.until(() => harness.master.failed.length > 0);
    expect(harness.master.failed[0]).toMatchObject({ allocation_id: "a1", node_id: "n1" });
    expect(harness.master.failed[0]?.detail).toContain("is damaged at offset 8");
    expect(await client.shard()).toMatchObject({ state: "SHARD_STATE_CLOSED" });
    await expect(client.get("d1")).rejects.toMatchObject({ code: status.DATA_LOSS });
    await client.create(createReplica("a2", node, { primary_term: 2 }));
    expect(existsSync(`${path}.damaged`)).toBe(true);
  });
});

describe("faults", () => {
  it("fail orders to create, refuse calls, and end again", async () => {
    node.setFaults({ failCreate: true });
    await expect(client.create(createEmpty("a1"))).rejects.toMatchObject({
      code: status.INTERNAL,
    });
    node.setFaults({ refuse: true });
    await expect(client.stats()).rejects.toMatchObject({ code: status.UNAVAILABLE });
    node.setFaults({});
    await client.create(createEmpty("a1"));
    expect((await client.stats()).total_shards).toBe(1);
  });
});
