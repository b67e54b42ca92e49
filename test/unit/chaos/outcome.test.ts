import { Metadata, status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";

import { outcomeOfError } from "../../chaos/outcome.js";

function failure(code: number, details = ""): Error {
  return Object.assign(new Error(details), { code, details, metadata: new Metadata() });
}

describe("a failed call", () => {
  it.each([
    [status.ALREADY_EXISTS, "exists"],
    [status.NOT_FOUND, "missing"],
    [status.ABORTED, "conflict"],
  ])("with status %i is the answer %s", (code, kind) => {
    const outcome = outcomeOfError(failure(code), false);
    expect(outcome).toEqual({ kind: "answered", output: { kind } });
  });

  it("of a get that finds nothing is a read", () => {
    expect(outcomeOfError(failure(status.NOT_FOUND), true)).toEqual({
      kind: "answered",
      output: { kind: "read", version: undefined, index: undefined },
    });
  });

  it.each([
    [status.FAILED_PRECONDITION, "", "failed"],
    [status.RESOURCE_EXHAUSTED, "", "failed"],
    [status.UNAVAILABLE, "No connection established. Last error: connect ECONNREFUSED", "failed"],
    [status.UNAVAILABLE, "Connection dropped", "unknown"],
    [status.UNAVAILABLE, "the leader was lost", "unknown"],
    [status.DEADLINE_EXCEEDED, "", "unknown"],
    [status.CANCELLED, "", "unknown"],
    [status.INTERNAL, "", "unknown"],
  ])("with status %i (%s) has %s", (code, details, kind) => {
    const outcome = outcomeOfError(failure(code, details), false);
    expect(outcome.kind).toBe(kind);
    expect(outcome).not.toHaveProperty("isFinding");
  });

  it.each([status.INVALID_ARGUMENT, status.UNIMPLEMENTED, status.DATA_LOSS, status.OUT_OF_RANGE])(
    "with status %i is a finding",
    (code) => {
      const outcome = outcomeOfError(failure(code, "why"), false);
      expect(outcome).toMatchObject({ kind: "failed", isFinding: true });
    },
  );

  it("that is none of the API's is not swallowed", () => {
    const bug = new TypeError("a bug");
    expect(() => outcomeOfError(bug, false)).toThrow(bug);
    const system = Object.assign(new Error("gone"), { code: "ENOENT" });
    expect(() => outcomeOfError(system, false)).toThrow(system);
  });
});
