/**
 * A state that commands are applied to, checking after each one what must always hold: the
 * invariants, that apply is deterministic, that the command survives its codec, and that the hash
 * kept up item by item is the hash of the whole.
 */
import { expect } from "vitest";
import { assertDefined } from "../../../src/base/assert.js";
import type { ErrorCode } from "../../../src/base/errors.js";
import { apply, type Applied } from "../../../src/state/apply.js";
import { decodeCommand, encodeCommand } from "../../../src/state/command-codec.js";
import type {
  ApplyContext,
  Assignment,
  Command,
  CommandResult,
  ItemResult,
  Rejection,
  ShardRef,
} from "../../../src/state/commands.js";
import { hashState, updateHash, type StateHash } from "../../../src/state/hash.js";
import { initialState } from "../../../src/state/initial.js";
import { checkDelta, checkState } from "../../../src/state/invariants.js";
import { itemDelta } from "../../../src/state/items.js";
import {
  isActive,
  primaryOf,
  type ClusterState,
  type IndexRecord,
  type ShardCopy,
  type ShardRecord,
} from "../../../src/state/model.js";
import { indexCreate, nodeRegister } from "./commands.js";
import { textHash } from "./text-hash.js";

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
/** A decision without what the state itself can fill in. */
export type Decision = DistributiveOmit<Assignment, keyof ShardRef | "expectedShardVersion">;

/** See the file comment. */
export class TestCluster {
  state: ClusterState = initialState();
  epoch = 1;
  nowMs = 1_000;
  #hash: StateHash = hashState(initialState(), textHash);
  #ids = 0;
  /** Allocation id of the active primary by index uuid, shard and term, over all history. */
  readonly #primaries = new Map<string, string>();

  /** A cluster of capable data nodes n1, n2, … */
  static withNodes(count: number): TestCluster {
    const cluster = new TestCluster();
    for (let n = 1; n <= count; n += 1) cluster.ok(nodeRegister(`n${String(n)}`));
    return cluster;
  }

  /** Applies a command, whatever comes of it, and checks what must always hold. */
  apply(command: Command): Applied {
    this.nowMs += 10;
    const before = this.state;
    const context = this.#context();
    const decoded = decodeCommand(encodeCommand(command));
    expect(decoded).toEqual(command);
    const applied = apply(before, command, context);
    const again = apply(before, assertDefined(decoded, "decoded"), context);
    expect(again.result).toEqual(applied.result);
    expect(hashState(again.state, textHash)).toBe(hashState(applied.state, textHash));
    expect(checkState(applied.state)).toEqual([]);
    const delta = { before, after: applied.state, changes: applied.changes };
    expect(checkDelta(delta)).toEqual([]);
    if (!applied.result.ok) expect(applied.state).toBe(before);
    this.#hash = updateHash(this.#hash, itemDelta(delta), textHash);
    expect(this.#hash).toBe(hashState(applied.state, textHash));
    this.state = applied.state;
    this.#checkPrimaries();
    return applied;
  }

  /** Applies a command that must be accepted, with all of its items. */
  ok(command: Command): CommandResult & { readonly ok: true } {
    const { result } = this.apply(command);
    if (!result.ok) throw new Error(`rejected: ${result.message}`);
    expect(result.items.filter((item) => !item.ok)).toEqual([]);
    return result;
  }

  /** Applies a command that must be accepted and change nothing. */
  unchanged(command: Command): void {
    const before = this.state;
    const { state, result, changes } = this.apply(command);
    expect(result.ok).toBe(true);
    expect(state).toBe(before);
    expect(changes).toEqual([]);
  }

  /** Applies a command that must be rejected with `code`, alone or as the only item of a batch. */
  rejects(command: Command, code: ErrorCode): Rejection {
    const before = this.state;
    const { state, result, changes } = this.apply(command);
    expect(state).toBe(before);
    expect(changes).toEqual([]);
    const outcome: CommandResult | ItemResult | undefined = result.ok ? result.items[0] : result;
    if (outcome === undefined || outcome.ok) throw new Error("accepted");
    expect(outcome.code).toBe(code);
    return outcome;
  }

  /** An index of `replicas` + 1 copies a shard, all started on the first nodes, slot s on n(s+1). */
  startedIndex(name: string, replicas: number, shards = 1): void {
    this.ok(indexCreate(name, { numberOfShards: shards, numberOfReplicas: replicas }));
    for (let shard = 0; shard < shards; shard += 1) {
      for (let slot = 0; slot <= replicas; slot += 1) {
        this.assign(name, slot, `n${String(slot + 1)}`, shard);
        this.start(name, slot, shard);
      }
    }
  }

  /** Assigns a copy under a fresh allocation id: a primary empty, a replica from its peer. */
  assign(name: string, slot: number, nodeId: string, shard = 0): string {
    const allocationId = this.freshId();
    const source = this.copy(name, slot, shard).role === "primary" ? "empty" : "peer";
    this.ok(this.decide(name, { action: "assign", slot, nodeId, allocationId, source }, shard));
    return allocationId;
  }

  /** Reports an initializing copy as started, under the present term. */
  start(name: string, slot: number, shard = 0): void {
    const { allocationId } = this.copy(name, slot, shard);
    const { primaryTerm } = this.shard(name, shard);
    const item = { ...this.ref(name, shard), allocationId, primaryTerm };
    this.ok({ kind: "shard.started", items: [item] });
  }

  /** A command with one decision about the present version of a shard. */
  decide(name: string, decision: Decision, shard = 0): Command & { kind: "shard.assign" } {
    const assignment: Assignment = {
      ...this.ref(name, shard),
      expectedShardVersion: this.shard(name, shard).version,
      ...decision,
    };
    return {
      kind: "shard.assign",
      epoch: this.epoch,
      reason: "test",
      assignments: [assignment],
    };
  }

  ref(name: string, shard = 0): ShardRef {
    return { indexName: name, indexUuid: this.index(name).uuid, shard };
  }

  index(name: string): IndexRecord {
    return assertDefined(this.state.indices.get(name), `index ${name}`);
  }

  shard(name: string, shard = 0): ShardRecord {
    return assertDefined(this.index(name).shards[shard], `shard ${String(shard)}`);
  }

  copy(name: string, slot: number, shard = 0): ShardCopy {
    const copies = this.shard(name, shard).copies;
    return assertDefined(
      copies.find((copy) => copy.slot === slot),
      `slot ${String(slot)}`,
    );
  }

  /** Copies as short words, sorted by slot: `0 primary STARTED n1`. */
  copies(name: string, shard = 0): string[] {
    return this.shard(name, shard).copies.map((copy) => {
      const why = copy.state === "UNASSIGNED" ? ` ${copy.reason}` : "";
      return `${String(copy.slot)} ${copy.role} ${copy.state} ${copy.nodeId}${why}`.trim();
    });
  }

  freshId(): string {
    this.#ids += 1;
    return `a${String(this.#ids)}`;
  }

  #context(): ApplyContext {
    this.#ids += 1;
    const uuid = `u${String(this.#ids)}`.padEnd(22, "_");
    return { nowMs: this.nowMs, uuid, epoch: this.epoch };
  }

  /** No term of a shard ever sees two primaries. */
  #checkPrimaries(): void {
    for (const index of this.state.indices.values()) {
      for (const shard of index.shards) {
        const primary = primaryOf(shard);
        if (primary === undefined || !isActive(primary)) continue;
        const key = `${index.uuid}/${String(shard.number)}/${String(shard.primaryTerm)}`;
        const known = this.#primaries.get(key) ?? primary.allocationId;
        expect(primary.allocationId).toBe(known);
        this.#primaries.set(key, known);
      }
    }
  }
}
