import { describe, expect, it } from "vitest";

import { parseOptions } from "../../chaos/options.js";

describe("the command line", () => {
  it("takes minutes, a seed, and what is left out", () => {
    const args = ["--minutes", "0.5", "--seed", "3", "--keep", "--without", "replace,transfer"];
    expect(parseOptions(args, 99)).toEqual({
      kind: "faults",
      minutes: 0.5,
      seed: 3,
      keep: true,
      without: new Set(["replace", "transfer"]),
    });
    expect(parseOptions(["--minutes", "2"], 99)).toMatchObject({ seed: 99, keep: false });
    expect(parseOptions(["--failover", "20"], 99)).toEqual({ kind: "failover", killsCount: 20 });
  });

  it.each([
    [[], "--minutes is a number"],
    [["--minutes", "0"], "--minutes is a number"],
    [["--minutes", "x"], "--minutes is a number"],
    [["--minutes", "100000"], "--minutes is a number"],
    [["--minutes", "1", "--seed", "1.5"], "--seed is a whole number"],
    [["--minutes", "1", "--seed", "-1"], "--seed"],
    [["--minutes", "1", "--without", "rain"], "--without rain: the kinds are kill,"],
    [["--failover", "0"], "--failover is a whole number"],
    [["--failover", "2", "--minutes", "1"], "--failover stands alone"],
    [["--rain"], "Unknown option"],
  ])("refuses %j", (args, why) => {
    expect(() => parseOptions(args, 1)).toThrow(why);
  });
});
