import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createRandom, type Random } from "../../../src/base/random.js";
import { checkLinearizable, type Verdict } from "../../linearizability/checker.js";
import { explain } from "../../linearizability/explain.js";
import { neverReturned, type Model, type Operation } from "../../linearizability/model.js";
import { keyValueModel, type KeyValueInput } from "../../linearizability/models/key-value.js";
import {
  registerModel,
  type RegisterInput,
  type RegisterOutput,
} from "../../linearizability/models/register.js";
import { isLinearizableByForce, simulatedHistory, type HistoryShape } from "./histories.js";

type RegisterOperation = Operation<RegisterInput, RegisterOutput>;

function read(calledAt: number, returnedAt: number, value?: number): RegisterOperation {
  const output = { kind: "read", value } as const;
  return { client: calledAt, input: { kind: "read" }, output, calledAt, returnedAt };
}

function write(calledAt: number, returnedAt: number, value: number): RegisterOperation {
  const output = returnedAt === neverReturned ? undefined : ({ kind: "written" } as const);
  return { client: calledAt, input: { kind: "write", value }, output, calledAt, returnedAt };
}

function cas(
  calledAt: number,
  returnedAt: number,
  [from, to, applied]: readonly [number, number, boolean?],
): RegisterOperation {
  const output = applied === undefined ? undefined : ({ kind: "cas", applied } as const);
  return { client: calledAt, input: { kind: "cas", from, to }, output, calledAt, returnedAt };
}

const registerTable: readonly [string, Verdict, readonly RegisterOperation[]][] = [
  ["nothing happens", "linearizable", []],
  ["a register is empty at first", "linearizable", [read(0, 1)]],
  ["a value from nowhere", "not-linearizable", [read(0, 1, 7)]],
  ["a read after a write", "linearizable", [write(0, 1, 7), read(2, 3, 7)]],
  ["a lost write", "not-linearizable", [write(0, 1, 7), read(2, 3)]],
  ["a stale read", "not-linearizable", [write(0, 1, 7), write(2, 3, 8), read(4, 5, 7)]],
  [
    "a read beside a write sees either",
    "linearizable",
    [write(0, 9, 7), read(1, 2), read(3, 4, 7)],
  ],
  ["a write takes effect twice", "not-linearizable", [write(0, 9, 7), read(1, 2, 7), read(3, 4)]],
  [
    "two readers see two writes in two orders",
    "not-linearizable",
    [write(0, 9, 1), write(0, 9, 2), read(1, 2, 1), read(3, 4, 2), read(5, 6, 1)],
  ],
  ["what touches, overlaps", "linearizable", [write(0, 5, 7), read(5, 6), read(7, 8, 7)]],
  ["a moment apart is in order", "not-linearizable", [write(0, 5, 7), read(6, 7)]],
  ["an operation may take no time", "linearizable", [write(3, 3, 7), read(3, 3, 7), read(3, 3)]],
  [
    "a lost answer takes effect late",
    "linearizable",
    [write(0, neverReturned, 7), read(1, 2), read(100, 101, 7)],
  ],
  ["a lost answer never takes effect", "linearizable", [write(0, neverReturned, 7), read(50, 51)]],
  [
    "a lost answer takes effect once",
    "not-linearizable",
    [write(0, neverReturned, 7), write(1, 2, 8), read(3, 4, 7), write(5, 6, 9), read(7, 8, 7)],
  ],
  [
    "a lost call does not work before it is made",
    "not-linearizable",
    [read(0, 1, 7), write(2, neverReturned, 7)],
  ],
  ["a cas that fits", "linearizable", [write(0, 1, 1), cas(2, 3, [1, 2, true]), read(4, 5, 2)]],
  ["a cas that cannot fit", "not-linearizable", [write(0, 1, 1), cas(2, 3, [3, 2, true])]],
  ["a cas refused without reason", "not-linearizable", [write(0, 1, 1), cas(2, 3, [1, 2, false])]],
  [
    "two of two cas from one value",
    "not-linearizable",
    [write(0, 1, 1), cas(2, 9, [1, 2, true]), cas(2, 9, [1, 3, true])],
  ],
  [
    "a chain of lost calls explains a read",
    "linearizable",
    [
      write(0, neverReturned, 1),
      cas(0, neverReturned, [1, 2]),
      cas(0, neverReturned, [2, 3]),
      read(1, 2),
      read(3, 4, 3),
    ],
  ],
];

function smallInput(random: Random): RegisterInput {
  const values = 3;
  switch (random.below(3)) {
    case 0:
      return { kind: "read" };
    case 1:
      return { kind: "write", value: random.below(values) };
    default:
      return { kind: "cas", from: random.below(values), to: random.below(values) };
  }
}

function runRegister(
  state: number | undefined,
  input: RegisterInput,
): { state: number | undefined; output: RegisterOutput } {
  switch (input.kind) {
    case "read":
      return { state, output: { kind: "read", value: state } };
    case "write":
      return { state: input.value, output: { kind: "written" } };
    case "cas": {
      const applied = state === input.from;
      return { state: applied ? input.to : state, output: { kind: "cas", applied } };
    }
  }
}

function registerShape(
  sizes: Pick<
    HistoryShape<number | undefined, RegisterInput, RegisterOutput>,
    "clientsCount" | "operationsCount" | "unknownPercent"
  >,
): HistoryShape<number | undefined, RegisterInput, RegisterOutput> {
  return { ...sizes, model: registerModel, input: smallInput, run: runRegister };
}

/** Changes what one random read or cas answered. */
function withOneLie(history: readonly RegisterOperation[], seed: number): RegisterOperation[] {
  const random = createRandom(seed);
  const answers = history.filter((operation) => operation.output?.kind === "read");
  const chosen = answers[random.below(Math.max(1, answers.length))];
  return history.map((operation) =>
    operation === chosen
      ? { ...operation, output: { kind: "read", value: random.below(4) } }
      : operation,
  );
}

describe("the checker judges", () => {
  it.each(registerTable)("%s: %s", (_, verdict, operations) => {
    const result = checkLinearizable(registerModel, operations);
    expect(result.verdict).toBe(verdict);
    expect(isLinearizableByForce(registerModel, operations)).toBe(verdict === "linearizable");
    expect(result.counterexample === undefined).toBe(verdict === "linearizable");
    // Operations come in any order.
    expect(checkLinearizable(registerModel, [...operations].reverse()).verdict).toBe(verdict);
  });

  it("every history that one object made as linearizable", () => {
    const sizes = fc.record({
      clientsCount: fc.integer({ min: 1, max: 12 }),
      operationsCount: fc.integer({ min: 1, max: 150 }),
      unknownPercent: fc.integer({ min: 0, max: 15 }),
    });
    fc.assert(
      fc.property(sizes, fc.nat(), (shape, seed) => {
        const history = simulatedHistory(registerShape(shape), seed);
        expect(history).toHaveLength(shape.operationsCount);
        expect(checkLinearizable(registerModel, history).verdict).toBe("linearizable");
      }),
      { numRuns: 300 },
    );
  });

  it("small histories with a lie as the judge who tries every order does", () => {
    const verdicts = { linearizable: 0, "not-linearizable": 0, unknown: 0 };
    const sizes = fc.record({
      clientsCount: fc.integer({ min: 1, max: 5 }),
      operationsCount: fc.integer({ min: 1, max: 8 }),
      unknownPercent: fc.integer({ min: 0, max: 40 }),
    });
    fc.assert(
      fc.property(sizes, fc.nat(), (shape, seed) => {
        const history = withOneLie(simulatedHistory(registerShape(shape), seed), seed);
        const { verdict } = checkLinearizable(registerModel, history);
        verdicts[verdict] += 1;
        const expected = isLinearizableByForce(registerModel, history);
        expect(verdict).toBe(expected ? "linearizable" : "not-linearizable");
      }),
      { numRuns: 2000 },
    );
    expect(verdicts["linearizable"]).toBeGreaterThan(200);
    expect(verdicts["not-linearizable"]).toBeGreaterThan(200);
  });

  it("long histories with a value from nowhere as not linearizable", () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const sizes = { clientsCount: 8, operationsCount: 300, unknownPercent: 2 };
      const history = simulatedHistory(registerShape(sizes), seed);
      const reads = history.filter((operation) => operation.output?.kind === "read");
      const chosen = reads[Math.floor(reads.length / 2)];
      const lying = history.map((operation): RegisterOperation =>
        operation === chosen ? { ...operation, output: { kind: "read", value: 99 } } : operation,
      );
      const result = checkLinearizable(registerModel, lying);
      expect(result.verdict).toBe("not-linearizable");
    }
  });
});

describe("partitions", () => {
  const put = (key: string, value: string, at: number): Operation<KeyValueInput, object> => ({
    client: 0,
    input: { kind: "put", key, value },
    output: {},
    calledAt: at,
    returnedAt: at + 1,
  });

  it("are judged apart, and the broken one is named", () => {
    const good = [put("a", "1", 0), put("b", "1", 2), put("b", "2", 4)];
    const lie = {
      client: 3,
      input: { kind: "get", key: "b" } as const,
      output: { value: "1" },
      calledAt: 10,
      returnedAt: 11,
    };
    const result = checkLinearizable(keyValueModel, [...good, lie]);
    expect(result).toMatchObject({ verdict: "not-linearizable", partitionsCount: 2 });
    expect(result.counterexample).toMatchObject({ partition: "b", stateKeys: ["2"], blocked: lie });
    expect(result.counterexample?.placed).toHaveLength(2);
  });

  it("keep 200 clients with 20 000 operations cheap", () => {
    const shape: HistoryShape<string, KeyValueInput, { value?: string }> = {
      model: keyValueModel,
      clientsCount: 200,
      operationsCount: 20_000,
      unknownPercent: 1,
      input: (random, position) => {
        const key = `k${String(random.below(400))}`;
        if (random.below(2) === 0) return { kind: "get", key };
        return { kind: "append", key, value: `${String(position)} ` };
      },
      run: (state, input) => {
        if (input.kind === "get") return { state, output: { value: state } };
        return { state: state + input.value, output: {} };
      },
    };
    const result = checkLinearizable(keyValueModel, simulatedHistory(shape, 1));
    expect(result).toMatchObject({ verdict: "linearizable", partitionsCount: 400 });
    expect(result.stepsCount).toBeLessThan(400_000);
  });
});

describe("a budget", () => {
  // Readers who all saw something else of many writers at once: exponentially many orders fail.
  const writers = Array.from({ length: 9 }, (_, n) => write(0, 1000, n));
  const hard = [...writers, read(10, 1000, 3), read(1001, 1002, 3), read(1003, 1004, 4)];

  it("that ends makes the verdict unknown, with how far the search came", () => {
    const result = checkLinearizable(registerModel, hard, { stepsMax: 200 });
    expect(result.verdict).toBe("unknown");
    expect(result.stepsCount).toBeLessThanOrEqual(200);
    expect(result.counterexample).toBeDefined();
  });

  it("that suffices decides the same history", () => {
    expect(checkLinearizable(registerModel, hard).verdict).toBe("not-linearizable");
  });
});

describe("a model that leaves the next state open", () => {
  /** A counter whose add may be rounded up; reads tell. */
  const coarse: Model<number, "add" | "read", number> = {
    init: 0,
    step: (state, input, output) => {
      if (input === "add") return [state + 1, state + 2];
      return output === undefined || output === state ? [state] : undefined;
    },
    key: (state) => String(state),
    describe: (input, output) => `${input} ${String(output)}`,
  };
  const at = (
    input: "add" | "read",
    output: number,
    time: number,
  ): Operation<"add" | "read", number> => ({
    client: 0,
    input,
    output,
    calledAt: time,
    returnedAt: time,
  });

  it.each([
    [2, 3, "linearizable"],
    [2, 4, "linearizable"],
    [1, 4, "not-linearizable"],
    [3, 4, "not-linearizable"],
  ] as const)("fits one of the possible answers: %i then %i is %s", (first, second, verdict) => {
    const history = [at("add", 0, 1), at("read", first, 2), at("add", 0, 3), at("read", second, 4)];
    expect(checkLinearizable(coarse, history).verdict).toBe(verdict);
  });

  it("keeps every possible state until an answer decides", () => {
    const adds = [at("add", 0, 1), at("add", 0, 2), at("add", 0, 3)];
    for (const [total, verdict] of [
      [2, "not-linearizable"],
      [3, "linearizable"],
      [6, "linearizable"],
      [7, "not-linearizable"],
    ] as const) {
      expect(checkLinearizable(coarse, [...adds, at("read", total, 4)]).verdict).toBe(verdict);
    }
  });
});

describe("a counterexample", () => {
  it("tells what fits, what cannot come next, and what was under way", () => {
    const history = [write(0, 1, 1), write(2, 3, 2), write(4, 90, 5), read(10, 20, 1)];
    const { counterexample } = checkLinearizable(registerModel, history);
    expect(counterexample).toBeDefined();
    if (counterexample === undefined) return;
    const text = explain(registerModel, counterexample);
    expect(text[0]).toMatch(/^longest order that fits: [23] operations:$/);
    expect(text).toContain("had returned by then, but cannot come next:");
    expect(text).toContain("  client 10 [10, 20] read() -> 1");
    expect(text.at(-1)).toBe("nothing else was under way");
  });

  it("refuses a history that cannot be one", () => {
    expect(() => checkLinearizable(registerModel, [read(5, 4)])).toThrow("before its call");
    const answered = { ...read(1, 2), returnedAt: neverReturned };
    expect(() => checkLinearizable(registerModel, [answered])).toThrow("with its time");
  });
});
