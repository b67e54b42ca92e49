/**
 * The commands of the admin program as data: what each takes, and what its help says. No help is
 * longer than a screen of 24 lines.
 */

/** Every flag; those with a value name it. */
export type FlagName =
  "endpoint" | "timeout" | "json" | "learner" | "wait" | "no-wait" | "help" | "version";

interface FlagSpec {
  /** Name of its value in the help; undefined = it has none. */
  readonly value: string | undefined;
  readonly text: string;
}

/** What each flag means. */
export const flagSpecs: Readonly<Record<FlagName, FlagSpec>> = {
  endpoint: {
    value: "HOST:PORT",
    text: "API of a member (127.0.0.1:9301); repeat it for others to try",
  },
  timeout: {
    value: "TIME",
    text: "how long the command may take (10s; 10m while it waits)",
  },
  json: { value: undefined, text: "print one JSON document instead of a table" },
  learner: { value: undefined, text: "keep it a learner until it is promoted" },
  wait: { value: undefined, text: "wait until the member votes (this is the default)" },
  "no-wait": { value: undefined, text: "do not wait; the promotion follows by itself" },
  help: { value: undefined, text: "print this" },
  version: { value: undefined, text: "print the version" },
};

/** The groups of commands. */
export type GroupName = "member" | "wal" | "snapshot";

/** One command. */
export interface CommandSpec {
  readonly group: GroupName;
  readonly name: string;
  /** As the help shows them; in brackets = may be left out. */
  readonly operands: readonly string[];
  /** Besides --help, which every command has. */
  readonly flags: readonly FlagName[];
  /** In one line. */
  readonly summary: string;
  /** What else there is to know. */
  readonly details: readonly string[];
}

const online: readonly FlagName[] = ["endpoint", "timeout", "json"];
const following: readonly FlagName[] = [...online, "wait", "no-wait"];

const namedMember = "MEMBER is the id or the node id of a member, as 'member list' shows them.";

/** All commands, in the order in which the help lists them. */
export const commandSpecs: readonly CommandSpec[] = [
  {
    group: "member",
    name: "list",
    operands: [],
    flags: online,
    summary: "who is a member, who leads, how far each is",
    details: [
      "Asks the leader through any member. Positions are as each member last reported them.",
    ],
  },
  {
    group: "member",
    name: "add",
    operands: ["ADDRESS"],
    flags: [...following, "learner"],
    summary: "take in a process that was started with --join",
    details: [
      "ADDRESS is host:port where the other members reach it (port 9300 when absent). It is a",
      "learner until it has caught up, and then votes by itself, whoever leads by then.",
    ],
  },
  {
    group: "member",
    name: "promote",
    operands: ["MEMBER"],
    flags: following,
    summary: "let a learner vote once it has caught up",
    details: [namedMember],
  },
  {
    group: "member",
    name: "remove",
    operands: ["MEMBER"],
    flags: online,
    summary: "take a member out for good",
    details: [
      namedMember,
      "Its process ends with code 79 and its id never comes back; to return it needs an empty",
      "data directory and --join. Refused when the voters that are left could not decide.",
    ],
  },
  {
    group: "member",
    name: "replace",
    operands: ["MEMBER", "ADDRESS"],
    flags: following,
    summary: "put a process started with --join in a member's place",
    details: [
      namedMember,
      "ADDRESS is host:port of the new one. The old member keeps its place until the new one has",
      "caught up; then both changes happen in one step.",
    ],
  },
  {
    group: "member",
    name: "transfer",
    operands: ["[MEMBER]"],
    flags: online,
    summary: "move leadership to another voter",
    details: [namedMember, "Without MEMBER it goes to the voter that is most caught up."],
  },
  {
    group: "wal",
    name: "inspect",
    operands: ["DIR"],
    flags: ["json"],
    summary: "what a write-ahead log holds",
    details: ["DIR is a data directory or its wal folder. Reads only."],
  },
  {
    group: "wal",
    name: "verify",
    operands: ["DIR"],
    flags: ["json"],
    summary: "whether a write-ahead log is sound",
    details: ["DIR is a data directory or its wal folder. Reads only. 0 = sound, 79 = damaged."],
  },
  {
    group: "snapshot",
    name: "inspect",
    operands: ["FILE"],
    flags: ["json"],
    summary: "what a snapshot holds",
    details: ["FILE is a file of the snapshots folder of a data directory. Reads only."],
  },
  {
    group: "snapshot",
    name: "verify",
    operands: ["FILE"],
    flags: ["json"],
    summary: "whether a snapshot is sound",
    details: [
      "FILE is a file of the snapshots folder of a data directory. Reads only. 0 = sound,",
      "79 = damaged.",
    ],
  },
];

const exitCodesText =
  "exit codes: 0 done, 1 refused, 64 wrong command line, 75 no answer in time, 79 damaged";

/** The help of the program, or of one group of commands. */
export function overviewText(group?: GroupName): string {
  const specs = commandSpecs.filter((spec) => group === undefined || spec.group === group);
  const lines = specs.map((spec) => `  ${callOf(spec).padEnd(34)} ${spec.summary}`);
  return [
    "usage: quidditch-admin GROUP COMMAND [flags]",
    "",
    ...lines,
    "",
    "'quidditch-admin GROUP COMMAND --help' says more about each; --version prints the version.",
    exitCodesText,
  ].join("\n");
}

/** The help of one command. */
export function helpText(spec: CommandSpec): string {
  const names: readonly FlagName[] = [...spec.flags, "help"];
  const flags = names.map((name) => {
    const { value, text } = flagSpecs[name];
    return `  ${`--${name}${value === undefined ? "" : ` ${value}`}`.padEnd(22)} ${text}`;
  });
  return [
    `usage: quidditch-admin ${callOf(spec)} [flags]`,
    "",
    `${capitalized(spec.summary)}.`,
    ...spec.details,
    "",
    ...flags,
    "",
    exitCodesText,
  ].join("\n");
}

function callOf(spec: CommandSpec): string {
  return [spec.group, spec.name, ...spec.operands].join(" ");
}

function capitalized(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
