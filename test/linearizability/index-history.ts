/**
 * Histories of our own API as files, one operation a line, and the whole judgement on one: is every
 * name linearizable, and do all versions keep real time. Judges answers only; whether the members
 * agree afterwards is whoever ran the cluster's.
 */
import { checkLinearizable } from "./checker.js";
import { describeOperation, explain } from "./explain.js";
import { neverReturned, type Operation } from "./model.js";
import {
  catalogueRead,
  indexCatalogueModel,
  type IndexInput,
  type IndexOutput,
  type IndexView,
} from "./models/index-catalogue.js";
import { versionOrderProblem } from "./version-order.js";

type IndexOperation = Operation<IndexInput, IndexOutput>;

/** A read of many names at one version as it stands in a history. */
export interface CatalogueRead {
  /** The names that were asked for; absent = all. */
  readonly names?: readonly string[];
  readonly client: number;
  readonly calledAt: number;
  readonly returnedAt: number;
  readonly version: number;
  readonly indices: Readonly<Record<string, IndexView>>;
}

/** What clients did and saw. Times are nanoseconds of one monotonic clock. */
export interface IndexHistory {
  readonly operations: readonly IndexOperation[];
  readonly catalogueReads: readonly CatalogueRead[];
}

/** What was found, for people, and whether it is good. */
export interface Judgement {
  readonly ok: boolean;
  readonly verdict: string;
  readonly lines: readonly string[];
}

/** Writes a history so that {@link parseIndexHistory} reads the same. */
export function formatIndexHistory({ operations, catalogueReads }: IndexHistory): string {
  const lines = [
    ...operations.map(({ returnedAt, output, ...rest }) =>
      output === undefined ? rest : { ...rest, output, returnedAt },
    ),
    ...catalogueReads,
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

/**
 * Reads what {@link formatIndexHistory} wrote.
 *
 * @throws Error at a line that is no JSON.
 */
export function parseIndexHistory(text: string): IndexHistory {
  const operations: IndexOperation[] = [];
  const catalogueReads: CatalogueRead[] = [];
  for (const [position, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const value = parseLine(line, position + 1);
    if ("indices" in value) catalogueReads.push(value);
    else {
      const output = value.output;
      operations.push({
        ...value,
        output,
        returnedAt: output === undefined ? neverReturned : value.returnedAt,
      });
    }
  }
  return { operations, catalogueReads };
}

/** Judges a history. */
export function judgeIndexHistory(history: IndexHistory, stepsMax?: number): Judgement {
  const operations = flattened(history);
  const disorder = versionOrderProblem(operations);
  if (disorder !== undefined) {
    const line = (operation: IndexOperation): string =>
      `  ${describeOperation(indexCatalogueModel, operation)}`;
    const lines = [disorder.what, line(disorder.first), line(disorder.second)];
    return { ok: false, verdict: "not linearizable: versions out of order", lines };
  }
  const result = checkLinearizable(
    indexCatalogueModel,
    operations,
    stepsMax === undefined ? {} : { stepsMax },
  );
  const size =
    `${String(history.operations.length)} operations and ` +
    `${String(history.catalogueReads.length)} reads of many names over ` +
    `${String(result.partitionsCount)} names, ${String(result.stepsCount)} steps`;
  if (result.counterexample === undefined) {
    return { ok: true, verdict: "linearizable", lines: [`linearizable: ${size}`] };
  }
  const verdict = result.verdict === "unknown" ? "unknown" : "not linearizable";
  const reasons = explain(indexCatalogueModel, result.counterexample);
  return { ok: false, verdict, lines: [`${verdict}: ${size}`, ...reasons] };
}

/** Every read of the catalogue as a read of each name that the history speaks of. */
function flattened({ operations, catalogueReads }: IndexHistory): IndexOperation[] {
  const names = new Set(operations.map((operation) => operation.input.name));
  for (const read of catalogueReads) for (const name in read.indices) names.add(name);
  const all = [...names].sort();
  const reads = catalogueReads.flatMap(({ version, indices, names: asked, ...call }) => {
    const views = new Map(Object.entries(indices));
    return catalogueRead(call, asked ?? all, { version, indices: views });
  });
  return [...operations, ...reads];
}

function parseLine(line: string, number: number): IndexOperation | CatalogueRead {
  try {
    return JSON.parse(line) as IndexOperation | CatalogueRead;
  } catch (cause) {
    throw new Error(`line ${String(number)} of the history is no JSON`, { cause });
  }
}
