/** The life of a copy: the whole table, spelled out a second time. */
import { describe, expect, it } from "vitest";
import type { ShardCopy } from "../../../src/state/model.js";
import {
  copyEvents,
  copyStages,
  copyTable,
  isLegal,
  stageOf,
} from "../../../src/state/shard-table.js";

/** One row an event; a dash where it must not happen. Columns as in copyStages. */
const expected = `
event              absent      unassigned    initializing  target        started     relocating
create             unassigned  -             -             -             -           -
remove             -           absent        absent        absent        absent      absent
assign             -           initializing  -             -             -           -
resume             -           started       -             -             -           -
relocate           -           -             -             -             relocating  -
aim                target      -             -             -             -           -
start              -           -             started       started       -           -
replaced           -           -             -             -             -           absent
target_lost        -           -             -             -             -           started
source_lost        -           -             -             initializing  -           -
allocation_failed  -           -             unassigned    absent        -           -
copy_missing       -           unassigned    -             -             unassigned  unassigned
primary_failed     -           -             unassigned    absent        unassigned  unassigned
node_left          -           -             unassigned    absent        unassigned  unassigned
`;

const base = { slot: 0, role: "primary", nodeId: "n1", allocationId: "a" } as const;
const unassigned = { reason: "node_left", sinceMs: 1, failedAttempts: 0, detail: "" } as const;
const initializing = { source: "peer", sinceMs: 1, failedAttempts: 0 } as const;
const copies: Readonly<Record<string, ShardCopy>> = {
  unassigned: { ...base, ...unassigned, state: "UNASSIGNED" },
  initializing: { ...base, ...initializing, state: "INITIALIZING", relocatesSlot: -1 },
  target: { ...base, ...initializing, state: "INITIALIZING", relocatesSlot: 0 },
  started: { ...base, state: "STARTED" },
  relocating: { ...base, state: "RELOCATING", targetSlot: 1 },
};

describe("the life of a copy", () => {
  const [header, ...rows] = expected
    .trim()
    .split("\n")
    .map((line) => line.split(/\s+/));

  it("has a row for each event and a column for each stage", () => {
    expect(header).toEqual(["event", ...copyStages]);
    expect(rows.map(([event]) => event)).toEqual([...copyEvents]);
  });

  it("is as drawn", () => {
    const drawn = copyEvents.map((event) => [
      event,
      ...copyStages.map((stage) => copyTable[stage][event] ?? "-"),
    ]);
    expect(drawn).toEqual(rows);
  });

  it("knows the stage of a copy, and asks the table", () => {
    for (const stage of copyStages) {
      const copy = copies[stage];
      if (copy === undefined) continue;
      expect(stageOf(copy)).toBe(stage);
      const legal = copyEvents.filter((event) => isLegal(copy, event));
      expect(legal).toEqual(Object.keys(copyTable[stage]).sort(byEvent));
    }
    expect(Object.keys(copies)).toHaveLength(copyStages.length - 1);
  });
});

function byEvent(a: string, b: string): number {
  const names: readonly string[] = copyEvents;
  return names.indexOf(a) - names.indexOf(b);
}
