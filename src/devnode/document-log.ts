/**
 * The documents of one shard copy: all in memory, each write appended to a file and synced before
 * it counts as durable. Writes that arrive while a sync runs share the next one. It knows neither
 * roles nor other copies.
 */
import { dirname } from "node:path";

import {
  decodeFile,
  encodeBatch,
  encodedBytes,
  fileHeader,
  isNewer,
  type StoredDocument,
} from "./document-codec.js";
import type { NodeFiles, OpenFile } from "./files.js";
import { documentBatchBytes } from "./limits.js";
import { Mutex } from "./mutex.js";

/** Thrown by {@link DocumentLog.open} when bytes inside the file are not what was written. */
export class DamagedFileError extends Error {
  override readonly name = "DamagedFileError";
}

/** See the file comment. */
export class DocumentLog {
  readonly #files: NodeFiles;
  readonly #path: string;
  readonly #documents = new Map<string, StoredDocument>();
  readonly #writes = new Mutex();
  #file: OpenFile;
  #sizeBytes: number;
  #lastSequence = 0;
  #pending: StoredDocument[] = [];
  #flush: Promise<void> | undefined;
  #failure: unknown;

  private constructor(
    files: NodeFiles,
    path: string,
    opened: { readonly file: OpenFile; readonly sizeBytes: number },
  ) {
    this.#files = files;
    this.#path = path;
    this.#file = opened.file;
    this.#sizeBytes = opened.sizeBytes;
  }

  /**
   * Opens the file, or creates it. A batch at the end that a crash tore was never acknowledged and
   * is cut off.
   *
   * @throws DamagedFileError when anything else is wrong with the bytes; the file is left as it is.
   */
  static open(files: NodeFiles, path: string): Promise<DocumentLog> {
    return DocumentLog.#open(files, path, 0);
  }

  /**
   * As {@link DocumentLog.open} for a file that was made before: one that is gone, or that lacks
   * even its first bytes, is damaged too.
   */
  static reopen(files: NodeFiles, path: string): Promise<DocumentLog> {
    return DocumentLog.#open(files, path, fileHeader.length);
  }

  static async #open(files: NodeFiles, path: string, bytesMin: number): Promise<DocumentLog> {
    const bytes = (await files.read(path)) ?? Buffer.alloc(0);
    if (bytes.length < bytesMin) {
      throw new DamagedFileError(`${path} is missing, or was cut to ${bytes.length} bytes`);
    }
    const decoded = decodeFile(bytes);
    if (decoded.rest === "damaged") {
      throw new DamagedFileError(`${path} is damaged at offset ${decoded.soundBytes}`);
    }
    const file = await files.open(path);
    if (decoded.rest === "torn") await file.truncate(decoded.soundBytes);
    if (decoded.soundBytes === 0) await file.write(fileHeader, 0);
    if (decoded.rest === "torn") await file.sync();
    if (bytes.length === 0) await files.syncDirectory(dirname(path));
    const sizeBytes = Math.max(decoded.soundBytes, fileHeader.length);
    const log = new DocumentLog(files, path, { file, sizeBytes });
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
        await this.#file.write(bytes, this.#sizeBytes);
        await this.#file.sync();
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
      const file = await this.#files.open(temporary);
      await file.truncate(0);
      await file.write(bytes, 0);
      await file.sync();
      await this.#files.rename(temporary, this.#path);
      await this.#files.syncDirectory(dirname(this.#path));
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
