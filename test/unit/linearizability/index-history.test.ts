import { describe, expect, it } from "vitest";

import {
  formatIndexHistory,
  judgeIndexHistory,
  parseIndexHistory,
  type CatalogueRead,
  type IndexHistory,
} from "../../linearizability/index-history.js";
import { neverReturned, type Operation } from "../../linearizability/model.js";
import type {
  IndexInput,
  IndexOutput,
  IndexView,
} from "../../linearizability/models/index-catalogue.js";

type IndexOperation = Operation<IndexInput, IndexOutput>;
type Times = readonly [calledAt: number, returnedAt: number];

function operation(
  [calledAt, returnedAt]: Times,
  input: IndexInput,
  output?: IndexOutput,
): IndexOperation {
  return {
    client: 1,
    input,
    output,
    calledAt,
    returnedAt: output === undefined ? neverReturned : returnedAt,
  };
}

const created = (times: Times, version: number, name = "a"): IndexOperation =>
  operation(
    times,
    { kind: "create", name, mark: `c${String(version)}` },
    { kind: "created", version, uuid: `u${String(version)}` },
  );
const updated = (times: Times, version: number, name = "a"): IndexOperation =>
  operation(
    times,
    { kind: "update", name, mark: `c${String(version)}` },
    { kind: "done", version },
  );
const deleted = (times: Times, version: number, name = "a"): IndexOperation =>
  operation(times, { kind: "delete", name }, { kind: "done", version });
const got = (
  times: Times,
  version: number | undefined,
  index?: IndexView,
  name = "a",
): IndexOperation => operation(times, { kind: "get", name }, { kind: "read", version, index });
const refused = (
  times: Times,
  input: IndexInput,
  kind: "exists" | "missing" | "conflict",
): IndexOperation => operation(times, input, { kind });
/** The index as `created` and `updated` make it. */
const view = (life: number, version = life): IndexView => ({
  uuid: `u${String(life)}`,
  version,
  mark: `c${String(version)}`,
});
const all = (
  [calledAt, returnedAt]: Times,
  version: number,
  indices: Record<string, IndexView>,
): CatalogueRead => ({ client: 2, calledAt, returnedAt, version, indices });

const some = (names: readonly string[], read: CatalogueRead): CatalogueRead => ({ ...read, names });

const create = (mark: string): IndexInput => ({ kind: "create", name: "a", mark });
const lostCreate = (at: number): IndexOperation => operation([at, 0], create("lost"));

type Row = readonly [string, readonly IndexOperation[], (readonly CatalogueRead[])?];

const good: readonly Row[] = [
  [
    "a part of the catalogue, the rest of which was not asked for",
    [created([0, 1], 5), created([2, 3], 6, "b")],
    [some(["b"], all([4, 5], 6, { b: view(6) }))],
  ],
  [
    "a life",
    [
      created([0, 1], 5),
      got([2, 3], 5, view(5)),
      updated([4, 5], 6),
      got([6, 7], 9, view(5, 6)),
      deleted([8, 9], 10),
      got([10, 11], undefined),
    ],
  ],
  [
    "a second life under the name",
    [created([0, 1], 5), deleted([2, 3], 6), created([4, 5], 7), got([6, 7], 7, view(7))],
  ],
  [
    "refusals with a reason",
    [
      refused([0, 1], { kind: "delete", name: "a" }, "missing"),
      created([2, 3], 5),
      refused([4, 5], create("x"), "exists"),
      refused([6, 7], { kind: "update", name: "a", mark: "x", expectedVersion: 4 }, "conflict"),
      refused([8, 9], { kind: "delete", name: "a", expectedUuid: "u4" }, "conflict"),
    ],
  ],
  [
    "an update of the expected version",
    [
      created([0, 1], 5),
      operation(
        [2, 3],
        { kind: "update", name: "a", mark: "c6", expectedVersion: 5 },
        { kind: "done", version: 6 },
      ),
      got([4, 5], 6, view(5, 6)),
    ],
  ],
  [
    "a lost create that shows later",
    [
      lostCreate(0),
      got([1, 2], undefined),
      got([9, 10], 7, { uuid: "z", version: 7, mark: "lost" }),
    ],
  ],
  ["a lost create that is refused", [created([0, 1], 5), lostCreate(2), got([3, 4], 5, view(5))]],
  [
    "names are independent",
    [
      created([0, 1], 5),
      created([2, 3], 6, "b"),
      got([4, 5], 6, view(5)),
      got([4, 5], 6, view(6), "b"),
    ],
  ],
  [
    "the whole catalogue at a version",
    [created([0, 1], 5), created([2, 9], 6, "b")],
    [all([3, 4], 5, { a: view(5) }), all([5, 6], 6, { a: view(5), b: view(6) })],
  ],
];

const bad: readonly Row[] = [
  [
    "a name that was asked for is not shown",
    [created([0, 1], 5), created([2, 3], 6, "b")],
    [some(["a", "b"], all([4, 5], 6, { b: view(6) }))],
  ],
  ["an acknowledged index is gone", [created([0, 1], 5), got([2, 3], undefined)]],
  ["a deleted index is back", [created([0, 1], 5), deleted([2, 3], 6), got([4, 5], 6, view(5))]],
  ["two creates of one name both succeed", [created([0, 9], 5), created([1, 8], 6)]],
  [
    "a read older than an answered update",
    [created([0, 1], 5), updated([2, 3], 6), got([4, 5], 5, view(5))],
  ],
  [
    "old content at a new version",
    [created([0, 1], 5), updated([2, 3], 6), got([4, 5], 6, view(5))],
  ],
  ["a create refused without reason", [refused([0, 1], create("x"), "exists")]],
  [
    "a delete refused without reason",
    [created([0, 1], 5), refused([2, 3], { kind: "delete", name: "a" }, "missing")],
  ],
  [
    "a conflict without reason",
    [
      created([0, 1], 5),
      refused([2, 3], { kind: "update", name: "a", mark: "x", expectedVersion: 5 }, "conflict"),
    ],
  ],
  [
    "an update of an unexpected version",
    [
      created([0, 1], 5),
      operation(
        [2, 3],
        { kind: "update", name: "a", mark: "c6", expectedVersion: 4 },
        { kind: "done", version: 6 },
      ),
    ],
  ],
  [
    "the uuid changes in a life",
    [created([0, 1], 5), got([2, 3], 5, { ...view(5), uuid: "other" })],
  ],
  [
    "a mark that nobody wrote",
    [created([0, 1], 5), got([2, 3], 5, { ...view(5), mark: "nobody" })],
  ],
  [
    "a lost create shows and goes again",
    [
      lostCreate(0),
      got([1, 2], 7, { uuid: "z", version: 7, mark: "lost" }),
      got([3, 4], undefined),
    ],
  ],
  [
    "a lost create at a version from before it was made",
    [
      created([0, 1], 5),
      deleted([2, 3], 6),
      lostCreate(4),
      got([5, 6], 6, { uuid: "z", version: 6, mark: "lost" }),
    ],
  ],
  [
    "a write that was said to have failed happens",
    [got([0, 1], 9, { uuid: "z", version: 9, mark: "refused" })],
  ],
  ["two writes at one version", [created([0, 9], 5), created([1, 8], 5, "b")]],
  ["versions go back between names", [created([0, 1], 6), created([2, 3], 5, "b")]],
  [
    "a read older than a write of another name",
    [created([0, 1], 5), created([2, 3], 6, "b"), got([4, 5], 5, view(5))],
  ],
  [
    "a uuid in two lives",
    [
      created([0, 1], 5),
      operation(
        [2, 3],
        { kind: "create", name: "b", mark: "c6" },
        { kind: "created", version: 6, uuid: "u5" },
      ),
    ],
  ],
  [
    "half of the catalogue",
    [created([0, 1], 5), created([2, 3], 6, "b")],
    [all([4, 5], 6, { b: view(6) })],
  ],
  [
    "a torn catalogue",
    [created([0, 1], 5), created([2, 9], 6, "b"), updated([2, 9], 7)],
    [all([3, 4], 7, { a: view(5, 7) })],
  ],
];

function named([name, operations, catalogueReads = []]: Row): IndexHistory & { name: string } {
  return { name, operations, catalogueReads };
}

describe("histories of indices", () => {
  it.each(good.map(named))("are linearizable: $name", ({ operations, catalogueReads }) => {
    const judgement = judgeIndexHistory({ operations, catalogueReads });
    expect(judgement.lines.join("\n")).toMatch(/^linearizable: /);
    expect(judgement.ok).toBe(true);
  });

  it.each(bad.map(named))("are not linearizable: $name", ({ operations, catalogueReads }) => {
    const judgement = judgeIndexHistory({ operations, catalogueReads });
    expect(judgement.ok).toBe(false);
    expect(judgement.verdict).toMatch(/^not linearizable/);
    expect(judgement.lines.length).toBeGreaterThan(2);
  });

  it("are not judged when the budget ends", () => {
    const history = {
      operations: [created([0, 1], 5), got([2, 3], 5, view(5))],
      catalogueReads: [],
    };
    const judgement = judgeIndexHistory(history, 1);
    expect(judgement).toMatchObject({ ok: false, verdict: "unknown" });
  });

  it("are the same after they were a file", () => {
    for (const [, operations, catalogueReads = []] of [...good, ...bad]) {
      const history = { operations, catalogueReads };
      expect(parseIndexHistory(formatIndexHistory(history))).toEqual(history);
    }
    expect(() => parseIndexHistory("{}\nnot json\n")).toThrow("line 2 of the history");
  });
});
