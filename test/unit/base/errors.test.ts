/** The table of expected failures, spelled out a second time, and the two kinds of errors. */
import { describe, expect, it } from "vitest";
import {
  errorTable,
  exitCode,
  FatalError,
  grpcStatus,
  MasterError,
  type ErrorCode,
} from "../../../src/base/errors.js";

/** Code, gRPC status, HTTP status, whether the same call may be repeated. */
const rows: readonly (readonly [ErrorCode, keyof typeof grpcStatus, number, boolean])[] = [
  ["invalid_argument", "invalidArgument", 400, false],
  ["index_not_found", "notFound", 404, false],
  ["node_not_found", "notFound", 404, false],
  ["shard_not_found", "notFound", 404, false],
  ["index_already_exists", "alreadyExists", 400, false],
  ["not_leader", "failedPrecondition", 503, true],
  ["no_leader", "failedPrecondition", 503, true],
  ["stopping", "failedPrecondition", 503, true],
  ["leader_lost", "unavailable", 503, false],
  ["version_conflict", "aborted", 409, false],
  ["wrong_state", "aborted", 400, false],
  ["deadline", "deadlineExceeded", 503, false],
  ["cancelled", "cancelled", 499, false],
  ["overloaded", "resourceExhausted", 429, true],
  ["limit_exceeded", "resourceExhausted", 400, false],
  ["unimplemented", "unimplemented", 501, false],
  ["corrupt", "dataLoss", 500, false],
  ["internal", "internal", 500, false],
];

describe("errorTable", () => {
  it("has exactly these codes", () => {
    expect(Object.keys(errorTable)).toEqual(rows.map(([code]) => code));
  });

  it.each(rows)("%s is %s, HTTP %i, retryable %s", (code, grpc, http, retryable) => {
    expect(errorTable[code]).toMatchObject({ grpc: grpcStatus[grpc], http, retryable });
    expect(errorTable[code].type).toMatch(/^[a-z_]+$/);
  });

  it("lets FAILED_PRECONDITION through only when nothing was proposed", () => {
    const repeated = rows.filter(([, grpc]) => grpc === "failedPrecondition").map(([code]) => code);
    expect(repeated).toEqual(["not_leader", "no_leader", "stopping"]);
  });
});

describe("MasterError", () => {
  it("carries code, details and cause", () => {
    const cause = new Error("below");
    const error = new MasterError("wrong_state", "text", { shard: 1 }, cause);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: "MasterError", code: "wrong_state", message: "text" });
    expect(error).toMatchObject({ details: { shard: 1 }, cause });
    expect("cause" in new MasterError("internal", "text")).toBe(false);
  });

  it("is made of anything thrown", () => {
    const known = new MasterError("deadline", "late");
    expect(MasterError.from(known)).toBe(known);
    const cause = new TypeError("broken");
    expect(MasterError.from(cause)).toMatchObject({ code: "internal", message: "broken", cause });
    expect(MasterError.from("text")).toMatchObject({ code: "internal", message: "text" });
  });
});

describe("FatalError", () => {
  it("names its exit code", () => {
    const error = new FatalError(exitCode.dataRefused, "damaged", { file: "wal" });
    expect(error).toMatchObject({ name: "FatalError", exit: 79, details: { file: "wal" } });
  });

  it("has the exit codes that service files are written against", () => {
    expect(exitCode).toEqual({
      clean: 0,
      bug: 1,
      usage: 64,
      temporary: 75,
      config: 78,
      dataRefused: 79,
    });
  });
});
