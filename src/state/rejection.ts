/**
 * How a command, or an item of one, is turned down: a value with a code, what was wrong, where, and
 * what to do. Never thrown, because apply never throws for a command.
 */
import type { ErrorCode, ErrorDetails } from "../base/errors.js";
import type { CommandResult, ItemResult, Rejection } from "./commands.js";
import type { IndexRecord } from "./model.js";

/** The accepted item. */
export const accepted: ItemResult = { ok: true };

/** Makes a rejection. */
export function rejection(code: ErrorCode, message: string, details: ErrorDetails = {}): Rejection {
  return { code, message, details };
}

/** A rejection as the result of a command or an item. */
export function rejected(why: Rejection): { readonly ok: false } & Rejection {
  return { ok: false, ...why };
}

/** The result of a command without items. */
export function done(indexUuid = ""): CommandResult {
  return { ok: true, indexUuid, items: [] };
}

/** Clients look for "not found" in this text, so it keeps its form. */
export function indexNotFound(name: string): Rejection {
  return rejection("index_not_found", `index not found: ${name}`, { index: name });
}

/** For a reference to an index that was deleted, and perhaps created again under its name. */
export function indexUuidNotFound(name: string, uuid: string): Rejection {
  return rejection(
    "index_not_found",
    `index not found: ${name} with uuid ${uuid}; it was deleted or recreated, read it again`,
    { index: name, indexUuid: uuid },
  );
}

/** For a shard number, slot or allocation id that the index does not have. */
export function shardNotFound(index: IndexRecord, shard: number, what: string): Rejection {
  return rejection("shard_not_found", `shard [${index.name}][${String(shard)}]: ${what}`, {
    index: index.name,
    shard,
  });
}

/** For a command about a node that is not registered. */
export function nodeNotFound(nodeId: string): Rejection {
  return rejection("node_not_found", `node not found: ${nodeId}; it must register first`, {
    nodeId,
  });
}

/** For a decision made under a leadership that is over. */
export function epochMismatch(epoch: number, current: number): Rejection {
  return rejection(
    "wrong_state",
    `decided under leadership epoch ${String(epoch)}, but ${String(current)} is current; drop it`,
    { epoch, currentEpoch: current },
  );
}
