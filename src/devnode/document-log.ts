/**
 * The documents of one shard copy: all in memory, each write appended to a file and synced before
 * it counts as durable. Writes that arrive while a sync runs share the next one. It knows neither
 * roles nor other copies.
 */
import { open, readFile, rename, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

import {
  decodeFile,
  encodeBatch,
  encodedBytes,
  fileHeader,
  isNewer,
  type StoredDocument,
} from "./document-codec.js";
import { isMissing, syncDirectory } from "./files.js";
import { documentBatchBytes } from "./limits.js";
import { Mutex } from "./mutex.js";

/** Thrown by {@link DocumentLog.open} when bytes inside the file are not what was written. */
export class DamagedFileError extends Error {
  override readonly name = "DamagedFileError";
}

/** See the file comment. */
export class DocumentLog {
  readonly #path: string;
  readonly #documents = new Map<string, StoredDocument>();
  readonly #writes = new Mutex();
  #file: FileHandle;
  #sizeBytes: number;
  #lastSequence = 0;
  #pending: StoredDocument[] = [];
  #flush: Promise<void> | undefined;
  #failure: unknown;

  private constructor(path: string, file: FileHandle, sizeBytes: number) {
    this.#path = path;
    this.#file = file;
    this.#sizeBytes = sizeBytes;
  }

  /**
   * Opens the file, or creates it. A batch at the end that a crash tore was never acknowledged and
   * is cut off.
   *
   * @throws DamagedFileError when anything else is wrong with the bytes; the file is left as it is.
   */
  static async open(path: string): Promise<DocumentLog> {
    const bytes = await readOrEmpty(path);
    const decoded = decodeFile(bytes);
    if (decoded.rest === "damaged") {
      throw new DamagedFileError(`${path} is damaged at offset ${decoded.soundBytes}`);
    }
    const file = await open(path, bytes.length === 0 ? "w+" : "r+", 0o600);
    if (decoded.rest === "torn") await file.truncate(decoded.soundBytes);
    if (decoded.soundBytes === 0) await writeAll(file, fileHeader, 0);
    if (decoded.rest === "torn") await file.sync();
    if (bytes.length === 0) await syncDirectory(dirname(path));
    const log = new DocumentLog(path, file, Math.max(decoded.soundBytes, fileHeader.length));
    for (const document of decoded.documents) log.#remember(document);
    return log;
  }

  get count(): number {
    return this.#documents.size;
  }

  /** Size of the file. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The highest sequence of any document ever put here. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  get(id: string): StoredDocument | undefined {
    return this.#documents.get(id);
  }

  /** The documents as they are now; later changes do not show in it. */
  all(): readonly StoredDocument[] {
    return [...this.#documents.values()];
  }

  /**
   * Takes a version of a document unless a newer one is here. Visible at once; the promise ends
   * when it, and everything put before it, is durable.
   */
  put(document: StoredDocument): Promise<void> {
    if (this.#remember(document)) this.#pending.push(document);
    this.#flush ??= this.#writes.run(() => this.#writePending());
    return this.#flush;
  }

  /** Drops the documents whose ids are not in `keep`; ends when that is durable. */
  async retain(keep: ReadonlySet<string>): Promise<void> {
    const dropped = [...this.#documents.keys()].filter((id) => !keep.has(id));
    if (dropped.length === 0) return;
    for (const id of dropped) this.#documents.delete(id);
    this.#pending = this.#pending.filter((document) => this.#documents.has(document.id));
    await this.#writes.run(() => this.#rewrite());
  }

  /** Waits for writes under way and closes the file. */
  async close(): Promise<void> {
    await this.#writes.idle();
    await this.#file.close();
  }

  #remember(document: StoredDocument): boolean {
    this.#lastSequence = Math.max(this.#lastSequence, document.sequence);
    const present = this.#documents.get(document.id);
    if (present !== undefined && !isNewer(document, present)) return false;
    this.#documents.set(document.id, document);
    return true;
  }

  async #writePending(): Promise<void> {
    this.#flush = undefined;
    const documents = this.#pending;
    this.#pending = [];
    await this.#guarded(async () => {
      for (const batch of batchesOf(documents)) {
        const bytes = encodeBatch(batch);
        await writeAll(this.#file, bytes, this.#sizeBytes);
        await this.#file.datasync();
        this.#sizeBytes += bytes.length;
      }
    });
  }

  async #rewrite(): Promise<void> {
    const documents = this.all();
    this.#pending = [];
    await this.#guarded(async () => {
      const temporary = `${this.#path}.tmp`;
      const bytes = Buffer.concat([fileHeader, ...batchesOf(documents).map(encodeBatch)]);
      const file = await open(temporary, "w+", 0o600);
      await writeAll(file, bytes, 0);
      await file.datasync();
      await rename(temporary, this.#path);
      await syncDirectory(dirname(this.#path));
      await this.#file.close();
      this.#file = file;
      this.#sizeBytes = bytes.length;
    });
  }

  /** After a failed write or sync nobody knows what is on the disk: nothing is acknowledged. */
  async #guarded(step: () => Promise<void>): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure as Error;
    try {
      await step();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }
}

function batchesOf(documents: readonly StoredDocument[]): StoredDocument[][] {
  const batches: StoredDocument[][] = [];
  let sizeBytes = Infinity;
  for (const document of documents) {
    if (sizeBytes >= documentBatchBytes) {
      batches.push([]);
      sizeBytes = 0;
    }
    batches.at(-1)?.push(document);
    sizeBytes += encodedBytes(document);
  }
  return batches;
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const result = await file.write(bytes, done, bytes.length - done, position + done);
    done += result.bytesWritten;
  }
}

async function readOrEmpty(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0);
    throw error;
  }
}
