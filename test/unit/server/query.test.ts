import { describe, expect, it } from "vitest";

import {
  choiceOf,
  durationMsOf,
  flagOf,
  queryOf,
  selectNames,
} from "../../../src/server/http/query.js";

describe("parameters", () => {
  it("are read, the last of repeated ones counts, unknown ones are refused", () => {
    expect(queryOf({ level: ["a", "b"], pretty: "" }, ["level"])).toEqual({
      level: "b",
      pretty: "",
    });
    expect(() => queryOf({ levle: "x" }, ["level"])).toThrow("unrecognized parameter: [levle]");
  });

  it("are one of the choices, or absent", () => {
    expect(choiceOf({ s: "Green" }, "s", ["green", "red"])).toBe("green");
    expect(choiceOf({}, "s", ["green", "red"])).toBeUndefined();
    expect(() => choiceOf({ s: "blue" }, "s", ["green", "red"])).toThrow("[blue]");
  });

  it("are flags when present and not false", () => {
    expect([flagOf({ v: "" }, "v"), flagOf({ v: "true" }, "v")]).toEqual([true, true]);
    expect([flagOf({ v: "false" }, "v"), flagOf({}, "v")]).toEqual([false, false]);
  });

  it.each([
    ["30s", 30_000],
    ["1m", 60_000],
    ["250ms", 250],
    ["0", 0],
  ])("are durations: %s", (text, ms) => {
    expect(durationMsOf({ timeout: text }, "timeout")).toBe(ms);
  });

  it.each(["", "30", "-1s", "1.5s", "soon"])("are no durations: %s", (text) => {
    expect(() => durationMsOf({ timeout: text }, "timeout")).toThrow("time value");
  });
});

describe("index expressions", () => {
  const names = ["logs-1", "logs-2", "metrics", "a.b"];
  it.each([
    ["metrics", ["metrics"]],
    ["logs-*", ["logs-1", "logs-2"]],
    ["metrics,logs-2", ["logs-2", "metrics"]],
    ["_all", ["a.b", "logs-1", "logs-2", "metrics"]],
    ["a*b", ["a.b"]],
    ["x*", []],
    ["a.*", ["a.b"]],
  ])("%s", (expression, selected) => {
    expect(selectNames(expression, names)).toEqual(selected);
  });

  it("name what does not exist", () => {
    expect(() => selectNames("metrics,nothing", names)).toThrow("no such index [nothing]");
  });
});
