/**
 * All shard copies of a reference node, one folder each, named by index uuid and shard number: a
 * name that a client chose never becomes a path. It creates, finds, loads and deletes them; what
 * may be created or deleted is decided by the orders.
 */
import { join } from "node:path";

import { status } from "@grpc/grpc-js";

import type { Logger } from "../base/log.js";
import { CallError } from "./call-error.js";
import { fileHeader } from "./document-codec.js";
import type { NodeFiles } from "./files.js";
import { documentFile, ShardCopy, type ShardRecord } from "./shard-copy.js";

const trashPrefix = "trash-";

/** See the file comment. */
export class ShardRegistry {
  readonly #files: NodeFiles;
  readonly #directory: string;
  readonly #copies = new Map<string, ShardCopy>();

  private constructor(files: NodeFiles, directory: string) {
    this.#files = files;
    this.#directory = directory;
  }

  /** Loads what is on disk and finishes deletions that a crash interrupted. */
  static async open(files: NodeFiles, dataDir: string, logger: Logger): Promise<ShardRegistry> {
    const directory = join(dataDir, "shards");
    await files.makeDirectory(directory);
    const registry = new ShardRegistry(files, directory);
    for (const name of await files.list(directory)) {
      const folder = join(directory, name);
      if (name.startsWith(trashPrefix)) await files.remove(folder);
      else await registry.#load(folder, logger);
    }
    return registry;
  }

  get size(): number {
    return this.#copies.size;
  }

  all(): readonly ShardCopy[] {
    return [...this.#copies.values()];
  }

  /** The copy of exactly this index. */
  find(indexUuid: string, shard: number): ShardCopy | undefined {
    return this.#copies.get(folderName(indexUuid, shard));
  }

  /** The copy that a client means, by the index's uuid where it says so. */
  meant(request: {
    readonly index_name: string;
    readonly index_uuid?: string;
    readonly shard_id: number;
  }): ShardCopy {
    const { index_name: name, index_uuid: uuid, shard_id: shard } = request;
    if (uuid === undefined) return this.named(name, shard);
    const copy = this.find(uuid, shard);
    if (copy?.record.indexName === name) return copy;
    throw new CallError(status.NOT_FOUND, `shard ${name}:${shard} of index ${uuid} not found`);
  }

  /**
   * The copy that a client means, who knows only the name: the newest, when files of an earlier
   * index of that name are still here.
   */
  named(indexName: string, shard: number): ShardCopy {
    const found = this.all()
      .filter((copy) => copy.record.indexName === indexName && copy.record.shard === shard)
      .sort((a, b) => b.record.createdAtMs - a.record.createdAtMs);
    if (found[0] !== undefined) return found[0];
    throw new CallError(status.NOT_FOUND, `shard ${indexName}:${shard} not found`);
  }

  /**
   * Makes a copy that is durable when the promise ends. Documents of a folder whose record was lost
   * are kept for a copy that recovers, and stand in the way of one that is to be empty.
   */
  async create(record: ShardRecord): Promise<ShardCopy> {
    const name = folderName(record.indexUuid, record.shard);
    const folder = join(this.#directory, name);
    if (record.state === "STARTED" && (await this.#holdsDocuments(folder))) {
      const text = `${folder} holds documents of a copy whose record is lost`;
      throw new CallError(status.ALREADY_EXISTS, text);
    }
    await this.#files.makeDirectory(folder);
    const copy = await ShardCopy.create(this.#files, folder, record);
    this.#copies.set(name, copy);
    return copy;
  }

  /** Deletes a copy with its files; after a crash it is whole or gone. */
  async delete(copy: ShardCopy): Promise<void> {
    copy.removed = true;
    const name = folderName(copy.record.indexUuid, copy.record.shard);
    this.#copies.delete(name);
    await copy.close();
    const trash = join(this.#directory, `${trashPrefix}${name}`);
    await this.#files.remove(trash);
    await this.#files.rename(copy.folder, trash);
    await this.#files.syncDirectory(this.#directory);
    await this.#files.remove(trash);
  }

  async close(): Promise<void> {
    await Promise.all(this.all().map((copy) => copy.close()));
  }

  async #holdsDocuments(folder: string): Promise<boolean> {
    const sizeBytes = await this.#files.sizeBytes(join(folder, documentFile));
    return sizeBytes !== undefined && sizeBytes > fileHeader.length;
  }

  async #load(folder: string, logger: Logger): Promise<void> {
    let copy: ShardCopy | undefined;
    let why = "there is no valid record";
    try {
      copy = await ShardCopy.load(this.#files, folder);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      why = error.message;
    }
    if (copy === undefined) {
      logger.error({ event: "shard-not-loaded", folder, why }, "A folder is no shard copy");
      return;
    }
    const { indexUuid, shard } = copy.record;
    this.#copies.set(folderName(indexUuid, shard), copy);
    if (copy.failure !== "") {
      logger.error({ event: "shard-damaged", shard: copy.key, why: copy.failure }, "Damaged shard");
    }
  }
}

/** Uuids are base64url; anything else is refused before it comes near a path. */
function folderName(indexUuid: string, shard: number): string {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(indexUuid)) {
    throw new CallError(status.INVALID_ARGUMENT, `'${indexUuid}' is not an index uuid`);
  }
  if (!Number.isInteger(shard) || shard < 0) {
    throw new CallError(status.INVALID_ARGUMENT, `${shard} is not a shard number`);
  }
  return `i-${indexUuid}.${shard}`;
}
