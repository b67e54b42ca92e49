/** What each answer of a data node means, above all the two meanings of "already exists". */
import { describe, expect, it } from "vitest";
import { grpcStatus } from "../../../src/base/errors.js";
import type { Order, ReportedShard } from "../../../src/controller/data-node.js";
import type {
  CallFailure,
  CallResult,
  DataNodeClient,
} from "../../../src/controller/data-node-calls.js";
import { executeOrder, type OrderOutcome } from "../../../src/controller/order-outcome.js";

const base = {
  nodeId: "n1",
  indexName: "logs",
  indexUuid: "u",
  shard: 0,
  allocationId: "a",
  primaryTerm: 1,
};
const create: Order = {
  ...base,
  kind: "create",
  primary: true,
  source: "empty",
  settings: {},
  from: undefined,
  shardVersion: 1,
};
const fromPeer: Order = { ...create, source: "peer" };
const update: Order = { ...base, kind: "update", primary: true, peers: [], shardVersion: 1 };
const remove: Order = { ...base, kind: "delete" };

function failure(
  message: string,
  code: number = grpcStatus.internal,
  kind: CallFailure["kind"] = "answered",
): CallResult<never> {
  return { ok: false, failure: { kind, code, message } };
}

function run(
  order: Order,
  answer: CallResult<void>,
  more: {
    readonly phase?: CallResult<ReportedShard["phase"]>;
    readonly peerRecovery?: boolean;
  } = {},
): Promise<OrderOutcome> {
  const client: DataNodeClient = {
    getNodeStats: () => Promise.reject(new Error("not asked")),
    getShardPhase: () => Promise.resolve(more.phase ?? failure("gone", grpcStatus.notFound)),
    send: () => Promise.resolve(answer),
    close: () => undefined,
  };
  return executeOrder({
    client,
    order,
    authority: { clusterUuid: "c", epoch: 1 },
    limits: { deadlineMs: 1, signal: new AbortController().signal },
    peerRecovery: more.peerRecovery ?? false,
  });
}

const done: CallResult<void> = { ok: true, value: undefined };
const loaded = { phase: { ok: true, value: "started" } } as const;
const exists = failure("failed to create shard: shard logs:0 already exists");
const inTheWay = failure("failed to create Diagon shard: shard at path /d already exists");

describe("the meaning of an answer", () => {
  it.each([
    ["created by a Go node: usable", run(create, done), "done"],
    ["created empty by a capable node", run(create, done, { peerRecovery: true }), "done"],
    ["to be filled from a peer", run(fromPeer, done, { peerRecovery: true }), "recovering"],
    ["exists and is loaded", run(create, exists, loaded), "done"],
    ["exists, files only", run(create, inTheWay), "refused"],
    ["exists, and no telling", run(create, exists, { phase: failure("?") }), "retry"],
    ["full", run(create, failure("max shards limit reached")), "refused"],
    ["bad name", run(create, failure("bad", grpcStatus.invalidArgument)), "refused"],
    ["another failure", run(create, failure("disk is slow")), "retry"],
    ["no answer", run(create, failure("", grpcStatus.deadlineExceeded, "timeout")), "retry"],
    ["refused", run(create, failure("", grpcStatus.unavailable, "unreachable")), "retry"],
    ["cancelled", run(create, failure("", grpcStatus.cancelled, "cancelled")), "dropped"],
    ["obeys another", run(create, failure("", grpcStatus.failedPrecondition)), "fenced"],
    ["deleted", run(remove, done), "done"],
    ["was not there", run(remove, failure("shard logs:0 not found")), "done"],
    ["could not delete", run(remove, failure("busy")), "retry"],
    ["knows no updates", run(update, failure("", 12, "unimplemented")), "done"],
    ["has no such copy", run(update, failure("", grpcStatus.notFound)), "retry"],
  ] as const)("%s", async (_name, outcome, kind) => {
    expect((await outcome).kind).toBe(kind);
  });

  it("refuses for good what only a restart can mend, and for a while what may pass", async () => {
    expect(await run(create, inTheWay)).toMatchObject({ lasting: true });
    expect(await run(create, failure("max shards limit reached"))).toMatchObject({
      lasting: false,
    });
  });
});
