/** Calls to masters and to other nodes over gRPC; retries are the callers'. */
import { Metadata, credentials, type MethodDefinition } from "@grpc/grpc-js";

import type { DocumentServiceClient } from "../wire/gen/quidditch/devnode/DocumentService.js";
import type { RecoverChunk__Output } from "../wire/gen/quidditch/devnode/RecoverChunk.js";
import type { RecoverRequest } from "../wire/gen/quidditch/devnode/RecoverRequest.js";
import type { ReplicateDocumentRequest } from "../wire/gen/quidditch/devnode/ReplicateDocumentRequest.js";
import type { ReplicateDocumentResponse__Output } from "../wire/gen/quidditch/devnode/ReplicateDocumentResponse.js";
import type { MasterServiceClient } from "../wire/gen/quidditch/master/MasterService.js";
import { wire } from "../wire/load.js";
import type { CallLimits, MasterCalls, MasterLink, PeerLinks } from "./links.js";
import { clientOptions, unary } from "./rpc.js";

/** A master at an address. */
export class GrpcMasterLink implements MasterLink {
  readonly #client: MasterServiceClient;

  constructor(address: string) {
    this.#client = new wire.MasterService(address, credentials.createInsecure(), clientOptions);
  }

  call<M extends keyof MasterCalls>(
    method: M,
    request: MasterCalls[M]["request"],
    limits: CallLimits,
  ): Promise<MasterCalls[M]["response"]> {
    const { path, requestSerialize, responseDeserialize } = wire.MasterService.service[
      method
    ] as unknown as MethodDefinition<MasterCalls[M]["request"], MasterCalls[M]["response"]>;
    return unary(
      (options, reply) =>
        this.#client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          new Metadata(),
          options,
          reply,
        ),
      limits.deadlineMs,
      limits.signal,
    );
  }

  /** Whether there is a connection within the time; for the node that dials only once. */
  reachable(deadlineMs: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const giveUp = (): void => {
        resolve(false);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.#client.waitForReady(Date.now() + deadlineMs, (error) => {
        signal.removeEventListener("abort", giveUp);
        resolve(error === undefined);
      });
    });
  }

  close(): void {
    this.#client.close();
  }
}

/** Other data nodes, one connection per address, kept until the node stops. */
export class GrpcPeerLinks implements PeerLinks {
  readonly #clients = new Map<string, DocumentServiceClient>();

  replicate(
    address: string,
    request: ReplicateDocumentRequest,
    limits: CallLimits,
  ): Promise<ReplicateDocumentResponse__Output> {
    const client = this.#clientFor(address);
    return unary<ReplicateDocumentResponse__Output>(
      (options, reply) => client.ReplicateDocument(request, options, reply),
      limits.deadlineMs,
      limits.signal,
    );
  }

  async *recover(
    address: string,
    request: RecoverRequest,
    signal: AbortSignal,
  ): AsyncIterable<RecoverChunk__Output> {
    signal.throwIfAborted();
    const stream = this.#clientFor(address).Recover(request);
    const cancel = (): void => {
      stream.cancel();
    };
    signal.addEventListener("abort", cancel);
    try {
      yield* stream as AsyncIterable<RecoverChunk__Output>;
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  #clientFor(address: string): DocumentServiceClient {
    const known = this.#clients.get(address);
    if (known !== undefined) return known;
    const client = new wire.DocumentService(address, credentials.createInsecure(), clientOptions);
    this.#clients.set(address, client);
    return client;
  }
}
