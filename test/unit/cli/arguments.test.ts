/** Command lines: what each means, and that a wrong one is named together with its help. */
import { describe, expect, it } from "vitest";

import { FatalError, exitCode } from "../../../src/base/errors.js";
import { parseAdminArguments, type MemberCommand } from "../../../src/cli/arguments.js";
import { commandSpecs, helpText, overviewText } from "../../../src/cli/commands.js";
import { endpointsCountMax } from "../../../src/cli/limits.js";

function parse(line: string): ReturnType<typeof parseAdminArguments> {
  return parseAdminArguments(line.split(" ").filter((word) => word !== ""));
}

function refusal(line: string): FatalError {
  try {
    parse(line);
  } catch (thrown) {
    if (thrown instanceof FatalError) return thrown;
  }
  throw new Error(`'${line}' was accepted`);
}

describe("a command on members", () => {
  const rows: readonly (readonly [string, MemberCommand])[] = [
    ["member list", { name: "list" }],
    ["member add m4:9300", { name: "add", address: "m4:9300", learner: false, wait: true }],
    ["member add m4", { name: "add", address: "m4:9300", learner: false, wait: true }],
    ["member add ::1", { name: "add", address: "[::1]:9300", learner: false, wait: true }],
    ["member add m4 --wait", { name: "add", address: "m4:9300", learner: false, wait: true }],
    ["member add m4 --no-wait", { name: "add", address: "m4:9300", learner: false, wait: false }],
    ["member add --learner m4", { name: "add", address: "m4:9300", learner: true, wait: false }],
    ["member promote m4", { name: "promote", member: "m4", wait: true }],
    ["member promote 17 --no-wait", { name: "promote", member: "17", wait: false }],
    ["member remove m4", { name: "remove", member: "m4" }],
    [
      "member replace m3 m4:9444",
      { name: "replace", member: "m3", address: "m4:9444", wait: true },
    ],
    ["member transfer", { name: "transfer", member: undefined }],
    ["member transfer m2", { name: "transfer", member: "m2" }],
  ];
  it.each(rows)("'%s' means %j", (line, command) => {
    expect(parse(line)).toMatchObject({ kind: "member", command, json: false });
  });

  it("asks the member on this machine unless told otherwise", () => {
    expect(parse("member list")).toMatchObject({
      connection: { endpoints: ["127.0.0.1:9301"], timeoutMs: undefined },
    });
    const line = "--endpoint m1 member list --endpoint m2:9444 --endpoint=m1:9301 --timeout 1m30s";
    expect(parse(line)).toMatchObject({
      connection: { endpoints: ["m1:9301", "m2:9444"], timeoutMs: 90_000 },
    });
  });

  it("prints JSON when asked", () => {
    expect(parse("member list --json")).toMatchObject({ json: true });
  });
});

describe("a command on files", () => {
  it.each([
    ["wal inspect /data", { subject: "wal", verb: "inspect", path: "/data" }],
    ["wal verify .", { subject: "wal", verb: "verify", path: "." }],
    ["snapshot inspect a.snap", { subject: "snapshot", verb: "inspect", path: "a.snap" }],
    ["snapshot verify a.snap", { subject: "snapshot", verb: "verify", path: "a.snap" }],
  ] as const)("'%s' means %j", (line, command) => {
    expect(parse(line)).toEqual({ kind: "offline", command, json: false });
    expect(parse(`${line} --json`)).toEqual({ kind: "offline", command, json: true });
  });

  it("takes a name that looks like a flag behind two dashes", () => {
    const command = { subject: "wal", verb: "verify", path: "-x" };
    expect(parse("wal verify -- -x")).toMatchObject({ command });
  });
});

describe("a wrong command line", () => {
  it.each([
    ["", "a command is missing"],
    ["--json", "a command is missing"],
    ["members list", 'no command "members"'],
    ["member", "the command after 'member' is missing"],
    ["member ls", "the command after 'member' \"ls\" does not exist"],
    ["member add", "ADDRESS is missing"],
    ["member replace m3", "ADDRESS is missing"],
    ["member promote", "MEMBER is missing"],
    ["member remove", "MEMBER is missing"],
    ["member list m1", '"m1" is one word too many'],
    ["member transfer m1 m2", '"m2" is one word too many'],
    ["member list --all", "there is no flag --all"],
    ["member list -v", "there is no flag -v"],
    ["member list --learner", "'member list' has no flag --learner"],
    ["member remove m1 --wait", "'member remove' has no flag --wait"],
    ["wal verify /data --endpoint m1", "'wal verify' has no flag --endpoint"],
    ["member add m4 --wait --no-wait", "exclude each other"],
    ["member add m4 --wait --learner", "--learner does not give"],
    ["member list --timeout", "--timeout needs a value"],
    ["member list --timeout --json", "--timeout needs a value"],
    ["member list --timeout 5", "--timeout: "],
    ["member list --timeout 1ms", "--timeout: "],
    ["member list --timeout 1s --timeout 2s", "--timeout is given twice"],
    ["member list --json=yes", "--json takes no value"],
    ["member list --json --json", "--json is given twice"],
    ["member list --endpoint m1:0", "--endpoint: "],
    ["member list --endpoint 0.0.0.0:9301", "--endpoint: "],
    ["member add m4:99999", "ADDRESS: "],
    ["member add http://m4:9300", "ADDRESS: "],
    ["member replace m3 m4:x", "ADDRESS: "],
  ])("'%s' is refused: %s", (line, text) => {
    const { exit, message } = refusal(line);
    expect(exit).toBe(exitCode.usage);
    expect(message.split("\n")[0]).toContain(text);
    expect(message).toContain("usage: quidditch-admin");
  });

  it("names nothing by an empty word", () => {
    expect(() => parseAdminArguments(["member", "remove", ""])).toThrow("empty word");
  });

  it("has no more endpoints than can be asked", () => {
    const flags = Array.from({ length: endpointsCountMax + 1 }, (_, n) => `--endpoint m${n}`);
    expect(refusal(`member list ${flags.join(" ")}`).message).toContain("endpoints");
    const fewer = parse(`member list ${flags.slice(1).join(" ")}`);
    expect(fewer).toMatchObject({ kind: "member" });
  });
});

describe("help", () => {
  it("is there for the program, each group and each command", () => {
    expect(parse("--help")).toEqual({ kind: "help", text: overviewText() });
    expect(parse("-h")).toEqual({ kind: "help", text: overviewText() });
    expect(parse("member --help")).toEqual({ kind: "help", text: overviewText("member") });
    for (const spec of commandSpecs) {
      const help = parse(`${spec.group} ${spec.name} --help`);
      expect(help).toEqual({ kind: "help", text: helpText(spec) });
    }
  });

  it("names every flag that a command takes, and fits on a screen", () => {
    for (const spec of commandSpecs) {
      const text = helpText(spec);
      for (const flag of spec.flags) expect(text).toContain(`  --${flag}`);
      expect(text.split("\n").length).toBeLessThanOrEqual(24);
      for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
    }
    expect(overviewText().split("\n").length).toBeLessThanOrEqual(24);
  });

  it("lists all commands, or those of a group", () => {
    for (const { group, name } of commandSpecs) {
      expect(overviewText()).toContain(`  ${group} ${name}`);
    }
    expect(overviewText("wal")).not.toContain("member list");
  });

  it("goes before the version, which needs no command", () => {
    expect(parse("--version")).toEqual({ kind: "version" });
  });
});
