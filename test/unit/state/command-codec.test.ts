/** Commands as text: canonical, exact both ways, and strict about everything unknown. */
import { describe, expect, it } from "vitest";
import { decodeCommand, encodeCommand } from "../../../src/state/command-codec.js";
import type { Command } from "../../../src/state/commands.js";
import {
  failedItem,
  indexCreate,
  nodeOffline,
  nodeRegister,
} from "../../support/state/commands.js";

const ref = { indexName: "logs", indexUuid: "u", shard: 1 };
const decision = { ...ref, expectedShardVersion: 4, slot: 2 };
const target = { nodeId: "n1", allocationId: "a" };
const field = { type: "text", index: true, store: false, analyzer: "", properties: {} };

const commands: readonly Command[] = [
  { kind: "cluster.init", clusterUuid: "u", clusterName: "c" },
  { kind: "cluster.settings", changes: { a: "1", b: null } },
  nodeRegister("n1"),
  { kind: "node.unregister", nodeId: "n1" },
  nodeOffline("n1"),
  { kind: "node.dangling", epoch: 1, nodeId: "n1", dangling: [ref] },
  indexCreate(
    "logs",
    {},
    { aliases: { all: "" }, mappings: { a: { ...field, properties: { b: field } } } },
  ),
  { kind: "index.delete", name: "logs" },
  { kind: "index.delete", name: "logs", expectedVersion: 3, expectedUuid: "u" },
  { kind: "index.settings", name: "logs", patch: {} },
  {
    kind: "index.settings",
    name: "logs",
    patch: {
      numberOfReplicas: 2,
      refreshInterval: "1s",
      compression: { codec: "zstd", level: -3 },
      tiering: { defaultTier: "warm", tierRules: { a: "b" } },
      delayedTimeoutMs: 0,
      custom: { x: null, y: "z" },
    },
    expectedUuid: "u",
  },
  {
    kind: "shard.assign",
    epoch: 3,
    reason: "because",
    assignments: [
      { ...decision, ...target, action: "assign", source: "empty" },
      { ...decision, action: "resume" },
      { ...decision, ...target, action: "relocate" },
      { ...decision, action: "swapPrimary" },
    ],
  },
  { kind: "shard.started", items: [{ ...ref, allocationId: "a", primaryTerm: 7 }] },
  {
    kind: "shard.failed",
    epoch: 0,
    items: [
      failedItem(ref, "a"),
      failedItem(ref, "b", {
        reason: "primary_failed",
        byPrimary: { allocationId: "p", primaryTerm: 2 },
      }),
    ],
  },
  {
    kind: "shard.cleaned",
    epoch: 1,
    nodeId: "n1",
    superseded: [{ ...ref, allocationId: "a" }],
    tombstones: ["u"],
  },
];

describe("command codec", () => {
  it.each(commands)("gives back $kind", (command) => {
    const text = encodeCommand(command);
    expect(decodeCommand(text)).toEqual(command);
    const reversed = Object.fromEntries(Object.entries(command).reverse()) as unknown as Command;
    expect(encodeCommand(reversed)).toBe(text);
  });

  it.each(commands)("refuses $kind with any field missing, added or of another type", (command) => {
    const optional = new Set(["expectedVersion", "expectedUuid"]);
    for (const key of Object.keys(command)) {
      if (optional.has(key)) continue;
      const entries = Object.entries(command);
      const without = Object.fromEntries(entries.filter(([other]) => other !== key));
      expect(decodeCommand(JSON.stringify(without))).toBeUndefined();
      for (const wrong of [null, 1.5, [1], "\u0000no such"]) {
        const isFree =
          typeof wrong === "string" && key !== "kind" && typeof read(command, key) === "string";
        if (isFree && key !== "status" && key !== "nodeType") continue;
        const changed = JSON.stringify({ ...command, [key]: wrong });
        expect(decodeCommand(changed)).toBeUndefined();
      }
    }
    expect(decodeCommand(JSON.stringify({ ...command, more: 1 }))).toBeUndefined();
  });

  it("refuses what is wrong further down", () => {
    const text = encodeCommand(commands[11] as Command);
    const changes: readonly (readonly [string, string])[] = [
      ['"source":"empty"', '"source":"magic"'],
      ['"action":"resume"', '"action":"resume","nodeId":"n1"'],
      ['"action":"swapPrimary"', '"action":"swap"'],
      ['"slot":2', '"slot":-2'],
      ['"epoch":3', '"epoch":9007199254740993'],
    ];
    for (const [from, to] of changes) {
      expect(text).toContain(from);
      expect(decodeCommand(text.replace(from, to))).toBeUndefined();
    }
  });

  it("refuses what is no command at all", () => {
    const texts = ["", "{", "null", "[]", "7", '"cluster.init"', "{}", '{"kind":"index.explode"}'];
    for (const text of [...texts, '{"kind":"toString"}', '{"kind":7}']) {
      expect(decodeCommand(text)).toBeUndefined();
    }
  });

  it("keeps a key that other programs would mistake for a prototype", () => {
    const changes = Object.fromEntries([["__proto__", "x"]]);
    const decoded = decodeCommand(encodeCommand({ kind: "cluster.settings", changes }));
    expect(decoded?.kind === "cluster.settings" && Object.entries(decoded.changes)).toEqual([
      ["__proto__", "x"],
    ]);
  });
});

function read(command: Command, key: string): unknown {
  return (command as unknown as Readonly<Record<string, unknown>>)[key];
}
