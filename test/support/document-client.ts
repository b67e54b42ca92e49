/** Documents on a reference data node, as a test writes and reads them. */
import { credentials } from "@grpc/grpc-js";

import type { DocumentServiceClient } from "../../src/wire/gen/quidditch/devnode/DocumentService.js";
import type { ListDocumentsResponse__Output } from "../../src/wire/gen/quidditch/devnode/ListDocumentsResponse.js";
import type { PutDocumentResponse__Output } from "../../src/wire/gen/quidditch/devnode/PutDocumentResponse.js";
import { wire } from "../../src/wire/load.js";
import { unary } from "./master-client.js";

/** See the file comment. */
export class DocumentClient {
  readonly #client: DocumentServiceClient;

  constructor(port: number) {
    const address = `127.0.0.1:${String(port)}`;
    this.#client = new wire.DocumentService(address, credentials.createInsecure());
  }

  put(index: string, shard: number, id: string): Promise<PutDocumentResponse__Output> {
    const body = Buffer.from(`body of ${id}`);
    const request = { index_name: index, shard_id: shard, document_id: id, body };
    return unary<PutDocumentResponse__Output>((deadline, callback) => {
      this.#client.PutDocument(request, { deadline }, callback);
    });
  }

  async list(index: string, shard: number): Promise<string[]> {
    const request = { index_name: index, shard_id: shard };
    const answer = await unary<ListDocumentsResponse__Output>((deadline, callback) => {
      this.#client.ListDocuments(request, { deadline }, callback);
    });
    return answer.document_ids;
  }

  close(): void {
    this.#client.close();
  }
}
