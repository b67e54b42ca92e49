/** Answers of GetClusterState: their bytes, their size at scale, and their pages. */
import { describe, expect, it } from "vitest";

import { MasterError } from "../../../src/base/errors.js";
import type { ReadView } from "../../../src/controlplane/port.js";
import { Fragments } from "../../../src/server/grpc/fragments.js";
import { routingEntryBytes } from "../../../src/server/grpc/routing-bytes.js";
import { StateAnswers, pageAfterOf } from "../../../src/server/grpc/state-answers.js";
import type { StateQuery } from "../../../src/server/grpc/state-answers.js";
import { answerBytesMax } from "../../../src/server/limits.js";
import type { ClusterState, IndexRecord, ShardCopy } from "../../../src/state/model.js";
import { messages } from "../../../src/wire/load.js";
import { largeState, indexNameOf, withMovedShard } from "../../support/server/large-state.js";
import { ManualClock } from "../../support/server/manual-clock.js";

const all: StateQuery = {
  routing: true,
  nodes: false,
  indices: false,
  copies: false,
  names: [],
  pageAfter: undefined,
};

function viewOf(state: ClusterState): ReadView {
  const leader = {
    epoch: 3,
    nodeId: "master-1",
    grpcAddress: "127.0.0.1:9301",
    electedAtMs: 0,
    isSelf: true,
  };
  return { state, leader, stale: false };
}

function newAnswers(): { readonly answers: StateAnswers; readonly near: boolean[] } {
  const near: boolean[] = [];
  const answers = new StateAnswers({
    clock: new ManualClock(),
    nodeReports: { lastSeenMs: () => undefined },
    metrics: {
      stateAnswer: (_bytes, isNear) => {
        near.push(isNear);
      },
    },
    fragments: new Fragments(),
  });
  return { answers, near };
}

function withCopies(record: IndexRecord, copies: readonly ShardCopy[]): IndexRecord {
  return { ...record, shards: record.shards.map((shard) => ({ ...shard, copies })) };
}

describe("the routing of an index", () => {
  const base = { slot: 0, role: "primary" as const, allocationId: "a" };
  const states: [string, ShardCopy, string, string][] = [
    ["started", { ...base, state: "STARTED", nodeId: "n1" }, "n1", "STARTED"],
    ["moving", { ...base, state: "RELOCATING", nodeId: "n1", targetSlot: 1 }, "n1", "STARTED"],
    [
      "initializing on a node with a long name",
      {
        ...base,
        state: "INITIALIZING",
        nodeId: "ü".repeat(100),
        source: "empty",
        relocatesSlot: -1,
        sinceMs: 0,
        failedAttempts: 0,
      },
      "ü".repeat(100),
      "INITIALIZING",
    ],
    [
      "unassigned from a node",
      {
        ...base,
        state: "UNASSIGNED",
        nodeId: "n1",
        reason: "node_left",
        sinceMs: 0,
        failedAttempts: 0,
        detail: "",
      },
      "",
      "UNASSIGNED",
    ],
  ];

  it.each(states)("is read by a general decoder when %s", (_what, copy, nodeId, state) => {
    const original = largeState({ indices: 1, shardsPerIndex: 300, nodes: 3 });
    const record = original.indices.get(indexNameOf(0));
    if (record === undefined) throw new Error("the index was made");
    const bytes = routingEntryBytes(withCopies(record, [copy]));
    const table = messages.RoutingTable.deserialize(bytes).indices[record.name];
    expect(table?.index_name).toBe(record.name);
    expect(Object.keys(table?.shards ?? {})).toHaveLength(300);
    for (const [key, shard] of Object.entries(table?.shards ?? {})) {
      expect(shard).toMatchObject({
        shard_id: Number(key),
        is_primary: true,
        allocation: { node_id: nodeId, state: `SHARD_STATE_${state}`, allocated_at: null },
      });
    }
  });
});

describe("the size of an answer", () => {
  it.each([
    [100, 1_000],
    [10_000, 10],
  ])("fits existing clients with %i indices of %i shards", async (indices, shardsPerIndex) => {
    const state = largeState({ indices, shardsPerIndex, nodes: 100 });
    const { answers, near } = newAnswers();
    const bytes = await answers.answer(viewOf(state), all);
    expect(bytes.length).toBeLessThan(answerBytesMax);
    expect(bytes.length).toBeGreaterThan(2_000_000);
    const list = { ...all, routing: false, indices: true, nodes: true };
    expect((await answers.answer(viewOf(state), list)).length).toBeLessThan(answerBytesMax);
    expect(near.some((isNear) => isNear)).toBe(bytes.length >= answerBytesMax * 0.8);
  });

  it("is refused clearly when it is too large, unless the client pages", async () => {
    const state = largeState({ indices: 300, shardsPerIndex: 1_000, nodes: 100 });
    const { answers } = newAnswers();
    for (let tries = 0; tries < 2; tries += 1) {
      const refused = await answers.answer(viewOf(state), all).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(MasterError);
      expect(refused).toMatchObject({ code: "limit_exceeded" });
      expect(String(refused)).toContain("page_token");
    }
    const seen = new Set<string>();
    let token: string | undefined = "";
    for (let pages = 0; token !== undefined; pages += 1) {
      expect(pages).toBeLessThan(100);
      const pageAfter = pageAfterOf(token);
      const query: StateQuery = { ...all, indices: true, pageAfter };
      const bytes = await answers.answer(viewOf(state), query);
      expect(bytes.length).toBeLessThan(2 * 1024 * 1024);
      const page = messages.ClusterStateResponse.deserialize(bytes);
      const names = page.indices.map((index) => index.index_name);
      expect(Object.keys(page.routing_table?.indices ?? {})).toEqual(names);
      for (const name of names) {
        expect(seen.has(name)).toBe(false);
        seen.add(name);
      }
      token = page.next_page_token;
    }
    expect(seen.size).toBe(300);
  });
});

describe("a kept answer", () => {
  it("is the very same bytes until something changes", async () => {
    const state = largeState({ indices: 5, shardsPerIndex: 3, nodes: 2 });
    const { answers } = newAnswers();
    const first = await answers.answer(viewOf(state), all);
    expect(await answers.answer(viewOf(state), all)).toBe(first);
    const moved = withMovedShard(state, 2);
    const second = messages.ClusterStateResponse.deserialize(
      await answers.answer(viewOf(moved), all),
    );
    expect(second.version).toBe(state.version + 1);
    const shard = moved.indices.get(indexNameOf(2))?.shards[0]?.copies[0];
    const shown = second.routing_table?.indices[indexNameOf(2)]?.shards[0]?.allocation;
    expect(shown?.node_id).toBe(shard?.nodeId);
    const stale = { ...viewOf(moved), stale: true };
    const marked = messages.ClusterStateResponse.deserialize(await answers.answer(stale, all));
    expect(marked.stale).toBe(true);
  });
});
