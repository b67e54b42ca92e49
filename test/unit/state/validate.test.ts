/** Shape and limits of commands: each rule with a value that passes beside one that does not. */
import { describe, expect, it } from "vitest";
import type { Command } from "../../../src/state/commands.js";
import { limits } from "../../../src/state/limits.js";
import type { FieldMapping } from "../../../src/state/model.js";
import { validateCommand } from "../../../src/state/validate.js";
import {
  failedItem,
  indexCreate,
  nodeOffline,
  nodeRegister,
} from "../../support/state/commands.js";

const ref = { indexName: "logs", indexUuid: "uuid", shard: 0 };

function problem(command: Command): string | undefined {
  return validateCommand(command)?.message;
}

function field(properties: Record<string, FieldMapping> = {}): FieldMapping {
  return { type: "text", index: true, store: false, analyzer: "", properties };
}

function keys(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${String(n)}`, "v"]));
}

describe("index names", () => {
  const good = [
    "logs",
    "a",
    "2024.01.01",
    "größe",
    "日本語",
    ".kibana",
    "a_b-c+d",
    "é".repeat(127),
  ];
  it.each(good)("accepts %j", (name) => {
    expect(problem(indexCreate(name))).toBeUndefined();
    expect(problem(indexCreate("other", {}, { aliases: { [name]: "" } }))).toBeUndefined();
  });

  const bad: readonly (readonly [string, string])[] = [
    ["", "empty"],
    [".", "[.]"],
    ["..", "[..]"],
    ["_all", "start with"],
    ["-a", "start with"],
    ["+a", "start with"],
    ["Logs", "lowercase; use [logs]"],
    ["É", "lowercase"],
    ["bad/../name", "[/]"],
    ["a\\b", "[\\]"],
    ["a*", "[*]"],
    ["a?", "[?]"],
    ['a"', '["]'],
    ["a<", "[<]"],
    ["a>", "[>]"],
    ["a|", "[|]"],
    ["a b", "[ ]"],
    ["a,b", "[,]"],
    ["a#b", "[#]"],
    ["a:b", "[:]"],
    ["a\u0000b", "control"],
    ["a\nb", "control"],
    ["a\u0085b", "control"],
    ["a\ud800", "surrogate"],
    ["a".repeat(256), "256 bytes"],
    ["é".repeat(128), "256 bytes"],
    ["😀".repeat(64), "256 bytes"],
  ];
  it.each(bad)("refuses %j", (name, text) => {
    expect(problem(indexCreate(name))).toContain(text);
    expect(problem(indexCreate("other", {}, { aliases: { [name]: "" } }))).toContain(text);
    expect(validateCommand(indexCreate(name))?.code).toBe("invalid_argument");
  });

  it("does not judge a name that is only looked up", () => {
    expect(problem({ kind: "index.delete", name: "Not A Name" })).toBeUndefined();
    expect(problem({ kind: "index.delete", name: "" })).toContain("empty");
    expect(problem({ kind: "index.delete", name: "x".repeat(2_000) })).toContain("2000");
  });

  it("refuses an alias that is the index itself", () => {
    expect(problem(indexCreate("logs", {}, { aliases: { logs: "" } }))).toContain("index itself");
  });
});

describe("index settings", () => {
  const good: readonly Parameters<typeof indexCreate>[1][] = [
    { numberOfShards: 1, numberOfReplicas: 0 },
    { numberOfShards: 1_024, numberOfReplicas: 32 },
    { delayedTimeoutMs: 0 },
    { refreshInterval: "" },
    { custom: { "index.routing.allocation.require.zone": "a\nb" } },
    { compression: { codec: "", level: -1 } },
  ];
  it.each(good)("accepts %j", (settings) => {
    expect(problem(indexCreate("logs", settings))).toBeUndefined();
  });

  const bad: readonly (readonly [Parameters<typeof indexCreate>[1], string])[] = [
    [{ numberOfShards: 0 }, "number_of_shards is 0; use an integer from 1 to 1024"],
    [{ numberOfShards: 1_025 }, "number_of_shards"],
    [{ numberOfShards: 1.5 }, "number_of_shards"],
    [{ numberOfShards: Number.NaN }, "number_of_shards"],
    [{ numberOfReplicas: -1 }, "number_of_replicas"],
    [{ numberOfReplicas: 33 }, "number_of_replicas"],
    [{ delayedTimeoutMs: -1 }, "delayed_timeout"],
    [{ delayedTimeoutMs: limits.delayedTimeoutMsMax + 1 }, "delayed_timeout"],
    [{ refreshInterval: "x".repeat(256) }, "refresh_interval"],
    [{ compression: { codec: "a\u0001", level: 0 } }, "compression codec"],
    [{ compression: { codec: "lz4", level: 2 ** 31 } }, "compression level"],
    [{ tiering: { defaultTier: "x".repeat(256), tierRules: {} } }, "default tier"],
    [{ tiering: { defaultTier: "hot", tierRules: keys(65) } }, "tier rules"],
    [{ custom: keys(1_001) }, "index settings"],
    [{ custom: { "": "x" } }, "empty"],
    [{ custom: { ["x".repeat(256)]: "x" } }, "256 characters"],
    [{ custom: { a: "x".repeat(8_193) } }, "8193 characters"],
    [{ custom: { a: "\ud800" } }, "surrogate"],
    [{ custom: Object.fromEntries([["__proto__", "x"]]) }, "__proto__"],
  ];
  it.each(bad)("refuses %j", (settings, text) => {
    expect(problem(indexCreate("logs", settings))).toContain(text);
    const { numberOfShards, ...patch } = settings ?? {};
    if (numberOfShards !== undefined) return;
    expect(problem({ kind: "index.settings", name: "logs", patch })).toContain(text);
  });

  it("bounds what is expected of the index", () => {
    const command = { kind: "index.delete", name: "logs" } as const;
    expect(problem({ ...command, expectedVersion: 3, expectedUuid: "u" })).toBeUndefined();
    expect(problem({ ...command, expectedVersion: -1 })).toContain("expected version");
    expect(problem({ ...command, expectedUuid: "u".repeat(65) })).toContain("expected uuid");
  });

  it("bounds aliases and their filters", () => {
    expect(problem(indexCreate("logs", {}, { aliases: keys(256) }))).toBeUndefined();
    expect(problem(indexCreate("logs", {}, { aliases: keys(257) }))).toContain("aliases");
    const filter = { a: "x".repeat(limits.aliasFilterLengthMax + 1) };
    expect(problem(indexCreate("logs", {}, { aliases: filter }))).toContain("aliases");
  });
});

describe("mappings", () => {
  const nested = (levels: number): FieldMapping =>
    levels === 1 ? field() : field({ a: nested(levels - 1) });

  it("are bounded in depth", () => {
    const create = (levels: number): Command =>
      indexCreate("logs", {}, { mappings: { a: nested(levels) } });
    expect(problem(create(limits.mappingDepthMax))).toBeUndefined();
    expect(problem(create(limits.mappingDepthMax + 1))).toContain("too deep");
  });

  it("are bounded in fields over all levels", () => {
    const wide = (count: number): Record<string, FieldMapping> =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${String(n)}`, field()]));
    const half = limits.mappingFieldsCountMax / 2;
    const fits = { ...wide(half - 1), nested: field(wide(half)) };
    expect(problem(indexCreate("logs", {}, { mappings: fits }))).toBeUndefined();
    const over = { ...wide(half), nested: field(wide(half)) };
    expect(problem(indexCreate("logs", {}, { mappings: over }))).toContain("too many fields");
  });

  it("have proper names, types and analyzers", () => {
    const bad: readonly (readonly [string, FieldMapping])[] = [
      ["", field()],
      ["__proto__", field()],
      ["a\tb", field()],
      ["x".repeat(513), field()],
      ["a", { ...field(), type: "x".repeat(256) }],
      ["a", { ...field(), analyzer: "\u0000" }],
      ["a", field(Object.fromEntries([["__proto__", field()]]))],
    ];
    for (const [name, mapping] of bad) {
      const mappings = Object.fromEntries([[name, mapping]]);
      expect(problem(indexCreate("logs", {}, { mappings }))).toBeDefined();
    }
  });
});

describe("nodes", () => {
  const attributes = nodeRegister("n1").attributes;
  const good: readonly Parameters<typeof nodeRegister>[] = [
    ["data-1"],
    ["node 1.example.com:9300"],
    ["n1", { bindAddr: "fd00::1", grpcPort: 65_535 }],
    ["n1", { bindAddr: "data-1.internal", attributes: { ...attributes, labels: keys(64) } }],
  ];
  it.each(good)("accepts %j", (id, overrides) => {
    expect(problem(nodeRegister(id, overrides))).toBeUndefined();
  });

  const bad: readonly (readonly [Parameters<typeof nodeRegister>, string])[] = [
    [[""], "node id must not be empty"],
    [["a/b"], "[/]"],
    [["a\\b"], "[/]"],
    [["a\u0007"], "control"],
    [["x".repeat(256)], "256 characters"],
    [["__proto__"], "reserved"],
    [["n1", { bindAddr: "" }], "bind_addr"],
    [["n1", { bindAddr: "0.0.0.0" }], "wildcard"],
    [["n1", { bindAddr: "::" }], "wildcard"],
    [["n1", { bindAddr: "a b" }], "bind_addr"],
    [["n1", { bindAddr: "http://a" }], "bind_addr"],
    [["n1", { grpcPort: 0 }], "grpc_port"],
    [["n1", { grpcPort: 65_536 }], "grpc_port"],
    [["n1", { attributes: { ...attributes, maxShards: -1 } }], "max_shards"],
    [["n1", { attributes: { ...attributes, storageTier: "\n" } }], "storage_tier"],
    [["n1", { attributes: { ...attributes, version: "v".repeat(256) } }], "version"],
    [["n1", { attributes: { ...attributes, labels: keys(65) } }], "labels"],
    [["n1", { attributes: { ...attributes, labels: { a: "x".repeat(1_025) } } }], "labels"],
  ];
  it.each(bad)("refuses %j", ([id, overrides], text) => {
    expect(problem(nodeRegister(id, overrides))).toContain(text);
  });

  it("are judged by whole numbers", () => {
    expect(problem(nodeOffline("n1"))).toBeUndefined();
    expect(problem(nodeOffline("n1", { epoch: 0.5 }))).toContain("epoch");
    expect(problem(nodeOffline("n1", { incarnation: -1 }))).toContain("incarnation");
    expect(problem({ kind: "node.unregister", nodeId: "" })).toContain("node id");
  });

  it("report dangling shards with names of a bounded length", () => {
    const command = { kind: "node.dangling", epoch: 1, nodeId: "n1" } as const;
    const dangling = { indexName: "../X", indexUuid: "", shard: 3 };
    expect(problem({ ...command, dangling: [dangling] })).toBeUndefined();
    const long = { ...dangling, indexName: "x".repeat(1_025) };
    expect(problem({ ...command, dangling: [long] })).toContain("1024");
    expect(problem({ ...command, dangling: [{ ...dangling, shard: -1 }] })).toContain("shard");
  });
});

describe("the cluster", () => {
  it("has a name and a uuid", () => {
    const init = { kind: "cluster.init", clusterUuid: "u", clusterName: "c" } as const;
    expect(problem(init)).toBeUndefined();
    expect(problem({ ...init, clusterUuid: "" })).toContain("cluster uuid");
    expect(problem({ ...init, clusterName: "\u0000" })).toContain("cluster name");
  });

  it("has bounded settings", () => {
    const changes = { "cluster.routing.allocation.enable": "all", other: null };
    expect(problem({ kind: "cluster.settings", changes })).toBeUndefined();
    const long = { a: "x".repeat(8_193) };
    expect(problem({ kind: "cluster.settings", changes: long })).toContain("cluster settings");
  });
});

describe("shard commands", () => {
  const assign = {
    ...ref,
    action: "assign",
    expectedShardVersion: 1,
    slot: 0,
    nodeId: "n1",
    allocationId: "Ab_-9",
    source: "empty",
  } as const;
  const command = (overrides: object): Command => ({
    kind: "shard.assign",
    epoch: 1,
    reason: "",
    assignments: [{ ...assign, ...overrides }],
  });

  it("refer to shards by proper values", () => {
    expect(problem(command({}))).toBeUndefined();
    const bad: readonly (readonly [object, string])[] = [
      [{ indexName: "" }, "index name"],
      [{ indexUuid: "" }, "index uuid"],
      [{ shard: -1 }, "shard"],
      [{ slot: 1.5 }, "slot"],
      [{ expectedShardVersion: -1 }, "expected shard version"],
      [{ nodeId: "a/b" }, "node id"],
      [{ allocationId: "" }, "allocation id"],
      [{ allocationId: "a b" }, "allocation id"],
      [{ allocationId: "a".repeat(65) }, "allocation id"],
    ];
    for (const [overrides, text] of bad) expect(problem(command(overrides))).toContain(text);
    expect(problem({ ...command({}), epoch: -1 } as Command)).toContain("epoch");
  });

  it("report with proper ids and terms", () => {
    const startedItem = { ...ref, allocationId: "a", primaryTerm: 0 };
    expect(problem({ kind: "shard.started", items: [startedItem] })).toBeUndefined();
    const badTerm = { ...startedItem, primaryTerm: -1 };
    expect(problem({ kind: "shard.started", items: [badTerm] })).toContain("primary term");
    const byPrimary = { allocationId: "p", primaryTerm: 0.5 };
    const item = failedItem(ref, "a", { reason: "primary_failed", byPrimary });
    expect(problem({ kind: "shard.failed", epoch: 0, items: [item] })).toContain("primary term");
    const failed = { kind: "shard.failed", epoch: -1, items: [] } as const;
    expect(problem(failed)).toContain("epoch");
    const cleaned = { kind: "shard.cleaned", epoch: 1, nodeId: "n1", superseded: [] } as const;
    expect(problem({ ...cleaned, tombstones: ["u"] })).toBeUndefined();
    expect(problem({ ...cleaned, tombstones: [""] })).toContain("index uuid");
  });

  it("come in bounded batches", () => {
    const item = { ...ref, allocationId: "a", primaryTerm: 0 };
    const batch = (count: number): Command => ({
      kind: "shard.started",
      items: new Array<typeof item>(count).fill(item),
    });
    expect(problem(batch(limits.batchItemsCountMax))).toBeUndefined();
    const over = validateCommand(batch(limits.batchItemsCountMax + 1));
    expect(over?.code).toBe("limit_exceeded");
  });
});

describe("limits", () => {
  it("fit together", () => {
    const copiesPerIndex = limits.shardsPerIndexCountMax * (1 + limits.replicasPerShardCountMax);
    expect(copiesPerIndex).toBeLessThanOrEqual(limits.shardCopiesCountMax);
    expect(limits.shardsPerIndexCountMax).toBeLessThanOrEqual(limits.batchItemsCountMax);
    expect(Math.min(...Object.values(limits))).toBeGreaterThan(0);
  });
});
