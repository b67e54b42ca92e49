/** GetClusterState and GetIndexMetadata: the calls that every search and every document makes. */
import { Metadata } from "@grpc/grpc-js";

import { MasterError } from "../../base/errors.js";
import { sortedStrings } from "../../base/sorted.js";
import type { ReadView } from "../../controlplane/port.js";
import type { Consistency__Output } from "../../wire/gen/quidditch/master/Consistency.js";
import type { GetClusterStateRequest__Output } from "../../wire/gen/quidditch/master/GetClusterStateRequest.js";
import type { GetIndexMetadataRequest__Output } from "../../wire/gen/quidditch/master/GetIndexMetadataRequest.js";
import { messages } from "../../wire/load.js";
import { indexNamesPerRequestMax, pageTokenLengthMax } from "../limits.js";
import type { ReadMode, Reader } from "../read-policy.js";
import type { Answer, CallContext } from "./call.js";
import type { Fragments } from "./fragments.js";
import type { StateAnswers, StateQuery } from "./state-answers.js";
import { pageAfterOf } from "./state-answers.js";
import { staleTrailer } from "./status.js";
import { requireText } from "./requests.js";

/** What the read methods work with. */
export interface ReadDeps {
  readonly reader: Reader;
  readonly answers: StateAnswers;
  readonly fragments: Fragments;
}

/** Ready bytes, for methods whose serializer lets them through. */
export type ReadyBytes = Buffer;

/** Answers GetClusterState. */
export async function getClusterState(
  request: GetClusterStateRequest__Output,
  context: CallContext,
  deps: ReadDeps,
): Promise<Answer<ReadyBytes>> {
  const query = queryOf(request);
  const view = await read(request.consistency, context, deps);
  return withStaleness(await deps.answers.answer(view, query), view);
}

/** Answers GetIndexMetadata; the text of an unknown name is part of the contract. */
export async function getIndexMetadata(
  request: GetIndexMetadataRequest__Output,
  context: CallContext,
  deps: ReadDeps,
): Promise<Answer<ReadyBytes>> {
  const name = requireText(request.index_name, "index_name");
  const view = await read(request.consistency, context, deps);
  const record = view.state.indices.get(name);
  if (record === undefined) {
    throw new MasterError("index_not_found", `index not found: ${name}`, { index: name });
  }
  const rest = messages.IndexMetadataResponse.serialize({
    cluster_version: view.state.version,
    ...(view.stale ? { stale: true } : {}),
  });
  return withStaleness(Buffer.concat([deps.fragments.fullIndex(record), rest]), view);
}

function queryOf(request: GetClusterStateRequest__Output): StateQuery {
  const names = request.index_names;
  if (names.length > indexNamesPerRequestMax) {
    const text = `index_names has ${String(names.length)} names, the limit is`;
    throw new MasterError("invalid_argument", `${text} ${String(indexNamesPerRequestMax)}`);
  }
  const token = request.page_token;
  if (token !== undefined && token.length > pageTokenLengthMax) {
    throw new MasterError("invalid_argument", "page_token is none that this API gave out");
  }
  return {
    routing: request.include_routing,
    nodes: request.include_nodes,
    indices: request.include_indices,
    copies: request.include_copies ?? false,
    names: sortedStrings(new Set(names)),
    pageAfter: token === undefined ? undefined : pageAfterOf(token),
  };
}

function read(
  consistency: Consistency__Output | undefined,
  context: CallContext,
  deps: ReadDeps,
): Promise<ReadView> {
  return deps.reader.read(modeOf(consistency), {
    budgetMs: context.remainingMs(),
    signal: context.signal,
  });
}

function modeOf(consistency: Consistency__Output | undefined): ReadMode {
  switch (consistency) {
    case undefined:
    case "CONSISTENCY_UNSPECIFIED":
      return "default";
    case "CONSISTENCY_LINEARIZABLE":
      return "linearizable";
    case "CONSISTENCY_LOCAL":
      return "local";
    default:
      throw new MasterError("invalid_argument", "consistency is none that this version knows");
  }
}

function withStaleness(message: Buffer, view: ReadView): Answer<ReadyBytes> {
  if (!view.stale) return { message };
  const trailer = new Metadata();
  trailer.set(staleTrailer, "true");
  return { message, trailer };
}
