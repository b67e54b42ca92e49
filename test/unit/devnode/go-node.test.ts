import { existsSync } from "node:fs";
import { join } from "node:path";

import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { DevNodeHandle } from "../../../src/devnode/node.js";
import { Harness, update, type NodeClient } from "../../support/devnode/harness.js";

let harness: Harness;
let node: DevNodeHandle;
let client: NodeClient;

async function restart(options: { maxShards?: number } = {}): Promise<void> {
  await node.kill();
  node = await harness.node("go", { mode: "go", ...options });
  client = harness.client(node);
}

beforeEach(async () => {
  harness = await Harness.open();
  node = await harness.node("go", { mode: "go" });
  client = harness.client(node);
});

afterEach(() => harness.close());

const books = { index_name: "books", shard_id: 0 };

describe("a Go-mode node", () => {
  it("creates a shard in a folder of the index's name", async () => {
    const answer = await client.create({ ...books, is_primary: true });
    expect(answer).toEqual({ acknowledged: true, shard_key: "books:0" });
    expect(existsSync(join(harness.dataDir("go"), "books", "shard_0"))).toBe(true);
    expect(await client.info("books")).toMatchObject({
      is_primary: true,
      state: "SHARD_STATE_STARTED",
    });
  });

  it("says 'already exists' in two meanings", async () => {
    await client.create(books);
    await expect(client.create(books)).rejects.toMatchObject({
      code: status.INTERNAL,
      details: "failed to create shard: shard books:0 already exists",
    });
    await client.remove(books);
    const path = join(harness.dataDir("go"), "books", "shard_0");
    await expect(client.create(books)).rejects.toMatchObject({
      code: status.INTERNAL,
      details: `failed to create shard: failed to create Diagon shard: shard at path ${path} already exists`,
    });
    await expect(client.info("books")).rejects.toMatchObject({
      code: status.NOT_FOUND,
      details: "shard not found: shard books:0 not found",
    });
  });

  it("keeps the files of a deleted shard and opens them at the next start", async () => {
    await client.create({ ...books, is_primary: true });
    await client.put("d1", "old");
    await client.remove(books);
    await restart();
    expect(await client.info("books")).toMatchObject({
      state: "SHARD_STATE_STARTED",
      is_primary: false,
      docs_count: 0,
    });
    expect(await client.list()).toEqual(["d1"]);
    await expect(client.create(books)).rejects.toMatchObject({
      details: "failed to create shard: shard books:0 already exists",
    });
  });

  it("does not know a shard that was deleted", async () => {
    await expect(client.remove(books)).rejects.toMatchObject({
      code: status.INTERNAL,
      details: "failed to delete shard: shard books:0 not found",
    });
  });

  it("stops at its limit of shards", async () => {
    await restart({ maxShards: 1 });
    await client.create(books);
    await expect(client.create({ ...books, shard_id: 1 })).rejects.toMatchObject({
      code: status.INTERNAL,
      details: "failed to create shard: max shards limit reached (1)",
    });
  });

  it.each([
    ["", 0],
    ["books", -1],
    ["../escape", 0],
    ["a/b", 0],
    ["..", 0],
  ])("refuses index '%s' shard %i", async (indexName, shard) => {
    await expect(client.create({ index_name: indexName, shard_id: shard })).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
    });
  });

  it("reports its shards and nothing else", async () => {
    await client.create({ ...books, is_primary: true });
    await client.put("d1", "x");
    const stats = await client.stats();
    expect(stats).toMatchObject({
      node_id: "go",
      total_shards: 1,
      total_docs: 1,
      cpu_usage_percent: 0,
      memory_usage_percent: 0,
      disk_usage_percent: 0,
      uptime_seconds: 0,
    });
    for (const extension of ["cluster_uuid", "epoch"]) expect(stats).not.toHaveProperty(extension);
    expect(stats.shards[0]).toMatchObject({ index_name: "books", is_primary: true, docs_count: 1 });
    for (const extension of ["index_uuid", "allocation_id", "state", "shard_version", "failure"]) {
      expect(stats.shards[0]).not.toHaveProperty(extension);
    }
  });

  it("knows no extension", async () => {
    await client.create(books);
    await expect(client.update(update("a1", 1, []))).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
    });
  });
});
