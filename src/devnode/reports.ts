/** What a node tells the masters about its copies, repeated until one of them has judged it. */
import { status } from "@grpc/grpc-js";

import type { ReportShardFailedRequest } from "../wire/gen/quidditch/master/ReportShardFailedRequest.js";
import { CallError } from "./call-error.js";
import { failReplicaBudgetMs } from "./limits.js";
import type { Masters } from "./masters.js";
import type { Peer, ShardCopy } from "./shard-copy.js";

/** See the file comment. All methods throw the master's refusal. */
export class Reports {
  readonly #nodeId: string;
  readonly #masters: Masters;
  readonly #stopping: AbortSignal;

  constructor(nodeId: string, masters: Masters, stopping: AbortSignal) {
    this.#nodeId = nodeId;
    this.#masters = masters;
    this.#stopping = stopping;
  }

  /** The copy holds everything that its primary had under `term`. */
  async started(copy: ShardCopy, term: number, signal: AbortSignal): Promise<void> {
    const request = { ...this.#subject(copy), primary_term: term };
    const answer = await this.#masters.insist("ReportShardStarted", request, {
      budgetMs: Infinity,
      signal: AbortSignal.any([signal, this.#stopping]),
    });
    mustBeAcknowledged(answer);
  }

  /** The copy cannot be used. */
  async failed(copy: ShardCopy, detail: string): Promise<void> {
    await this.#fail({ ...this.#subject(copy), detail }, Infinity);
  }

  /**
   * A primary could not reach a replica. Ends when the replica is out of the in-sync set for good;
   * until then nothing it lacks may be acknowledged.
   */
  async replicaFailed(copy: ShardCopy, term: number, replica: Peer, detail: string): Promise<void> {
    const request: ReportShardFailedRequest = {
      ...this.#subject(copy),
      allocation_id: replica.allocationId,
      detail,
      primary_allocation_id: copy.record.allocationId,
      primary_term: term,
    };
    await this.#fail(request, failReplicaBudgetMs);
  }

  async #fail(request: ReportShardFailedRequest, budgetMs: number): Promise<void> {
    const answer = await this.#masters.insist("ReportShardFailed", request, {
      budgetMs,
      signal: this.#stopping,
    });
    mustBeAcknowledged(answer);
  }

  #subject(copy: ShardCopy): {
    node_id: string;
    index_name: string;
    index_uuid: string;
    shard_id: number;
    allocation_id: string;
  } {
    const { indexName, indexUuid, shard, allocationId } = copy.record;
    return {
      node_id: this.#nodeId,
      index_name: indexName,
      index_uuid: indexUuid,
      shard_id: shard,
      allocation_id: allocationId,
    };
  }
}

function mustBeAcknowledged(answer: { readonly acknowledged: boolean }): void {
  if (!answer.acknowledged) throw new CallError(status.ABORTED, "the master did not acknowledge");
}
