/**
 * The configuration file itself: where it is looked for, broken syntax, unknown keys, expansion
 * of variables, and reports that list every problem at once.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FatalError, exitCode } from "../../../src/base/errors.js";
import { loadConfig } from "../../../src/config/load.js";
import type { Invocation } from "../../../src/config/model.js";

type Files = Readonly<Record<string, string>>;
type Env = Readonly<Record<string, string>>;

function load(files: Files, argv: readonly string[] = [], env: Env = {}): Invocation {
  const readFile = (path: string): string | undefined => files[path];
  return loadConfig({ argv, env, readFile, hostname: "host-a" });
}

function serve(files: Files, argv: readonly string[] = [], env: Env = {}): Served {
  const invocation = load(files, argv, env);
  if (invocation.kind !== "serve") throw new Error(`got ${invocation.kind}`);
  return invocation;
}
type Served = Extract<Invocation, { kind: "serve" }>;

function refusal(action: () => unknown): readonly string[] {
  try {
    action();
  } catch (error) {
    if (!(error instanceof FatalError)) throw error;
    expect(error.exit).toBe(exitCode.config);
    return error.message.split("\n");
  }
  throw new Error("it was accepted");
}

const yaml = (text: string, env: Env = {}): Served =>
  serve({ "m.yml": text }, ["--config=m.yml"], env);

describe("finding the file", () => {
  const everywhere: Files = {
    "/etc/quidditch/master.yaml": "node_id: etc",
    "/home/q/.quidditch/master.yml": "node_id: home",
    "./master.json": '{"node_id": "here"}',
  };
  const env = { HOME: "/home/q" };
  const without = (...paths: string[]): Files =>
    Object.fromEntries(Object.entries(everywhere).filter(([path]) => !paths.includes(path)));

  it("looks in /etc, then in the home, then here", () => {
    expect(serve(everywhere, [], env).config.nodeId).toBe("etc");
    const noEtc = without("/etc/quidditch/master.yaml");
    expect(serve(noEtc, [], env)).toMatchObject({ configFile: "/home/q/.quidditch/master.yml" });
    expect(serve(noEtc, [], {}).config.nodeId).toBe("here");
    expect(serve({}, [], env).configFile).toBeUndefined();
  });

  it("reads only the named file when one is named", () => {
    const files = { ...everywhere, "x.json": '{"raft_port": 5}' };
    expect(serve(files, ["--config", "x.json"]).config).toMatchObject({
      nodeId: "host-a",
      raftPort: 5,
    });
  });

  it("refuses a named file that is missing, of another kind, or unreadable", () => {
    expect(refusal(() => load({}, ["--config", "x.yml"]))[0]).toMatch(/^x\.yml: there is no such/);
    expect(refusal(() => load({ "x.toml": "" }, ["--config", "x.toml"]))[0]).toMatch(
      /^x\.toml: its name has to end in/,
    );
    const readFile = (): string => {
      throw new Error("permission denied");
    };
    const argv = ["--config", "x.yml"];
    expect(refusal(() => loadConfig({ argv, env: {}, readFile, hostname: "h" }))).toEqual([
      "x.yml: permission denied",
    ]);
  });
});

describe("syntax", () => {
  it.each([
    ["node_id: [a", /^m\.yml:1: not valid YAML: /],
    ["a: 1\nb: 2\n c: 3", /^m\.yml:2: not valid YAML: /],
    ["raft_port: 1\nraft_port: 2", /^m\.yml:2: not valid YAML: .*unique/],
    ["a: 1\n---\nb: 2", /^m\.yml:2: not valid YAML: /],
    ["- a\n- b", /^m\.yml:1: the file has to be keys/],
    ["just text", /^m\.yml:1: the file has to be keys/],
    ["# nothing\nraft: 3", /^m\.yml:2: raft has to be keys/],
    ["raft: [a]", /^m\.yml:1: raft has to be keys/],
  ])("%j is refused", (text, message) => {
    expect(refusal(() => yaml(text))[0]).toMatch(message);
  });

  it.each(["", "# only a comment", "raft:", "---\n", "{}"])("%j says nothing", (text) => {
    expect(yaml(text).config).toEqual(serve({}).config);
  });

  it("keeps the text of what looks like a number", () => {
    expect(yaml("node_id: 007").config.nodeId).toBe("007");
    expect(yaml("node_id: true").config.nodeId).toBe("true");
  });

  it("follows anchors", () => {
    expect(yaml("node_id: &n m1\ncluster_name: *n").config.clusterName).toBe("m1");
  });

  it("takes keys in any case, as existing files have them", () => {
    expect(yaml("Raft_Port: 5\nRAFT:\n  Snapshot_Threshold: 500").config).toMatchObject({
      raftPort: 5,
      raft: { snapshotEntriesCount: 500 },
    });
    expect(yaml("cluster:\n  name: c\n  uuid: u").config).toMatchObject({
      clusterName: "c",
      clusterUuid: "u",
    });
  });

  it("refuses the Kubernetes mode under each of its names", () => {
    for (const text of ["controlPlane:\n  mode: k8s", "control_plane: {mode: k8s}"]) {
      expect(refusal(() => yaml(text))[0]).toContain("Kubernetes control plane (k8s) is not");
    }
    expect(yaml("controlPlane:\n  mode: raft").warnings).toEqual([]);
  });
});

describe("keys", () => {
  it("warns about unknown ones with their line, and starts", () => {
    const { config, warnings } = yaml("node_id: a\nnode_idd: b\nraft:\n  speed: {x: 1}");
    expect(config.nodeId).toBe("a");
    expect(warnings).toEqual([
      {
        event: "config-key-unknown",
        origin: "m.yml:2",
        text: "node_idd is not a known key and is ignored",
      },
      {
        event: "config-key-unknown",
        origin: "m.yml:4",
        text: "raft.speed is not a known key and is ignored",
      },
    ]);
  });

  it("are those of the example file, whose values are the defaults", () => {
    const text = readFileSync(new URL("../../../config/master.yml", import.meta.url), "utf8");
    const { config, warnings } = yaml(text);
    expect(warnings).toEqual([]);
    expect(config).toEqual({ ...serve({}).config, bindAddrExplicit: true });
  });

  it("never takes a follower timeout for our heartbeat interval", () => {
    const { config, warnings } = yaml("raft:\n  heartbeat_timeout: 1s");
    expect(config.raft.heartbeatIntervalMs).toBe(100);
    expect(warnings).toMatchObject([{ event: "config-key-without-effect", origin: "m.yml:2" }]);
  });

  it("accepts the files and variables of existing deployments", () => {
    const text = `
node_id: "\${NODE_ID:-master-0}"
bind_addr: 0.0.0.0
peers: []
bootstrap: true
log_format: json
metrics_enabled: true
max_concurrent_requests: 100
request_timeout: 30s
cluster: { name: quidditch-cluster, initial_master_nodes: [master-0] }
raft:
  heartbeat_timeout: 1s
  election_timeout: 3s
  commit_timeout: 50ms
  max_append_entries: 64
  snapshot_interval: 5m
  snapshot_threshold: 8192
  trailing_logs: 10240
`;
    const { config, warnings } = yaml(text, { BOOTSTRAP: "true", QUIDDITCH_TYPO: "1" });
    expect(config).toMatchObject({ nodeId: "master-0", raft: { electionTimeoutMs: 3000 } });
    const unknown = warnings.filter((warning) => warning.event === "config-key-unknown");
    expect(unknown.map((warning) => warning.origin)).toEqual(["QUIDDITCH_TYPO"]);
    expect(warnings.map((warning) => warning.origin)).toContain("BOOTSTRAP");
  });
});

describe("expansion", () => {
  const env = { A: "m1", PORT: "77", EMPTY: "", LIST: "a:1, b:2" };
  it.each([
    ["node_id: ${A}", { nodeId: "m1" }],
    ["node_id: ${A:-x}", { nodeId: "m1" }],
    ["node_id: ${EMPTY:-x}", { nodeId: "x" }],
    ["node_id: ${NONE-x}", { nodeId: "x" }],
    ["node_id: '${NONE:-x}-${A}'", { nodeId: "x-m1" }],
    ["raft_port: ${PORT}", { raftPort: 77 }],
    [
      "peers: ${LIST}",
      {
        peers: [
          { host: "a", port: 1 },
          { host: "b", port: 2 },
        ],
      },
    ],
    ["peers: ['${A}:5']", { peers: [{ host: "m1", port: 5 }] }],
    ["peers: ${NONE:-}", { peers: [] }],
    ["data_dir: /a$b", { dataDir: "/a$b" }],
  ])("%s", (text, loaded) => {
    expect(yaml(text, env).config).toMatchObject(loaded);
  });

  it.each([
    ["node_id: x-${NONE}", /^m\.yml:1: \$\{NONE\}: NONE is not set/],
    ["node_id: '${'", /^m\.yml:1: \$\{ is not \$\{NAME\}/],
    ["node_id: ${1A}", /is not \$\{NAME\} or \$\{NAME:-default\}/],
    ["node_id: ${A:?gone}", /is not \$\{NAME\} or \$\{NAME:-default\}/],
    ["node_id: ${EMPTY}", /^m\.yml:1: node_id: "" is not a name/],
  ])("refuses %s", (text, message) => {
    expect(refusal(() => yaml(text, env))[0]).toMatch(message);
  });
});

describe("reports", () => {
  it("names every problem at once, each with its place", () => {
    const text = "node_id: '*'\nraft_port: x\nraft:\n  election_timeout: 5\npeers: [a:1, 'b:']";
    const lines = refusal(() =>
      serve({ "m.yml": text }, ["--config=m.yml", "--grpc-port=0"], { DATA_DIR: "\0" }),
    );
    const places = lines.map((line) => line.split(": ").slice(0, 2).join(" "));
    expect(places.sort()).toEqual([
      "--grpc-port grpc_port",
      "DATA_DIR data_dir",
      "m.yml:1 node_id",
      "m.yml:2 raft_port",
      "m.yml:4 raft.election_timeout",
      "m.yml:5 peers",
    ]);
  });
});
