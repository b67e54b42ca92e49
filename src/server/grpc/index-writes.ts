/** CreateIndex, DeleteIndex and UpdateIndexSettings. */
import { MasterError } from "../../base/errors.js";
import type { CreateIndexRequest__Output } from "../../wire/gen/quidditch/master/CreateIndexRequest.js";
import type { CreateIndexResponse } from "../../wire/gen/quidditch/master/CreateIndexResponse.js";
import type { DeleteIndexRequest__Output } from "../../wire/gen/quidditch/master/DeleteIndexRequest.js";
import type { DeleteIndexResponse } from "../../wire/gen/quidditch/master/DeleteIndexResponse.js";
import type { IndexSettings__Output } from "../../wire/gen/quidditch/master/IndexSettings.js";
import type { UpdateIndexSettingsRequest__Output } from "../../wire/gen/quidditch/master/UpdateIndexSettingsRequest.js";
import type { UpdateIndexSettingsResponse } from "../../wire/gen/quidditch/master/UpdateIndexSettingsResponse.js";
import type { ServerDeps } from "../deps.js";
import { activeShardsWaitMaxMs } from "../limits.js";
import type { Reader } from "../read-policy.js";
import { waitForActiveShards } from "./active-shards.js";
import type { Answer, CallContext } from "./call.js";
import {
  requireCount,
  requireText,
  toIndexSettings,
  toMappings,
  toPrecondition,
  toSettingsPatch,
} from "./requests.js";
import type { Writer } from "./writes.js";

/** What the writing methods work with. */
export interface WriteDeps extends ServerDeps {
  readonly reader: Reader;
  readonly writer: Writer;
}

/** Creates an index and waits for its shards as asked; answers even when they are late. */
export async function createIndex(
  request: CreateIndexRequest__Output,
  context: CallContext,
  deps: WriteDeps,
): Promise<Answer<CreateIndexResponse>> {
  const name = requireText(request.index_name, "index_name");
  const settings = toIndexSettings(requireSettings(request.settings));
  const copiesMin = requireCount(request.wait_for_active_shards ?? 1, "wait_for_active_shards");
  if (copiesMin > settings.numberOfReplicas + 1) {
    const copies = String(settings.numberOfReplicas + 1);
    const text = `wait_for_active_shards is ${String(copiesMin)}, but a shard has ${copies} copies`;
    throw new MasterError("invalid_argument", text);
  }
  const { version, indexUuid } = await deps.writer.write(
    {
      kind: "index.create",
      name,
      settings,
      mappings: toMappings(request.mappings),
      aliases: request.aliases,
    },
    writeOptions(context),
  );
  const budgetMs = Math.min(activeShardsWaitMaxMs, context.remainingMs());
  const limits = { budgetMs, signal: context.signal };
  const awaited = { indexName: name, indexUuid, copiesMin };
  const started = copiesMin > 0 && (await waitForActiveShards(awaited, limits, deps));
  return {
    message: {
      acknowledged: true,
      index_name: name,
      version,
      shards_acknowledged: started,
      index_uuid: indexUuid,
    },
  };
}

/** Deletes an index. */
export async function deleteIndex(
  request: DeleteIndexRequest__Output,
  context: CallContext,
  deps: WriteDeps,
): Promise<Answer<DeleteIndexResponse>> {
  const name = requireText(request.index_name, "index_name");
  const { version } = await deps.writer.write(
    { kind: "index.delete", name, ...toPrecondition(request) },
    writeOptions(context),
  );
  return { message: { acknowledged: true, version } };
}

/** Changes what of an index's settings is given. */
export async function updateIndexSettings(
  request: UpdateIndexSettingsRequest__Output,
  context: CallContext,
  deps: WriteDeps,
): Promise<Answer<UpdateIndexSettingsResponse>> {
  const name = requireText(request.index_name, "index_name");
  const settings = requireSettings(request.settings);
  const patch = toSettingsPatch(settings);
  const asked = requireCount(settings.number_of_shards, "settings.number_of_shards");
  if (asked !== 0) await requireShardCount({ name, asked }, context, deps);
  const { version } = await deps.writer.write(
    { kind: "index.settings", name, patch, ...toPrecondition(request) },
    writeOptions(context),
  );
  return { message: { acknowledged: true, version } };
}

/** Who proposes, and for how long. */
export function writeOptions(context: CallContext): {
  readonly origin: string;
  readonly budgetMs: number;
  readonly signal: AbortSignal;
} {
  return { origin: context.origin, budgetMs: context.remainingMs(), signal: context.signal };
}

/** Old clients send the whole settings back: the number of shards may be there, unchanged. */
async function requireShardCount(
  index: { readonly name: string; readonly asked: number },
  context: CallContext,
  deps: WriteDeps,
): Promise<void> {
  const { name, asked } = index;
  const { state } = await deps.reader.read("linearizable", writeOptions(context));
  const record = state.indices.get(name);
  if (record === undefined || record.settings.numberOfShards === asked) return;
  const has = String(record.settings.numberOfShards);
  const text = `index [${name}] has ${has} shards and keeps them; create another index instead`;
  throw new MasterError("invalid_argument", text, { index: name });
}

function requireSettings(settings: IndexSettings__Output | null): IndexSettings__Output {
  if (settings !== null) return settings;
  throw new MasterError("invalid_argument", "settings is required", { field: "settings" });
}
