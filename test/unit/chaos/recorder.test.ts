import { describe, expect, it } from "vitest";

import { neverReturned } from "../../linearizability/model.js";
import { longestGap, Recorder } from "../../chaos/recorder.js";

const ms = (value: number): number => value * 1_000_000;

describe("the longest time without an acknowledged write", () => {
  it.each([
    ["between two writes", [10, 20, 70, 80], { startMs: 20, lengthMs: 50 }],
    ["before the first", [60, 70, 80, 90], { startMs: 0, lengthMs: 60 }],
    ["after the last", [10, 20, 30], { startMs: 30, lengthMs: 70 }],
    ["in no order of arrival", [80, 10, 70, 20], { startMs: 20, lengthMs: 50 }],
    ["of no writes at all", [], { startMs: 0, lengthMs: 100 }],
    ["of writes outside of the time looked at", [-50, 150], { startMs: 0, lengthMs: 100 }],
  ])("is found %s", (_, moments, gap) => {
    expect(longestGap(moments.map(ms), 0, ms(100))).toEqual(gap);
  });
});

describe("the recorder", () => {
  const get = { kind: "get", name: "a" } as const;
  const create = { kind: "create", name: "a", mark: "1" } as const;

  it("keeps what was answered and writes of unknown outcome, and counts everything", () => {
    const recorder = new Recorder();
    const call = (
      input: typeof get | typeof create,
    ): { client: number; calledAt: number; input: typeof input } => ({
      client: 1,
      calledAt: recorder.now(),
      input,
    });
    const created = { kind: "created", version: 3, uuid: "u" } as const;
    recorder.record(call(create), { kind: "answered", output: created });
    recorder.record(call(create), { kind: "unknown", status: "UNAVAILABLE" });
    recorder.record(call(create), { kind: "failed", status: "FAILED_PRECONDITION" });
    recorder.record(call(get), { kind: "unknown", status: "UNAVAILABLE" });
    const { operations } = recorder.history;
    expect(operations.map(({ output }) => output)).toEqual([created, undefined]);
    expect(operations[1]?.returnedAt).toBe(neverReturned);
    const [first] = operations;
    expect(first?.returnedAt).toBeGreaterThanOrEqual(first?.calledAt ?? Number.NaN);
    expect(recorder.counts).toEqual({ ok: 1, failed: 1, unknown: 2 });
    expect([...recorder.statuses]).toEqual([
      ["UNAVAILABLE", 2],
      ["FAILED_PRECONDITION", 1],
    ]);
  });
});
