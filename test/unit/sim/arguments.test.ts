/** The simulator's command line. */
import { describe, expect, it } from "vitest";

import { formatNumbers, parseArguments } from "../../sim/arguments.js";

describe("the command line", () => {
  it("has defaults for everything", () => {
    expect(parseArguments([])).toMatchObject({
      ...{ seedsCount: 200, from: 1, seed: undefined, mutant: undefined },
      ...{ mutants: false, jobsCount: 1, twiceEvery: 10, shrink: true },
    });
  });

  it("takes one seed without some of its faults", () => {
    const parsed = parseArguments(["--seed", "7", "--drop", "3,7-9"]);
    expect(parsed).toMatchObject({ seed: 7, dropped: new Set([3, 7, 8, 9]) });
  });

  it.each([
    { args: ["--seeds"], problem: "--seeds needs a value" },
    { args: ["--seeds", "0"], problem: "--seeds takes a number from 1" },
    { args: ["--seeds", "many"], problem: "--seeds takes a number from 1" },
    { args: ["--seed", "-1"], problem: "--seed takes a number" },
    { args: ["--jobs", "0"], problem: "--jobs takes a number from 1 to 64" },
    { args: ["--drop", "9-7"], problem: "--drop takes numbers and ranges, such as 3,7-9" },
    { args: ["--drop", "1;2"], problem: "--drop takes numbers and ranges, such as 3,7-9" },
    { args: ["--often"], problem: "unknown option --often" },
  ])("refuses $args", ({ args, problem }) => {
    expect(parseArguments(args)).toBe(problem);
  });
});

describe("numbers to leave out", () => {
  it.each([
    { numbers: [], text: "" },
    { numbers: [4], text: "4" },
    { numbers: [1, 2, 3, 5, 8, 9], text: "1-3,5,8-9" },
  ])("are written as $text", ({ numbers, text }) => {
    expect(formatNumbers(numbers)).toBe(text);
    const parsed = parseArguments(text === "" ? [] : ["--drop", text]);
    expect(parsed).toMatchObject({ dropped: new Set(numbers) });
  });
});
