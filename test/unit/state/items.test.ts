/** The state as items: their keys, what a change costs, decoding, damage, and the hash. */
import { describe, expect, it } from "vitest";
import type { StateDelta } from "../../../src/state/changes.js";
import { hashItems, hashState, updateHash } from "../../../src/state/hash.js";
import { initialState } from "../../../src/state/initial.js";
import { itemDelta, itemsOf, stateFromItems, type Item } from "../../../src/state/items.js";
import type { FieldMapping } from "../../../src/state/model.js";
import { indexCreate, nodeOffline } from "../../support/state/commands.js";
import { TestCluster } from "../../support/state/test-cluster.js";
import { textHash } from "../../support/state/text-hash.js";

function rich(): TestCluster {
  const cluster = TestCluster.withNodes(3);
  cluster.ok({ kind: "cluster.init", clusterUuid: "cu", clusterName: "c" });
  cluster.ok({ kind: "cluster.settings", changes: { b: "2", a: "1" } });
  cluster.startedIndex("logs", 1, 2);
  cluster.startedIndex("old", 0);
  cluster.ok({ kind: "index.delete", name: "old" });
  const properties = { raw: leaf("keyword") };
  const mappings = { title: { ...leaf("text"), properties } };
  cluster.ok(
    indexCreate("books", { custom: { z: "1", a: "2" } }, { mappings, aliases: { b: "f" } }),
  );
  const move = { action: "relocate", slot: 1, nodeId: "n3", allocationId: "moved" } as const;
  cluster.ok(cluster.decide("logs", move));
  cluster.ok(nodeOffline("n1"));
  const dangling = [{ indexName: "X/..", indexUuid: "", shard: 1 }];
  cluster.ok({ kind: "node.dangling", epoch: 1, nodeId: "n2", dangling });
  return cluster;
}

function leaf(type: string): FieldMapping {
  return { type, index: true, store: false, analyzer: "", properties: {} };
}

function step(cluster: TestCluster, run: () => void): StateDelta {
  const before = cluster.state;
  const seen: StateDelta["changes"][] = [];
  const apply = cluster.apply.bind(cluster);
  cluster.apply = (command) => {
    const applied = apply(command);
    seen.push(applied.changes);
    return applied;
  };
  run();
  cluster.apply = apply;
  expect(seen).toHaveLength(1);
  return { before, after: cluster.state, changes: seen.flat() };
}

describe("itemsOf", () => {
  it("gives one item a record and a shard, each once", () => {
    const keys = [...itemsOf(rich().state)].map(([key]) => key).sort();
    const tombstone = keys.find((key) => key.startsWith("tombstone/"));
    expect(keys).toEqual([
      "index/books",
      "index/logs",
      "meta",
      "node/n1",
      "node/n2",
      "node/n3",
      "settings",
      "shard/books/0",
      "shard/logs/0",
      "shard/logs/1",
      tombstone,
    ]);
  });

  it("writes canonical JSON: declared order of fields, sorted keys", () => {
    const items = new Map(itemsOf(rich().state));
    expect(items.get("settings")).toBe('{"a":"1","b":"2"}');
    expect(items.get("meta")).toMatch(
      /^\{"version":\d+,"clusterUuid":"cu","clusterName":"c","featureVersion":1\}$/,
    );
    expect(items.get("index/books")).toContain('"custom":{"a":"2","z":"1"}');
    expect(items.get("index/books")).not.toContain('shards":[');
  });

  it("gives the first state its two items", () => {
    expect([...itemsOf(initialState())].map(([key]) => key)).toEqual(["meta", "settings"]);
  });
});

describe("itemDelta", () => {
  it("costs one item for a shard, and the version", () => {
    const cluster = TestCluster.withNodes(2);
    cluster.startedIndex("logs", 0, 5);
    const delta = step(cluster, () => {
      const move = { action: "relocate", slot: 0, nodeId: "n2", allocationId: "x" } as const;
      cluster.ok(cluster.decide("logs", move, 3));
    });
    const { puts, deletes, previous } = itemDelta(delta);
    expect(puts.map(([key]) => key)).toEqual(["meta", "shard/logs/3"]);
    expect(previous.map(([key]) => key)).toEqual(["meta", "shard/logs/3"]);
    expect(deletes).toEqual([]);
  });

  it("puts and deletes an index with its shards", () => {
    const cluster = TestCluster.withNodes(1);
    const created = itemDelta(
      step(cluster, () => cluster.ok(indexCreate("a", { numberOfShards: 2 }))),
    );
    const keys = ["index/a", "shard/a/0", "shard/a/1"];
    expect(created.puts.map(([key]) => key)).toEqual(["meta", ...keys]);
    expect(created.previous.map(([key]) => key)).toEqual(["meta"]);
    const deleted = itemDelta(step(cluster, () => cluster.ok({ kind: "index.delete", name: "a" })));
    expect(deleted.deletes).toEqual(keys);
    expect(deleted.puts.map(([key]) => key)).toEqual(["meta"]);
  });

  it("puts metadata without shards when only metadata changed", () => {
    const cluster = TestCluster.withNodes(1);
    cluster.startedIndex("a", 0, 3);
    const patch = { refreshInterval: "9s" };
    const delta = step(cluster, () => cluster.ok({ kind: "index.settings", name: "a", patch }));
    expect(itemDelta(delta).puts.map(([key]) => key)).toEqual(["meta", "index/a"]);
  });

  it("is empty when nothing changed", () => {
    const state = initialState();
    const none = { puts: [], deletes: [], previous: [] };
    expect(itemDelta({ before: state, after: state, changes: [] })).toEqual(none);
  });
});

describe("stateFromItems", () => {
  const decode = (items: Iterable<Item>): string => {
    const decoded = stateFromItems(items);
    return decoded.ok ? "ok" : decoded.problem;
  };

  it("gives back the state, in whatever order the items come", () => {
    const { state } = rich();
    for (const items of [[...itemsOf(state)], [...itemsOf(state)].reverse()]) {
      const decoded = stateFromItems(items);
      if (!decoded.ok) throw new Error(decoded.problem);
      const plain = (from: typeof state): unknown => ({
        ...from,
        nodes: from.nodes.sortedValues(),
        indices: from.indices.sortedValues(),
        tombstones: from.tombstones.sortedValues(),
      });
      expect(plain(decoded.state)).toEqual(plain(state));
      expect([...itemsOf(decoded.state)].sort()).toEqual([...itemsOf(state)].sort());
    }
  });

  it("refuses a state with any one item missing that others need", () => {
    const items = [...itemsOf(rich().state)];
    for (const [key] of items) {
      const without = items.filter(([other]) => other !== key);
      const isNeeded = /^(meta|settings|index|shard)/.test(key);
      expect(decode(without) === "ok").toBe(!isNeeded);
    }
    expect(decode([])).toContain("meta");
  });

  it("refuses an item that is not what its key says", () => {
    const items = new Map(itemsOf(rich().state));
    const value = (key: string): string => items.get(key) ?? "";
    const bad: readonly Item[] = [
      ["meta", "{}"],
      ["meta", value("meta").replace("}", ',"more":1}')],
      ["meta", value("meta").slice(1)],
      ["meta", value("meta").replace('"featureVersion":1', '"featureVersion":2')],
      ["meta/x", value("meta")],
      ["settings", '{"a":1}'],
      ["node/n9", value("node/n1")],
      ["node/n1", value("node/n1").replace("offline", "asleep")],
      ["index/other", value("index/books")],
      ["shard/logs/1", value("shard/logs/0")],
      ["shard/logs/7", value("shard/logs/0").replace('"number":0', '"number":7')],
      ["shard/none/0", value("shard/logs/0")],
      ["shard/logs/0", value("shard/logs/0").replace("UNASSIGNED", "LOST")],
      ["shard/logs/0", value("shard/logs/0").replace('"primaryTerm":', '"primaryTerm":-')],
      ["tombstone/x", "[]"],
      ["unknown", "{}"],
      ["", ""],
    ];
    for (const [key, text] of bad) {
      const damaged = [...items].filter(([other]) => other !== key);
      expect(decode([...damaged, [key, text]])).not.toBe("ok");
    }
  });

  it("refuses an item that comes twice", () => {
    const items = [...itemsOf(rich().state)].filter(([key]) => key.includes("/"));
    for (const item of items) {
      expect(decode([...itemsOf(rich().state), item])).toContain(item[0]);
    }
  });
});

describe("the state hash", () => {
  const emptyHash = "0".repeat(32);

  it("does not depend on order, and depends on every item", () => {
    const { state } = rich();
    const items = [...itemsOf(state)];
    const hash = hashState(state, textHash);
    expect(hash).toMatch(/^[0-9a-f]{32}$/);
    expect(hashItems(items.reverse(), textHash)).toBe(hash);
    for (const [key, value] of items) {
      const changed = items.map((item): Item => (item[0] === key ? [key, `${value} `] : item));
      expect(hashItems(changed, textHash)).not.toBe(hash);
    }
  });

  it("is kept up from changes, below zero and above the modulus too", () => {
    const large = (): bigint => (1n << 128n) - 1n;
    const put: Item = ["a", "1"];
    const one = updateHash(emptyHash, { puts: [put], deletes: [], previous: [] }, large);
    expect(one).toBe("f".repeat(32));
    const two = updateHash(one, { puts: [put], deletes: [], previous: [] }, large);
    expect(two).toBe(`${"f".repeat(31)}e`);
    const none = updateHash(two, { puts: [], deletes: [], previous: [put, put] }, large);
    expect(none).toBe(emptyHash);
    const below = updateHash(emptyHash, { puts: [], deletes: [], previous: [put] }, large);
    expect(below).toBe("1".padStart(32, "0"));
  });
});
