/**
 * One shard copy of the reference node: what it is (metadata on disk), its documents, and what
 * holds only in this process's life: whether it may act as primary, and its recovery. Who may
 * change it is decided by the orders (shard-orders.ts), not here.
 */
import { join } from "node:path";

import { status } from "@grpc/grpc-js";

import { CallError } from "./call-error.js";
import { DamagedFileError, DocumentLog } from "./document-log.js";
import { readJsonFile, writeJsonFile, type NodeFiles } from "./files.js";
import { sequenceGapCount } from "./limits.js";
import { Mutex } from "./mutex.js";

/** Where an initializing copy fills itself from. */
export interface RecoverySource {
  /** `host:port` of the primary. */
  readonly address: string;
  /** The primary term in which that primary was named. */
  readonly term: number;
  /** Whether everything is here; then only the masters' consent is missing. */
  readonly isFilled: boolean;
}

/** What of a copy survives a restart. */
export interface ShardRecord {
  readonly indexName: string;
  readonly indexUuid: string;
  readonly shard: number;
  readonly allocationId: string;
  /** Highest primary term this copy has seen; writes of lower ones are refused. */
  readonly primaryTerm: number;
  readonly role: "primary" | "replica";
  readonly state: "INITIALIZING" | "STARTED";
  /** Version of the newest update obeyed; older ones are ignored. */
  readonly shardVersion: number;
  /** Whether these files ever were a started copy: they may hold acknowledged documents. */
  readonly everStarted: boolean;
  readonly createdAtMs: number;
  /** Null for a copy that was made empty, and once it is started. */
  readonly source: RecoverySource | null;
}

/** Another copy that a primary replicates to. */
export interface Peer {
  readonly nodeId: string;
  readonly address: string;
  readonly allocationId: string;
  readonly inSync: boolean;
}

/**
 * The right to act as primary: given by a leader's order in this process's life, void as soon as
 * another order, a higher term or a master's refusal says otherwise.
 */
export interface Authority {
  readonly term: number;
  /** All other assigned copies. */
  peers: readonly Peer[];
  /** Allocation ids of copies that began to recover from this primary. */
  readonly recovering: Set<string>;
  /** Removals of copies under way, by allocation id: writes wait for the same one. */
  readonly removals: Map<string, Promise<void>>;
}

const recordFile = "shard.json";

/** Name of the document file in a copy's folder. */
export const documentFile = "documents.log";

/** See the file comment. */
export class ShardCopy {
  readonly folder: string;
  /** Present while this copy may acknowledge writes as primary. */
  authority: Authority | undefined;
  /** What an order allowed while the copy was not yet started; it holds from then on. */
  authorityWhenStarted: Authority | undefined;
  /** Aborted to end a running recovery. */
  recovery: AbortController | undefined;
  /** While recovering: ids of documents known to be the primary's. */
  recoveredIds: Set<string> | undefined;
  /** Version of the last update obeyed in this process's life; 0 = none, so a master repeats it. */
  obeyedVersion = 0;
  /** Why the copy cannot be used, in words; empty when it can. */
  failure = "";
  /** Set when the files were deleted: whoever still holds this object must not acknowledge. */
  removed = false;
  readonly #files: NodeFiles;
  readonly #persists = new Mutex();
  #record: ShardRecord;
  #log: DocumentLog | undefined;
  #lastSequence = 0;

  private constructor(files: NodeFiles, folder: string, record: ShardRecord) {
    this.#files = files;
    this.folder = folder;
    this.#record = record;
  }

  /** Makes a copy in a folder that exists; documents that are there are kept. */
  static async create(files: NodeFiles, folder: string, record: ShardRecord): Promise<ShardCopy> {
    const copy = new ShardCopy(files, folder, record);
    await copy.#makeLog();
    await copy.change({});
    return copy;
  }

  /** Loads a copy as a former process left it; undefined when its folder has no valid record. */
  static async load(files: NodeFiles, folder: string): Promise<ShardCopy | undefined> {
    const record = parseRecord(await readJsonFile(files, join(folder, recordFile)));
    if (record === undefined) return undefined;
    const copy = new ShardCopy(files, folder, record);
    await copy.#openLog((path) => DocumentLog.reopen(files, path));
    // Replicas may hold writes that the former process numbered but had not synced itself.
    copy.#lastSequence = (copy.#log?.lastSequence ?? 0) + sequenceGapCount;
    return copy;
  }

  get record(): ShardRecord {
    return this.#record;
  }

  /** `index:number`, for people. */
  get key(): string {
    return `${this.#record.indexName}:${this.#record.shard}`;
  }

  /**
   * Whether the copy has had everything that its primary acknowledged, and since then every write
   * or was removed. A master that did not take the report yet, or whose answer was lost, can tell
   * from this what the copy is worth.
   */
  get isFilled(): boolean {
    return this.#record.state === "STARTED" || this.#record.source?.isFilled === true;
  }

  /**
   * The primary term under which a copy was filled that the masters have not consented to; later
   * terms that it has merely heard of do not count. Undefined for all other copies.
   */
  get filledTerm(): number | undefined {
    return this.#record.source?.isFilled === true ? this.#record.source.term : undefined;
  }

  /** The documents. Throws DATA_LOSS when their file is damaged. */
  get documents(): DocumentLog {
    if (this.#log === undefined) throw new CallError(status.DATA_LOSS, this.failure);
    return this.#log;
  }

  /** Whether the documents can be read. */
  get readable(): boolean {
    return this.#log !== undefined;
  }

  /** The next sequence for a write of this shard. */
  nextSequence(): number {
    this.#lastSequence = Math.max(this.#lastSequence, this.documents.lastSequence) + 1;
    return this.#lastSequence;
  }

  /** Changes the record; seen at once, and durable when the promise ends. */
  async change(patch: Partial<ShardRecord>): Promise<void> {
    this.#record = { ...this.#record, ...patch };
    const path = join(this.folder, recordFile);
    await this.#persists.run(() => writeJsonFile(this.#files, path, this.#record));
  }

  /** The masters count the copy as one that holds everything. */
  async becomeStarted(): Promise<void> {
    this.authority = this.authorityWhenStarted;
    this.authorityWhenStarted = undefined;
    await this.change({ state: "STARTED", everStarted: true, source: null });
  }

  /** Stops acting as primary until a leader says otherwise. */
  standDown(): void {
    this.authority = undefined;
    this.authorityWhenStarted = undefined;
    this.obeyedVersion = 0;
  }

  /** Ends a running recovery; its documents stay. */
  stopRecovery(): void {
    this.recovery?.abort();
    this.recovery = undefined;
    this.recoveredIds = undefined;
  }

  /** Starts over without documents. */
  async clear(): Promise<void> {
    await this.#log?.close();
    this.#log = undefined;
    await this.#files.remove(join(this.folder, documentFile));
    await this.#makeLog();
  }

  /** Puts a damaged document file aside, for people to look at, and starts over without it. */
  async replaceDamaged(): Promise<void> {
    if (this.#log !== undefined) return;
    const path = join(this.folder, documentFile);
    const isThere = (await this.#files.sizeBytes(path)) !== undefined;
    if (isThere) await this.#files.rename(path, `${path}.damaged`);
    await this.#makeLog();
  }

  async close(): Promise<void> {
    this.standDown();
    this.stopRecovery();
    await this.#persists.idle();
    await this.#log?.close();
    this.#log = undefined;
  }

  #makeLog(): Promise<void> {
    return this.#openLog((path) => DocumentLog.open(this.#files, path));
  }

  async #openLog(open: (path: string) => Promise<DocumentLog>): Promise<void> {
    this.failure = "";
    try {
      this.#log = await open(join(this.folder, documentFile));
    } catch (error) {
      if (!(error instanceof DamagedFileError)) throw error;
      this.failure = error.message;
    }
  }
}

function parseRecord(value: unknown): ShardRecord | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const record = value as Readonly<Record<keyof ShardRecord, unknown>>;
  const texts = [record.indexName, record.indexUuid, record.allocationId];
  const numbers = [record.shard, record.primaryTerm, record.shardVersion, record.createdAtMs];
  const valid =
    texts.every((text) => typeof text === "string") &&
    numbers.every((number) => Number.isSafeInteger(number)) &&
    typeof record.everStarted === "boolean" &&
    (record.role === "primary" || record.role === "replica") &&
    (record.state === "INITIALIZING" || record.state === "STARTED");
  return valid ? { ...(value as ShardRecord), source: parseSource(value) } : undefined;
}

function parseSource(record: object): RecoverySource | null {
  const value: unknown = "source" in record ? record.source : null;
  if (typeof value !== "object" || value === null) return null;
  const { address, term, isFilled } = value as Readonly<Record<keyof RecoverySource, unknown>>;
  const isValid =
    typeof address === "string" && typeof term === "number" && typeof isFilled === "boolean";
  return isValid ? { address, term, isFilled } : null;
}
