/**
 * Interaction transcripts: several members, one queue of messages, and directives that let them
 * act. Everything a directive prints is compared, apart from what rules.ts names.
 */
import { assertDefined } from "../../src/base/assert.js";
import { emptyMembership } from "../../src/raft/membership.js";
import type {
  MemberId,
  MembershipChange,
  Message,
  ProposeResult,
  RaftConfig,
} from "../../src/raft/types.js";
import type { Directive } from "./datadriven.js";
import { FormatError, numberOf, numbersOf, valuesOf } from "./datadriven.js";
import { InteractionMember, electionTimeoutTicks, heartbeatTicks } from "./interaction-member.js";
import { stepsOf } from "./membership-suite.js";
import { comparable, leftOutFeatures } from "./rules.js";
import { compareLines } from "./suite.js";
import type { RunDirective, Suite } from "./suite.js";
import { showKind, showMessage, singleFormContext } from "./text.js";

const dropped = "raft proposal dropped";
const stabilizeRoundCountMax = 10_000;

/** The suite of interaction transcripts. */
export const interactionSuite: Suite = { name: "interaction", leftOut, begin };

function leftOut(directives: readonly Directive[]): string | undefined {
  const feature = leftOutFeatures.find(({ isNeeded }) => directives.some(isNeeded));
  return feature === undefined ? undefined : `needs ${feature.name}: ${feature.reason}`;
}

function begin(directives: readonly Directive[]): RunDirective {
  const run = new Interaction(directives);
  return (directive) => {
    const got = run.execute(directive);
    // A file turns its output off to be brief: only errors are printed then.
    const printed = run.quiet ? got.filter((line) => line === dropped) : got;
    return compareLines(comparable(directive.expected), comparable(printed));
  };
}

type Verb = (run: Interaction, directive: Directive) => readonly string[];

const silent: readonly string[] = [];

const verbs: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ["add-nodes", (run, directive) => run.addMembers(directive)],
  ["campaign", (run, directive) => run.local(directive, "hup")],
  ["forget-leader", (run, directive) => run.local(directive, "forgetLeader")],
  ["report-unreachable", (run, directive) => run.reportUnreachable(directive)],
  ["propose", (run, directive) => run.propose(directive)],
  ["propose-conf-change", (run, directive) => run.proposeChange(directive)],
  ["transfer-leadership", (run, directive) => run.transfer(directive)],
  ["tick-election", (run, directive) => run.tick(directive, electionTimeoutTicks)],
  ["tick-heartbeat", (run, directive) => run.tick(directive, heartbeatTicks)],
  ["process-ready", (run, directive) => run.processReady(directive)],
  ["deliver-msgs", (run, directive) => run.deliver(directive)],
  ["stabilize", (run, directive) => run.stabilize(directive)],
  ["compact", (run, directive) => run.compact(directive)],
  ["send-snapshot", (run, directive) => run.sendSnapshot(directive)],
  ["raft-log", (run, directive) => run.only(directive).showLog()],
  ["raft-state", (run) => run.members.map((member) => member.showRole())],
  ["status", (run, directive) => run.only(directive).showStatus()],
  // Looked up when the member is made: the timeout is drawn, not set.
  ["set-randomized-election-timeout", () => silent],
  ["log-level", (run, directive) => run.setLogLevel(directive)],
]);

/** The state of one file. */
class Interaction {
  readonly members: InteractionMember[] = [];
  quiet = false;
  #quietFile = false;
  #wire: Message[] = [];
  readonly #timeouts = new Map<MemberId, number>();

  constructor(directives: readonly Directive[]) {
    for (const directive of directives) {
      if (directive.verb !== "set-randomized-election-timeout") continue;
      const ticks = numberOf(directive, valuesOf(directive, "timeout")[0]);
      for (const id of numbersOf(directive)) this.#timeouts.set(id, ticks);
    }
  }

  execute(directive: Directive): readonly string[] {
    const verb = verbs.get(directive.verb);
    if (verb === undefined) {
      throw new FormatError(`line ${String(directive.line)}: unknown directive ${directive.verb}`);
    }
    const lines = verb(this, directive);
    this.quiet = this.#quietFile || valuesOf(directive, "log-level")[0] === "none";
    return lines;
  }

  setLogLevel(directive: Directive): readonly string[] {
    this.#quietFile = directive.args[0]?.key.toLowerCase() === "none";
    return silent;
  }

  only(directive: Directive): InteractionMember {
    return this.#member(directive, numberOf(directive, directive.args[0]?.key));
  }

  addMembers(directive: Directive): readonly string[] {
    const ids = (key: string): readonly MemberId[] =>
      valuesOf(directive, key).map((value) => numberOf(directive, value));
    const membership = { ...emptyMembership, voters: ids("voters"), learners: ids("learners") };
    const [index] = valuesOf(directive, "index");
    const logIndex = index === undefined ? 0 : numberOf(directive, index);
    const snapshot = { logIndex, term: logIndex === 0 ? 0 : 1, membership };
    const count = numberOf(directive, directive.args[0]?.key);
    for (let added = 0; added < count; added += 1) {
      const memberId = this.members.length + 1;
      const drawnTimeoutTicks = this.#timeouts.get(memberId) ?? electionTimeoutTicks;
      const config = configOf(directive);
      this.members.push(new InteractionMember({ memberId, snapshot, config, drawnTimeoutTicks }));
    }
    return silent;
  }

  local(directive: Directive, kind: "hup" | "forgetLeader"): readonly string[] {
    this.only(directive).act((node) => {
      node.stepLocal({ kind });
    });
    return silent;
  }

  reportUnreachable(directive: Directive): readonly string[] {
    const [, member = 0] = numbersOf(directive);
    this.only(directive).act((node) => {
      node.stepLocal({ kind: "unreachable", member });
    });
    return silent;
  }

  propose(directive: Directive): readonly string[] {
    const payload = new TextEncoder().encode(directive.args[1]?.key ?? "");
    const result = this.only(directive).act((node) => node.propose([payload]));
    return result.ok ? silent : [dropped];
  }

  proposeChange(directive: Directive): readonly string[] {
    const single = valuesOf(directive, "v1")[0] === "true";
    const transitions = {
      auto: "auto",
      implicit: "jointImplicit",
      explicit: "jointExplicit",
    } as const;
    const [name = "auto"] = valuesOf(directive, "transition");
    if (name !== "auto" && name !== "implicit" && name !== "explicit") {
      throw new FormatError(`line ${String(directive.line)}: unknown transition ${name}`);
    }
    const change: MembershipChange = {
      transition: transitions[name],
      steps: stepsOf(directive),
      context: single ? singleFormContext : new Uint8Array(0),
    };
    const member = this.only(directive);
    const result = member.act((node) => node.proposeMembership(change));
    if (isRefusedChange(result)) member.act((node) => node.propose([new Uint8Array(0)]));
    else if (!result.ok) return [dropped];
    return silent;
  }

  transfer(directive: Directive): readonly string[] {
    const [from] = valuesOf(directive, "from");
    const to = numberOf(directive, valuesOf(directive, "to")[0]);
    const member = this.#member(directive, numberOf(directive, from));
    member.act((node) => node.transferLeadership(to));
    return silent;
  }

  tick(directive: Directive, count: number): readonly string[] {
    const member = this.only(directive);
    for (let tick = 0; tick < count; tick += 1) {
      member.act((node) => {
        node.tick();
      });
    }
    return silent;
  }

  processReady(directive: Directive): readonly string[] {
    const members = numbersOf(directive).map((id) => this.#member(directive, id));
    if (members.length === 1) return members.flatMap((member) => this.#handleReady(member));
    return members.flatMap((member) => [
      heading(member, "handling Ready"),
      ...this.#handleIndented(member),
    ]);
  }

  deliver(directive: Directive): readonly string[] {
    const lines: string[] = [];
    const [type] = valuesOf(directive, "type");
    const dropTo = valuesOf(directive, "drop").map((value) => numberOf(directive, value));
    for (const id of numbersOf(directive)) lines.push(...this.#deliverTo(directive, id, type));
    for (const id of dropTo) {
      for (const message of this.#takeFromWire(id, type)) {
        const [first = "", ...rest] = showMessage(message);
        lines.push(`dropped: ${first}`, ...rest);
      }
    }
    return lines.length === 0 ? ["no messages"] : lines;
  }

  stabilize(directive: Directive): readonly string[] {
    const ids = numbersOf(directive);
    const chosen = ids.length === 0 ? this.members : ids.map((id) => this.#member(directive, id));
    const lines: string[] = [];
    for (let round = 0; round < stabilizeRoundCountMax; round += 1) {
      const before = lines.length;
      for (const member of chosen) {
        if (!member.hasReady()) continue;
        lines.push(heading(member, "handling Ready"), ...this.#handleIndented(member));
      }
      for (const member of chosen) {
        if (!this.#wire.some(({ to }) => to === member.id)) continue;
        lines.push(heading(member, "receiving messages"));
        lines.push(...this.#deliverTo(directive, member.id, undefined).map(indented));
      }
      if (lines.length === before) return lines;
    }
    throw new Error("the members do not come to rest");
  }

  compact(directive: Directive): readonly string[] {
    const [, logIndex = 0] = numbersOf(directive);
    const member = this.only(directive);
    member.compact(logIndex);
    return member.showLog();
  }

  sendSnapshot(directive: Directive): readonly string[] {
    const [from = 0, to = 0] = numbersOf(directive);
    const { node, newestSnapshot: snapshot } = this.#member(directive, from);
    const { term } = node.inspect();
    const message: Message = { kind: "snapshot", from, to, term, snapshot };
    this.#wire.push(message);
    return showMessage(message);
  }

  #handleReady(member: InteractionMember): readonly string[] {
    const { lines, messages } = member.handleReady();
    this.#wire.push(...messages);
    return lines;
  }

  #handleIndented(member: InteractionMember): readonly string[] {
    return this.#handleReady(member).map(indented);
  }

  #deliverTo(directive: Directive, id: MemberId, type: string | undefined): readonly string[] {
    const lines: string[] = [];
    for (const message of this.#takeFromWire(id, type)) {
      lines.push(...showMessage(message));
      this.#member(directive, id).act((node) => {
        node.step(message);
      });
    }
    return lines;
  }

  #takeFromWire(id: MemberId, type: string | undefined): readonly Message[] {
    const isTaken = ({ to, kind }: Message): boolean =>
      to === id && (type === undefined || showKind(kind) === type);
    const taken = this.#wire.filter(isTaken);
    this.#wire = this.#wire.filter((message) => !isTaken(message));
    return taken;
  }

  #member(directive: Directive, id: MemberId): InteractionMember {
    const member = this.members[id - 1];
    if (member === undefined) {
      throw new FormatError(`line ${String(directive.line)}: there is no member ${String(id)}`);
    }
    return assertDefined(member, "members are numbered from one");
  }
}

function configOf(directive: Directive): Partial<RaftConfig> {
  const config: { -readonly [Option in keyof RaftConfig]?: RaftConfig[Option] } = {};
  for (const { key, values } of directive.args) {
    const [value] = values;
    switch (key) {
      case "prevote":
        config.preVote = value === "true";
        break;
      case "checkquorum":
        config.checkQuorum = value === "true";
        break;
      case "step-down-on-removal":
        config.stepDownOnRemoval = value === "true";
        break;
      case "inflight":
        config.inflightCountMax = numberOf(directive, value);
        break;
      case "voters":
      case "learners":
      case "index":
        break;
      default:
        if (value !== undefined) {
          throw new FormatError(`line ${String(directive.line)}: unknown setting ${key}`);
        }
    }
  }
  return config;
}

function isRefusedChange(result: ProposeResult): boolean {
  if (result.ok) return false;
  const { reason } = result;
  return reason === "invalidChange" || reason === "changePending" || reason === "unapplied";
}

function heading(member: InteractionMember, what: string): string {
  return `> ${String(member.id)} ${what}`;
}

function indented(line: string): string {
  return `  ${line}`;
}
