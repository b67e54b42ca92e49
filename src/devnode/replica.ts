/**
 * What a copy does while it is not primary: takes its primary's writes, and fills itself from the
 * primary when it is new or was left behind. A copy counts as started only after a master has
 * committed it, so a crash before that makes it recover again.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { status } from "@grpc/grpc-js";

import type { Logger } from "../base/log.js";
import type { RecoverChunk__Output } from "../wire/gen/quidditch/devnode/RecoverChunk.js";
import type { ReplicateDocumentRequest__Output } from "../wire/gen/quidditch/devnode/ReplicateDocumentRequest.js";
import { CallError, isRejection, statusOf, textOf } from "./call-error.js";
import {
  recoveryBudgetMs,
  recoveryRetryMaxMs,
  recoveryRetryMinMs,
  recoverySilenceMs,
} from "./limits.js";
import type { Peers } from "./peers.js";
import type { Reports } from "./reports.js";
import type { ShardCopy } from "./shard-copy.js";

/** Where to recover from, and the primary term in which that primary was named. */
export interface RecoveryOrder {
  readonly address: string;
  readonly term: number;
}

/** See the file comment. */
export class Replica {
  readonly #peers: Peers;
  readonly #reports: Reports;
  readonly #logger: Logger;
  readonly #ownAddress: string;
  readonly #running = new Set<Promise<void>>();

  constructor(
    deps: { readonly peers: Peers; readonly reports: Reports; readonly logger: Logger },
    ownAddress: string,
  ) {
    this.#peers = deps.peers;
    this.#reports = deps.reports;
    this.#logger = deps.logger;
    this.#ownAddress = ownAddress;
  }

  /** Takes a write of the primary; ends when it is durable. */
  async accept(
    copy: ShardCopy | undefined,
    request: ReplicateDocumentRequest__Output,
  ): Promise<void> {
    if (copy?.record.allocationId !== request.allocation_id) {
      const text = `copy ${request.allocation_id} is not on this node`;
      throw new CallError(status.NOT_FOUND, text);
    }
    const term = request.primary_term;
    const known = copy.record.primaryTerm;
    if (term < known || copy.authority?.term === term) {
      const text = `${copy.key} follows primary term ${known}, the write is of ${term}`;
      throw new CallError(status.FAILED_PRECONDITION, text);
    }
    if (term > known) {
      copy.standDown();
      await copy.change({ primaryTerm: term, role: "replica" });
    }
    copy.recoveredIds?.add(request.document_id);
    await copy.documents.put({
      id: request.document_id,
      body: request.body,
      term,
      sequence: request.sequence,
    });
  }

  /** Starts to fill a copy, in place of any recovery under way. */
  recover(copy: ShardCopy, order: RecoveryOrder): void {
    copy.stopRecovery();
    copy.failure = "";
    const controller = new AbortController();
    copy.recovery = controller;
    const run = this.#run(copy, order, controller.signal)
      .catch((error: unknown) => {
        if (controller.signal.aborted) return;
        copy.failure = textOf(error);
        this.#logger.error(
          { event: "recovery-failed", shard: copy.key, why: copy.failure },
          "A copy could not be filled from its primary",
        );
      })
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** Ends when no recovery runs; the copies must have been told to stop. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #run(copy: ShardCopy, order: RecoveryOrder, signal: AbortSignal): Promise<void> {
    try {
      await this.#fill(copy, order, signal);
      if (copy.record.primaryTerm !== order.term) {
        const text = `recovered under primary term ${order.term}, now it is ${copy.record.primaryTerm}`;
        throw new CallError(status.ABORTED, text);
      }
      await this.#reports.started(copy, order.term, signal);
    } catch (error) {
      if (signal.aborted) return;
      copy.recovery = undefined;
      copy.recoveredIds = undefined;
      copy.failure = textOf(error);
      await this.#tellFailed(copy);
      throw error;
    }
    if (signal.aborted) return;
    copy.recovery = undefined;
    copy.authority = copy.authorityWhenStarted;
    copy.authorityWhenStarted = undefined;
    await copy.change({ state: "STARTED", everStarted: true });
    this.#logger.info(
      { event: "recovery-done", shard: copy.key, documents: copy.documents.count },
      "A copy holds everything its primary has",
    );
  }

  /** Has the masters order something else; a refusal says that they already did. */
  async #tellFailed(copy: ShardCopy): Promise<void> {
    try {
      await this.#reports.failed(copy, copy.failure);
    } catch (error) {
      this.#logger.warn(
        { event: "report-refused", shard: copy.key, why: textOf(error) },
        "The masters did not take a report of a failed copy",
      );
    }
  }

  async #fill(copy: ShardCopy, order: RecoveryOrder, signal: AbortSignal): Promise<void> {
    const endMs = performance.now() + recoveryBudgetMs;
    for (let pauseMs = recoveryRetryMinMs; ; pauseMs = Math.min(pauseMs * 2, recoveryRetryMaxMs)) {
      try {
        await this.#attempt(copy, order, signal);
        return;
      } catch (error) {
        const passes = statusOf(error) !== status.DATA_LOSS && !isRejection(error);
        if (signal.aborted || !passes || performance.now() + pauseMs > endMs) throw error;
        this.#logger.debug(
          { event: "recovery-retry", shard: copy.key, pauseMs, why: textOf(error) },
          "A recovery pauses",
        );
      }
      await sleep(pauseMs, undefined, { signal });
    }
  }

  /** Reads everything the primary has, then drops what the primary does not have. */
  async #attempt(copy: ShardCopy, order: RecoveryOrder, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const known = new Set<string>();
    copy.recoveredIds = known;
    const { indexName, indexUuid, shard, allocationId } = copy.record;
    const stream = this.#peers.documents(order.address).Recover({
      index_name: indexName,
      index_uuid: indexUuid,
      shard_id: shard,
      allocation_id: allocationId,
      address: this.#ownAddress,
    });
    const cancel = (): void => {
      stream.cancel();
    };
    const silence = setTimeout(cancel, recoverySilenceMs);
    signal.addEventListener("abort", cancel);
    let durable: Promise<unknown> = Promise.resolve();
    try {
      for await (const chunk of stream as AsyncIterable<RecoverChunk__Output>) {
        silence.refresh();
        await durable;
        durable = store(copy, chunk, known);
      }
      await durable;
    } finally {
      await Promise.allSettled([durable]);
      clearTimeout(silence);
      signal.removeEventListener("abort", cancel);
    }
    signal.throwIfAborted();
    await copy.documents.retain(known);
    copy.recoveredIds = undefined;
  }
}

/** Takes a chunk at once, and ends when it is durable. */
async function store(
  copy: ShardCopy,
  chunk: RecoverChunk__Output,
  known: Set<string>,
): Promise<void> {
  const writes = chunk.documents.map((document) => {
    known.add(document.document_id);
    return copy.documents.put({
      id: document.document_id,
      body: document.body,
      term: document.primary_term,
      sequence: document.sequence,
    });
  });
  await Promise.all(writes);
}
