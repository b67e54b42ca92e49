/** Shape and limits of the commands about indices, whatever the state is. */
import type {
  IndexCreate,
  IndexDelete,
  IndexPrecondition,
  IndexSettingsPatch,
  IndexSettingsUpdate,
  Rejection,
} from "../commands.js";
import { limits } from "../limits.js";
import type { FieldMapping, IndexSettings } from "../model.js";
import {
  firstOf,
  indexNameProblem,
  integerProblem,
  invalid,
  recordProblem,
  textProblem,
  wordProblem,
} from "./words.js";

const int32Max = 2_147_483_647;
const replicas = { min: 0, max: limits.replicasPerShardCountMax };
const shards = { min: 1, max: limits.shardsPerIndexCountMax };
const naturals = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** What is wrong with a new index. */
export function indexCreateProblem(command: IndexCreate): Rejection | undefined {
  return firstOf(
    () => indexNameProblem("index", command.name),
    () => settingsProblem(command.settings),
    () => aliasesProblem(command.name, command.aliases),
    () => mappingsProblem(command.mappings),
  );
}

/** What is wrong with a deletion. */
export function indexDeleteProblem(command: IndexDelete): Rejection | undefined {
  return existingNameProblem(command.name) ?? preconditionProblem(command);
}

/** What is wrong with a change of settings. */
export function indexSettingsProblem(command: IndexSettingsUpdate): Rejection | undefined {
  return firstOf(
    () => existingNameProblem(command.name),
    () => preconditionProblem(command),
    () => patchProblem(command.patch),
  );
}

/** A name to look up: whatever cannot exist is not found there, so only its length is bounded. */
function existingNameProblem(name: string): Rejection | undefined {
  return wordProblem("index name", name, limits.reportedNameLengthMax);
}

function preconditionProblem(expected: IndexPrecondition): Rejection | undefined {
  const { expectedVersion, expectedUuid } = expected;
  return firstOf(
    () =>
      expectedVersion === undefined
        ? undefined
        : integerProblem("expected version", expectedVersion, naturals),
    () =>
      expectedUuid === undefined
        ? undefined
        : textProblem("expected uuid", expectedUuid, limits.uuidLengthMax),
  );
}

function settingsProblem(settings: IndexSettings): Rejection | undefined {
  return firstOf(
    () => integerProblem("number_of_shards", settings.numberOfShards, shards),
    () => patchProblem(settings),
  );
}

function patchProblem(patch: IndexSettingsPatch): Rejection | undefined {
  const { numberOfReplicas, refreshInterval, compression, tiering, delayedTimeoutMs } = patch;
  return firstOf(
    () =>
      numberOfReplicas === undefined
        ? undefined
        : integerProblem("number_of_replicas", numberOfReplicas, replicas),
    () =>
      refreshInterval === undefined
        ? undefined
        : textProblem("refresh_interval", refreshInterval, limits.wordLengthMax),
    () => (compression === undefined ? undefined : compressionProblem(compression)),
    () => (tiering === undefined ? undefined : tieringProblem(tiering)),
    () =>
      delayedTimeoutMs === undefined
        ? undefined
        : integerProblem("index.unassigned.node_left.delayed_timeout", delayedTimeoutMs, {
            min: 0,
            max: limits.delayedTimeoutMsMax,
          }),
    () =>
      patch.custom === undefined
        ? undefined
        : recordProblem("index settings", patch.custom, {
            count: limits.settingsCountMax,
            valueLength: limits.settingValueLengthMax,
          }),
  );
}

function compressionProblem(compression: IndexSettings["compression"]): Rejection | undefined {
  return (
    textProblem("compression codec", compression.codec, limits.wordLengthMax) ??
    integerProblem("compression level", compression.level, { min: -int32Max - 1, max: int32Max })
  );
}

function tieringProblem(tiering: IndexSettings["tiering"]): Rejection | undefined {
  return (
    textProblem("default tier", tiering.defaultTier, limits.wordLengthMax) ??
    recordProblem("tier rules", tiering.tierRules, {
      count: limits.tierRulesCountMax,
      valueLength: limits.settingValueLengthMax,
    })
  );
}

function aliasesProblem(
  indexName: string,
  aliases: Readonly<Record<string, string>>,
): Rejection | undefined {
  for (const alias of Object.keys(aliases)) {
    const problem = indexNameProblem("alias", alias);
    if (problem !== undefined) return problem;
    if (alias === indexName) {
      return invalid(`alias name [${alias}]`, "is the name of the index itself; drop the alias");
    }
  }
  return recordProblem("aliases", aliases, {
    count: limits.aliasesPerIndexCountMax,
    valueLength: limits.aliasFilterLengthMax,
  });
}

function mappingsProblem(mappings: Readonly<Record<string, FieldMapping>>): Rejection | undefined {
  const budget = { fieldsLeft: limits.mappingFieldsCountMax };
  return fieldsProblem(mappings, 1, budget);
}

/** Walks the fields of one level; `depth` bounds the recursion and `budget` the fields in all. */
function fieldsProblem(
  fields: Readonly<Record<string, FieldMapping>>,
  depth: number,
  budget: { fieldsLeft: number },
): Rejection | undefined {
  const names = Object.entries(fields);
  if (names.length === 0) return undefined;
  if (depth > limits.mappingDepthMax) {
    return invalid(
      "mappings",
      `nest too deep; use at most ${String(limits.mappingDepthMax)} levels`,
    );
  }
  budget.fieldsLeft -= names.length;
  if (budget.fieldsLeft < 0) {
    const max = String(limits.mappingFieldsCountMax);
    return invalid("mappings", `have too many fields; use at most ${max} over all levels`);
  }
  for (const [name, field] of names) {
    const problem = fieldProblem(name, field) ?? fieldsProblem(field.properties, depth + 1, budget);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function fieldProblem(name: string, field: FieldMapping): Rejection | undefined {
  if (name === "__proto__") return invalid("mappings", "must not have a field [__proto__]");
  return firstOf(
    () => wordProblem("field name", name, limits.mappingNameLengthMax),
    () => textProblem(`type of field [${name}]`, field.type, limits.wordLengthMax),
    () => textProblem(`analyzer of field [${name}]`, field.analyzer, limits.wordLengthMax),
  );
}
