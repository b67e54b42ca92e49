/**
 * Random histories: whatever commands come in whatever order, the invariants hold, apply is
 * deterministic, and the hash kept up from changes is the hash of the whole (see TestCluster).
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Command, ShardFailedItem } from "../../../src/state/commands.js";
import { clusterHealth } from "../../../src/state/health.js";
import { itemsOf, stateFromItems } from "../../../src/state/items.js";
import type { ClusterState, ShardCopy, ShardRecord } from "../../../src/state/model.js";
import {
  copyEvents,
  copyStages,
  copyTable,
  stageOf,
  type CopyStage,
} from "../../../src/state/shard-table.js";
import { hashState } from "../../../src/state/hash.js";
import { indexCreate, nodeRegister } from "../../support/state/commands.js";
import { TestCluster, type Decision } from "../../support/state/test-cluster.js";
import { textHash } from "../../support/state/text-hash.js";

const indexNames = ["logs", "books"] as const;
const nodeIds = ["n1", "n2", "n3", "n4"] as const;

/** Numbers that a step turns into a command by looking at the state, so that most of them fit. */
interface Step {
  readonly kind: (typeof stepKinds)[number];
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const stepKinds = [
  "register",
  "registerPlain",
  "unregister",
  "offline",
  "healthy",
  "create",
  "delete",
  "replicas",
  "assign",
  "assignAll",
  "start",
  "startAll",
  "startOldTerm",
  "allocationFailed",
  "copyMissing",
  "primaryFailed",
  "resume",
  "relocate",
  "swap",
  "clean",
  "dangling",
  "settings",
] as const;

const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...stepKinds),
  a: fc.nat(7),
  b: fc.nat(7),
  c: fc.nat(7),
});

function pick<T>(from: readonly T[], at: number): T | undefined {
  return from.length === 0 ? undefined : from[at % from.length];
}

interface Subject {
  readonly cluster: TestCluster;
  readonly name: string;
  readonly shard: ShardRecord;
  readonly copy: ShardCopy;
  readonly nodeId: string;
}

/** The stage in which a step usually finds its copy; one step in eight takes any copy. */
const usualStages: Partial<Record<Step["kind"], readonly CopyStage[]>> = {
  assign: ["unassigned"],
  resume: ["unassigned"],
  start: ["initializing", "target"],
  startOldTerm: ["initializing", "target"],
  allocationFailed: ["initializing", "target"],
  copyMissing: ["started", "relocating"],
  relocate: ["started"],
  swap: ["started"],
};

function subjectOf(cluster: TestCluster, step: Step): Subject | undefined {
  const usual = step.a === 7 ? undefined : usualStages[step.kind];
  const all = cluster.state.indices
    .sortedValues()
    .flatMap((index) =>
      index.shards.flatMap((shard) =>
        shard.copies
          .filter((copy) => usual === undefined || usual.includes(stageOf(copy)))
          .map((copy) => ({ cluster, name: index.name, shard, copy })),
      ),
    );
  const subject = pick(all, step.a * 8 + step.b);
  return subject && { ...subject, nodeId: pick(nodeIds, step.c) ?? "n1" };
}

function decide({ cluster, name, shard }: Subject, decision: Decision): Command {
  return cluster.decide(name, decision, shard.number);
}

function failed(subject: Subject, reason: ShardFailedItem["reason"]): Command {
  const { cluster, name, shard, copy } = subject;
  const primary = shard.copies.find((other) => other.role === "primary");
  const by = { allocationId: primary?.allocationId ?? "", primaryTerm: shard.primaryTerm };
  const item: ShardFailedItem = {
    ...cluster.ref(name, shard.number),
    allocationId: copy.allocationId === "" ? "none" : copy.allocationId,
    reason,
    detail: "because",
    ...(reason === "primary_failed" ? { byPrimary: by } : {}),
  };
  return { kind: "shard.failed", epoch: 0, items: [item] };
}

function started(subject: Subject, primaryTerm: number): Command {
  const { cluster, name, shard, copy } = subject;
  const allocationId = copy.allocationId === "" ? "none" : copy.allocationId;
  const item = { ...cluster.ref(name, shard.number), allocationId, primaryTerm };
  return { kind: "shard.started", items: [item] };
}

function assignOf(subject: Subject, copy: ShardCopy): Command {
  const { cluster, nodeId } = subject;
  const source = copy.role === "primary" ? "empty" : "peer";
  const allocationId = cluster.freshId();
  return decide(subject, { action: "assign", slot: copy.slot, nodeId, allocationId, source });
}

const shardSteps: Partial<Record<Step["kind"], (subject: Subject) => Command>> = {
  assign: (subject) => assignOf(subject, subject.copy),
  start: (subject) => started(subject, subject.shard.primaryTerm),
  startOldTerm: (subject) => started(subject, Math.max(0, subject.shard.primaryTerm - 1)),
  allocationFailed: (subject) => failed(subject, "allocation_failed"),
  copyMissing: (subject) => failed(subject, "copy_missing"),
  primaryFailed: (subject) => failed(subject, "primary_failed"),
  resume: (subject) => decide(subject, { action: "resume", slot: subject.copy.slot }),
  swap: (subject) => decide(subject, { action: "swapPrimary", slot: subject.copy.slot }),
  relocate: (subject) => {
    const allocationId = subject.cluster.freshId();
    const { nodeId, copy } = subject;
    return decide(subject, { action: "relocate", slot: copy.slot, nodeId, allocationId });
  },
};

function nodeStep(cluster: TestCluster, step: Step): Command | undefined {
  const nodeId = pick(nodeIds, step.a) ?? "n1";
  const known = cluster.state.nodes.get(nodeId);
  const incarnation = known?.incarnation ?? 0;
  const verdict = { kind: "node.verdict", epoch: 1, nodeId, incarnation } as const;
  switch (step.kind) {
    case "register":
      return nodeRegister(nodeId);
    case "registerPlain":
      return nodeRegister(nodeId, { capabilities: [] });
    case "unregister":
      return { kind: "node.unregister", nodeId };
    case "offline":
      return { ...verdict, status: "offline", reason: "gone" };
    case "healthy":
      return { ...verdict, status: "healthy", reason: "" };
    case "dangling": {
      const dangling = [{ indexName: `x${String(step.c)}`, indexUuid: "", shard: step.b }];
      return { kind: "node.dangling", epoch: 1, nodeId, dangling };
    }
    case "clean":
      return cleanOf(cluster, nodeId);
    default:
      return undefined;
  }
}

function indexStep(step: Step): Command | undefined {
  const name = pick(indexNames, step.b) ?? "logs";
  switch (step.kind) {
    case "create": {
      const counts = { numberOfShards: 1 + (step.a % 3), numberOfReplicas: step.c % 3 };
      return indexCreate(name, counts, { aliases: { [`alias-${name}`]: "" } });
    }
    case "delete":
      return { kind: "index.delete", name };
    case "replicas":
      return { kind: "index.settings", name, patch: { numberOfReplicas: step.c % 4 } };
    case "settings":
      return { kind: "cluster.settings", changes: { a: step.a > 3 ? String(step.c) : null } };
    default:
      return undefined;
  }
}

function cleanOf(cluster: TestCluster, nodeId: string): Command {
  const superseded = cluster.state.indices
    .sortedValues()
    .flatMap((index) =>
      index.shards.flatMap((shard) =>
        shard.superseded
          .filter((copy) => copy.nodeId === nodeId)
          .map(({ allocationId }) => ({ ...cluster.ref(index.name, shard.number), allocationId })),
      ),
    );
  const tombstones = cluster.state.tombstones.sortedKeys();
  return { kind: "shard.cleaned", epoch: 1, nodeId, superseded, tombstones };
}

/** The commands of a step, each made from the state that the one before left. */
function* commandsOf(cluster: TestCluster, step: Step): Generator<Command | undefined, undefined> {
  if (step.kind !== "assignAll" && step.kind !== "startAll") {
    const subject = subjectOf(cluster, step);
    const shardStep = shardSteps[step.kind];
    yield shardStep === undefined
      ? (nodeStep(cluster, step) ?? indexStep(step))
      : subject && shardStep(subject);
    return undefined;
  }
  const kind = step.kind === "assignAll" ? "assign" : "start";
  for (let b = 0; b < 8; b += 1) {
    const subject = subjectOf(cluster, { kind, a: 0, b: 0, c: b + step.c });
    yield subject && shardSteps[kind]?.(subject);
  }
  return undefined;
}

function stages(shard: ShardRecord): ReadonlyMap<string, CopyStage> {
  const named = shard.copies.filter((copy) => copy.allocationId !== "");
  return new Map(named.map((copy) => [copy.allocationId, stageOf(copy)]));
}

/** Steps of copies between two states as `from>to`, by allocation id. */
function transitions(before: ClusterState, after: ClusterState): string[] {
  return [...after.indices.values()].flatMap((index) => {
    const earlier = before.indices.get(index.name);
    if (earlier?.uuid !== index.uuid) return [];
    return index.shards.flatMap((shard) => {
      const now = stages(shard);
      const was = earlier.shards[shard.number];
      if (was === undefined || was === shard) return [];
      return [...stages(was)].map(([id, from]) => `${from}>${now.get(id) ?? "absent"}`);
    });
  });
}

/** Every step that the table allows. An allocation id never sees `assign`: it gets another. */
const allowed = new Set(
  copyStages.flatMap((from) => [
    `${from}>${from}`,
    ...copyEvents.flatMap((event) => {
      const to = event === "assign" ? undefined : copyTable[from][event];
      return to === undefined ? [] : [`${from}>${to}`];
    }),
  ]),
);

describe("random histories", () => {
  const seen = new Set<string>();

  it("keep every invariant and move copies along the table only", () => {
    fc.assert(
      fc.property(fc.array(stepArbitrary, { maxLength: 60, size: "max" }), (steps) => {
        const cluster = TestCluster.withNodes(4);
        cluster.startedIndex("logs", 1, 2);
        for (const step of steps) {
          for (const command of commandsOf(cluster, step)) {
            if (command === undefined) continue;
            const before = cluster.state;
            cluster.apply(command);
            const taken = transitions(before, cluster.state);
            expect(taken.filter((each) => !allowed.has(each))).toEqual([]);
            for (const each of taken) seen.add(each);
          }
        }
        const decoded = stateFromItems(itemsOf(cluster.state));
        expect(decoded.ok).toBe(true);
        if (!decoded.ok) return;
        expect(hashState(decoded.state, textHash)).toBe(hashState(cluster.state, textHash));
        expect(clusterHealth(decoded.state)).toEqual(clusterHealth(cluster.state));
      }),
      { numRuns: 120, seed: 4711 },
    );
  }, 60_000);

  it("reach every step between stages that one entry can make", () => {
    const missing = [...allowed].filter((each) => {
      const [from, to] = each.split(">");
      return from !== "absent" && from !== to && !seen.has(each);
    });
    expect(missing).toEqual([]);
  });
});
