/**
 * The bytes of a document file: a header, then batches. A batch is what one sync covers: its
 * length, a checksum and records, so that the batch a crash tore is always the last one. Pure
 * functions of bytes; the file itself is document-log.ts.
 */
import { crc32 } from "node:zlib";

import { assert } from "../base/assert.js";
import { documentBatchBytesMax } from "./limits.js";

/** One version of a document. Of two versions the one with the higher (term, sequence) counts. */
export interface StoredDocument {
  readonly id: string;
  readonly body: Buffer;
  /** Primary term it was written under. */
  readonly term: number;
  /** Position among the writes of its shard; grows across terms too. */
  readonly sequence: number;
}

/** What a document file holds. */
export interface DecodedFile {
  readonly documents: readonly StoredDocument[];
  /** Everything before this offset is whole. */
  readonly soundBytes: number;
  /** What follows `soundBytes`: nothing, a batch that a crash tore, or damage. */
  readonly rest: "none" | "torn" | "damaged";
}

/** First bytes of every document file. */
export const fileHeader: Buffer = Buffer.from("QDDOCS01", "latin1");

const batchHeaderBytes = 8;
const recordHeaderBytes = 24;

/** Whether `a` is newer than `b`. */
export function isNewer(
  a: Pick<StoredDocument, "term" | "sequence">,
  b: Pick<StoredDocument, "term" | "sequence">,
): boolean {
  return a.term === b.term ? a.sequence > b.sequence : a.term > b.term;
}

/** How many bytes a document takes in a batch. */
export function encodedBytes(document: StoredDocument): number {
  return recordHeaderBytes + Buffer.byteLength(document.id) + document.body.length;
}

/** Encodes one batch. */
export function encodeBatch(documents: readonly StoredDocument[]): Buffer {
  const payload = Buffer.concat(documents.map(encodeRecord));
  assert(payload.length > 0 && payload.length <= documentBatchBytesMax, "a batch has a legal size");
  const header = Buffer.alloc(batchHeaderBytes);
  header.writeUInt32LE(payload.length, 0);
  header.writeUInt32LE(crc32(payload), 4);
  return Buffer.concat([header, payload]);
}

/** Reads a whole file; `documents` are in the order they were written. */
export function decodeFile(bytes: Buffer): DecodedFile {
  if (bytes.length < fileHeader.length) return { documents: [], soundBytes: 0, rest: "torn" };
  if (!bytes.subarray(0, fileHeader.length).equals(fileHeader)) {
    return { documents: [], soundBytes: 0, rest: "damaged" };
  }
  const documents: StoredDocument[] = [];
  let offset = fileHeader.length;
  while (offset < bytes.length) {
    const payload = batchAt(bytes, offset);
    if (typeof payload === "string") return { documents, soundBytes: offset, rest: payload };
    const records = decodeRecords(payload);
    if (records === undefined) return { documents, soundBytes: offset, rest: "damaged" };
    documents.push(...records);
    offset += batchHeaderBytes + payload.length;
  }
  return { documents, soundBytes: offset, rest: "none" };
}

/**
 * The payload of the batch at `offset`, or what is wrong with it. Only the last batch can be torn:
 * one that others follow was synced before they were written.
 */
function batchAt(bytes: Buffer, offset: number): Buffer | "torn" | "damaged" {
  if (bytes.length - offset < batchHeaderBytes) return "torn";
  const length = bytes.readUInt32LE(offset);
  if (length === 0) return isZero(bytes.subarray(offset)) ? "torn" : "damaged";
  if (length > documentBatchBytesMax) return "damaged";
  const end = offset + batchHeaderBytes + length;
  if (end > bytes.length) return "torn";
  const payload = bytes.subarray(offset + batchHeaderBytes, end);
  if (crc32(payload) === bytes.readUInt32LE(offset + 4)) return payload;
  return end === bytes.length ? "torn" : "damaged";
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

function encodeRecord(document: StoredDocument): Buffer {
  const id = Buffer.from(document.id);
  const header = Buffer.alloc(recordHeaderBytes);
  header.writeBigUInt64LE(BigInt(document.term), 0);
  header.writeBigUInt64LE(BigInt(document.sequence), 8);
  header.writeUInt32LE(id.length, 16);
  header.writeUInt32LE(document.body.length, 20);
  return Buffer.concat([header, id, document.body]);
}

function decodeRecords(payload: Buffer): StoredDocument[] | undefined {
  const documents: StoredDocument[] = [];
  let offset = 0;
  while (offset < payload.length) {
    if (payload.length - offset < recordHeaderBytes) return undefined;
    const idEnd = offset + recordHeaderBytes + payload.readUInt32LE(offset + 16);
    const bodyEnd = idEnd + payload.readUInt32LE(offset + 20);
    if (bodyEnd > payload.length) return undefined;
    documents.push({
      id: payload.toString("utf8", offset + recordHeaderBytes, idEnd),
      // A copy: otherwise one small document would keep the bytes of the whole file.
      body: Buffer.from(payload.subarray(idEnd, bodyEnd)),
      term: Number(payload.readBigUInt64LE(offset)),
      sequence: Number(payload.readBigUInt64LE(offset + 8)),
    });
    offset = bodyEnd;
  }
  return documents;
}
