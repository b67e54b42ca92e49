/**
 * What a configuration looks like once it is loaded: plain, validated, deep-frozen data with the
 * unit in every numeric name. It deliberately knows nothing of files, flags or environment
 * variables; settings.ts says where each value may come from.
 */

/** How much is logged; a level includes the ones above it. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** A place to connect to. `host` is a name or an address, IPv6 without brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** How the consensus core and its log are tuned. */
export interface RaftSettings {
  readonly heartbeatIntervalMs: number;
  /** At least three heartbeat intervals. A follower campaigns after 1x to 2x of it in silence. */
  readonly electionTimeoutMs: number;
  readonly appendEntriesCountMax: number;
  /** A snapshot is due after this many entries, or after `snapshotSizeBytes` of them. */
  readonly snapshotEntriesCount: number;
  readonly snapshotSizeBytes: number;
  readonly walSegmentSizeBytes: number;
}

/** Everything the daemon is told from outside. */
export interface MasterConfig {
  readonly nodeId: string;
  readonly clusterName: string;
  /** The cluster this member expects to belong to, or undefined when any will do. */
  readonly clusterUuid: string | undefined;
  readonly bindAddr: string;
  /** Whether somebody chose `bindAddr`; when nobody did it is loopback. */
  readonly bindAddrExplicit: boolean;
  /**
   * The host that others reach this member by. Undefined means that `bindAddr` is a wildcard and
   * nobody said more: the shell then takes the first address of this host that is not loopback.
   */
  readonly advertiseAddr: string | undefined;
  readonly raftPort: number;
  readonly grpcPort: number;
  readonly httpPort: number;
  readonly dataDir: string;
  /** With less free space than this under `dataDir`, no more is written than must be. */
  readonly diskLowBytes: number;
  /** Raft addresses of the founding members, self included; empty forms a single member. */
  readonly peers: readonly HostPort[];
  /** With an empty data directory: wait to be added to the cluster that `peers` belong to. */
  readonly join: boolean;
  readonly logLevel: LogLevel;
  readonly raft: RaftSettings;
}

/** Something the operator should know, which does not keep the daemon from starting. */
export interface ConfigWarning {
  readonly event: "config-key-unknown" | "config-key-without-effect" | "config-doubtful";
  /** `file:line`, a flag, or the name of an environment variable. */
  readonly origin: string;
  readonly text: string;
}

/** Where the `health` command looks, and how long it waits. */
export interface HealthTarget {
  readonly grpc: HostPort;
  readonly http: HostPort;
  readonly timeoutMs: number;
}

/** What a command line asks for. */
export type Invocation =
  | {
      readonly kind: "serve";
      readonly config: MasterConfig;
      readonly warnings: readonly ConfigWarning[];
      /** The file that was read, or undefined when there was none. */
      readonly configFile: string | undefined;
    }
  | {
      readonly kind: "health";
      readonly target: HealthTarget;
      readonly warnings: readonly ConfigWarning[];
    }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" };
