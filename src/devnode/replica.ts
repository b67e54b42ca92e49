/**
 * What a copy does while it is not primary: takes its primary's writes, and fills itself from the
 * primary when it is new or was left behind. A copy counts as started only after a master has
 * committed it; a process that ended before goes on where it was.
 */
import { status } from "@grpc/grpc-js";

import type { Clock, TimerHandle } from "../base/clock.js";
import type { Logger } from "../base/log.js";
import type { RecoverChunk__Output } from "../wire/gen/quidditch/devnode/RecoverChunk.js";
import type { ReplicateDocumentRequest__Output } from "../wire/gen/quidditch/devnode/ReplicateDocumentRequest.js";
import { CallError, isRejection, statusOf, textOf } from "./call-error.js";
import {
  recoveryBudgetMs,
  recoveryRetryMaxMs,
  recoveryRetryMinMs,
  recoverySilenceMs,
  refusedMaxMs,
  refusedMinMs,
} from "./limits.js";
import type { PeerLinks } from "./links.js";
import { pause } from "./pause.js";
import type { RoleDeps } from "./primary.js";
import type { Reports } from "./reports.js";
import type { RecoverySource, ShardCopy } from "./shard-copy.js";

/** See the file comment. */
export class Replica {
  readonly #peers: PeerLinks;
  readonly #reports: Reports;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #ownAddress: string;
  readonly #running = new Set<Promise<void>>();

  constructor(deps: RoleDeps, ownAddress: string) {
    this.#peers = deps.peers;
    this.#reports = deps.reports;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#ownAddress = ownAddress;
  }

  /** Takes a write of the primary; ends when it is durable. */
  async accept(
    copy: ShardCopy | undefined,
    request: ReplicateDocumentRequest__Output,
  ): Promise<void> {
    mustBe(copy, request.allocation_id);
    const term = request.primary_term;
    mustFollow(copy, term);
    if (term > copy.record.primaryTerm) {
      copy.standDown();
      await copy.change({ primaryTerm: term, role: "replica" });
      // Meanwhile another copy may have taken its place, or a newer primary may have spoken.
      mustBe(copy, request.allocation_id);
      mustFollow(copy, term);
    }
    copy.recoveredIds?.add(request.document_id);
    await copy.documents.put({
      id: request.document_id,
      body: request.body,
      term,
      sequence: request.sequence,
    });
  }

  /** Goes on with the recoveries that the end of a former process cut off. */
  resume(copies: readonly ShardCopy[]): void {
    for (const copy of copies) {
      if (copy.record.state === "STARTED" || !copy.readable) continue;
      if (copy.record.source !== null) this.recover(copy, copy.record.source);
      else copy.failure = "its recovery was cut off, and its record does not say where from";
    }
  }

  /** Starts to fill a copy, in place of any recovery under way. */
  recover(copy: ShardCopy, order: RecoverySource): void {
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

  async #run(copy: ShardCopy, order: RecoverySource, signal: AbortSignal): Promise<void> {
    try {
      if (!order.isFilled) {
        await this.#fill(copy, order, signal);
        await copy.change({ source: { ...order, isFilled: true } });
      }
      signal.throwIfAborted();
      await this.#report(copy, order, signal);
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
    await copy.becomeStarted();
    this.#logger.info(
      { event: "recovery-done", shard: copy.key, documents: copy.documents.count },
      "A copy holds everything its primary has",
    );
  }

  /**
   * Tells the masters until one consents. A refusal does not make the copy worse: they fill it
   * again, replace it, or resume it, by what the node says it holds.
   */
  async #report(copy: ShardCopy, order: RecoverySource, signal: AbortSignal): Promise<void> {
    for (let pauseMs = refusedMinMs; ; pauseMs = Math.min(pauseMs * 2, refusedMaxMs)) {
      try {
        await this.#reports.started(copy, order.term, signal);
        return;
      } catch (error) {
        if (signal.aborted || !isRejection(error)) throw error;
        this.#logger.debug(
          { event: "started-refused", shard: copy.key, pauseMs, why: textOf(error) },
          "The masters do not count a copy as started",
        );
      }
      await pause(this.#clock, pauseMs, signal);
    }
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

  async #fill(copy: ShardCopy, order: RecoverySource, signal: AbortSignal): Promise<void> {
    const endMs = this.#clock.monotonicMs() + recoveryBudgetMs;
    for (let pauseMs = recoveryRetryMinMs; ; pauseMs = Math.min(pauseMs * 2, recoveryRetryMaxMs)) {
      try {
        await this.#attempt(copy, order, signal);
        return;
      } catch (error) {
        const passes = statusOf(error) !== status.DATA_LOSS && !isRejection(error);
        const isLate = this.#clock.monotonicMs() + pauseMs > endMs;
        if (signal.aborted || !passes || isLate) throw error;
        this.#logger.debug(
          { event: "recovery-retry", shard: copy.key, pauseMs, why: textOf(error) },
          "A recovery pauses",
        );
      }
      await pause(this.#clock, pauseMs, signal);
    }
  }

  /** Reads everything the primary has, then drops what the primary does not have. */
  async #attempt(copy: ShardCopy, order: RecoverySource, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const known = new Set<string>();
    copy.recoveredIds = known;
    const { indexName, indexUuid, shard, allocationId } = copy.record;
    const request = {
      index_name: indexName,
      index_uuid: indexUuid,
      shard_id: shard,
      allocation_id: allocationId,
      address: this.#ownAddress,
    };
    const silence = new Silence(this.#clock);
    const ending = AbortSignal.any([signal, silence.signal]);
    let durable: Promise<unknown> = Promise.resolve();
    try {
      for await (const chunk of this.#peers.recover(order.address, request, ending)) {
        silence.broken();
        await durable;
        signal.throwIfAborted();
        durable = store(copy, chunk, known);
      }
      await durable;
    } finally {
      await Promise.allSettled([durable]);
      silence.close();
    }
    signal.throwIfAborted();
    await copy.documents.retain(known);
    // The next recovery may have begun while this one wrote: the list is that one's by now.
    signal.throwIfAborted();
    copy.recoveredIds = undefined;
  }
}

function mustBe(copy: ShardCopy | undefined, allocationId: string): asserts copy is ShardCopy {
  if (copy?.record.allocationId === allocationId && !copy.removed) return;
  throw new CallError(status.NOT_FOUND, `copy ${allocationId} is not on this node`);
}

/** Refuses writes of a primary that is over. */
function mustFollow(copy: ShardCopy, term: number): void {
  const known = copy.record.primaryTerm;
  if (term >= known && copy.authority?.term !== term) return;
  const text = `${copy.key} follows primary term ${known}, the write is of ${term}`;
  throw new CallError(status.FAILED_PRECONDITION, text);
}

/** Notices that a stream has said nothing for too long. */
class Silence {
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  #timer: TimerHandle;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#timer = this.#wait();
  }

  /** Aborted when it has lasted too long. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something was said. */
  broken(): void {
    this.#timer.cancel();
    this.#timer = this.#wait();
  }

  close(): void {
    this.#timer.cancel();
  }

  #wait(): TimerHandle {
    return this.#clock.after(recoverySilenceMs, () => {
      this.#controller.abort();
    });
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
