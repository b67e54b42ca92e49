/**
 * What a copy does while it acts as primary: takes writes, brings each to every other assigned
 * copy before it is acknowledged, and lets new copies read everything. A copy that cannot be
 * reached is first removed by the masters; a primary that they no longer accept stops.
 */
import { status } from "@grpc/grpc-js";

import { assertNever } from "../base/assert.js";
import type { Clock } from "../base/clock.js";
import type { Logger } from "../base/log.js";
import type { RecoverChunk } from "../wire/gen/quidditch/devnode/RecoverChunk.js";
import type { RecoverRequest__Output } from "../wire/gen/quidditch/devnode/RecoverRequest.js";
import type { ReplicateDocumentRequest } from "../wire/gen/quidditch/devnode/ReplicateDocumentRequest.js";
import { CallError, isRejection, statusOf, textOf } from "./call-error.js";
import { encodedBytes, type StoredDocument } from "./document-codec.js";
import { recoveryChunkBytes, replicateBudgetMs, replicateRetryMs } from "./limits.js";
import type { PeerLinks } from "./links.js";
import { pause } from "./pause.js";
import type { Reports } from "./reports.js";
import type { Authority, Peer, ShardCopy } from "./shard-copy.js";

/** What became of one write at one other copy. */
type Outcome =
  | { readonly kind: "held" }
  /** The copy does not exist there yet; it will read everything when it begins to recover. */
  | { readonly kind: "not-begun" }
  | { readonly kind: "newer-primary"; readonly why: string }
  | { readonly kind: "unreachable"; readonly why: string };

/** A write on its way to the other copies. */
interface Write {
  readonly copy: ShardCopy;
  readonly authority: Authority;
  readonly document: StoredDocument;
}

/** What a copy's role works with. */
export interface RoleDeps {
  readonly peers: PeerLinks;
  readonly reports: Reports;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** See the file comment. */
export class Primary {
  readonly #peers: PeerLinks;
  readonly #reports: Reports;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #stopping: AbortSignal;

  constructor(deps: RoleDeps, stopping: AbortSignal) {
    this.#peers = deps.peers;
    this.#reports = deps.reports;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#stopping = stopping;
  }

  /** Stores a document; ends when every copy that counts holds it durably. */
  async put(copy: ShardCopy, id: string, body: Buffer): Promise<StoredDocument> {
    const authority = actingAuthority(copy);
    const document = { id, body, term: authority.term, sequence: copy.nextSequence() };
    const write = { copy, authority, document };
    // From here to the list of peers nothing waits: a copy that begins to recover either is on the
    // list already or reads this document with all others.
    const durable = copy.documents.put(document);
    await Promise.all([durable, ...authority.peers.map((peer) => this.#bring(write, peer))]);
    if (copy.authority !== authority) throw notPrimary(copy);
    return document;
  }

  /** Streams all documents to a copy that recovers; later ones reach it as replicated writes. */
  *recover(copy: ShardCopy, request: RecoverRequest__Output): Generator<RecoverChunk, undefined> {
    const authority = actingAuthority(copy);
    const allocationId = request.allocation_id;
    if (!authority.peers.some((peer) => peer.allocationId === allocationId)) {
      const text = `copy ${allocationId} of ${copy.key} is not known to its primary yet`;
      throw new CallError(status.UNAVAILABLE, text);
    }
    authority.recovering.add(allocationId);
    for (const chunk of chunksOf(copy.documents.all())) {
      if (copy.authority !== authority) throw notPrimary(copy);
      const documents = chunk.map((document) => ({
        document_id: document.id,
        body: document.body,
        sequence: document.sequence,
        primary_term: document.term,
      }));
      yield { documents };
    }
    return undefined;
  }

  async #bring(write: Write, peer: Peer): Promise<void> {
    const outcome = await this.#replicate(write, peer);
    switch (outcome.kind) {
      case "held":
      case "not-begun":
        return;
      case "newer-primary":
        this.#standDown(write, outcome.why);
        throw notPrimary(write.copy);
      case "unreachable":
        await this.#remove(write, peer, outcome.why);
        return;
      default:
        assertNever(outcome, "an unknown outcome of a write");
    }
  }

  async #replicate(write: Write, peer: Peer): Promise<Outcome> {
    const request = requestOf(write, peer);
    const endMs = this.#clock.monotonicMs() + replicateBudgetMs;
    for (;;) {
      this.#stopping.throwIfAborted();
      const leftMs = endMs - this.#clock.monotonicMs();
      const limits = { deadlineMs: Math.max(1, leftMs), signal: this.#stopping };
      try {
        await this.#peers.replicate(peer.address, request, limits);
        return { kind: "held" };
      } catch (error) {
        const mayRepeat = this.#clock.monotonicMs() + replicateRetryMs < endMs;
        const outcome = judge(error, { peer, authority: write.authority, mayRepeat });
        if (outcome !== undefined) return outcome;
      }
      await pause(this.#clock, replicateRetryMs, this.#stopping);
    }
  }

  /** Has a copy removed from the in-sync set; writes that wait for the same copy share the call. */
  async #remove(write: Write, peer: Peer, why: string): Promise<void> {
    const { copy, authority } = write;
    // An order that left it out says that its removal is committed.
    if (!authority.peers.some((one) => one.allocationId === peer.allocationId)) return;
    let removal = authority.removals.get(peer.allocationId);
    if (removal === undefined) {
      removal = this.#requestRemoval(write, peer, why).finally(() => {
        authority.removals.delete(peer.allocationId);
      });
      authority.removals.set(peer.allocationId, removal);
    }
    await removal;
    if (copy.authority !== authority) throw notPrimary(copy);
  }

  async #requestRemoval(write: Write, peer: Peer, why: string): Promise<void> {
    const { copy, authority } = write;
    const detail = `${peer.nodeId} does not take writes: ${why}`;
    this.#logger.warn(
      { event: "replica-unreachable", shard: copy.key, node: peer.nodeId, why },
      "A replica cannot be reached; asking the masters to remove it",
    );
    try {
      await this.#reports.replicaFailed(copy, authority.term, peer, detail);
    } catch (error) {
      if (isRejection(error)) {
        // A refusal may only mean that the copy went before: an order that came meanwhile says so.
        if (!authority.peers.some((one) => one.allocationId === peer.allocationId)) return;
        this.#standDown(write, textOf(error));
      }
      const text = `${copy.key}: the removal of an unreachable copy is not committed`;
      throw new CallError(status.UNAVAILABLE, `${text}: ${textOf(error)}`);
    }
    authority.peers = authority.peers.filter((one) => one.allocationId !== peer.allocationId);
  }

  #standDown(write: Write, why: string): void {
    if (write.copy.authority !== write.authority) return;
    this.#logger.warn(
      { event: "primary-stands-down", shard: write.copy.key, term: write.authority.term, why },
      "A primary is no longer accepted and stops taking writes",
    );
    write.copy.standDown();
  }
}

function actingAuthority(copy: ShardCopy): Authority {
  if (copy.authority === undefined) throw notPrimary(copy);
  return copy.authority;
}

function notPrimary(copy: ShardCopy): CallError {
  const text = `${copy.key} does not act as primary here, or no longer; nothing was acknowledged`;
  return new CallError(status.UNAVAILABLE, text);
}

/** What a failed call means, or undefined when it is worth another try. */
function judge(
  error: unknown,
  facts: { readonly peer: Peer; readonly authority: Authority; readonly mayRepeat: boolean },
): Outcome | undefined {
  const code = statusOf(error);
  const why = textOf(error);
  if (code === status.FAILED_PRECONDITION) return { kind: "newer-primary", why };
  if (code === status.NOT_FOUND) {
    const began = facts.peer.inSync || facts.authority.recovering.has(facts.peer.allocationId);
    return began ? { kind: "unreachable", why } : { kind: "not-begun" };
  }
  const mayPass = code === status.UNAVAILABLE || code === status.CANCELLED;
  if (mayPass && facts.mayRepeat) return undefined;
  return { kind: "unreachable", why };
}

function requestOf(write: Write, peer: Peer): ReplicateDocumentRequest {
  const { indexName, indexUuid, shard } = write.copy.record;
  return {
    index_name: indexName,
    index_uuid: indexUuid,
    shard_id: shard,
    allocation_id: peer.allocationId,
    primary_term: write.document.term,
    sequence: write.document.sequence,
    document_id: write.document.id,
    body: write.document.body,
    node_id: peer.nodeId,
  };
}

function* chunksOf(documents: readonly StoredDocument[]): Generator<StoredDocument[]> {
  let chunk: StoredDocument[] = [];
  let sizeBytes = 0;
  for (const document of documents) {
    const bytes = encodedBytes(document);
    if (chunk.length > 0 && sizeBytes + bytes > recoveryChunkBytes) {
      yield chunk;
      chunk = [];
      sizeBytes = 0;
    }
    chunk.push(document);
    sizeBytes += bytes;
  }
  if (chunk.length > 0) yield chunk;
}
