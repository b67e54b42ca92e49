/** States of any size, built from records at once instead of by commands. */
import { PersistentMap } from "../../../src/base/persistent-map.js";
import { carryTotals } from "../../../src/state/health.js";
import { initialState } from "../../../src/state/initial.js";
import type { ClusterState, IndexRecord, ShardRecord } from "../../../src/state/model.js";
import { indexSettings } from "../state/commands.js";

/** How large. Every shard has one started copy; node ids are of the length that hosts have. */
export interface StateSize {
  readonly indices: number;
  readonly shardsPerIndex: number;
  readonly nodes: number;
}

/** The id of a node. */
function nodeIdOf(number: number): string {
  return `data-node-${String(number).padStart(4, "0")}`;
}

/** The name of an index. */
export function indexNameOf(number: number): string {
  return `logs-${String(number).padStart(6, "0")}`;
}

/** See the file comment. */
export function largeState(size: StateSize): ClusterState {
  const records = Array.from({ length: size.indices }, (_, number): [string, IndexRecord] => {
    const record = indexRecord(number, size);
    return [record.name, record];
  });
  return {
    ...initialState(),
    version: 1_000_000,
    clusterUuid: "AAAAAAAAAAAAAAAAAAAAAA",
    clusterName: "quidditch-cluster",
    indices: PersistentMap.from(records),
  };
}

/** The state after one shard of one index changed its node. */
export function withMovedShard(state: ClusterState, indexNumber: number): ClusterState {
  const name = indexNameOf(indexNumber);
  const record = state.indices.get(name);
  if (record === undefined) throw new Error(`no index ${name}`);
  const moved = shardRecord(0, nodeIdOf(state.version % 1_000));
  const after = { ...record, shards: record.shards.with(0, moved) };
  const indices = state.indices.set(name, after);
  const next = { ...state, version: state.version + 1, indices };
  carryTotals(state, next, [
    {
      kind: "shard",
      indexName: name,
      indexUuid: record.uuid,
      before: record.shards[0],
      after: moved,
      shard: 0,
    },
  ]);
  return next;
}

function indexRecord(number: number, size: StateSize): IndexRecord {
  return {
    name: indexNameOf(number),
    uuid: `uuid-of-index-${String(number).padStart(8, "0")}`,
    version: 1_000_000,
    settings: indexSettings({ numberOfShards: size.shardsPerIndex, refreshInterval: "" }),
    mappings: {},
    aliases: {},
    state: "open",
    createdAtMs: 1_700_000_000_000,
    shards: Array.from({ length: size.shardsPerIndex }, (_, shard) =>
      shardRecord(shard, nodeIdOf((number + shard) % size.nodes)),
    ),
  };
}

function shardRecord(number: number, nodeId: string): ShardRecord {
  const allocationId = `allocation-${String(number)}`;
  return {
    number,
    version: 1_000_000,
    primaryTerm: 1,
    inSync: [allocationId],
    everStarted: true,
    copies: [{ slot: 0, role: "primary", state: "STARTED", nodeId, allocationId }],
    superseded: [],
  };
}
