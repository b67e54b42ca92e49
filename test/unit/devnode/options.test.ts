import { describe, expect, it } from "vitest";

import { FatalError, exitCode } from "../../../src/base/errors.js";
import { parseCommandLine } from "../../../src/devnode/options.js";

const minimal = ["--node-id", "n1", "--data-dir", "/d", "--master", "127.0.0.1:9301"];

function exitOf(args: readonly string[]): { exit: number; text: string } {
  try {
    parseCommandLine(args);
  } catch (error) {
    if (error instanceof FatalError) return { exit: error.exit, text: error.message };
    throw error;
  }
  return { exit: 0, text: "" };
}

describe("the command line of a data node", () => {
  it("has defaults for everything but id, folder and masters", () => {
    expect(parseCommandLine(minimal)).toEqual({
      kind: "serve",
      logLevel: "info",
      options: {
        nodeId: "n1",
        bindAddr: "127.0.0.1",
        grpcPort: 9303,
        masters: ["127.0.0.1:9301"],
        dataDir: "/d",
        tier: "",
        maxShards: 0,
        labels: {},
        mode: "reference",
      },
    });
  });

  it("takes lists of masters and labels", () => {
    const invocation = parseCommandLine([
      ...["--node-id", "n1", "--data-dir", "/d", "--master", "a:1,[::1]:2", "--master", "c:3"],
      ...["--label", "zone=a", "--label", "rack=r=1", "--advertise-addr", "10.0.0.1"],
    ]);
    expect(invocation).toMatchObject({
      options: {
        masters: ["a:1", "[::1]:2", "c:3"],
        labels: { zone: "a", rack: "r=1" },
        advertiseAddr: "10.0.0.1",
      },
    });
  });

  it.each([
    [["--nonsense"], exitCode.usage, "--nonsense"],
    [["--node-id", "n1", "--data-dir", "/d"], exitCode.usage, "--master"],
    [["--data-dir", "/d", "--master", "a:1"], exitCode.usage, "--node-id"],
    [["--node-id", "n1", "--master", "a:1"], exitCode.usage, "--data-dir"],
    [[...minimal, "--mode", "go", "--label", "a=b"], exitCode.usage, "--label"],
    [[...minimal, "--grpc-port", "70000"], exitCode.config, "--grpc-port '70000'"],
    [[...minimal, "--grpc-port", "-1"], exitCode.usage, "--grpc-port"],
    [[...minimal, "--max-shards", "many"], exitCode.config, "--max-shards 'many'"],
    [[...minimal, "--mode", "rust"], exitCode.config, "--mode 'rust'"],
    [[...minimal, "--label", "zone"], exitCode.config, "--label 'zone'"],
    [[...minimal, "--master", "nohost"], exitCode.config, "--master 'nohost'"],
    [[...minimal, "--master", "a:0"], exitCode.config, "--master 'a:0'"],
    [[...minimal, "--bind-addr", "a b"], exitCode.config, "--bind-addr 'a b'"],
    [[...minimal, "--node-id", "../n"], exitCode.config, "--node-id '../n'"],
  ])("refuses %j", (args, exit, text) => {
    const refused = exitOf(args);
    expect(refused.exit).toBe(exit);
    expect(refused.text).toContain(text);
  });
});
