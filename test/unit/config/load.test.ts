/**
 * Loading as a whole: every setting from every place it may come from, valid beside invalid, the
 * order of precedence, and messages that name the place. Files are a map; nothing touches a disk.
 */
import { describe, expect, it } from "vitest";
import { FatalError, exitCode } from "../../../src/base/errors.js";
import { loadConfig } from "../../../src/config/load.js";
import type { ConfigWarning, HealthTarget, MasterConfig } from "../../../src/config/model.js";

interface Given {
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Text of `m.yml`, which is then passed by --config. */
  readonly yaml?: string;
  readonly files?: Readonly<Record<string, string>>;
}

function load(given: Given): ReturnType<typeof loadConfig> {
  const files: Readonly<Record<string, string>> = {
    ...given.files,
    ...(given.yaml === undefined ? {} : { "m.yml": given.yaml }),
  };
  const config = given.yaml === undefined ? [] : ["--config", "m.yml"];
  return loadConfig({
    argv: [...(given.argv ?? []), ...config],
    env: given.env ?? {},
    readFile: (path) => files[path],
    hostname: "host-a",
  });
}

function serve(given: Given): MasterConfig {
  const invocation = load(given);
  if (invocation.kind !== "serve") throw new Error(`got ${invocation.kind}`);
  return invocation.config;
}

function warnings(given: Given): readonly ConfigWarning[] {
  const invocation = load(given);
  if (invocation.kind !== "serve") throw new Error(`got ${invocation.kind}`);
  return invocation.warnings;
}

function health(given: Given): HealthTarget {
  const invocation = load(given);
  if (invocation.kind !== "health") throw new Error(`got ${invocation.kind}`);
  return invocation.target;
}

function failure(given: Given): { readonly exit: number; readonly message: string } {
  try {
    load(given);
  } catch (error) {
    if (error instanceof FatalError) return { exit: error.exit, message: error.message };
    throw error;
  }
  throw new Error("it was accepted");
}

/** The lines of a refusal for wrong values. */
function refusal(given: Given): readonly string[] {
  const { exit, message } = failure(given);
  expect(exit).toBe(exitCode.config);
  return message.split("\n");
}

describe("defaults", () => {
  it("are the documented ones", () => {
    expect(serve({})).toEqual({
      nodeId: "host-a",
      clusterName: "quidditch-cluster",
      clusterUuid: undefined,
      bindAddr: "127.0.0.1",
      bindAddrExplicit: false,
      advertiseAddr: "127.0.0.1",
      raftPort: 9300,
      grpcPort: 9301,
      httpPort: 9400,
      dataDir: "/var/lib/quidditch/master",
      diskLowBytes: 268_435_456,
      peers: [],
      join: false,
      logLevel: "info",
      raft: {
        heartbeatIntervalMs: 100,
        electionTimeoutMs: 1000,
        appendEntriesCountMax: 100,
        snapshotEntriesCount: 10_000,
        snapshotSizeBytes: 67_108_864,
        walSegmentSizeBytes: 67_108_864,
      },
    });
  });

  it("are frozen to the last field", () => {
    const config = serve({ yaml: "peers: [a:1]" });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.raft)).toBe(true);
    expect(Object.isFrozen(config.peers)).toBe(true);
    expect(Object.isFrozen(config.peers[0])).toBe(true);
  });
});

type Reader = (config: MasterConfig) => unknown;

/** [setting, reads it, value as written, value as loaded, wrong value, what the message says] */
const table: readonly (readonly [string, Reader, string, unknown, string, string])[] = [
  ["node_id", (c) => c.nodeId, "m-1", "m-1", "../m", 'node_id: "../m" is not a name'],
  ["cluster_name", (c) => c.clusterName, "c1", "c1", "a b", 'cluster_name: "a b" is not a name'],
  ["cluster_uuid", (c) => c.clusterUuid, "u-1", "u-1", "-u", 'cluster_uuid: "-u" is not a name'],
  ["bind_addr", (c) => c.bindAddr, "10.0.0.1", "10.0.0.1", "10.0.0", "bind_addr: "],
  ["advertise_addr", (c) => c.advertiseAddr, "m1.lan", "m1.lan", "0.0.0.0", "not a wildcard"],
  ["raft_port", (c) => c.raftPort, "1", 1, "0", "a whole number from 1 to 65535"],
  ["grpc_port", (c) => c.grpcPort, "65535", 65_535, "65536", "a whole number from 1 to 65535"],
  ["http_port", (c) => c.httpPort, "80", 80, "http", "a whole number from 1 to 65535"],
  ["metrics_port", (c) => c.httpPort, "81", 81, "-81", "a whole number from 1 to 65535"],
  ["data_dir", (c) => c.dataDir, "/d", "/d", '""', 'data_dir: "" is not a path'],
  ["disk_low_bytes", (c) => c.diskLowBytes, "1GiB", 1_073_741_824, "1MiB", "a size from"],
  ["log_level", (c) => c.logLevel, "WARN", "warn", "trace", "one of debug, info, warn, error"],
  ["log_format", () => "json", "json", "json", "text", "the only format there is"],
  [
    "peers",
    (c) => c.peers,
    "b:2",
    [{ host: "b", port: 2 }],
    "b:0",
    'peers: "b:0" is not host:port',
  ],
  ["control_plane_mode", () => "raft", "auto", "raft", "k8s", '"k8s" is not auto or raft'],
];

const raftTable: typeof table = [
  ["heartbeat_interval", (c) => c.raft.heartbeatIntervalMs, "50ms", 50, "50", "a duration from"],
  ["election_timeout", (c) => c.raft.electionTimeoutMs, "1m", 60_000, "2m", "a duration from"],
  ["max_append_entries", (c) => c.raft.appendEntriesCountMax, "64", 64, "0", "from 1 to 4096"],
  ["snapshot_threshold", (c) => c.raft.snapshotEntriesCount, "8192", 8192, "99", "from 100 to"],
  ["snapshot_size", (c) => c.raft.snapshotSizeBytes, "1GiB", 1_073_741_824, "1GB", "a size from"],
  ["wal_segment_size", (c) => c.raft.walSegmentSizeBytes, "16 MiB", 16_777_216, "1", "a size from"],
];

describe.each(table)("the key %s", (...row) => {
  const [key, read, written, loaded, wrong, message] = row;
  it("is read from the file", () => {
    expect(read(serve({ yaml: `# first\n${key}: ${written}` }))).toEqual(loaded);
  });
  it("is refused with file and line", () => {
    const [line, ...others] = refusal({ yaml: `# first\n${key}: ${wrong}` });
    expect(line).toMatch(/^m\.yml:2: /);
    expect(line).toContain(message);
    expect(others).toEqual([]);
  });
  it("is refused as a map", () => {
    expect(refusal({ yaml: `${key}: {a: 1}` })[0]).toMatch(/^m\.yml:1: .* (a map|this) is not /);
  });
  it("is its default when nothing follows it", () => {
    expect(read(serve({ yaml: `${key}:` }))).toEqual(read(serve({})));
  });
  it("is read from its variable", () => {
    const variable = `QUIDDITCH_${key.toUpperCase()}`;
    expect(read(serve({ env: { [variable]: written } }))).toEqual(loaded);
    const doubted = warnings({ env: { [variable]: written } });
    expect(doubted.filter((warning) => warning.event !== "config-doubtful")).toEqual([]);
    const wrongText = wrong === '""' ? "\0" : wrong;
    expect(refusal({ env: { [variable]: wrongText } })[0]).toMatch(`${variable}: `);
  });
});

describe.each(raftTable)("the key raft.%s", (...row) => {
  const [key, read, written, loaded, wrong, message] = row;
  it("is read from the file", () => {
    expect(read(serve({ yaml: `raft:\n  ${key}: ${written}` }))).toBe(loaded);
  });
  it("is refused with file and line", () => {
    const [line] = refusal({ yaml: `raft:\n  ${key}: ${wrong}` });
    expect(line).toMatch(/^m\.yml:2: raft\./);
    expect(line).toContain(message);
  });
  it("is read from its variable", () => {
    const variable = `QUIDDITCH_RAFT_${key.toUpperCase()}`;
    expect(read(serve({ env: { [variable]: written } }))).toBe(loaded);
    expect(refusal({ env: { [variable]: wrong } })[0]).toMatch(`${variable}: `);
  });
});

describe("flags", () => {
  it.each(table.filter(([key]) => !/_uuid|metrics|format|mode|low_bytes/.test(key)))(
    "--%s",
    (...[key, read, written, loaded, wrong]) => {
      const flag = `--${key.replaceAll("_", "-")}`;
      expect(read(serve({ argv: [flag, written] }))).toEqual(loaded);
      expect(read(serve({ argv: [`${flag}=${written}`] }))).toEqual(loaded);
      const wrongText = wrong === '""' ? "" : wrong;
      expect(refusal({ argv: [`${flag}=${wrongText}`] })[0]).toMatch(`${flag}: ${key}: `);
    },
  );

  it.each([
    [["--no-such"], "there is no flag --no-such"],
    [["-x"], '"-x" is neither a command nor a flag'],
    [["serve"], '"serve" is neither a command nor a flag'],
    [["--node-id"], "--node-id needs a value"],
    [["--node-id", "--raft-port", "1"], "--node-id needs a value"],
    [["--node-id", "a", "--node-id", "b"], "--node-id is given twice"],
    [["--timeout", "1s"], "there is no flag --timeout"],
    [["health", "--data-dir", "/d"], "there is no flag --data-dir"],
  ])("%j are a usage error", (argv, message) => {
    const failed = failure({ argv });
    expect(failed.exit).toBe(exitCode.usage);
    expect(failed.message).toContain(message);
    expect(failed.message).toContain("usage: quidditch-master");
  });

  it("--join stands alone or has a value, and needs somebody to join", () => {
    const peers = ["--peers", "10.0.0.1:1"];
    expect(serve({ argv: ["--join", ...peers] }).join).toBe(true);
    expect(serve({ argv: [...peers, "--join"] }).join).toBe(true);
    expect(serve({ argv: [...peers, "--join=false"] }).join).toBe(false);
    expect(serve({ yaml: "cluster:\n  join: true\npeers: [a:1]" }).join).toBe(true);
    expect(serve({ env: { QUIDDITCH_JOIN: "true", QUIDDITCH_PEERS: "a:1" } }).join).toBe(true);
    expect(refusal({ argv: ["--join=perhaps", ...peers] })[0]).toContain("true or false");
    expect(refusal({ argv: ["--join"] })).toEqual([
      "--join: cluster.join: to join a cluster, peers has to name at least one of its members",
    ]);
    expect(warnings({ argv: ["--join", "--peers", "127.0.0.1:1,127.0.0.1:2"] })).toEqual([]);
  });

  it("--help and --version win over everything", () => {
    expect(load({ argv: ["--help", "--no-such"] })).toMatchObject({ kind: "help" });
    expect(load({ argv: ["health", "-h"] })).toMatchObject({ kind: "help" });
    expect(load({ argv: ["--config", "none.yml", "--version"] })).toEqual({ kind: "version" });
  });
});

describe("precedence", () => {
  const yaml = "node_id: file\ngrpc_port: 1000";
  it("is flag, prefixed variable, plain variable, file", () => {
    const plain = { NODE_ID: "plain" };
    const prefixed = { ...plain, QUIDDITCH_NODE_ID: "prefixed" };
    expect(serve({ yaml }).nodeId).toBe("file");
    expect(serve({ yaml, env: plain }).nodeId).toBe("plain");
    expect(serve({ yaml, env: prefixed }).nodeId).toBe("prefixed");
    expect(serve({ yaml, env: prefixed, argv: ["--node-id", "flag"] }).nodeId).toBe("flag");
  });
  it("takes an empty variable for unset", () => {
    expect(serve({ yaml, env: { NODE_ID: "", QUIDDITCH_NODE_ID: "" } }).nodeId).toBe("file");
  });
  it("ignores a wrong variable that is overridden, but not a wrong file", () => {
    expect(serve({ env: { LOG_LEVEL: "trace" }, argv: ["--log-level", "warn"] }).logLevel).toBe(
      "warn",
    );
    const overridden = { yaml: "log_level: trace", argv: ["--log-level", "warn"] };
    expect(refusal(overridden)[0]).toMatch(/^m\.yml:1: log_level/);
  });
  it("knows the plain variables of compose files", () => {
    const config = serve({
      env: {
        NODE_ID: "m2",
        RAFT_PEERS: "m1:9300,m2:9300,m3:9300",
        CLUSTER_NAME: "c",
        CLUSTER_UUID: "u",
        LOG_LEVEL: "debug",
        CONTROL_PLANE_MODE: "raft",
        RAFT_PORT: "1",
        GRPC_PORT: "2",
        DATA_DIR: "/data",
        BIND_ADDR: "0.0.0.0",
      },
    });
    expect(config).toMatchObject({ nodeId: "m2", clusterName: "c", clusterUuid: "u" });
    expect(config).toMatchObject({ logLevel: "debug", raftPort: 1, grpcPort: 2 });
    expect(config).toMatchObject({ dataDir: "/data", bindAddr: "0.0.0.0" });
    expect(config.peers.map((peer) => peer.host)).toEqual(["m1", "m2", "m3"]);
  });
});

describe("addresses", () => {
  it("advertises what it binds to, unless that is a wildcard", () => {
    expect(serve({ yaml: "bind_addr: 10.0.0.7" }).advertiseAddr).toBe("10.0.0.7");
    expect(serve({ yaml: "bind_addr: 0.0.0.0" }).advertiseAddr).toBeUndefined();
    expect(serve({ yaml: 'bind_addr: "[::]"' })).toMatchObject({
      bindAddr: "::",
      bindAddrExplicit: true,
      advertiseAddr: undefined,
    });
    const both = serve({ yaml: "bind_addr: 0.0.0.0\nadvertise_addr: m1.example.org" });
    expect(both.advertiseAddr).toBe("m1.example.org");
  });

  it.each([
    ["a:1,b:2", ["a:1", "b:2"]],
    ["a:1 b:2", ["a:1", "b:2"]],
    ["a:1,\n  b:2 ,", ["a:1", "b:2"]],
    ["a", ["a:9300"]],
    ["10.0.0.1:1", ["10.0.0.1:1"]],
    ["[::1]:1,[fe80::2]", ["::1:1", "fe80::2:9300"]],
    ["fe80::2", ["fe80::2:9300"]],
    ["", []],
  ])("reads the peers %j", (text, shown) => {
    const peers = serve({ argv: [`--peers=${text}`] }).peers;
    expect(peers.map(({ host, port }) => `${host}:${port}`)).toEqual(shown);
  });

  it.each(["a:", "a:x", "a:65536", ":1", "[::1:1", "[a]:1", "a_b!:1", "http://a:1", "0.0.0.0:1"])(
    "refuses the peer %j",
    (text) => {
      expect(refusal({ argv: ["--peers", text] })[0]).toMatch("--peers: peers: ");
    },
  );

  it("gives a peer without a port this member's raft port", () => {
    expect(serve({ argv: ["--peers", "a", "--raft-port", "7"] }).peers[0]?.port).toBe(7);
  });

  it("names the line of a wrong peer, and of one listed twice", () => {
    expect(refusal({ yaml: "peers:\n  - a:1\n  - b:x\n  - a:1" })).toEqual([
      expect.stringMatching(/^m\.yml:3: peers: "b:x" is not host:port/),
      "m.yml:4: peers: a:1 is listed twice",
    ]);
  });

  it("refuses more peers than allowed and doubts an even number", () => {
    const many = Array.from({ length: 10 }, (_, i) => `m${i}:1`).join(",");
    expect(refusal({ argv: ["--peers", many] })[0]).toContain("10 peers are more than the 9");
    expect(warnings({ argv: ["--peers", "127.0.0.1:1,127.0.0.1:2"] })).toMatchObject([
      { event: "config-doubtful", origin: "--peers" },
    ]);
    expect(warnings({ argv: ["--peers", "[::1]:1,localhost:1,127.0.0.1:2"] })).toEqual([]);
  });

  it("doubts peers elsewhere when nobody said where to listen", () => {
    const argv = ["--peers", "127.0.0.1:1,m2:1,m3:1"];
    expect(warnings({ argv }).map((warning) => warning.text)).toEqual([
      "peers: this member listens on 127.0.0.1 only, where m2:1 cannot reach it; set bind_addr",
    ]);
    expect(warnings({ argv: [...argv, "--bind-addr", "10.0.0.1"] })).toEqual([]);
  });
});

describe("settings that must fit together", () => {
  it("refuses equal ports, also against a default", () => {
    const lines = refusal({ argv: ["--raft-port", "9301"] });
    expect(lines).toEqual([
      "default: grpc_port: 9301 is raft_port too (--raft-port); each needs its own",
    ]);
    expect(serve({ argv: ["--raft-port", "9301", "--grpc-port", "9302"] }).grpcPort).toBe(9302);
  });
  it("refuses a mark of the disk that the log's next segments would pass", () => {
    const yaml = "raft:\n  wal_segment_size: 256MiB\n";
    expect(serve({ yaml }).diskLowBytes).toBe(512 * 1024 ** 2);
    expect(refusal({ yaml: `${yaml}disk_low_bytes: 511MiB` })).toEqual([
      expect.stringMatching(/^m\.yml:3: disk_low_bytes: 535822336 is less than 2 segments/),
    ]);
    expect(serve({ yaml: `${yaml}disk_low_bytes: 512MiB` }).diskLowBytes).toBe(512 * 1024 ** 2);
    expect(refusal({ yaml: "disk_low_bytes: 1" })).toHaveLength(1);
  });

  it("refuses an election timeout that one lost heartbeat would end", () => {
    const yaml = "raft:\n  heartbeat_interval: 100ms\n  election_timeout: ";
    expect(refusal({ yaml: `${yaml}299ms` })[0]).toMatch(
      /^m\.yml:3: raft\.election_timeout: 299ms/,
    );
    expect(serve({ yaml: `${yaml}300ms` }).raft.electionTimeoutMs).toBe(300);
    // A wrong value is one mistake, not another one of the default that stands in for it.
    const wrong = "raft:\n  heartbeat_interval: 1s\n  election_timeout: 5";
    expect(refusal({ yaml: wrong })).toHaveLength(1);
  });
  it("refuses one setting under two keys with two values", () => {
    const yaml = "http_port: 1\nmetrics_port: ";
    expect(refusal({ yaml: `${yaml}2` })[0]).toMatch(/^m\.yml:2: http_port and metrics_port are/);
    expect(serve({ yaml: `${yaml}1` }).httpPort).toBe(1);
  });
});

describe("health", () => {
  it("asks the configured ports of this host", () => {
    expect(health({ argv: ["health"] })).toEqual({
      grpc: { host: "127.0.0.1", port: 9301 },
      http: { host: "127.0.0.1", port: 9400 },
      timeoutMs: 3000,
    });
    const yaml = "bind_addr: 0.0.0.0\ngrpc_port: 1\nhttp_port: 2";
    expect(health({ argv: ["health"], yaml })).toMatchObject({
      grpc: { host: "127.0.0.1", port: 1 },
      http: { host: "127.0.0.1", port: 2 },
    });
    expect(health({ argv: ["health", "--bind-addr", "10.0.0.1"] }).grpc.host).toBe("10.0.0.1");
  });
  it("asks where its flags say", () => {
    const argv = ["health", "--grpc-addr", "m1:1", "--http-addr=[::1]", "--timeout", "500ms"];
    expect(health({ argv })).toEqual({
      grpc: { host: "m1", port: 1 },
      http: { host: "::1", port: 9400 },
      timeoutMs: 500,
    });
  });
  it("refuses wrong values of its flags, all at once", () => {
    const argv = ["health", "--grpc-addr", "m1:x", "--timeout", "3"];
    expect(refusal({ argv })).toEqual([
      expect.stringMatching(/^--grpc-addr: "m1:x" is not host:port/),
      expect.stringMatching(/^--timeout: "3" is not a duration/),
    ]);
  });
});
