/**
 * Our own API: indices by name, each with the uuid of its life, the version of its last change and
 * a mark that the client chose. Every name is an object of its own. Answers carry the cluster's
 * version, one counter for all names: a write's is its own, a read's is where it looked. So a read
 * of the whole catalogue is one read of every name at one version, and that version joins them;
 * what the versions of different names must do among each other in real time is
 * `version-order.ts`'s.
 */
import type { Model, Operation } from "../model.js";

/** What a client asks about one name. Marks are never used twice. */
export type IndexInput =
  | { readonly kind: "create"; readonly name: string; readonly mark: string }
  | {
      readonly kind: "update";
      readonly name: string;
      readonly mark: string;
      /** The version that the index must have. */
      readonly expectedVersion?: number;
    }
  | { readonly kind: "delete"; readonly name: string; readonly expectedUuid?: string }
  | { readonly kind: "get"; readonly name: string };

/** What an index looks like to a reader. */
export interface IndexView {
  readonly uuid: string;
  /** Cluster version of its last change. */
  readonly version: number;
  readonly mark: string;
}

/** What a client was told. `version` is the cluster's, undefined where an answer has none. */
export type IndexOutput =
  | { readonly kind: "created"; readonly version: number; readonly uuid: string }
  | { readonly kind: "done"; readonly version: number }
  /** A create that met an index, an update or delete that met none or another one. */
  | { readonly kind: "exists" | "missing" | "conflict" }
  | {
      readonly kind: "read";
      readonly version: number | undefined;
      readonly index: IndexView | undefined;
    };

/** What is known of a name's index: undefined fields belong to writes that nobody saw answered. */
interface KnownIndex {
  readonly uuid: string | undefined;
  readonly version: number | undefined;
  readonly mark: string;
}

/** One name. */
export interface NameState {
  readonly index: KnownIndex | undefined;
  /** The highest cluster version at which the name was seen or written. */
  readonly version: number;
}

/** See the file comment. */
export const indexCatalogueModel: Model<NameState, IndexInput, IndexOutput> = {
  init: { index: undefined, version: 0 },
  step: (state, input, output) => {
    const next = stepOf(state, input, output);
    return next === undefined ? undefined : [next];
  },
  key: ({ index, version }) =>
    index === undefined
      ? `${String(version)} none`
      : `${String(version)} ${String(index.uuid)} ${String(index.version)} ${index.mark}`,
  partition: (input) => input.name,
  describe: (input, output) => `${describeInput(input)} -> ${describeOutput(output)}`,
};

/** A read of the whole catalogue, as one read of each of `names` at its version. */
export function catalogueRead(
  call: Omit<Operation<IndexInput, IndexOutput>, "input" | "output">,
  names: readonly string[],
  answer: { readonly version: number; readonly indices: ReadonlyMap<string, IndexView> },
): Operation<IndexInput, IndexOutput>[] {
  return names.map((name) => ({
    ...call,
    input: { kind: "get", name },
    output: { kind: "read", version: answer.version, index: answer.indices.get(name) },
  }));
}

function stepOf(
  state: NameState,
  input: IndexInput,
  output: IndexOutput | undefined,
): NameState | undefined {
  switch (output?.kind) {
    case "exists":
    case "missing":
    case "conflict":
      return isRefusedRightly(state, input, output.kind) ? state : undefined;
    case "read":
      return input.kind === "get" ? stepRead(state, output) : undefined;
    case "created":
    case "done":
      return input.kind === "get" ? undefined : stepWrite(state, input, output);
    case undefined:
      // Nobody saw the answer: it may have been a refusal, which changes nothing.
      return input.kind === "get" ? state : (stepWrite(state, input, undefined) ?? state);
  }
}

function stepWrite(
  state: NameState,
  input: Exclude<IndexInput, { kind: "get" }>,
  output: Extract<IndexOutput, { kind: "created" | "done" }> | undefined,
): NameState | undefined {
  if (!isPossible(state, input)) return undefined;
  const version = output?.version;
  // Each write is a version of its own, above all that was seen before.
  if (version !== undefined && version <= state.version) return undefined;
  return { index: written(state, input, output), version: version ?? state.version };
}

/** Whether the write would be accepted, as far as is known. */
function isPossible(state: NameState, input: Exclude<IndexInput, { kind: "get" }>): boolean {
  const { index } = state;
  if (input.kind === "create") return index === undefined;
  if (index === undefined) return false;
  if (input.kind === "update") return mayBe(index.version, input.expectedVersion);
  return mayBe(index.uuid, input.expectedUuid);
}

/** Whether a value that may not be known yet can be the wanted one. */
function mayBe<T>(known: T | undefined, wanted: T | undefined): boolean {
  return wanted === undefined || known === undefined || known === wanted;
}

function isRefusedRightly(
  state: NameState,
  input: IndexInput,
  refusal: "exists" | "missing" | "conflict",
): boolean {
  switch (refusal) {
    case "exists":
      return input.kind === "create" && state.index !== undefined;
    case "missing":
      return input.kind !== "create" && state.index === undefined;
    case "conflict":
      return isConflict(state, input);
  }
}

function isConflict({ index }: NameState, input: IndexInput): boolean {
  if (index === undefined) return false;
  if (input.kind === "update") return mayDiffer(index.version, input.expectedVersion);
  return input.kind === "delete" && mayDiffer(index.uuid, input.expectedUuid);
}

function mayDiffer<T>(known: T | undefined, wanted: T | undefined): boolean {
  return wanted !== undefined && known !== wanted;
}

function written(
  state: NameState,
  input: Exclude<IndexInput, { kind: "get" }>,
  output: Extract<IndexOutput, { kind: "created" | "done" }> | undefined,
): KnownIndex | undefined {
  const version = output?.version;
  switch (input.kind) {
    case "create":
      return {
        uuid: output?.kind === "created" ? output.uuid : undefined,
        version,
        mark: input.mark,
      };
    case "update":
      return { uuid: state.index?.uuid, version, mark: input.mark };
    case "delete":
      return undefined;
  }
}

/** A read may teach what a lost answer would have told: uuid and version stay what it saw. */
function stepRead(
  state: NameState,
  output: Extract<IndexOutput, { kind: "read" }>,
): NameState | undefined {
  const { index: seen, version = state.version } = output;
  if (version < state.version) return undefined;
  const { index: known } = state;
  if (seen === undefined || known === undefined) {
    return seen === known ? { index: known, version } : undefined;
  }
  if (seen.mark !== known.mark || seen.version > version) return undefined;
  if (!mayBe(known.uuid, seen.uuid) || !mayBe(known.version, seen.version)) return undefined;
  // A write whose answer was lost came after all that had been seen when it was placed.
  if (known.version === undefined && seen.version <= state.version) return undefined;
  return { index: seen, version };
}

function describeInput(input: IndexInput): string {
  switch (input.kind) {
    case "create":
      return `create(${input.name}, ${input.mark})`;
    case "update": {
      const expected = input.expectedVersion;
      const only = expected === undefined ? "" : `, if version ${String(expected)}`;
      return `update(${input.name}, ${input.mark}${only})`;
    }
    case "delete": {
      const only = input.expectedUuid === undefined ? "" : `, if uuid ${input.expectedUuid}`;
      return `delete(${input.name}${only})`;
    }
    case "get":
      return `get(${input.name})`;
  }
}

function describeOutput(output: IndexOutput | undefined): string {
  if (output === undefined) return "?";
  switch (output.kind) {
    case "created":
      return `uuid ${output.uuid} at version ${String(output.version)}`;
    case "done":
      return `done at version ${String(output.version)}`;
    case "exists":
    case "missing":
    case "conflict":
      return output.kind;
    case "read": {
      const { index, version } = output;
      const what =
        index === undefined
          ? "nothing"
          : `${index.mark}, uuid ${index.uuid}, version ${String(index.version)}`;
      return version === undefined ? what : `${what}, at cluster version ${String(version)}`;
    }
  }
}
