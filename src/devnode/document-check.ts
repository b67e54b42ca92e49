/** Which documents a node takes. */
import { status } from "@grpc/grpc-js";

import { CallError } from "./call-error.js";
import { documentBytesMax, documentIdBytesMax } from "./limits.js";

/** Refuses documents that are not small. */
export function checkDocument(id: string, body: Uint8Array): void {
  const idBytes = Buffer.byteLength(id);
  if (idBytes === 0 || idBytes > documentIdBytesMax) {
    const text = `a document id has 1 to ${documentIdBytesMax} bytes, not ${idBytes}`;
    throw new CallError(status.INVALID_ARGUMENT, text);
  }
  if (body.length > documentBytesMax) {
    const text = `a document has at most ${documentBytesMax} bytes, not ${body.length}`;
    throw new CallError(status.INVALID_ARGUMENT, text);
  }
}
