import { describe, expect, it } from "vitest";

import { lostWrites } from "../../chaos/lost.js";
import { neverReturned, type Operation } from "../../linearizability/model.js";
import type {
  IndexInput,
  IndexOutput,
  IndexView,
} from "../../linearizability/models/index-catalogue.js";

type IndexOperation = Operation<IndexInput, IndexOutput>;

function operation(input: IndexInput, output?: IndexOutput): IndexOperation {
  const returnedAt = output === undefined ? neverReturned : 1;
  return { client: 1, input, output, calledAt: 0, returnedAt };
}

const created = operation(
  { kind: "create", name: "a", mark: "c" },
  { kind: "created", version: 5, uuid: "u" },
);
const updated = operation({ kind: "update", name: "a", mark: "d" }, { kind: "done", version: 7 });
const deleted = operation({ kind: "delete", name: "a" }, { kind: "done", version: 9 });
const lostUpdate = operation({ kind: "update", name: "a", mark: "x" });
const lostDelete = operation({ kind: "delete", name: "a" });
const index = (version: number, mark: string): { a: IndexView } => ({
  a: { uuid: "u", version, mark },
});

describe("what was acknowledged", () => {
  it.each([
    ["is there", [created], index(5, "c")],
    ["was changed by a later write", [updated, created], index(7, "d")],
    ["was deleted", [created, updated, deleted], {}],
    ["was changed by one whose answer was lost", [created, lostUpdate], index(6, "x")],
    ["may have been deleted by one whose answer was lost", [created, lostDelete], {}],
    [
      "was brought back by one whose answer was lost",
      [created, deleted, lostUpdate],
      index(10, "x"),
    ],
    ["is not asked of names without acknowledged writes", [lostUpdate], {}],
  ])("%s: nothing is lost", (_, operations, catalogue) => {
    expect(lostWrites({ operations }, catalogue)).toEqual([]);
  });

  it.each([
    ["a create", [created], {}],
    ["an update", [created, updated], index(5, "c")],
    ["a deletion", [created, deleted], index(5, "c")],
    ["an update, though a later one may have come", [created, updated, lostUpdate], index(6, "x")],
    ["a create, though an update may have come", [created, lostUpdate], {}],
    ["a create, for a mark that nobody wrote", [created, lostUpdate], index(8, "y")],
  ])("is lost: %s", (_, operations, catalogue) => {
    const problems = lostWrites({ operations }, catalogue);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^a: .* was acknowledged at version \d+, and .* is there$/);
  });
});
