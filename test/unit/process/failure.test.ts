/** What a process says and with which code it ends, by what was thrown. */
import { describe, expect, it } from "vitest";
import { exitCode, FatalError, MasterError } from "../../../src/base/errors.js";
import { failureOf } from "../../../src/process/failure.js";

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as the system says it, write`), { code });
}

describe("a failure that ends the process", () => {
  it("speaks for itself when it was foreseen", () => {
    const thrown = new FatalError(exitCode.dataRefused, "refused", { file: "/a" });
    const failure = { code: exitCode.dataRefused, message: "refused", details: { file: "/a" } };
    expect(failureOf(thrown)).toEqual(failure);
  });

  it.each(["ENOSPC", "EDQUOT", "EIO", "EROFS"])("%s is the disk's, and temporary", (code) => {
    const { code: exit, message, details } = failureOf(systemError(code));
    expect(exit).toBe(exitCode.temporary);
    expect(message).toContain(`${code}: as the system says it`);
    expect(message).toContain("free space");
    expect(details["code"]).toBe(code);
  });

  it.each([
    ["another system error", systemError("EBADF")],
    ["an expected failure that nobody expected here", new MasterError("corrupt", "broken")],
    ["an exception", new TypeError("broken")],
    ["anything else", "broken"],
  ])("%s is a bug, with its trace", (_what, thrown) => {
    const { code, message, details } = failureOf(thrown);
    expect(code).toBe(exitCode.bug);
    expect(message).not.toBe("");
    expect(details["error"]).toContain(message);
  });
});
