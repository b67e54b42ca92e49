import { describe, expect, it } from "vitest";

import { checkLinearizable } from "../../linearizability/checker.js";
import { neverReturned } from "../../linearizability/model.js";
import { keyValueModel } from "../../linearizability/models/key-value.js";
import { registerModel } from "../../linearizability/models/register.js";
import {
  parseJepsenLog,
  parseKeyValueLog,
  publishedVerdict,
} from "../../linearizability/public-histories.js";

const jepsen = (process: number, type: string, call: string): string =>
  `INFO  jepsen.util - ${String(process)}\t:${type}\t:${call}`;

describe("a log of Jepsen", () => {
  it("becomes operations with line numbers as time", () => {
    const text = [
      jepsen(0, "invoke", "write\t4"),
      jepsen(1, "invoke", "cas\t[4 2]"),
      jepsen(2, "invoke", "read\tnil"),
      jepsen(0, "ok", "write\t4"),
      jepsen(2, "fail", "read\t:timed-out"),
      jepsen(1, "info", "cas\t:timed-out"),
      jepsen(2, "invoke", "read\tnil"),
      jepsen(2, "ok", "read\t2"),
      jepsen(0, "invoke", "cas\t[9 1]"),
      jepsen(0, "fail", "cas\t[9 1]"),
    ].join("\n");
    const operations = parseJepsenLog(text);
    expect(operations).toEqual([
      {
        client: 0,
        input: { kind: "write", value: 4 },
        output: { kind: "written" },
        calledAt: 0,
        returnedAt: 3,
      },
      {
        client: 2,
        input: { kind: "read" },
        output: { kind: "read", value: 2 },
        calledAt: 6,
        returnedAt: 7,
      },
      {
        client: 0,
        input: { kind: "cas", from: 9, to: 1 },
        output: { kind: "cas", applied: false },
        calledAt: 8,
        returnedAt: 9,
      },
      {
        client: 1,
        input: { kind: "cas", from: 4, to: 2 },
        output: undefined,
        calledAt: 1,
        returnedAt: neverReturned,
      },
    ]);
    expect(checkLinearizable(registerModel, operations).verdict).toBe("linearizable");
  });

  it.each([
    ["rubbish", "rubbish"],
    [jepsen(0, "invoke", "swap\t4"), "swap"],
    [jepsen(0, "invoke", "write\tx"), "x"],
    [jepsen(0, "ok", "read\t1"), "has a call"],
  ])("is refused with the line that is not understood: %j", (text, part) => {
    expect(() => parseJepsenLog(text)).toThrow(part);
  });
});

describe("a key-value log", () => {
  it("becomes operations, texts as they are", () => {
    const text =
      '{:process 3, :type :invoke, :f :append, :key "7", :value "x 0 0 y"}\n' +
      '{:process 3, :type :ok, :f :append, :key "7", :value "x 0 0 y"}\n' +
      '{:process 3, :type :invoke, :f :get, :key "7", :value nil}\n' +
      '{:process 3, :type :ok, :f :get, :key "7", :value ""}\n';
    const operations = parseKeyValueLog(text);
    expect(operations.map((operation) => operation.output)).toEqual([{}, { value: "" }]);
    expect(checkLinearizable(keyValueModel, operations).verdict).toBe("not-linearizable");
    expect(() => parseKeyValueLog("{:process 1}")).toThrow("line 1 is not understood");
  });
});

describe("published verdicts", () => {
  it.each([
    ["etcd_002.log", true],
    ["etcd_003.log", false],
    ["etcd_095.log", undefined],
    ["etcd_103.log", undefined],
    ["c10-ok.txt", true],
    ["c10-bad.txt", false],
    ["README.md", undefined],
  ])("of %s: %s", (name, verdict) => {
    expect(publishedVerdict(name)).toBe(verdict);
  });
});
