/**
 * The half of linearizability that joins all names: the cluster has one version, so what was
 * answered before a call is never newer than what that call is answered. Needs no search. Judges
 * only answers that carry a version; which name's index looks how at which version is the model's.
 */
import type { Operation } from "./model.js";
import type { IndexInput, IndexOutput } from "./models/index-catalogue.js";

type IndexOperation = Operation<IndexInput, IndexOutput>;

/** Two operations whose answers cannot both be right. */
export interface OrderProblem {
  readonly what: string;
  readonly first: IndexOperation;
  readonly second: IndexOperation;
}

/** The first contradiction in time; undefined when there is none. */
export function versionOrderProblem(
  operations: readonly IndexOperation[],
): OrderProblem | undefined {
  return realTimeProblem(operations) ?? identityProblem(operations);
}

function versionOf({ output }: IndexOperation): number | undefined {
  if (output === undefined || !("version" in output)) return undefined;
  return output.version;
}

function isWrite({ output }: IndexOperation): boolean {
  return output?.kind === "created" || output?.kind === "done";
}

function realTimeProblem(operations: readonly IndexOperation[]): OrderProblem | undefined {
  const byCall = [...operations].sort((a, b) => a.calledAt - b.calledAt);
  const byReturn = [...operations].sort((a, b) => a.returnedAt - b.returnedAt);
  let newest: IndexOperation | undefined;
  let returnedCount = 0;
  for (const second of byCall) {
    for (; ; returnedCount += 1) {
      const returned = byReturn[returnedCount];
      if (returned === undefined || returned.returnedAt >= second.calledAt) break;
      const version = versionOf(returned);
      if (version === undefined) continue;
      if (newest === undefined || version > (versionOf(newest) ?? 0)) newest = returned;
    }
    const version = versionOf(second);
    if (newest === undefined || version === undefined) continue;
    const floor = versionOf(newest) ?? 0;
    if (version < floor || (isWrite(second) && version === floor)) {
      const what = `version ${String(version)} was answered to a call made after version ${String(floor)} had been answered`;
      return { what, first: newest, second };
    }
  }
  return undefined;
}

/** Each write is a version of its own, and each life of an index has a uuid of its own. */
function identityProblem(operations: readonly IndexOperation[]): OrderProblem | undefined {
  const writerOf = new Map<number, IndexOperation>();
  const ownerOf = new Map<string, IndexOperation>();
  for (const operation of operations) {
    const version = versionOf(operation);
    if (isWrite(operation) && version !== undefined) {
      const first = writerOf.get(version);
      if (first !== undefined) {
        return { what: `two writes got version ${String(version)}`, first, second: operation };
      }
      writerOf.set(version, operation);
    }
    const uuid = uuidOf(operation);
    if (uuid === undefined) continue;
    const first = ownerOf.get(uuid) ?? operation;
    const bothCreated = first !== operation && isCreated(first) && isCreated(operation);
    if (bothCreated || first.input.name !== operation.input.name) {
      return { what: `two indices got the uuid ${uuid}`, first, second: operation };
    }
    if (isCreated(operation) || !ownerOf.has(uuid)) ownerOf.set(uuid, operation);
  }
  return undefined;
}

function isCreated({ output }: IndexOperation): boolean {
  return output?.kind === "created";
}

function uuidOf({ output }: IndexOperation): string | undefined {
  if (output?.kind === "created") return output.uuid;
  return output?.kind === "read" ? output.index?.uuid : undefined;
}
