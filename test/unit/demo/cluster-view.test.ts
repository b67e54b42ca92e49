import { describe, expect, it } from "vitest";

import {
  isAllGreen,
  renderChanges,
  renderScreen,
  whatIsMissing,
  type ClusterView,
  type CopyView,
  type ShardView,
} from "../../../src/demo/cluster-view.js";

const copy = (role: CopyView["role"], nodeId: string, state: CopyView["state"]): CopyView => ({
  role,
  nodeId,
  state,
  reason: state === "UNASSIGNED" ? "node_left" : "",
});

const shardWith = (shard: number, ...copies: CopyView[]): ShardView => ({
  indexName: "demo",
  shard,
  copies,
});

const started = (shard: number): ShardView =>
  shardWith(shard, copy("primary", "n1", "STARTED"), copy("replica", "n2", "STARTED"));

const green: ClusterView = {
  masters: [
    { id: "m1", address: "127.0.0.1:9301", pid: 11, running: true },
    { id: "m2", address: "127.0.0.1:9311", pid: 12, running: false },
  ],
  nodes: [
    { id: "n1", address: "127.0.0.1:9303", pid: 21, running: true },
    { id: "n2", address: "127.0.0.1:9313", pid: 22, running: true },
  ],
  leaderId: "m1",
  term: 4,
  status: "GREEN",
  version: 17,
  registered: [
    { id: "n1", status: "HEALTHY" },
    { id: "n2", status: "OFFLINE" },
  ],
  shards: [0, 1, 2, 3, 4].map(started),
};

const replaceShard = (shard: ShardView): ClusterView => ({
  ...green,
  shards: green.shards.map((one) => (one.shard === shard.shard ? shard : one)),
});

describe("all is green", () => {
  it("when every copy of every shard is started", () => {
    expect(isAllGreen(green, 1)).toBe(true);
  });

  it.each([
    ["the cluster is not", { ...green, status: "YELLOW" }, "the cluster is YELLOW"],
    ["a shard is missing", { ...green, shards: green.shards.slice(1) }, "8 of 10 shard copies"],
    [
      "a copy is not started",
      replaceShard(
        shardWith(3, copy("primary", "n1", "STARTED"), copy("replica", "n2", "INITIALIZING")),
      ),
      "9 of 10 shard copies",
    ],
    ["a copy is missing", replaceShard(shardWith(3, copy("primary", "n1", "STARTED"))), "9 of 10"],
    ["nobody answers", { ...green, status: "" }, "no master answers"],
    ["nobody leads", { ...green, leaderId: "", status: "RED" }, "there is no leader"],
    [
      "a node is not registered",
      { ...green, status: "YELLOW", registered: green.registered.slice(1) },
      "not registered: n1",
    ],
  ])("not when %s", (_what, view, missing) => {
    if (view.status === "GREEN" && view.leaderId !== "") expect(isAllGreen(view, 1)).toBe(false);
    expect(whatIsMissing(view, 1)).toContain(missing);
  });
});

describe("the screen", () => {
  it("shows who leads, the processes, and a row for each shard", () => {
    const view = replaceShard(
      shardWith(1, copy("primary", "n2", "INITIALIZING"), copy("replica", "n1", "UNASSIGNED")),
    );
    expect(renderScreen(view)).toEqual([
      "cluster GREEN, version 17",
      "",
      "  master m1  127.0.0.1:9301   pid 11       leader of term 4",
      "  master m2  127.0.0.1:9311   not running",
      "  node   n1  127.0.0.1:9303   pid 21       healthy",
      "  node   n2  127.0.0.1:9313   pid 22       offline",
      "",
      "  shard     n1                n2                unassigned",
      "  demo/0    P started         r started",
      "  demo/1                      P initializing    r unassigned",
      "  demo/2    P started         r started",
      "  demo/3    P started         r started",
      "  demo/4    P started         r started",
    ]);
  });
});

describe("the lines about changes", () => {
  it("tell everything at first and nothing when nothing changed", () => {
    const first = renderChanges(undefined, { ...green, shards: [started(0)] });
    expect(first).toEqual([
      "m1 leads in term 4",
      "node n1 is HEALTHY",
      "node n2 is OFFLINE",
      "demo/0 primary on n1 is STARTED",
      "demo/0 replica on n2 is STARTED",
      "the cluster is GREEN",
    ]);
    expect(renderChanges(green, green)).toEqual([]);
  });

  it("tell what is different", () => {
    const after: ClusterView = {
      ...replaceShard(
        shardWith(2, copy("primary", "n2", "STARTED"), copy("replica", "n1", "UNASSIGNED")),
      ),
      leaderId: "m2",
      term: 5,
      status: "YELLOW",
    };
    expect(renderChanges(green, after)).toEqual([
      "m2 leads in term 5",
      "demo/2 primary on n2 is STARTED",
      "demo/2 replica is UNASSIGNED (node_left)",
      "the cluster is YELLOW",
    ]);
  });
});
