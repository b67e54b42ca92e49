import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { DevNodeHandle } from "../../../src/devnode/node.js";
import {
  Harness,
  createEmpty,
  createReplica,
  indexUuid,
  order,
  peer,
  update,
  type NodeClient,
} from "../../support/devnode/harness.js";

let harness: Harness;
let first: DevNodeHandle;
let second: DevNodeHandle;
let primary: NodeClient;
let replica: NodeClient;

beforeEach(async () => {
  harness = await Harness.open();
  first = await harness.node("n1");
  second = await harness.node("n2");
  primary = harness.client(first);
  replica = harness.client(second);
  await primary.create(createEmpty("a1"));
  await primary.update(update("a1", 1, []));
});

afterEach(() => harness.close());

/** Makes the copy b1 on the second node and waits until the masters know it. */
async function addReplica(): Promise<void> {
  await primary.update(update("a1", 2, [peer("b1", second, false)]));
  await replica.create(createReplica("b1", first));
  await harness.master.until(() => harness.master.started.length > 0);
  await primary.update(update("a1", 3, [peer("b1", second, true)]));
}

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(3, "0")}`);

describe("a recovery from the primary", () => {
  it("brings every document, those written meanwhile too, and is reported once done", async () => {
    const before = names("before", 200);
    await Promise.all(before.map((id) => primary.put(id, "x".repeat(4000))));
    await primary.update(update("a1", 2, [peer("b1", second, false)]));
    const meanwhile = names("meanwhile", 100);
    const [writes] = await Promise.all([
      Promise.all(meanwhile.map((id) => primary.put(id, id))),
      replica.create(createReplica("b1", first)),
      harness.master.until(() => harness.master.started.length > 0),
    ]);
    expect(writes).toHaveLength(100);
    expect(await replica.list()).toEqual([...before, ...meanwhile].sort());
    expect(await replica.get("meanwhile042")).toBe("meanwhile042");
    expect(harness.master.started).toEqual([
      {
        node_id: "n2",
        index_name: "books",
        index_uuid: indexUuid,
        shard_id: 0,
        allocation_id: "b1",
        primary_term: 1,
      },
    ]);
    expect(harness.master.failed).toEqual([]);
  });

  it("waits until the primary knows the copy", async () => {
    await primary.put("d1", "one");
    await replica.create(createReplica("b1", first));
    expect(await replica.shard()).toMatchObject({ state: "SHARD_STATE_INITIALIZING" });
    await primary.update(update("a1", 2, [peer("b1", second, false)]));
    await harness.master.until(() => harness.master.started.length > 0);
    expect(await replica.get("d1")).toBe("one");
  });

  it("is reported until a master has committed it; the node says what it holds meanwhile", async () => {
    harness.master.verdicts.started = status.UNAVAILABLE;
    await primary.update(update("a1", 2, [peer("b1", second, false)]));
    await replica.create(createReplica("b1", first));
    await harness.master.until(() => harness.master.started.length > 1);
    expect(await replica.shard()).toMatchObject({ state: "SHARD_STATE_STARTED", primary_term: 1 });
    harness.master.verdicts.started = "ok";
    const seen = harness.master.started.length;
    await harness.master.until(() => harness.master.started.length > seen);
    expect(harness.master.failed).toEqual([]);
  });

  it("is not called failed because the masters refuse it", async () => {
    harness.master.verdicts.started = status.ABORTED;
    await primary.update(update("a1", 2, [peer("b1", second, false)]));
    await replica.create(createReplica("b1", first));
    await harness.master.until(() => harness.master.started.length > 0);
    harness.master.verdicts.started = "ok";
    await harness.master.until(() => harness.master.started.length > 1);
    expect(harness.master.failed).toEqual([]);
    expect(await replica.shard()).toMatchObject({ state: "SHARD_STATE_STARTED", failure: "" });
  });

  it("reuses older files, and drops what the primary does not have", async () => {
    await addReplica();
    await primary.put("kept", "kept");
    await replica.replicate({
      index_name: "books",
      index_uuid: indexUuid,
      shard_id: 0,
      allocation_id: "b1",
      primary_term: 1,
      sequence: 99,
      document_id: "never acknowledged",
      body: Buffer.from("x"),
    });
    await primary.update(update("a1", 4, [peer("b2", second, false)]));
    await replica.create(createReplica("b2", first));
    await harness.master.until(() => harness.master.started.length > 1);
    await expect.poll(() => replica.shard()).toMatchObject({ state: "SHARD_STATE_STARTED" });
    expect(await replica.list()).toEqual(["kept"]);
    expect(await replica.shard()).toMatchObject({ allocation_id: "b2" });
  });

  it("goes on by itself after a restart", async () => {
    harness.master.verdicts.started = status.UNAVAILABLE;
    await primary.update(update("a1", 2, [peer("b1", second, false)]));
    await replica.create(createReplica("b1", first));
    await harness.master.until(() => harness.master.started.length > 0);
    await second.kill();
    const seen = harness.master.started.length;
    harness.master.verdicts.started = "ok";
    second = await harness.node("n2", { grpcPort: second.port });
    replica = harness.client(second);
    await primary.put("d1", "one");
    await harness.master.until(() => harness.master.started.length > seen);
    await replica.create(createReplica("b1", first));
    expect(await replica.shard()).toMatchObject({ state: "SHARD_STATE_STARTED" });
    expect(await replica.list()).toEqual(["d1"]);
  });
});

describe("a write", () => {
  it("is on every in-sync copy when it is acknowledged", async () => {
    await addReplica();
    await Promise.all(names("d", 50).map((id) => primary.put(id, id)));
    expect(await replica.list()).toEqual(names("d", 50));
    await Promise.all([first.kill(), second.kill()]);
    second = await harness.node("n2");
    expect(await harness.client(second).list()).toEqual(names("d", 50));
  });

  it("waits for the removal of a replica that is gone", async () => {
    await addReplica();
    await second.kill();
    const removal = harness.master.until(() => harness.master.failed.length > 0);
    await primary.put("d1", "one");
    await removal;
    expect(harness.master.failed).toHaveLength(1);
    expect(harness.master.failed[0]).toMatchObject({
      node_id: "n1",
      allocation_id: "b1",
      primary_allocation_id: "a1",
      primary_term: 1,
    });
    await primary.put("d2", "two");
    expect(harness.master.failed).toHaveLength(1);
  });

  it.each([status.ABORTED, status.NOT_FOUND])(
    "fails, and the primary stops, when the masters refuse the removal with %i",
    async (code) => {
      await addReplica();
      await second.kill();
      harness.master.verdicts.failed = code;
      await expect(primary.put("d1", "one")).rejects.toMatchObject({ code: status.UNAVAILABLE });
      harness.master.verdicts.failed = "ok";
      await expect(primary.put("d2", "two")).rejects.toMatchObject({ code: status.UNAVAILABLE });
      expect(await primary.shard()).toMatchObject({ shard_version: 0 });
      await primary.update(update("a1", 4, []));
      await primary.put("d3", "three");
    },
  );

  it("of an older primary term is refused by the replica, and that primary stops", async () => {
    await addReplica();
    const promoted = update("b1", 4, [], { primary_term: 2 });
    await replica.update(promoted);
    await expect(primary.put("late", "x")).rejects.toMatchObject({ code: status.UNAVAILABLE });
    expect(await replica.get("late")).toBeUndefined();
    await expect(primary.put("later", "x")).rejects.toMatchObject({ code: status.UNAVAILABLE });
    expect(harness.master.failed).toEqual([]);
  });

  it("of a promoted copy wins over what the old primary wrote alone", async () => {
    await addReplica();
    await primary.put("d1", "first");
    await replica.update(update("b1", 4, [], { primary_term: 2 }));
    await expect(primary.put("d1", "lost")).rejects.toMatchObject({ code: status.UNAVAILABLE });
    await replica.put("d1", "second");
    await replica.update(update("b1", 5, [peer("a2", first, false)], { primary_term: 2 }));
    await primary.create(createReplica("a2", second, { primary_term: 2 }));
    await harness.master.until(() => harness.master.started.length > 1);
    expect(await primary.get("d1")).toBe("second");
  });

  it("reaches a copy that is listed but not created yet once it recovers", async () => {
    await primary.update(update("a1", 2, [peer("b1", second, false)]));
    await primary.put("early", "x");
    expect(harness.master.failed).toEqual([]);
    await replica.create(createReplica("b1", first));
    await harness.master.until(() => harness.master.started.length > 0);
    expect(await replica.list()).toEqual(["early"]);
  });

  it("is not taken for a copy that was deleted meanwhile", async () => {
    await primary.remove({ index_name: "books", shard_id: 0, order: order("a1") });
    await expect(primary.put("d1", "x")).rejects.toMatchObject({ code: status.NOT_FOUND });
  });

  it.each([
    ["", "body"],
    ["x".repeat(600), "body"],
    ["id", "x".repeat(1024 * 1024 + 1)],
  ])("is refused when id or body have no fit size", async (id, body) => {
    await expect(primary.put(id, body)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});
