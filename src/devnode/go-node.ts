/**
 * A data node that answers exactly as the existing Go data node does, oddities included: deleted
 * shards keep their files and come back at the next start, a shard deleted in this process cannot
 * be made again, roles and counts are forgotten, and no shard is ever copied. Only a name that
 * would leave the data directory is refused, where the Go node would follow it.
 */
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";

import { status } from "@grpc/grpc-js";

import type { Logger } from "../base/log.js";
import type { DataNodeStats } from "../wire/gen/quidditch/data/DataNodeStats.js";
import type { ShardInfo } from "../wire/gen/quidditch/data/ShardInfo.js";
import type { ShardStats } from "../wire/gen/quidditch/data/ShardStats.js";
import { noteOrder } from "./order-log.js";
import { CallError } from "./call-error.js";
import { diskFiles } from "./disk-files.js";
import { checkDocument } from "./document-check.js";
import { DocumentLog } from "./document-log.js";
import type { FaultGate } from "./faults.js";
import { Mutex } from "./mutex.js";
import type { NodeBehaviour } from "./node-behaviour.js";
import type { DataCalls, DocumentCalls } from "./node-calls.js";
import type { DevNodeOptions } from "./options.js";

/** A shard that is open in this process. */
interface GoShard {
  readonly indexName: string;
  readonly shard: number;
  readonly isPrimary: boolean;
  readonly log: DocumentLog;
  /** Writes since it was opened: the Go node starts counting at zero. */
  docsCount: number;
}

/** Opens every shard folder of the data directory, as the Go node does at its start. */
export async function openGoNode(deps: {
  readonly options: DevNodeOptions;
  readonly gate: FaultGate;
  readonly logger: Logger;
}): Promise<NodeBehaviour> {
  const node = new GoNode(deps);
  await node.load();
  return node;
}

class GoNode implements NodeBehaviour {
  readonly capabilities: readonly string[] = [];
  readonly #options: DevNodeOptions;
  readonly #gate: FaultGate;
  readonly #logger: Logger;
  readonly #shards = new Map<string, GoShard>();
  /** Folders the engine opened in this process; it never forgets one. */
  readonly #engine = new Set<string>();
  readonly #turns = new Mutex();

  constructor(deps: {
    readonly options: DevNodeOptions;
    readonly gate: FaultGate;
    readonly logger: Logger;
  }) {
    this.#options = deps.options;
    this.#gate = deps.gate;
    this.#logger = deps.logger;
  }

  async load(): Promise<void> {
    const { dataDir } = this.#options;
    await mkdir(dataDir, { recursive: true, mode: 0o755 });
    for (const index of await foldersIn(dataDir)) {
      for (const folder of await foldersIn(join(dataDir, index))) {
        const shard = /^shard_(\d{1,9})$/.exec(folder)?.[1];
        if (shard === undefined) continue;
        await this.#open({ indexName: index, shard: Number(shard), isPrimary: false });
      }
    }
    this.#logger.info({ event: "shards-loaded", shards: this.#shards.size }, "Shards are loaded");
  }

  get data(): DataCalls {
    const acknowledged = { acknowledged: true };
    return {
      CreateShard: async (request) => {
        noteOrder(this.#logger, "create-shard", request);
        this.#gate.passCreate();
        const { index_name: indexName, shard_id: shard } = request;
        checkFolderName(indexName);
        if (shard < 0) throw invalid("shard_id must be non-negative");
        await this.#turns.run(() =>
          this.#create({ indexName, shard, isPrimary: request.is_primary }),
        );
        return { acknowledged: true, shard_key: keyOf(indexName, shard) };
      },
      DeleteShard: async (request) => {
        noteOrder(this.#logger, "delete-shard", request);
        if (request.index_name === "") throw invalid("index name is required");
        await this.#turns.run(() => this.#delete(request.index_name, request.shard_id));
        return acknowledged;
      },
      GetShardInfo: (request) => infoOf(this.#get(request.index_name, request.shard_id)),
      GetShardStats: (request) => statsOf(this.#get(request.index_name, request.shard_id)),
      RefreshShard: (request) => {
        this.#get(request.index_name, request.shard_id);
        return acknowledged;
      },
      FlushShard: (request) => {
        this.#get(request.index_name, request.shard_id);
        return acknowledged;
      },
      GetNodeStats: (request) => this.#nodeStats(request.include_shards),
      UpdateShard: () => unknownMethod("UpdateShard"),
    };
  }

  get documents(): DocumentCalls {
    return {
      PutDocument: async (request) => {
        checkDocument(request.document_id, request.body);
        const shard = this.#get(request.index_name, request.shard_id);
        const sequence = shard.log.lastSequence + 1;
        const { document_id: id, body } = request;
        await shard.log.put({ id, body, term: 0, sequence });
        shard.docsCount += 1;
        return { sequence, primary_term: 0 };
      },
      GetDocument: (request) => {
        const shard = this.#get(request.index_name, request.shard_id);
        const found = shard.log.get(request.document_id);
        return found === undefined ? { found: false } : { found: true, body: found.body };
      },
      ListDocuments: (request) => {
        const shard = this.#get(request.index_name, request.shard_id);
        return { document_ids: shard.log.all().map((document) => document.id) };
      },
      ReplicateDocument: () => unknownMethod("ReplicateDocument"),
      Recover: () => unknownMethod("Recover"),
    };
  }

  heartbeatStats(): undefined {
    return undefined;
  }

  onRegistered(): void {
    // The Go node does nothing more.
  }

  async close(): Promise<void> {
    await this.#turns.idle();
    await Promise.all([...this.#shards.values()].map((shard) => shard.log.close()));
  }

  async #create(wanted: Pick<GoShard, "indexName" | "shard" | "isPrimary">): Promise<void> {
    const key = keyOf(wanted.indexName, wanted.shard);
    const { maxShards } = this.#options;
    if (this.#shards.has(key)) throw cannotCreate(`shard ${key} already exists`);
    if (maxShards > 0 && this.#shards.size >= maxShards) {
      throw cannotCreate(`max shards limit reached (${maxShards})`);
    }
    const path = this.#path(wanted.indexName, wanted.shard);
    if (this.#engine.has(path)) {
      throw cannotCreate(`failed to create Diagon shard: shard at path ${path} already exists`);
    }
    await this.#open(wanted);
  }

  async #delete(indexName: string, number: number): Promise<void> {
    const key = keyOf(indexName, number);
    const shard = this.#shards.get(key);
    if (shard === undefined) {
      throw new CallError(status.INTERNAL, `failed to delete shard: shard ${key} not found`);
    }
    this.#shards.delete(key);
    await shard.log.close();
  }

  async #open(wanted: Pick<GoShard, "indexName" | "shard" | "isPrimary">): Promise<void> {
    const path = this.#path(wanted.indexName, wanted.shard);
    await mkdir(path, { recursive: true, mode: 0o755 });
    const log = await DocumentLog.open(diskFiles, join(path, "documents.log"));
    this.#engine.add(path);
    this.#shards.set(keyOf(wanted.indexName, wanted.shard), { ...wanted, log, docsCount: 0 });
  }

  #get(indexName: string, number: number): GoShard {
    const key = keyOf(indexName, number);
    const shard = this.#shards.get(key);
    if (shard !== undefined) return shard;
    throw new CallError(status.NOT_FOUND, `shard not found: shard ${key} not found`);
  }

  #path(indexName: string, shard: number): string {
    return join(this.#options.dataDir, indexName, `shard_${shard}`);
  }

  #nodeStats(includeShards: boolean): DataNodeStats {
    const shards = [...this.#shards.values()];
    return {
      node_id: this.#options.nodeId,
      total_shards: shards.length,
      total_docs: shards.reduce((total, shard) => total + shard.docsCount, 0),
      shards: includeShards ? shards.map(statsOf) : [],
    };
  }
}

function keyOf(indexName: string, shard: number): string {
  return `${indexName}:${shard}`;
}

/** The one thing that is unlike the Go node: no name leads out of the data directory. */
function checkFolderName(indexName: string): void {
  if (indexName === "") throw invalid("index name is required");
  const isFolder = indexName !== "." && indexName !== ".." && !/[/\0]/.test(indexName);
  if (!isFolder || Buffer.byteLength(indexName) > 255) {
    throw invalid(`index name '${indexName}' is not the name of a folder`);
  }
}

function invalid(text: string): CallError {
  return new CallError(status.INVALID_ARGUMENT, text);
}

function cannotCreate(why: string): CallError {
  return new CallError(status.INTERNAL, `failed to create shard: ${why}`);
}

function unknownMethod(name: string): never {
  throw new CallError(status.UNIMPLEMENTED, `unknown method ${name}`);
}

function infoOf(shard: GoShard): ShardInfo {
  const now = Date.now();
  const stamp = { seconds: Math.floor(now / 1000), nanos: (now % 1000) * 1_000_000 };
  return {
    ...statsOf(shard),
    state: "SHARD_STATE_STARTED",
    created_at: stamp,
    last_updated: stamp,
  };
}

function statsOf(shard: GoShard): ShardStats {
  return {
    index_name: shard.indexName,
    shard_id: shard.shard,
    is_primary: shard.isPrimary,
    docs_count: shard.docsCount,
  };
}

async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
