/**
 * The fencing record: which cluster this node takes orders from, and the highest leadership epoch
 * that ordered anything. It is on disk before an order is obeyed, so that no restart forgets it.
 */
import { join } from "node:path";

import { status } from "@grpc/grpc-js";

import { FatalError, exitCode } from "../base/errors.js";
import { CallError } from "./call-error.js";
import { readJsonFile, writeJsonFile, type NodeFiles } from "./files.js";

/** What is remembered. Before the first order the uuid is empty. */
export interface FenceRecord {
  readonly clusterUuid: string;
  readonly epoch: number;
}

/** See the file comment. Calls of {@link Fence.admit} must not overlap. */
export class Fence {
  readonly #files: NodeFiles;
  readonly #path: string;
  #record: FenceRecord;

  private constructor(files: NodeFiles, path: string, record: FenceRecord) {
    this.#files = files;
    this.#path = path;
    this.#record = record;
  }

  /** @throws FatalError (data refused) when the record cannot be read as one. */
  static async open(files: NodeFiles, dataDir: string): Promise<Fence> {
    const path = join(dataDir, "fence.json");
    const record = (await read(files, path)) ?? { clusterUuid: "", epoch: 0 };
    return new Fence(files, path, record);
  }

  get record(): FenceRecord {
    return this.#record;
  }

  /** Lets an order pass, or throws FAILED_PRECONDITION; what passed is remembered durably. */
  async admit(order: FenceRecord): Promise<void> {
    const { clusterUuid, epoch } = this.#record;
    if (order.clusterUuid === "") {
      throw new CallError(status.INVALID_ARGUMENT, "an order names its cluster");
    }
    if (clusterUuid !== "" && order.clusterUuid !== clusterUuid) {
      throw new CallError(
        status.FAILED_PRECONDITION,
        `this node belongs to cluster ${clusterUuid}, the order is from ${order.clusterUuid}`,
      );
    }
    if (order.epoch < epoch) {
      throw new CallError(
        status.FAILED_PRECONDITION,
        `epoch ${order.epoch} is over, this node has seen ${epoch}`,
      );
    }
    if (clusterUuid === order.clusterUuid && epoch === order.epoch) return;
    const next = { clusterUuid: order.clusterUuid, epoch: order.epoch };
    await writeJsonFile(this.#files, this.#path, next);
    this.#record = next;
  }
}

async function read(files: NodeFiles, path: string): Promise<FenceRecord | undefined> {
  let value: unknown;
  try {
    value = await readJsonFile(files, path);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw damaged(path, error.message);
  }
  if (value === undefined) return undefined;
  if (typeof value !== "object" || value === null) throw damaged(path, "it is no object");
  const { clusterUuid, epoch } = value as Readonly<Record<keyof FenceRecord, unknown>>;
  if (
    typeof clusterUuid !== "string" ||
    typeof epoch !== "number" ||
    !Number.isSafeInteger(epoch)
  ) {
    throw damaged(path, "clusterUuid or epoch is missing");
  }
  return { clusterUuid, epoch };
}

function damaged(path: string, why: string): FatalError {
  return new FatalError(
    exitCode.dataRefused,
    `${path} is damaged (${why}): remove the whole data directory to join a cluster as a new node`,
    { path },
  );
}
