/** Assertions that stay on, and orders that do not depend on a locale. */
import { describe, expect, it } from "vitest";
import { assert, assertDefined, AssertionError, assertNever } from "../../../src/base/assert.js";
import {
  compareNumbers,
  compareStrings,
  sortedBy,
  sortedNumbers,
  sortedStrings,
} from "../../../src/base/sorted.js";

describe("assertions", () => {
  it("throw when what they state does not hold", () => {
    expect(() => {
      assert(false, "it holds");
    }).toThrow(new AssertionError("it holds"));
    const absent = new Map<string, string>().get("a");
    expect(() => assertDefined(absent, "it is there")).toThrow(AssertionError);
    expect(() => {
      assertNever({ kind: "x" } as never, "unknown");
    }).toThrow('unknown: {"kind":"x"}');
  });

  it("give back what holds, falsy values too", () => {
    expect(() => {
      assert(true, "it holds");
    }).not.toThrow();
    for (const value of [0, "", false, null]) expect(assertDefined(value, "there")).toBe(value);
  });
});

describe("orders", () => {
  it("go by code unit and by value", () => {
    expect(sortedStrings(["b", "B", "ä", "a", "10", "9", ""])).toEqual([
      "",
      "10",
      "9",
      "B",
      "a",
      "b",
      "ä",
    ]);
    expect(sortedNumbers(new Set([10, 9, -1]))).toEqual([-1, 9, 10]);
    expect([compareStrings("a", "b"), compareStrings("b", "a"), compareStrings("a", "a")]).toEqual([
      -1, 1, 0,
    ]);
    expect(compareNumbers(3, 1)).toBe(2);
  });

  it("copy, and keep equal ones in place", () => {
    const list = [
      { key: "b", n: 1 },
      { key: "a", n: 2 },
      { key: "b", n: 3 },
    ];
    expect(sortedBy(list, (each) => each.key).map((each) => each.n)).toEqual([2, 1, 3]);
    expect(list.map((each) => each.n)).toEqual([1, 2, 3]);
  });
});
