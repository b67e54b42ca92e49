/**
 * The command line: which command, which flags. Values stay text; settings.ts judges them. A
 * wrong flag is a usage error (64), unlike a wrong value (78).
 */
import { FatalError, exitCode } from "../base/errors.js";

/** Flags of a setting, by name without the dashes. */
export type FlagValues = ReadonlyMap<string, string>;

/** A command line that is well-formed. */
export interface CommandLine {
  readonly command: "serve" | "health" | "help" | "version";
  readonly flags: FlagValues;
}

interface FlagHelp {
  readonly name: string;
  readonly value: string;
  readonly text: string;
}

const sharedFlags: readonly FlagHelp[] = [
  { name: "config", value: "FILE", text: "YAML or JSON file; else master.yaml, .yml or .json in" },
  { name: "", value: "", text: "/etc/quidditch, $HOME/.quidditch or the current directory" },
  { name: "bind-addr", value: "ADDR", text: "address to listen on (127.0.0.1)" },
  { name: "grpc-port", value: "PORT", text: "port of the MasterService (9301)" },
  { name: "http-port", value: "PORT", text: "port of metrics and health (9400)" },
];

const serveFlags: readonly FlagHelp[] = [
  { name: "node-id", value: "NAME", text: "name of this member (the host's name)" },
  { name: "advertise-addr", value: "ADDR", text: "address others reach this member by" },
  { name: "raft-port", value: "PORT", text: "port for the other masters (9300)" },
  { name: "data-dir", value: "DIR", text: "where its data lives (/var/lib/quidditch/master)" },
  { name: "peers", value: "LIST", text: "raft addresses of all founding masters, self included," },
  { name: "", value: "", text: "host:port,host:port,...; empty forms a cluster of one" },
  { name: "join", value: "", text: "found nothing: wait to be added to the peers' cluster" },
  { name: "cluster-name", value: "NAME", text: "name of the cluster (quidditch-cluster)" },
  { name: "log-level", value: "LEVEL", text: "debug, info, warn or error (info)" },
];

/** Flags that need no value; `--join=false` is possible. */
const switches: ReadonlySet<string> = new Set(["join"]);

const healthFlags: readonly FlagHelp[] = [
  { name: "grpc-addr", value: "ADDR", text: "host:port of the MasterService to ask" },
  { name: "http-addr", value: "ADDR", text: "host:port of the health endpoint to ask" },
  { name: "timeout", value: "TIME", text: "how long to wait, such as 500ms (3s)" },
];

function flagLines(flags: readonly FlagHelp[]): string {
  const lines = flags.map(({ name, value, text }) => {
    const left = name === "" ? "" : `--${name} ${value}`.trimEnd();
    return `  ${left.padEnd(24)} ${text}`;
  });
  return lines.join("\n");
}

/** What `--help` prints. */
export const usageText: string = `usage: quidditch-master [flags]          run the daemon
       quidditch-master health [flags]   ask a running daemon; 0 = healthy

${flagLines(sharedFlags)}
${flagLines(serveFlags)}
  ${"--version".padEnd(24)} print the version
  ${"--help, -h".padEnd(24)} print this

flags of health:
${flagLines(healthFlags)}

Every setting may also come from QUIDDITCH_* variables or the file; flags win, then variables.
`;

/**
 * Reads a command line (without the program's own name).
 *
 * @throws FatalError with the usage exit code for an unknown command or flag, a flag twice, or
 * one without its value.
 */
export function parseArgs(argv: readonly string[]): CommandLine {
  const [first, ...afterFirst] = argv;
  const health = first === "health";
  const allowed = [...sharedFlags, ...(health ? healthFlags : serveFlags)]
    .map((flag) => flag.name)
    .filter((name) => name !== "");
  const rest = [...(health ? afterFirst : argv)];
  const flags = new Map<string, string>();
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--help" || word === "-h") return { command: "help", flags: new Map() };
    if (word === "--version") return { command: "version", flags: new Map() };
    const match = /^--([a-z-]+)(?:=(.*))?$/s.exec(word);
    const name = match?.[1];
    if (name === undefined) throw usage(`${JSON.stringify(word)} is neither a command nor a flag`);
    if (!allowed.includes(name)) throw usage(`there is no flag --${name}`);
    if (flags.has(name)) throw usage(`--${name} is given twice`);
    const value = match?.[2] ?? takeValue(name, rest);
    if (value === undefined) throw usage(`--${name} needs a value`);
    flags.set(name, value);
  }
  return { command: health ? "health" : "serve", flags };
}

/** The next word, unless it is a flag itself: then the value was forgotten. */
function takeValue(name: string, rest: string[]): string | undefined {
  if (switches.has(name)) return "true";
  if (rest[0] === undefined || rest[0].startsWith("--")) return undefined;
  return rest.shift();
}

function usage(text: string): FatalError {
  return new FatalError(exitCode.usage, `${text}\n\n${usageText}`);
}
