/**
 * Reads a snapshot file from start to end, verifying all of it on the way: each chunk before it is
 * handed out, the whole before the iteration ends. Reads go through the background calls, so the
 * main loop is held for one chunk's checksums at most.
 */
import { createHash } from "node:crypto";
import { assert } from "../../base/assert.js";
import { MasterError } from "../../base/errors.js";
import type { Disk, FileId } from "../disk.js";
import { systemCode } from "../disk.js";
import { assertText, assertWhole } from "../invariants.js";
import { snapshotChunkBytesMax, snapshotMetaBytesMax } from "../limits.js";
import type { FormatProblem, SnapshotHeader } from "./format.js";
import {
  chunkHeaderBytes,
  chunkProblem,
  decodeChunkHeader,
  decodeSnapshotHeader,
  footerBytes,
  footerProblem,
  headerPrefixBytes,
  snapshotHeaderBytes,
} from "./format.js";

/** A snapshot being read. */
export interface SnapshotReading {
  readonly header: SnapshotHeader;
  /** The body; throws MasterError (corrupt) at damage. Ending the iteration closes the file. */
  readonly chunks: AsyncIterableIterator<Uint8Array>;
}

/**
 * Opens a snapshot and verifies its header. The caller iterates `chunks`, or returns from it.
 *
 * @throws MasterError (corrupt) naming file and offset.
 */
export async function readSnapshot(disk: Disk, path: string): Promise<SnapshotReading> {
  assertText(path, "a path");
  const file = disk.open(path, "read");
  const source = new VerifyingSource(disk, file, path);
  try {
    const header = await source.readHeader();
    return { header, chunks: source.chunks() };
  } catch (error) {
    disk.close(file);
    throw error;
  }
}

/** Reads all of a snapshot for nothing but its verification. */
export async function verifySnapshot(disk: Disk, path: string): Promise<SnapshotHeader> {
  const { header, chunks } = await readSnapshot(disk, path);
  assertText(path, "a path");
  for (;;) {
    const next = await chunks.next();
    if (next.done === true) return header;
  }
}

/** A header is the largest thing read at once. */
const readBytesMax = snapshotChunkBytesMax + snapshotMetaBytesMax;

class VerifyingSource {
  readonly #disk: Disk;
  readonly #file: FileId;
  readonly #path: string;
  readonly #hash = createHash("sha256");
  #offset = 0;

  constructor(disk: Disk, file: FileId, path: string) {
    assertText(path, "a path");
    assertWhole(file, "an open file");
    this.#disk = disk;
    this.#file = file;
    this.#path = path;
  }

  async readHeader(): Promise<SnapshotHeader> {
    assertWhole(this.#file, "an open file");
    assert(this.#offset === 0, "the header is read first");
    const prefix = await this.#peek(headerPrefixBytes);
    const length = snapshotHeaderBytes(prefix);
    if (typeof length !== "number") throw this.#corrupt(length);
    const bytes = await this.#peek(length);
    if (bytes.byteLength < length) {
      throw this.#corrupt({ problem: "the file ends inside its header", offset: 0 });
    }
    const header = decodeSnapshotHeader(bytes);
    if ("problem" in header) throw this.#corrupt(header);
    this.#consume(bytes);
    return header;
  }

  async *chunks(): AsyncIterableIterator<Uint8Array> {
    assertWhole(this.#file, "an open file");
    assert(this.#offset > 0, "the header was read");
    try {
      let bodyBytes = 0;
      for (let ordinal = 0; ; ordinal += 1) {
        const chunk = await this.#nextChunk(ordinal);
        if (chunk === undefined) {
          await this.#checkFooter(ordinal, bodyBytes);
          return;
        }
        bodyBytes += chunk.byteLength;
        yield chunk;
      }
    } finally {
      this.#disk.close(this.#file);
    }
  }

  async #nextChunk(ordinal: number): Promise<Uint8Array | undefined> {
    assertWhole(ordinal, "a chunk's ordinal");
    assert(this.#offset > 0, "the header was read");
    const headBytes = await this.#peek(chunkHeaderBytes);
    const head = decodeChunkHeader(headBytes);
    if ("problem" in head) throw this.#corrupt(head);
    this.#consume(headBytes);
    if (head.byteLength === 0) return undefined;
    const data = await this.#peek(head.byteLength);
    if (data.byteLength < head.byteLength) {
      throw this.#corrupt({ problem: `the file ends inside chunk ${ordinal}`, offset: 0 });
    }
    const problem = chunkProblem(data, ordinal, head.crc);
    if (problem !== undefined) throw this.#corrupt(problem);
    this.#consume(data);
    return data;
  }

  async #checkFooter(chunkCount: number, bodyBytes: number): Promise<void> {
    assertWhole(bodyBytes, "a number of bytes");
    assert(bodyBytes >= chunkCount, "no chunk is empty");
    assert(this.#offset > bodyBytes, "the body was read");
    const bytes = await this.#peek(footerBytes + 1);
    const sha256 = this.#hash.digest();
    const problem = footerProblem(bytes, { chunkCount, bodyBytes, sha256 });
    if (problem !== undefined) throw this.#corrupt(problem);
  }

  /** Reads without moving on; shorter at the end of the file. */
  async #peek(length: number): Promise<Uint8Array> {
    assert(length > 0, "something is read");
    assert(length <= readBytesMax, "what is read at once is bounded");
    const bytes = new Uint8Array(length);
    try {
      const got = await this.#disk.background.pread(this.#file, bytes, this.#offset);
      return bytes.subarray(0, got);
    } catch (error) {
      if (systemCode(error) !== "EIO") throw error;
      throw this.#corrupt({ problem: "the disk cannot read it", offset: 0 });
    }
  }

  #consume(bytes: Uint8Array): void {
    assert(bytes.byteLength > 0, "reading moves on");
    assertWhole(this.#offset, "an offset");
    this.#hash.update(bytes);
    this.#offset += bytes.byteLength;
  }

  #corrupt({ problem, offset }: FormatProblem): MasterError {
    assertText(problem, "a problem");
    assertWhole(offset, "an offset");
    const at = this.#offset + offset;
    const text = `snapshot ${this.#path} is damaged at byte ${at}: ${problem}`;
    return new MasterError("corrupt", text, { file: this.#path, offset: at });
  }
}
