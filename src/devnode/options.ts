/** What a data node is told from outside: its options, and how a command line gives them. */
import { parseArgs } from "node:util";

import { FatalError, exitCode } from "../base/errors.js";

/** How a node behaves. `go`: exactly like the existing Go data node. */
export type NodeMode = "reference" | "go";

/** Everything a node is told from outside. */
export interface DevNodeOptions {
  readonly nodeId: string;
  readonly bindAddr: string;
  /** 0 = any free port. */
  readonly grpcPort: number;
  /** The host that others reach this node by; undefined = `bindAddr`. */
  readonly advertiseAddr?: string;
  /** `host:port` of each master's API. */
  readonly masters: readonly string[];
  readonly dataDir: string;
  readonly tier: string;
  /** 0 = no limit. */
  readonly maxShards: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly mode: NodeMode;
}

/** How much a node's log says. */
export type NodeLogLevel = "debug" | "info" | "warn" | "error";

/** What a command line asks for. */
export type Invocation =
  | { readonly kind: "serve"; readonly options: DevNodeOptions; readonly logLevel: NodeLogLevel }
  | { readonly kind: "help" };

/** Printed for --help and after a usage error. */
export const usage = `usage: quidditch-devnode --node-id ID --data-dir PATH --master HOST:PORT[,HOST:PORT...]
  [--bind-addr 127.0.0.1] [--grpc-port 9303]     where it listens; port 0 takes a free one
  [--advertise-addr HOST]                        where others reach it, when that differs
  [--tier TIER] [--max-shards 0] [--label KEY=VALUE]...
  [--mode reference|go] [--log-level debug|info|warn|error]`;

const flags = {
  "node-id": { type: "string" },
  "bind-addr": { type: "string", default: "127.0.0.1" },
  "grpc-port": { type: "string", default: "9303" },
  "advertise-addr": { type: "string" },
  master: { type: "string", multiple: true, default: [] as string[] },
  "data-dir": { type: "string" },
  tier: { type: "string", default: "" },
  "max-shards": { type: "string", default: "0" },
  label: { type: "string", multiple: true, default: [] as string[] },
  mode: { type: "string", default: "reference" },
  "log-level": { type: "string", default: "info" },
  help: { type: "boolean", short: "h", default: false },
} as const;

/**
 * Reads a command line.
 *
 * @throws FatalError: exit 64 when a flag is unknown or missing, 78 when a value is wrong.
 */
export function parseCommandLine(args: readonly string[]): Invocation {
  const values = parseFlags(args);
  if (values.help) return { kind: "help" };
  const mode = oneOf("--mode", values.mode, ["reference", "go"]);
  const advertiseAddr = values["advertise-addr"];
  if (mode === "go" && (advertiseAddr !== undefined || values.label.length > 0)) {
    throw new FatalError(
      exitCode.usage,
      "--mode go takes neither --advertise-addr nor --label: the Go data node has neither",
    );
  }
  const options: DevNodeOptions = {
    nodeId: nameIn("--node-id", required("--node-id", values["node-id"])),
    bindAddr: hostIn("--bind-addr", values["bind-addr"]),
    grpcPort: integerIn("--grpc-port", values["grpc-port"], 65_535),
    ...(advertiseAddr === undefined
      ? {}
      : { advertiseAddr: hostIn("--advertise-addr", advertiseAddr) }),
    masters: mastersIn(values.master),
    dataDir: required("--data-dir", values["data-dir"]),
    tier: values.tier,
    maxShards: integerIn("--max-shards", values["max-shards"], 2 ** 31 - 1),
    labels: Object.fromEntries(values.label.map(labelIn)),
    mode,
  };
  const logLevel = oneOf("--log-level", values["log-level"], ["debug", "info", "warn", "error"]);
  return { kind: "serve", options, logLevel };
}

function parseFlags(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof flags }>>["values"] {
  try {
    return parseArgs({ args: [...args], options: flags, allowPositionals: false }).values;
  } catch (error) {
    throw new FatalError(exitCode.usage, error instanceof Error ? error.message : String(error));
  }
}

function required(flag: string, value: string | undefined): string {
  if (value === undefined || value === "")
    throw new FatalError(exitCode.usage, `${flag} is missing`);
  return value;
}

function wrong(flag: string, value: string, wanted: string): FatalError {
  return new FatalError(exitCode.config, `${flag} '${value}': ${wanted}`);
}

function oneOf<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw wrong(flag, value, `must be one of ${allowed.join(", ")}`);
  return found;
}

function nameIn(flag: string, value: string): string {
  if (/^[\w.-]{1,255}$/.test(value)) return value;
  throw wrong(flag, value, "must be letters, digits, '.', '_' and '-', at most 255 of them");
}

function hostIn(flag: string, value: string): string {
  if (/^[\w.:-]+$/.test(value)) return value;
  throw wrong(flag, value, "must be a host name or an address without brackets and port");
}

function integerIn(flag: string, value: string, max: number): number {
  if (/^\d{1,10}$/.test(value) && Number(value) <= max) return Number(value);
  throw wrong(flag, value, `must be a whole number from 0 to ${max}`);
}

function mastersIn(values: readonly string[]): readonly string[] {
  const addresses = values.flatMap((value) => value.split(",")).map((value) => value.trim());
  if (addresses.length === 0) throw new FatalError(exitCode.usage, "--master is missing");
  for (const address of addresses) {
    const port = Number(/^(?:[\w.-]+|\[[\da-fA-F:.]+\]):(\d{1,5})$/.exec(address)?.[1]);
    if (!(port >= 1 && port <= 65_535)) throw wrong("--master", address, "must be host:port");
  }
  return addresses;
}

function labelIn(value: string): [string, string] {
  const match = /^([^=]+)=(.*)$/.exec(value);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw wrong("--label", value, "must be KEY=VALUE");
  }
  return [match[1], match[2]];
}
