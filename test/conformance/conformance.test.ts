/**
 * The conformance program on small files of our own: what is right passes, and every kind of
 * wrong expectation is found, so that a pass on the public files means something.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FormatError, parseDirectives, valuesOf } from "./datadriven.js";
import { interactionSuite } from "./interaction-suite.js";
import { membershipSuite } from "./membership-suite.js";
import { quorumSuite } from "./quorum-suite.js";
import { comparable, explainRules, leftOutFeatures, memberRules, textRules } from "./rules.js";
import { describeReport, runFile, runFolder } from "./suite.js";
import type { FileReport, Suite } from "./suite.js";

/** Blocks are divided by blank lines; the first line of each is the directive. */
function text(...blocks: readonly (readonly string[])[]): string {
  return blocks.map((lines) => lines.join("\n")).join("\n\n");
}

function counts({ passedCount, failures }: FileReport): readonly number[] {
  return [passedCount, failures.length];
}

function run(suite: Suite, ...blocks: readonly (readonly string[])[]): FileReport {
  return runFile(suite, "own.txt", text(...blocks));
}

describe("the format", () => {
  it("has comments, arguments, input and what is expected", () => {
    const parsed = parseDirectives(
      "# why\n\nverb a=1 b=(2, 3) four c=()\nin put\n----\nout\n\n\nlast\n----\n",
    );
    expect(parsed.map(({ verb, line }) => [verb, line])).toEqual([
      ["verb", 3],
      ["last", 9],
    ]);
    expect(parsed[0]?.args).toEqual([
      { key: "a", values: ["1"] },
      { key: "b", values: ["2", "3"] },
      { key: "four", values: [] },
      { key: "c", values: [] },
    ]);
    expect(parsed[0]).toMatchObject({ input: ["in put"], expected: ["out"] });
    expect(parsed[1]).toMatchObject({ input: [], expected: [] });
  });

  it("may hold blank lines between doubled separators", () => {
    const [directive] = parseDirectives("verb\n----\n----\none\n\ntwo\n----\n----\n");
    expect(directive?.expected).toEqual(["one", "", "two"]);
  });

  it.each([
    ["verb\nno separator\n\nnext\n----\nok\n", "line 1"],
    ["a\n----\nok\n\nverb x=(1\n----\nok\n", "not an argument"],
    ["verb\n----\n----\none\n", "no end"],
  ])("is not %j", (wrong, message) => {
    expect(() => {
      parseDirectives(wrong);
    }).toThrow(message);
  });

  it("gives no values to an argument that is not there", () => {
    const [directive] = parseDirectives("verb a=1\n----\n");
    expect(directive === undefined ? [] : valuesOf(directive, "b")).toEqual([]);
  });
});

describe("quorum files", () => {
  const chart = ["    idx", "x>    4    (id=1)", "?     0    (id=2)", ">     3    (id=5)"];
  it.each([
    { name: "a majority", lines: ["committed cfg=(1,2,5) idx=(4,_,3)", "----", ...chart, "3"] },
    { name: "nobody", lines: ["committed", "----", "<empty majority quorum>∞"] },
    { name: "a won vote", lines: ["vote cfg=(1,2,3) votes=(y,_,y)", "----", "VoteWon"] },
    { name: "two halves", lines: ["vote cfg=(1) cfgj=(2) votes=(y,_)", "----", "VotePending"] },
    { name: "an empty half", lines: ["vote cfg=(1) cfgj=zero votes=(n)", "----", "VoteLost"] },
    {
      name: "too few values",
      lines: [
        "committed cfg=(1,2) idx=(4)",
        "----",
        "error: mismatched input (explicit or _) for voters [1 2]: [4]",
      ],
    },
  ])("of $name pass", ({ lines }) => {
    expect(counts(run(quorumSuite, lines))).toEqual([1, 0]);
  });

  it.each([
    ["another result", [...chart, "4"]],
    ["another figure", ["    idx", "x>    5    (id=1)", ...chart.slice(2), "3"]],
    [
      "a report that was not made",
      [...chart.slice(0, 2), "      0    (id=2)", ">     3    (id=5)", "3"],
    ],
    ["a member that is missing", [...chart.slice(0, 3), "3"]],
    ["another way to the result that differs", [...chart, "4 <-- via symmetry", "3"]],
    ["nothing", []],
  ])("that expect %s fail", (_, expected) => {
    const lines = ["committed cfg=(1,2,5) idx=(4,_,3)", "----", ...expected];
    expect(counts(run(quorumSuite, lines))).toEqual([0, 1]);
  });

  it("with a directive or a value that nobody knows are refused", () => {
    expect(() => run(quorumSuite, ["count cfg=(1) idx=(1)", "----"])).toThrow(FormatError);
    expect(() => run(quorumSuite, ["committed cfg=(x) idx=(1)", "----"])).toThrow(FormatError);
  });
});

describe("membership files", () => {
  const first = ["simple", "v1", "----", "voters=(1)", "1: StateProbe match=0 next=1"];
  it("are run on one configuration from directive to directive", () => {
    const report = run(
      membershipSuite,
      first,
      ["simple", "v2 v3", "----", "more than one voter changed without entering joint config"],
      [
        "enter-joint autoleave=true",
        "v2 l1 l4",
        "----",
        "voters=(2)&&(1) learners=(4) learners_next=(1) autoleave",
        "1: StateProbe match=0 next=1",
        "2: StateProbe match=0 next=2",
        "4: StateProbe match=0 next=2 learner",
      ],
      ["simple", "v9", "----", "can't apply simple config change in joint config"],
      [
        "leave-joint",
        "----",
        "voters=(2) learners=(1 4)",
        "1: StateProbe match=0 next=1 learner",
        "2: StateProbe match=0 next=2",
        "4: StateProbe match=0 next=2 learner",
      ],
      ["leave-joint", "----", "can't leave a non-joint config"],
    );
    expect([describeReport(report), counts(report)]).toEqual([
      ["ok      own.txt: 6 passed, 0 failed"],
      [6, 0],
    ]);
  });

  it.each([
    [
      "another configuration",
      ["simple", "v1", "----", "voters=(1 2)", "1: StateProbe match=0 next=1"],
    ],
    ["another position", ["simple", "v1", "----", "voters=(1)", "1: StateProbe match=0 next=2"]],
    ["a refusal", ["simple", "v1", "----", "removed all voters"]],
    ["a success", ["enter-joint", "v1", "----", "voters=(1)"]],
  ])("that expect %s where it is not so fail", (_, lines) => {
    expect(counts(run(membershipSuite, lines))).toEqual([0, 1]);
  });

  it("with a step that nobody knows are refused", () => {
    expect(() => run(membershipSuite, ["simple", "x1", "----"])).toThrow("not a step");
  });
});

/** One member is elected and commits; a second one joins the queue of messages later. */
const alone: readonly (readonly string[])[] = [
  ["add-nodes 1 voters=(1) index=4", "----", "INFO made up words"],
  ["campaign 1", "----", "ok"],
  [
    "stabilize",
    "----",
    "> 1 handling Ready",
    "  Ready MustSync=true:",
    "  Lead:0 State:StateCandidate",
    "  HardState Term:1 Vote:1 Commit:4",
    "> 1 handling Ready",
    "  Ready MustSync=true:",
    "  Lead:1 State:StateLeader",
    "  Entries:",
    '  1/5 EntryNormal ""',
    "> 1 handling Ready",
    "  Ready MustSync=false:",
    "  HardState Term:1 Vote:1 Commit:5",
    "  CommittedEntries:",
    '  1/5 EntryNormal ""',
  ],
  ["raft-log 1", "----", '1/5 EntryNormal ""'],
  ["raft-state", "----", "1: StateLeader (Voter) Term:1 Lead:1"],
];

const two: readonly (readonly string[])[] = [
  ["log-level none", "----", "ok"],
  ["add-nodes 2 voters=(1,2) index=3", "----", "ok"],
  ["campaign 1", "----", "ok"],
  ["stabilize", "----", "ok"],
  ["log-level debug", "----", "ok"],
  ["propose 1 hello", "----", "ok"],
  [
    "process-ready 1",
    "----",
    "Ready MustSync=true:",
    "Entries:",
    '1/5 EntryNormal "hello"',
    "Messages:",
    '1->2 MsgApp Term:1 Log:1/4 Commit:4 Entries:[1/5 EntryNormal "hello"]',
  ],
  [
    "deliver-msgs drop=(2)",
    "----",
    'dropped: 1->2 MsgApp Term:1 Log:1/4 Commit:4 Entries:[1/5 EntryNormal "hello"]',
  ],
  [
    "status 1",
    "----",
    "1: StateReplicate match=5 next=6",
    "2: StateReplicate match=4 next=6 inflight=1",
  ],
  ["deliver-msgs 2", "----", "no messages"],
  ["report-unreachable 1 2", "----", "DEBUG made up words"],
  ["status 1", "----", "1: StateReplicate match=5 next=6", "2: StateProbe match=4 next=5"],
];

describe("interaction files", () => {
  it("pass when members do what is written", () => {
    expect(describeReport(run(interactionSuite, ...alone))).toEqual([
      "ok      own.txt: 5 passed, 0 failed",
    ]);
    expect(describeReport(run(interactionSuite, ...two))).toEqual([
      "ok      own.txt: 12 passed, 0 failed",
    ]);
  });

  it.each([
    ["MustSync=true", "MustSync=false"],
    ["StateCandidate", "StateFollower"],
    ["Commit:4", "Commit:5"],
    ["Vote:1 ", ""],
    ["  CommittedEntries:", "  Entries:"],
    ['1/5 EntryNormal ""', '1/5 EntryNormal "x"'],
    ["> 1 handling Ready", "> 1 receiving messages"],
    ["Lead:1 State:StateLeader", "Lead:0 State:StateLeader"],
  ])("with %j instead of %j fail", (was, is) => {
    const blocks = alone.map((lines) => lines.map((line) => line.replace(was, is)));
    expect(run(interactionSuite, ...blocks).failures.length).toBeGreaterThan(0);
  });

  it.each([
    ["1->2 MsgApp", "2->1 MsgApp"],
    ["MsgApp Term:1", "MsgApp Term:2"],
    ["Log:1/4", "Log:1/3"],
    ["Commit:4 Entries", "Entries"],
    ["inflight=1", "inflight=2"],
    ["StateProbe match=4 next=5", "StateProbe match=4 next=6"],
    ["no messages", "ok"],
  ])("with %j instead of %j fail too", (was, is) => {
    const blocks = two.map((lines) => lines.map((line) => line.replace(was, is)));
    expect(run(interactionSuite, ...blocks).failures.length).toBeGreaterThan(0);
  });

  it("that leave out a message or a Ready, or add one, fail", () => {
    for (const line of ["> 1 handling Ready", "  Entries:"]) {
      const fewer = alone.map((lines) => {
        const at = lines.lastIndexOf(line);
        return at < 0 ? lines : lines.toSpliced(at, 1);
      });
      expect(run(interactionSuite, ...fewer).failures.length).toBeGreaterThan(0);
    }
    const more = two.map((lines) =>
      lines[0] === "process-ready 1" ? [...lines, "1->2 MsgHeartbeat Term:1 Log:0/0"] : lines,
    );
    expect(counts(run(interactionSuite, ...more))).toEqual([11, 1]);
  });

  it("say which line failed, what was expected and what came", () => {
    const report = run(
      interactionSuite,
      ["add-nodes 1 voters=(1) index=4", "----"],
      ["raft-state", "----", "1: StateLeader (Voter) Term:0 Lead:0"],
    );
    expect(describeReport(report)).toEqual([
      "FAILED  own.txt: 1 passed, 1 failed",
      "  line 4: raft-state",
      "    expected:",
      "      1: StateLeader (Voter) Term:0 Lead:0",
      "    got:",
      "      1: StateFollower (Voter) Term:0 Lead:0",
    ]);
  });

  it("print errors also while output is off", () => {
    const report = run(
      interactionSuite,
      ["log-level none", "----", "ok"],
      ["add-nodes 1 voters=(1) index=4", "----", "ok"],
      ["propose 1 x", "----", "ok"],
      ["propose 1 x", "----", "raft proposal dropped"],
    );
    expect(report.failures.map(({ directive }) => directive.line)).toEqual([9]);
  });

  it("count what depends on a broken directive as failed", () => {
    const broken: Suite = {
      name: "broken",
      leftOut: () => undefined,
      begin: () => (directive) => {
        if (directive.verb === "bad") throw new Error("no");
        return undefined;
      },
    };
    const report = run(broken, ["good", "----"], ["bad", "----"], ["good", "----"]);
    expect(counts(report)).toEqual([1, 2]);
    expect(describeReport(report).at(-1)).toContain("line 4 stopped with Error: no");
  });

  it.each(leftOutFeatures)("that need $name are skipped with the reason", ({ name, reason }) => {
    const settings: Readonly<Record<string, string>> = {
      "async-storage-writes": "async-storage-writes=true",
      "lease-reads": "read-only=lease-based",
      "disabled-change-validation": "disable-conf-change-validation=true",
    };
    const report = run(interactionSuite, [
      `add-nodes 1 voters=(1) ${settings[name] ?? ""}`,
      "----",
    ]);
    expect(describeReport(report)).toEqual([`skipped own.txt: needs ${name}: ${reason}`]);
  });

  it.each(["explode 1", "add-nodes 1 voters=(1) index=4 colour=red", "campaign 3"])(
    "with %j, which nobody knows, are refused",
    (line) => {
      expect(() => run(interactionSuite, [line, "----"])).toThrow(FormatError);
    },
  );
});

describe("the rules", () => {
  it("leave out log lines and nothing else", () => {
    const kept = ["1->2 MsgApp Term:1 Log:0/0", "  HardState Term:1 Commit:2"];
    const logged = ["INFO 1 is here", "  DEBUG 2 is there", "WARN x", "ERROR y", "ok"];
    expect(comparable([...logged, ...kept])).toEqual(kept);
  });

  it("take back the sync of a Ready only where a snapshot alone asked for it", () => {
    const ready = ["  Ready MustSync=true:", "  Snapshot Index:4 Term:1"];
    expect(comparable(["> 1 x", ...ready])[1]).toBe("  Ready MustSync=false:");
    const entries = [...ready, "  Entries:", '  1/5 EntryNormal ""'];
    expect(comparable(["> 1 x", ...entries])[1]).toBe("  Ready MustSync=true:");
    const other = ["  Ready MustSync=true:", "> 2 x", ...ready];
    expect(comparable(other)[0]).toBe("  Ready MustSync=true:");
  });

  it("are all explained", () => {
    const explained = explainRules().join("\n");
    for (const { name, reason } of [...memberRules, ...textRules, ...leftOutFeatures]) {
      expect(explained).toContain(`${name}: ${reason}`);
    }
  });
});

describe("a folder", () => {
  it("is run file by file; one without files, or with something else in one, is refused", () => {
    const folder = mkdtempSync(join(tmpdir(), "conformance-"));
    try {
      expect(() => runFolder(quorumSuite, folder)).toThrow("holds no .txt file");
      writeFileSync(join(folder, "b.txt"), "vote cfg=(1) votes=(y)\n----\nVoteLost\n");
      writeFileSync(join(folder, "a.txt"), "vote cfg=(1) votes=(y)\n----\nVoteWon\n");
      const reports = runFolder(quorumSuite, folder);
      expect(reports.map((report) => [report.file, ...counts(report)])).toEqual([
        ["a.txt", 1, 0],
        ["b.txt", 0, 1],
      ]);
      writeFileSync(join(folder, "c.txt"), "# nothing\n");
      expect(() => runFolder(quorumSuite, folder)).toThrow("c.txt: there is no directive");
      expect(() => runFolder(quorumSuite, join(folder, "none"))).toThrow("ENOENT");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
