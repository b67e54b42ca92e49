/**
 * The table of settings: for each, the keys, variables and flag it may come from and how its
 * value is read. Precedence lives here too: flag, then `QUIDDITCH_*`, then the plain variable
 * names of existing compose files, then the file, then the default.
 */
import type { FlagValues } from "./args.js";
import type { Environment, KeyTable } from "./file.js";
import * as limits from "./limits.js";
import type { HostPort, LogLevel } from "./model.js";
import {
  durationMs,
  flag,
  host,
  hostPortList,
  logLevel,
  name,
  path,
  portNumber,
} from "./values.js";
import { reachableHost, scalar, sizeBytes, wholeNumber } from "./values.js";
import type { Parser, Problem, RawValue } from "./values.js";

/** Where one setting may come from. Of several keys or variables, the first present one counts. */
export interface Setting<T> {
  readonly keys: readonly string[];
  readonly env: readonly string[];
  readonly flag?: string;
  readonly parse: Parser<T>;
}

const controlPlaneMode: Parser<"raft"> = scalar(
  "auto or raft: this is the standalone daemon, which keeps its state in its own Raft log. " +
    "A Kubernetes control plane (k8s) is not part of it",
  (text) => (["auto", "raft"].includes(text.toLowerCase()) ? "raft" : undefined),
);

const logFormat: Parser<"json"> = scalar("json, the only format there is", (text) =>
  text.toLowerCase() === "json" ? "json" : undefined,
);

/** All settings whose reading does not depend on another one. */
interface SettingsTable {
  readonly nodeId: Setting<string>;
  readonly clusterName: Setting<string>;
  readonly clusterUuid: Setting<string>;
  readonly bindAddr: Setting<string>;
  readonly advertiseAddr: Setting<string>;
  readonly raftPort: Setting<number>;
  readonly grpcPort: Setting<number>;
  readonly httpPort: Setting<number>;
  readonly dataDir: Setting<string>;
  readonly diskLowBytes: Setting<number>;
  readonly join: Setting<boolean>;
  readonly logLevel: Setting<LogLevel>;
  readonly logFormat: Setting<"json">;
  readonly controlPlaneMode: Setting<"raft">;
  readonly heartbeatIntervalMs: Setting<number>;
  readonly electionTimeoutMs: Setting<number>;
  readonly appendEntriesCountMax: Setting<number>;
  readonly snapshotEntriesCount: Setting<number>;
  readonly snapshotSizeBytes: Setting<number>;
  readonly walSegmentSizeBytes: Setting<number>;
}

/** The table itself. */
export const settings: SettingsTable = {
  nodeId: {
    keys: ["node_id"],
    env: ["QUIDDITCH_NODE_ID", "NODE_ID"],
    flag: "node-id",
    parse: name,
  },
  clusterName: {
    keys: ["cluster_name", "cluster.name"],
    env: ["QUIDDITCH_CLUSTER_NAME", "CLUSTER_NAME"],
    flag: "cluster-name",
    parse: name,
  },
  clusterUuid: {
    keys: ["cluster_uuid", "cluster.uuid"],
    env: ["QUIDDITCH_CLUSTER_UUID", "CLUSTER_UUID"],
    parse: name,
  },
  bindAddr: {
    keys: ["bind_addr"],
    env: ["QUIDDITCH_BIND_ADDR", "BIND_ADDR"],
    flag: "bind-addr",
    parse: host,
  },
  advertiseAddr: {
    keys: ["advertise_addr"],
    env: ["QUIDDITCH_ADVERTISE_ADDR", "ADVERTISE_ADDR"],
    flag: "advertise-addr",
    parse: reachableHost,
  },
  raftPort: {
    keys: ["raft_port"],
    env: ["QUIDDITCH_RAFT_PORT", "RAFT_PORT"],
    flag: "raft-port",
    parse: portNumber,
  },
  grpcPort: {
    keys: ["grpc_port"],
    env: ["QUIDDITCH_GRPC_PORT", "GRPC_PORT"],
    flag: "grpc-port",
    parse: portNumber,
  },
  httpPort: {
    keys: ["http_port", "metrics_port"],
    env: ["QUIDDITCH_HTTP_PORT", "QUIDDITCH_METRICS_PORT", "HTTP_PORT", "METRICS_PORT"],
    flag: "http-port",
    parse: portNumber,
  },
  dataDir: {
    keys: ["data_dir"],
    env: ["QUIDDITCH_DATA_DIR", "DATA_DIR"],
    flag: "data-dir",
    parse: path,
  },
  diskLowBytes: {
    keys: ["disk_low_bytes"],
    env: ["QUIDDITCH_DISK_LOW_BYTES"],
    parse: sizeBytes(limits.diskLowBytesMin, limits.diskLowBytesMax),
  },
  join: {
    keys: ["cluster.join", "join"],
    env: ["QUIDDITCH_JOIN"],
    flag: "join",
    parse: flag,
  },
  logLevel: {
    keys: ["log_level"],
    env: ["QUIDDITCH_LOG_LEVEL", "LOG_LEVEL"],
    flag: "log-level",
    parse: logLevel,
  },
  logFormat: {
    keys: ["log_format"],
    env: ["QUIDDITCH_LOG_FORMAT"],
    parse: logFormat,
  },
  controlPlaneMode: {
    keys: ["control_plane_mode", "control_plane.mode", "controlplane.mode"],
    env: ["QUIDDITCH_CONTROL_PLANE_MODE", "CONTROL_PLANE_MODE"],
    parse: controlPlaneMode,
  },
  heartbeatIntervalMs: {
    keys: ["raft.heartbeat_interval"],
    env: ["QUIDDITCH_RAFT_HEARTBEAT_INTERVAL"],
    parse: durationMs(limits.heartbeatIntervalMsMin, limits.heartbeatIntervalMsMax),
  },
  electionTimeoutMs: {
    keys: ["raft.election_timeout"],
    env: ["QUIDDITCH_RAFT_ELECTION_TIMEOUT"],
    parse: durationMs(limits.electionTimeoutMsMin, limits.electionTimeoutMsMax),
  },
  appendEntriesCountMax: {
    keys: ["raft.max_append_entries"],
    env: ["QUIDDITCH_RAFT_MAX_APPEND_ENTRIES"],
    parse: wholeNumber(limits.appendEntriesCountMin, limits.appendEntriesCountMax),
  },
  snapshotEntriesCount: {
    keys: ["raft.snapshot_threshold"],
    env: ["QUIDDITCH_RAFT_SNAPSHOT_THRESHOLD"],
    parse: wholeNumber(limits.snapshotEntriesCountMin, limits.snapshotEntriesCountMax),
  },
  snapshotSizeBytes: {
    keys: ["raft.snapshot_size"],
    env: ["QUIDDITCH_RAFT_SNAPSHOT_SIZE"],
    parse: sizeBytes(limits.snapshotSizeBytesMin, limits.snapshotSizeBytesMax),
  },
  walSegmentSizeBytes: {
    keys: ["raft.wal_segment_size"],
    env: ["QUIDDITCH_RAFT_WAL_SEGMENT_SIZE"],
    parse: sizeBytes(limits.walSegmentSizeBytesMin, limits.walSegmentSizeBytesMax),
  },
};

/** The founding members; an entry without a port means this member's own raft port. */
export function peersSetting(raftPort: number): Setting<readonly HostPort[]> {
  return {
    keys: ["peers"],
    env: ["QUIDDITCH_PEERS", "RAFT_PEERS"],
    flag: "peers",
    parse: hostPortList(raftPort),
  };
}

const formsByItself = "the members listed in peers form the cluster by themselves, once";
const notTunable = "this daemon decides it by itself";

/** Keys of existing files that change nothing here. */
const keysWithoutEffect: readonly (readonly [string, string])[] = [
  ["bootstrap", formsByItself],
  ["cluster.initial_master_nodes", formsByItself],
  ["raft.heartbeat_timeout", "use raft.election_timeout and raft.heartbeat_interval"],
  ["raft.commit_timeout", notTunable],
  ["raft.snapshot_interval", "snapshots follow raft.snapshot_threshold and raft.snapshot_size"],
  ["raft.trailing_logs", notTunable],
  ["metrics_enabled", "metrics are always served"],
  ["max_concurrent_requests", notTunable],
  ["request_timeout", notTunable],
];

/** Variables of existing compose files that change nothing here. */
export const variablesWithoutEffect: readonly (readonly [string, string])[] = [
  ["BOOTSTRAP", formsByItself],
  ["BOOTSTRAP_CLUSTER", formsByItself],
];

const peersPlaces = peersSetting(limits.portMin);
const all: readonly Setting<unknown>[] = [
  ...Object.values<Setting<unknown>>({ ...settings }),
  peersPlaces,
];

/** What a file may hold. */
export const keyTable: KeyTable = {
  known: new Set(all.flatMap((setting) => setting.keys)),
  withoutEffect: new Map(keysWithoutEffect),
};

/** Every variable with our prefix that means something. */
export const knownVariables: ReadonlySet<string> = new Set([
  ...all.flatMap((setting) => setting.env),
  "QUIDDITCH_NODE",
]);

/** Picks the value of each setting from its sources and collects what is wrong. */
export class Picker {
  readonly problems: Problem[] = [];
  readonly #flags: FlagValues;
  readonly #env: Environment;
  readonly #file: ReadonlyMap<string, RawValue>;

  constructor(flags: FlagValues, env: Environment, file: ReadonlyMap<string, RawValue>) {
    this.#flags = flags;
    this.#env = env;
    this.#file = file;
  }

  /**
   * The value with the highest precedence, or `fallback`. What the file says is judged even when
   * something overrides it, so that the file is not found wrong on a later day.
   */
  pick<T, F>(setting: Setting<T>, fallback: F): T | F {
    const inFile = this.#fromFile(setting);
    const raw = this.#fromFlag(setting) ?? this.#fromEnv(setting) ?? inFile;
    if (inFile !== undefined && inFile !== raw) this.#judge(setting, inFile);
    if (raw === undefined) return fallback;
    const value = this.#judge(setting, raw);
    return value === undefined ? fallback : value.value;
  }

  /** Whether something of this setting was found wrong, so that its value is a stand-in. */
  isWrong(setting: Setting<unknown>): boolean {
    const label = labelOf(setting);
    return this.problems.some(({ text }) => text.startsWith(`${label}: `));
  }

  /** Where the value that {@link pick} takes stands, for messages about two settings together. */
  originOf(setting: Setting<unknown>): string {
    const raw = this.#fromFlag(setting) ?? this.#fromEnv(setting) ?? this.#fromFile(setting);
    return raw?.origin ?? "default";
  }

  #judge<T>(setting: Setting<T>, raw: RawValue): { readonly value: T } | undefined {
    const parsed = setting.parse(raw);
    if (parsed.ok) return { value: parsed.value };
    const label = labelOf(setting);
    for (const problem of parsed.problems) {
      this.problems.push({ origin: problem.origin, text: `${label}: ${problem.text}` });
    }
    return undefined;
  }

  #fromFlag(setting: Setting<unknown>): RawValue | undefined {
    const value = setting.flag === undefined ? undefined : this.#flags.get(setting.flag);
    return value === undefined
      ? undefined
      : { kind: "scalar", value, origin: `--${setting.flag ?? ""}` };
  }

  #fromEnv(setting: Setting<unknown>): RawValue | undefined {
    for (const variable of setting.env) {
      const value = this.#env[variable];
      if (value !== undefined && value !== "") return { kind: "scalar", value, origin: variable };
    }
    return undefined;
  }

  #fromFile(setting: Setting<unknown>): RawValue | undefined {
    const present = setting.keys.map((key) => this.#file.get(key)).filter((v) => v !== undefined);
    const [first, ...others] = present;
    for (const other of others) {
      const differs =
        first?.kind !== "scalar" || other.kind !== "scalar" || first.value !== other.value;
      const text = `${setting.keys.join(" and ")} are one setting, and the file gives it two values`;
      if (differs && !this.problems.some((p) => p.origin === other.origin && p.text === text)) {
        this.problems.push({ origin: other.origin, text });
      }
    }
    return first;
  }
}

/** How messages call a setting. */
function labelOf(setting: Setting<unknown>): string {
  return setting.keys[0] ?? setting.flag ?? "value";
}
