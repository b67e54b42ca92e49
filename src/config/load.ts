/**
 * From a command line, an environment and files to one validated, deep-frozen configuration.
 * Everything it needs is passed in, so that it can be tested without a disk; process.ts passes
 * the real things. It resolves no names and opens no ports.
 */
import { FatalError, exitCode } from "../base/errors.js";
import { parseArgs, usageText } from "./args.js";
import type { CommandLine, FlagValues } from "./args.js";
import { parseFile } from "./file.js";
import type { Environment } from "./file.js";
import * as limits from "./limits.js";
import type { ConfigWarning, HealthTarget, HostPort, Invocation, MasterConfig } from "./model.js";
import { Picker, keyTable, knownVariables, peersSetting, settings } from "./settings.js";
import { variablesWithoutEffect } from "./settings.js";
import { durationMs, hostPort, isWildcard, show } from "./values.js";
import type { Parser, Problem } from "./values.js";

/** The outside, as loading needs it. */
export interface ConfigSources {
  /** The words after the program's name. */
  readonly argv: readonly string[];
  readonly env: Environment;
  /**
   * The text of a file, or undefined when there is none.
   *
   * @throws whatever else goes wrong; the message is shown.
   */
  readonly readFile: (path: string) => string | undefined;
  readonly hostname: string;
}

const loopback = "127.0.0.1";
const healthTimeoutMsDefault = 3000;
const diskLowBytesDefault: number = 256 * 1024 ** 2;

/**
 * Reads everything that configures the daemon.
 *
 * @throws FatalError with the usage exit code for a wrong command line, and with the config exit
 * code for wrong values; the message then has one line per problem, each naming its place.
 */
export function loadConfig(sources: ConfigSources): Invocation {
  const commandLine = parseArgs(sources.argv);
  if (commandLine.command === "help") return { kind: "help", text: usageText };
  if (commandLine.command === "version") return { kind: "version" };
  const file = findFile(sources, commandLine.flags.get("config"));
  const content = parseFile(file?.path ?? "", file?.text ?? "", keyTable, sources.env);
  refuse(content.problems);
  const picker = new Picker(commandLine.flags, sources.env, content.values);
  const config = pickConfig(picker, sources.hostname);
  const warnings = [...content.warnings, ...environmentWarnings(sources.env)];
  if (commandLine.command === "health") {
    const target = pickHealth(commandLine, config, picker.problems);
    refuse(picker.problems);
    return deepFreeze({ kind: "health", target, warnings });
  }
  checkTogether(config, picker, warnings);
  refuse(picker.problems);
  return deepFreeze({ kind: "serve", config, warnings, configFile: file?.path });
}

function pickConfig(picker: Picker, hostname: string): MasterConfig {
  picker.pick(settings.logFormat, "json");
  picker.pick(settings.controlPlaneMode, "raft");
  const bindAddr = picker.pick(settings.bindAddr, undefined);
  const raftPort = picker.pick(settings.raftPort, 9300);
  const walSegmentSizeBytes = picker.pick(settings.walSegmentSizeBytes, 64 * 1024 ** 2);
  const advertiseDefault = bindAddr === undefined || !isWildcard(bindAddr) ? bindAddr : undefined;
  return {
    nodeId: picker.pick(settings.nodeId, hostname),
    clusterName: picker.pick(settings.clusterName, "quidditch-cluster"),
    clusterUuid: picker.pick(settings.clusterUuid, undefined),
    bindAddr: bindAddr ?? loopback,
    bindAddrExplicit: bindAddr !== undefined,
    advertiseAddr: picker.pick(
      settings.advertiseAddr,
      bindAddr === undefined ? loopback : advertiseDefault,
    ),
    raftPort,
    grpcPort: picker.pick(settings.grpcPort, 9301),
    httpPort: picker.pick(settings.httpPort, 9400),
    dataDir: picker.pick(settings.dataDir, "/var/lib/quidditch/master"),
    diskLowBytes: picker.pick(
      settings.diskLowBytes,
      Math.max(diskLowBytesDefault, walSegmentSizeBytes * limits.diskLowSegmentsCountMin),
    ),
    peers: picker.pick(peersSetting(raftPort), []),
    join: picker.pick(settings.join, false),
    logLevel: picker.pick(settings.logLevel, "info"),
    raft: {
      heartbeatIntervalMs: picker.pick(settings.heartbeatIntervalMs, 100),
      electionTimeoutMs: picker.pick(settings.electionTimeoutMs, 1000),
      appendEntriesCountMax: picker.pick(settings.appendEntriesCountMax, 100),
      snapshotEntriesCount: picker.pick(settings.snapshotEntriesCount, 10_000),
      snapshotSizeBytes: picker.pick(settings.snapshotSizeBytes, 64 * 1024 ** 2),
      walSegmentSizeBytes,
    },
  };
}

/** What each value alone cannot show. */
function checkTogether(config: MasterConfig, picker: Picker, warnings: ConfigWarning[]): void {
  const ports = [
    { label: "raft_port", port: config.raftPort, setting: settings.raftPort },
    { label: "grpc_port", port: config.grpcPort, setting: settings.grpcPort },
    { label: "http_port", port: config.httpPort, setting: settings.httpPort },
  ];
  for (const [position, { label, port, setting }] of ports.entries()) {
    const same = ports.slice(0, position).find((earlier) => earlier.port === port);
    if (same === undefined) continue;
    const text = `${label}: ${port} is ${same.label} too (${picker.originOf(same.setting)}); each needs its own`;
    picker.problems.push({ origin: picker.originOf(setting), text });
  }
  const { electionTimeoutMs, heartbeatIntervalMs } = config.raft;
  const isStandIn = [settings.electionTimeoutMs, settings.heartbeatIntervalMs].some((setting) =>
    picker.isWrong(setting),
  );
  const tooShort = electionTimeoutMs < heartbeatIntervalMs * limits.electionHeartbeatsCountMin;
  if (tooShort && !isStandIn) {
    picker.problems.push({
      origin: picker.originOf(settings.electionTimeoutMs),
      text:
        `raft.election_timeout: ${electionTimeoutMs}ms is less than ` +
        `${limits.electionHeartbeatsCountMin} heartbeat intervals of ${heartbeatIntervalMs}ms ` +
        `(${picker.originOf(settings.heartbeatIntervalMs)})`,
    });
  }
  const lowest = config.raft.walSegmentSizeBytes * limits.diskLowSegmentsCountMin;
  const isOdd = [settings.diskLowBytes, settings.walSegmentSizeBytes].some((one) =>
    picker.isWrong(one),
  );
  if (config.diskLowBytes < lowest && !isOdd) {
    picker.problems.push({
      origin: picker.originOf(settings.diskLowBytes),
      text:
        `disk_low_bytes: ${config.diskLowBytes} is less than ${limits.diskLowSegmentsCountMin} ` +
        `segments of ${config.raft.walSegmentSizeBytes} bytes ` +
        `(${picker.originOf(settings.walSegmentSizeBytes)})`,
    });
  }
  const elsewhere = config.peers.find(({ host }) => !/^(localhost$|127\.|::1$)/.test(host));
  const peersOrigin = picker.originOf(peersSetting(config.raftPort));
  if (!config.bindAddrExplicit && elsewhere !== undefined) {
    warnings.push({
      event: "config-doubtful",
      origin: peersOrigin,
      text: `peers: this member listens on ${loopback} only, where ${show(elsewhere)} cannot reach it; set bind_addr`,
    });
  }
  if (config.join && config.peers.length === 0 && !picker.isWrong(peersSetting(config.raftPort))) {
    const text = "cluster.join: to join a cluster, peers has to name at least one of its members";
    picker.problems.push({ origin: picker.originOf(settings.join), text });
  }
  if (!config.join && config.peers.length > 0 && config.peers.length % 2 === 0) {
    warnings.push({
      event: "config-doubtful",
      origin: peersOrigin,
      text: `peers: ${config.peers.length} masters survive no more failures than ${config.peers.length - 1} do`,
    });
  }
}

function environmentWarnings(env: Environment): ConfigWarning[] {
  const unknown = Object.keys(env)
    .filter((variable) => variable.startsWith("QUIDDITCH_") && !knownVariables.has(variable))
    .sort()
    .map((origin) => {
      const text = "this variable is not known and is ignored";
      return { event: "config-key-unknown" as const, origin, text };
    });
  const idle = variablesWithoutEffect
    .filter(([variable]) => (env[variable] ?? "") !== "")
    .map(([origin, reason]) => {
      return { event: "config-key-without-effect" as const, origin, text: `no effect: ${reason}` };
    });
  return [...unknown, ...idle];
}

/** The health command asks this host unless its flags say otherwise. */
function pickHealth(line: CommandLine, config: MasterConfig, problems: Problem[]): HealthTarget {
  const here = isWildcard(config.bindAddr) ? loopback : config.bindAddr;
  const address = (flag: string, port: number): HostPort =>
    flagValue(line.flags, flag, hostPort(port), problems) ?? { host: here, port };
  const timeout = durationMs(limits.healthTimeoutMsMin, limits.healthTimeoutMsMax);
  return {
    grpc: address("grpc-addr", config.grpcPort),
    http: address("http-addr", config.httpPort),
    timeoutMs: flagValue(line.flags, "timeout", timeout, problems) ?? healthTimeoutMsDefault,
  };
}

function flagValue<T>(
  flags: FlagValues,
  flag: string,
  parse: Parser<T>,
  problems: Problem[],
): T | undefined {
  const value = flags.get(flag);
  if (value === undefined) return undefined;
  const parsed = parse({ kind: "scalar", value, origin: `--${flag}` });
  if (parsed.ok) return parsed.value;
  problems.push(...parsed.problems);
  return undefined;
}

interface FoundFile {
  readonly path: string;
  readonly text: string;
}

/** The named file, which must exist, or the first one on the search path. */
function findFile(sources: ConfigSources, explicit: string | undefined): FoundFile | undefined {
  if (explicit !== undefined) {
    if (!/\.(ya?ml|json)$/i.test(explicit)) {
      throw badFile(explicit, "its name has to end in .yaml, .yml or .json");
    }
    const text = readText(sources, explicit);
    if (text === undefined) {
      throw badFile(explicit, "there is no such file, or its folder may not be entered");
    }
    return { path: explicit, text };
  }
  const home = sources.env["HOME"];
  const folders = ["/etc/quidditch", ...(home ? [`${home}/.quidditch`] : []), "."];
  for (const folder of folders) {
    for (const extension of ["yaml", "yml", "json"]) {
      const path = `${folder}/master.${extension}`;
      const text = readText(sources, path);
      if (text !== undefined) return { path, text };
    }
  }
  return undefined;
}

function readText(sources: ConfigSources, path: string): string | undefined {
  try {
    return sources.readFile(path);
  } catch (error) {
    throw badFile(path, error instanceof Error ? error.message : String(error));
  }
}

function badFile(path: string, text: string): FatalError {
  return new FatalError(exitCode.config, `${path}: ${text}`);
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ origin, text }) => `${origin}: ${text}`);
  throw new FatalError(exitCode.config, lines.join("\n"), { problemsCount: problems.length });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
