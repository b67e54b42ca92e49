/** Finding what a batch item refers to, in one place so that every item is judged alike. */
import type { Rejection, ShardRef } from "../commands.js";
import type { IndexRecord, NodeRecord, ShardRecord } from "../model.js";
import {
  epochMismatch,
  indexNotFound,
  indexUuidNotFound,
  nodeNotFound,
  rejection,
  shardNotFound,
} from "../rejection.js";
import type { Draft } from "./draft.js";

/** A value, or why there is none. */
export type Found<T> =
  ({ readonly found: true } & T) | { readonly found: false; readonly why: Rejection };

/** The shard that `ref` means, unless its index has gone or is another one by now. */
export function findShard(
  draft: Draft,
  ref: ShardRef,
): Found<{ readonly index: IndexRecord; readonly shard: ShardRecord }> {
  const index = draft.index(ref.indexName);
  if (index === undefined) return { found: false, why: indexNotFound(ref.indexName) };
  if (index.uuid !== ref.indexUuid) {
    return { found: false, why: indexUuidNotFound(ref.indexName, ref.indexUuid) };
  }
  const shard = index.shards[ref.shard];
  if (shard === undefined) {
    const count = String(index.shards.length);
    return {
      found: false,
      why: shardNotFound(index, ref.shard, `the index has ${count} shards, counted from 0`),
    };
  }
  return { found: true, index, shard };
}

/** A data node that can take orders. */
export function findHolder(draft: Draft, nodeId: string): Found<{ readonly node: NodeRecord }> {
  const node = draft.node(nodeId);
  if (node === undefined) return { found: false, why: nodeNotFound(nodeId) };
  if (node.status === "offline") {
    const why = rejection("wrong_state", `node [${nodeId}] is offline; choose another`, { nodeId });
    return { found: false, why };
  }
  if (node.nodeType !== "data") {
    const text = `node [${nodeId}] is a ${node.nodeType} node and holds no shards`;
    return { found: false, why: rejection("wrong_state", text, { nodeId }) };
  }
  return { found: true, node };
}

/** Refuses a decision of a leadership that is over; epoch 0 is not fenced. */
export function staleEpoch(draft: Draft, epoch: number): Rejection | undefined {
  const current = draft.context.epoch;
  return epoch === 0 || epoch === current ? undefined : epochMismatch(epoch, current);
}

/** Why a shard's present state does not allow something. */
export function shardRejection(index: IndexRecord, shard: ShardRecord, problem: string): Rejection {
  const text = `shard [${index.name}][${String(shard.number)}]: ${problem}`;
  return rejection("wrong_state", text, { index: index.name, shard: shard.number });
}
