import { status } from "@grpc/grpc-js";
import { beforeEach, describe, expect, it } from "vitest";

import { createRandom } from "../../../src/base/random.js";
import { CallError } from "../../../src/devnode/call-error.js";
import type { CreateShardRequest } from "../../../src/wire/gen/quidditch/data/CreateShardRequest.js";
import { indexUuid, order } from "../../support/devnode/harness.js";
import { MemoryFiles } from "../../support/devnode/memory-files.js";
import {
  createSimulatedNode,
  routeTo,
  type SimulatedNode,
} from "../../support/devnode/simulated-node.js";
import type { NetworkCall, NodeNetwork } from "../../support/devnode/node-network.js";
import { VirtualTime } from "../../support/devnode/virtual-time.js";

let clock: VirtualTime;
let nodes: SimulatedNode[];
let files: MemoryFiles[];
/** What the masters were told, as "method allocation". */
let told: string[];
let answerOfMaster: (method: string) => Promise<object>;
/** How long a call between nodes takes. */
let travelMs: (call: NetworkCall) => number;
/** How long a sync on the second node takes. */
let syncMs: (path: string) => number;

beforeEach(async () => {
  clock = new VirtualTime();
  told = [];
  travelMs = () => 1;
  syncMs = () => 1;
  answerOfMaster = () => Promise.resolve({ acknowledged: true });
  const network: NodeNetwork = {
    callMaster: ({ method, request }) => {
      const about = "allocation_id" in request ? ` ${String(request.allocation_id)}` : "";
      if (method !== "NodeHeartbeat") told.push(method + about);
      return answerOfMaster(method);
    },
    callNode: async (call) => {
      await elapsed(travelMs(call));
      return routeTo(nodes, call);
    },
  };
  files = [1, 2].map(
    (number) =>
      new MemoryFiles({
        clock,
        random: createRandom(number),
        syncMs: (path) => (number === 2 ? syncMs(path) : 1),
      }),
  );
  nodes = files.map((disk, at) =>
    createSimulatedNode({
      nodeId: `n${String(at + 1)}`,
      address: `10.0.0.${String(at + 1)}:9303`,
      masters: ["10.0.1.1:9301"],
      clock,
      random: createRandom(at),
      files: disk,
      network,
    }),
  );
  await inTime(Promise.all(nodes.map((node) => node.start())));
  await order1("CreateShard", { ...copy("a1"), is_primary: true, source: "RECOVERY_SOURCE_EMPTY" });
  await order1("UpdateShard", primaryOf(1, []));
});

const first = (): SimulatedNode => nodes[0] as SimulatedNode;
const second = (): SimulatedNode => nodes[1] as SimulatedNode;

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}

/** Lets time pass until the work is done. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let done = false;
  const finish = (): void => {
    done = true;
  };
  work.then(finish, finish);
  if (!(await clock.passUntil(() => done, 20_000))) throw new Error("it takes too long");
  return work;
}

const order1 = (method: string, request: object): Promise<object> =>
  inTime(first().handle(method, request));
const order2 = (method: string, request: object): Promise<object> =>
  inTime(second().handle(method, request));

function copy(allocationId: string, term = 1): CreateShardRequest {
  return {
    index_name: "books",
    shard_id: 0,
    order: order(allocationId, { primary_term: term }),
  };
}

/** An order to the second node to fill a copy from the first. */
function fromFirst(allocationId: string, term = 1): CreateShardRequest {
  return {
    ...copy(allocationId, term),
    source: "RECOVERY_SOURCE_PEER",
    primary: { node_id: "n1", address: first().address },
  };
}

/** An order to the first node to act as primary beside these copies on the second. */
function primaryOf(version: number, allocationIds: readonly string[], term = 1): object {
  return {
    ...copy("a1", term),
    is_primary: true,
    shard_version: version,
    peers: allocationIds.map((allocationId) => ({
      node_id: "n2",
      address: second().address,
      allocation_id: allocationId,
      in_sync: false,
    })),
  };
}

function put(id: string): Promise<object> {
  return first().handle("PutDocument", document(id));
}

function document(id: string): object {
  return { index_name: "books", shard_id: 0, document_id: id, body: Buffer.from(id) };
}

const idsOf = (node: SimulatedNode): string[] =>
  node
    .documents(indexUuid, 0)
    .map(({ id }) => id)
    .sort();

const isStarted = (): boolean => second().heldShards()[0]?.state === "STARTED";

/** Makes the copy b1 on the second node and waits until it is complete. */
async function addReplica(): Promise<void> {
  await order1("UpdateShard", primaryOf(2, ["b1"]));
  await order2("CreateShard", fromFirst("b1"));
  expect(await clock.passUntil(isStarted, 5_000)).toBe(true);
}

describe("a recovery that is begun anew", () => {
  it("keeps what is written meanwhile, although the one before it still drops documents", async () => {
    await addReplica();
    await inTime(put("kept"));
    // A document that the primary does not have, so that the next recovery rewrites the file.
    const stray = { ...document("stray"), index_uuid: indexUuid, allocation_id: "b1" };
    await order2("ReplicateDocument", { ...stray, primary_term: 1, sequence: 99 });
    await order1("UpdateShard", primaryOf(3, ["b2"]));
    let rewriting = false;
    syncMs = (path) => {
      if (!path.endsWith("documents.log.tmp")) return 1;
      rewriting = true;
      return 500;
    };
    await order2("CreateShard", fromFirst("b2"));
    expect(await clock.passUntil(() => rewriting, 5_000)).toBe(true);
    // The primary's term changes while the first recovery rewrites; the second one is slow.
    await order1("UpdateShard", primaryOf(4, ["b2"], 2));
    travelMs = (call) => (call.method === "RecoverNext" ? 2_000 : 1);
    await order2("CreateShard", fromFirst("b2", 2));
    await clock.pass(1_000);
    await inTime(put("meanwhile"));
    expect(await clock.passUntil(isStarted, 20_000)).toBe(true);
    expect(idsOf(second())).toEqual(["kept", "meanwhile"]);
  });
});

describe("a write of a new primary", () => {
  it("is not put into the copy that takes the place of the one that it is for", async () => {
    await addReplica();
    await order1("UpdateShard", primaryOf(3, ["b2"]));
    syncMs = (path) => (path.endsWith("shard.json.tmp") ? 100 : 1);
    const write = { ...document("d1"), index_uuid: indexUuid, allocation_id: "b1" };
    const late = second().handle("ReplicateDocument", { ...write, primary_term: 2, sequence: 9 });
    const outcome = expect(late).rejects.toMatchObject({ code: status.NOT_FOUND });
    await clock.pass(20);
    await order2("CreateShard", fromFirst("b2", 2));
    await outcome;
    expect(second().heldShards()).toMatchObject([{ allocationId: "b2" }]);
    expect(idsOf(second())).toEqual([]);
  });
});

describe("a write that reaches another node", () => {
  it("says nothing about the copy that it is for: the masters are asked", async () => {
    await addReplica();
    const peers = [
      { node_id: "n9", address: second().address, allocation_id: "c1", in_sync: false },
    ];
    await order1("UpdateShard", { ...primaryOf(4, []), peers });
    told = [];
    await inTime(put("d1"));
    expect(told).toContain("ReportShardFailed c1");
  });
});

describe("a primary that asks for a removal", () => {
  it("goes on when an order says meanwhile that the copy is gone, whatever the answer", async () => {
    await addReplica();
    second().crash();
    let refuse: () => void = () => undefined;
    answerOfMaster = (method) =>
      method === "ReportShardFailed"
        ? new Promise((_resolve, reject) => {
            refuse = () => {
              reject(new CallError(status.NOT_FOUND, "no copy has allocation id b1"));
            };
          })
        : Promise.resolve({ acknowledged: true });
    const write = put("d1");
    expect(await clock.passUntil(() => told.includes("ReportShardFailed b1"), 5_000)).toBe(true);
    await order1("UpdateShard", primaryOf(4, []));
    refuse();
    expect(await inTime(write)).toMatchObject({ primary_term: 1 });
    expect(first().heldShards()).toMatchObject([{ actingTerm: 1 }]);
  });
});

describe("a copy that was filled when its node went", () => {
  beforeEach(async () => {
    await inTime(put("d1"));
    answerOfMaster = (method) =>
      method === "ReportShardStarted"
        ? new Promise(() => undefined)
        : Promise.resolve({ acknowledged: true });
    await order1("UpdateShard", primaryOf(2, ["b1"]));
    await order2("CreateShard", fromFirst("b1"));
    await clock.passUntil(() => told.includes("ReportShardStarted b1"), 5_000);
  });

  it.each(["process", "power"] as const)("is reported again when the %s is back", async (kind) => {
    await inTime(second().restart(kind));
    expect(isStarted()).toBe(false);
    answerOfMaster = () => Promise.resolve({ acknowledged: true });
    told = [];
    expect(await clock.passUntil(isStarted, 10_000)).toBe(true);
    expect(told).toContain("ReportShardStarted b1");
    expect(idsOf(second())).toEqual(["d1"]);
  });

  it("does not claim a later term that it has merely heard of", async () => {
    const write = { ...document("d2"), index_uuid: indexUuid, allocation_id: "b1" };
    await order2("ReplicateDocument", { ...write, primary_term: 2, sequence: 9 });
    expect(second().heldShards()).toMatchObject([{ state: "INITIALIZING", primaryTerm: 2 }]);
    expect(await order2("GetNodeStats", { include_shards: true })).toMatchObject({
      shards: [{ allocation_id: "b1", state: "SHARD_STATE_STARTED", primary_term: 1 }],
    });
    // Ordered to begin again under that term, it does.
    await order1("UpdateShard", primaryOf(3, ["b1"], 2));
    answerOfMaster = () => Promise.resolve({ acknowledged: true });
    await order2("CreateShard", fromFirst("b1", 2));
    expect(await clock.passUntil(isStarted, 10_000)).toBe(true);
    expect(idsOf(second())).toEqual(["d1"]);
  });

  it("goes on saying so when the masters refuse it", async () => {
    await inTime(second().restart("process"));
    answerOfMaster = (method) =>
      method === "ReportShardStarted"
        ? Promise.reject(new CallError(status.ABORTED, "reported under an old term"))
        : Promise.resolve({ acknowledged: true });
    await clock.pass(30_000);
    expect(told).not.toContain("ReportShardFailed b1");
    expect(await order2("GetNodeStats", { include_shards: true })).toMatchObject({
      shards: [{ state: "SHARD_STATE_STARTED", primary_term: 1, failure: "" }],
    });
    // The pauses grow: nobody is asked in a hurry.
    const count = told.filter((line) => line === "ReportShardStarted b1").length;
    expect(count).toBeLessThan(8);
  });

  it("acts as primary when the masters say that it became one meanwhile", async () => {
    first().crash("power");
    await inTime(second().restart("power"));
    await order2("UpdateShard", {
      ...copy("b1", 2),
      is_primary: true,
      shard_version: 9,
      peers: [],
    });
    expect(second().heldShards()).toMatchObject([{ state: "STARTED", actingTerm: 2, failure: "" }]);
    expect(idsOf(second())).toEqual(["d1"]);
  });
});

describe("a copy that was being filled when its node went", () => {
  it("goes on by itself", async () => {
    await inTime(put("d1"));
    travelMs = (call) => (call.method === "RecoverNext" ? 3_000 : 1);
    await order1("UpdateShard", primaryOf(2, ["b1"]));
    await order2("CreateShard", fromFirst("b1"));
    await clock.pass(1_000);
    await inTime(second().restart("power"));
    expect(second().heldShards()).toMatchObject([{ state: "INITIALIZING" }]);
    travelMs = () => 1;
    expect(await clock.passUntil(isStarted, 20_000)).toBe(true);
    expect(idsOf(second())).toEqual(["d1"]);
  });
});

describe("the documents of a copy", () => {
  it.each(["lost", "cut short"])("that are %s behind the node's back are missed", async (what) => {
    await inTime(put("d1"));
    first().crash();
    const path = files[0]?.paths().find((one) => one.endsWith("documents.log")) ?? "";
    if (what === "lost") files[0]?.lose(path);
    else files[0]?.cutShort(path, 5);
    await inTime(first().start());
    expect(first().heldShards()[0]?.failure).toContain(path);
    await clock.pass(5_000);
    expect(told).toContain("ReportShardFailed a1");
  });
});
