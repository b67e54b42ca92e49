/** The command line of the admin program: which command, on what, how. */
import { parseArgs } from "node:util";

import { FatalError, exitCode } from "../base/errors.js";
import { durationMs, hostPort, show, type Parser } from "../config/values.js";
import {
  commandSpecs,
  flagSpecs,
  helpText,
  overviewText,
  type CommandSpec,
  type FlagName,
  type GroupName,
} from "./commands.js";
import { endpointsCountMax, timeoutMsMax, timeoutMsMin } from "./limits.js";

/** Ports that are meant where an address has none: of a member's API, and for other members. */
const apiPortDefault = 9301;
const peerPortDefault = 9300;

/** An operation on the members; members are named by id or node id. */
export type MemberCommand =
  | { readonly name: "list" }
  | {
      readonly name: "add";
      readonly address: string;
      readonly learner: boolean;
      readonly wait: boolean;
    }
  | { readonly name: "promote"; readonly member: string; readonly wait: boolean }
  | { readonly name: "remove"; readonly member: string }
  | {
      readonly name: "replace";
      readonly member: string;
      readonly address: string;
      readonly wait: boolean;
    }
  /** Without a member: the most caught-up voter. */
  | { readonly name: "transfer"; readonly member: string | undefined };

/** Whom to ask, and for how long. */
export interface Connection {
  /** host:port of members' APIs, at least one. */
  readonly endpoints: readonly string[];
  /** For the whole command; undefined = as long as such a command may take. */
  readonly timeoutMs: number | undefined;
}

/** What is asked of a file or a folder. */
export interface OfflineCommand {
  readonly subject: "wal" | "snapshot";
  readonly verb: "inspect" | "verify";
  readonly path: string;
}

/** A command line that is well-formed. */
export type AdminInvocation =
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" }
  | {
      readonly kind: "member";
      readonly command: MemberCommand;
      readonly connection: Connection;
      readonly json: boolean;
    }
  | { readonly kind: "offline"; readonly command: OfflineCommand; readonly json: boolean };

type Flags = ReadonlyMap<FlagName, readonly string[]>;

/**
 * Reads a command line (without the program's own name).
 *
 * @throws FatalError with the usage exit code, and with the help that belongs to it.
 */
export function parseAdminArguments(args: readonly string[]): AdminInvocation {
  const { words, flags } = split(args);
  if (flags.has("version")) return { kind: "version" };
  const [group, name, ...operands] = words;
  const asksHelp = flags.has("help");
  if (group === undefined) {
    if (asksHelp) return { kind: "help", text: overviewText() };
    throw usage("a command is missing", overviewText());
  }
  const known = commandSpecs.filter((spec) => spec.group === group);
  const groupName: GroupName | undefined = known[0]?.group;
  if (groupName === undefined) {
    throw usage(`there is no command ${JSON.stringify(group)}`, overviewText());
  }
  const spec = known.find((one) => one.name === name);
  if (spec === undefined) {
    const help = overviewText(groupName);
    if (asksHelp && name === undefined) return { kind: "help", text: help };
    const given = name === undefined ? "is missing" : `${JSON.stringify(name)} does not exist`;
    throw usage(`the command after '${group}' ${given}`, help);
  }
  if (asksHelp) return { kind: "help", text: helpText(spec) };
  checkShape(spec, operands, flags);
  return toInvocation(spec, operands, flags);
}

/** Words and flags apart; that a flag belongs to the command is judged later. */
function split(args: readonly string[]): { words: string[]; flags: Flags } {
  const options = Object.fromEntries(
    Object.entries(flagSpecs).map(([name, { value }]) => [
      name,
      {
        type: value === undefined ? ("boolean" as const) : ("string" as const),
        ...(name === "help" ? { short: "h" } : {}),
      },
    ]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const words: string[] = [];
  const flags = new Map<FlagName, string[]>();
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    if (!isFlagName(name)) throw usage(`there is no flag ${rawName}`, overviewText());
    const wantsValue = flagSpecs[name].value !== undefined;
    const forgotten = value === undefined || (value.startsWith("--") && !token.inlineValue);
    if (wantsValue && forgotten) throw usage(`${rawName} needs a value`, overviewText());
    if (!wantsValue && value !== undefined) {
      throw usage(`${rawName} takes no value`, overviewText());
    }
    const before = flags.get(name) ?? [];
    if (before.length > 0 && name !== "endpoint") {
      throw usage(`${rawName} is given twice`, overviewText());
    }
    flags.set(name, [...before, value ?? ""]);
  }
  return { words, flags };
}

function isFlagName(name: string): name is FlagName {
  return Object.hasOwn(flagSpecs, name);
}

function checkShape(spec: CommandSpec, operands: readonly string[], flags: Flags): void {
  const help = helpText(spec);
  for (const name of flags.keys()) {
    if (!spec.flags.includes(name)) {
      throw usage(`'${spec.group} ${spec.name}' has no flag --${name}`, help);
    }
  }
  const missing = spec.operands[operands.length];
  if (missing !== undefined && !missing.startsWith("[")) throw usage(`${missing} is missing`, help);
  const surplus = operands[spec.operands.length];
  if (surplus !== undefined) throw usage(`${JSON.stringify(surplus)} is one word too many`, help);
  if (operands.includes("")) throw usage("an empty word names nothing", help);
  if (flags.has("wait") && flags.has("no-wait")) {
    throw usage("--wait and --no-wait exclude each other", help);
  }
  if (flags.has("wait") && flags.has("learner")) {
    throw usage("--wait waits for a vote that --learner does not give", help);
  }
}

function toInvocation(
  spec: CommandSpec,
  operands: readonly string[],
  flags: Flags,
): AdminInvocation {
  const json = flags.has("json");
  const [first = ""] = operands;
  if (spec.group !== "member") {
    const verb = spec.name === "verify" ? "verify" : "inspect";
    return { kind: "offline", command: { subject: spec.group, verb, path: first }, json };
  }
  const timeout = flags.get("timeout")?.[0];
  const parseTimeout = durationMs(timeoutMsMin, timeoutMsMax);
  const connection = {
    endpoints: endpointsOf(flags, spec),
    timeoutMs:
      timeout === undefined ? undefined : valueOf("--timeout", timeout, parseTimeout, spec),
  };
  return { kind: "member", command: memberCommand(spec, operands, flags), connection, json };
}

function memberCommand(
  spec: CommandSpec,
  operands: readonly string[],
  flags: Flags,
): MemberCommand {
  const [first, second = ""] = operands;
  const member = first ?? "";
  const wait = !flags.has("no-wait");
  const address = (text: string): string =>
    show(valueOf("ADDRESS", text, hostPort(peerPortDefault), spec));
  switch (spec.name) {
    case "add": {
      const learner = flags.has("learner");
      return { name: "add", address: address(member), learner, wait: wait && !learner };
    }
    case "promote":
      return { name: "promote", member, wait };
    case "remove":
      return { name: "remove", member };
    case "replace":
      return { name: "replace", member, address: address(second), wait };
    case "transfer":
      return { name: "transfer", member: first };
    default:
      return { name: "list" };
  }
}

function endpointsOf(flags: Flags, spec: CommandSpec): string[] {
  const given = flags.get("endpoint") ?? [`127.0.0.1:${String(apiPortDefault)}`];
  const endpoints = given.map((text) =>
    show(valueOf("--endpoint", text, hostPort(apiPortDefault), spec)),
  );
  if (endpoints.length <= endpointsCountMax) return [...new Set(endpoints)];
  throw usage(`more than ${String(endpointsCountMax)} endpoints`, helpText(spec));
}

function valueOf<T>(what: string, text: string, parse: Parser<T>, spec: CommandSpec): T {
  const parsed = parse({ kind: "scalar", value: text, origin: what });
  if (parsed.ok) return parsed.value;
  throw usage(`${what}: ${parsed.problems.map((one) => one.text).join("; ")}`, helpText(spec));
}

function usage(text: string, help: string): FatalError {
  return new FatalError(exitCode.usage, `${text}\n\n${help}`);
}
