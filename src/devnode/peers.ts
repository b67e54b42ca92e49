/** Connections to other data nodes, one per address, kept until the node stops. */
import { credentials } from "@grpc/grpc-js";

import type { DocumentServiceClient } from "../wire/gen/quidditch/devnode/DocumentService.js";
import { wire } from "../wire/load.js";
import { clientOptions } from "./rpc.js";

/** See the file comment. */
export class Peers {
  readonly #clients = new Map<string, DocumentServiceClient>();

  /** The client for a node's `host:port`. */
  documents(address: string): DocumentServiceClient {
    const known = this.#clients.get(address);
    if (known !== undefined) return known;
    const client = new wire.DocumentService(address, credentials.createInsecure(), clientOptions);
    this.#clients.set(address, client);
    return client;
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }
}
