import { describe, expect, it } from "vitest";

import { exitCode } from "../../../src/base/errors.js";
import { parseDemoArguments } from "../../../src/demo/arguments.js";

describe("the demo's command line", () => {
  it("has defaults for everything", () => {
    expect(parseDemoArguments([], "/home/me")).toEqual({
      once: false,
      directory: "/home/me/.quidditch/demo",
      masters: 3,
      nodes: 3,
    });
  });

  it("takes counts and a folder", () => {
    const args = ["--once", "--dir", "/tmp/d", "--masters", "5", "--nodes", "1"];
    expect(parseDemoArguments(args, "/home/me")).toEqual({
      once: true,
      directory: "/tmp/d",
      masters: 5,
      nodes: 1,
    });
  });

  it("asks for help", () => {
    expect(parseDemoArguments(["--help"], "/")).toBeUndefined();
  });

  it.each([
    [["--masters", "2"], "--masters '2'"],
    [["--nodes", "10"], "--nodes '10'"],
    [["--nodes", "03"], "--nodes '03'"],
    [["--twice"], "--twice"],
    [["extra"], "extra"],
  ])("refuses %j", (args, text) => {
    const parse = (): unknown => parseDemoArguments(args, "/");
    expect(parse).toThrow(expect.objectContaining({ exit: exitCode.usage }) as Error);
    expect(parse).toThrow(text);
  });
});
