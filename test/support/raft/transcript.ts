/**
 * Runs a written scenario and writes down what happens. A transcript is its own input: lines that
 * begin with `>` are commands, everything up to the next blank line is what they caused. After each
 * command every member finishes its local work (unless its disk is slow); messages stay on the
 * wire until a command delivers or drops them.
 */
import { assert, assertDefined } from "../../../src/base/assert.js";
import { isJoint } from "../../../src/raft/membership.js";
import type {
  Entry,
  MemberId,
  Membership,
  MembershipStep,
  Message,
  RaftConfig,
} from "../../../src/raft/types.js";
import { SimCluster } from "./cluster.js";
import type { SimMember } from "./member.js";

type Verb = (run: Transcript, words: readonly string[]) => void;

const stepKinds = new Map<string, MembershipStep["kind"]>([
  ["v", "addVoter"],
  ["l", "addLearner"],
  ["r", "remove"],
]);

const transitions = ["auto", "jointImplicit", "jointExplicit"] as const;

const verbs: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  [
    "cluster",
    (run, words) => {
      run.create(words);
    },
  ],
  [
    "campaign",
    (run, [id]) => {
      run.member(id).node.stepLocal({ kind: "hup" });
    },
  ],
  [
    "tick",
    (run, [id, count]) => {
      run.tick(id, Number(count ?? 1));
    },
  ],
  [
    "propose",
    (run, [id, ...texts]) => {
      run.propose(run.member(id), texts);
    },
  ],
  [
    "change",
    (run, [id, transition, ...steps]) => {
      run.change(run.member(id), transition, steps);
    },
  ],
  [
    "transfer",
    (run, [id, to]) => {
      run.transfer(run.member(id), Number(to));
    },
  ],
  [
    "read",
    (run, ids) => {
      for (const id of ids) run.read(Number(id));
    },
  ],
  [
    "deliver",
    (run, [path]) => {
      run.deliver(path);
    },
  ],
  [
    "drop",
    (run, [path]) => {
      run.drop(path);
    },
  ],
  [
    "repeat",
    (run, [path]) => {
      run.repeat(path);
    },
  ],
  [
    "cut",
    (run, [a, b]) => {
      run.cut(Number(a), Number(b));
    },
  ],
  [
    "heal",
    (run) => {
      run.cluster.healAll();
    },
  ],
  ["slow", (run, [id]) => run.slow.add(Number(id))],
  ["fast", (run, [id]) => run.slow.delete(Number(id))],
  [
    "crash",
    (run, [id]) => {
      run.member(id).crash(0);
    },
  ],
  [
    "restart",
    (run, [id]) => {
      run.member(id).restart(0);
    },
  ],
  [
    "compact",
    (run, [id, keep]) => {
      run.member(id).compact(Number(keep ?? 0));
    },
  ],
  [
    "stabilize",
    (run) => {
      run.stabilize();
    },
  ],
  [
    "log",
    (run, ids) => {
      run.printLogs(ids);
    },
  ],
  [
    "status",
    (run, ids) => {
      run.printStatus(ids);
    },
  ],
]);

/** Runs the commands of a transcript and returns it with what they cause now. */
export function runTranscript(text: string): string {
  const run = new Transcript();
  const blocks: string[] = [];
  for (const block of text.split("\n\n")) {
    const lines = block.split("\n").filter((line) => line !== "");
    const kept = lines.filter((line) => line.startsWith("#") || line.startsWith(">"));
    const output: string[] = [];
    for (const line of kept) {
      output.push(line);
      if (line.startsWith(">")) output.push(...run.execute(line.slice(1).trim()));
    }
    if (output.length > 0) blocks.push(output.join("\n"));
  }
  return `${blocks.join("\n\n")}\n`;
}

/** The state of one run; see {@link runTranscript}. */
class Transcript {
  cluster: SimCluster = new SimCluster({ voters: [1], seed: 1 });
  readonly slow: Set<MemberId> = new Set();
  #output: string[] = [];
  readonly #appliedPrinted = new Map<MemberId, number>();
  #eventsPrinted = 0;
  #readsPrinted = 0;

  execute(command: string): readonly string[] {
    const [name = "", ...words] = command.split(/\s+/);
    const verb = assertDefined(verbs.get(name), `a known verb in "${command}"`);
    this.#output = [];
    verb(this, words);
    for (const member of this.cluster.live) this.#settleLocally(member);
    this.#printNews();
    return this.#output;
  }

  create(words: readonly string[]): void {
    const lists = new Map<string, number[]>();
    const config: Partial<Record<keyof RaftConfig, boolean | number>> = {};
    for (const word of words) {
      const [key = "", value = ""] = word.split("=");
      if (key === "voters" || key === "learners" || key === "joiners") {
        lists.set(key, value.split(",").map(Number));
      } else {
        config[key as keyof RaftConfig] = value === "on" || (value !== "off" && Number(value));
      }
    }
    this.cluster = new SimCluster({
      voters: lists.get("voters") ?? [],
      learners: lists.get("learners") ?? [],
      joiners: lists.get("joiners") ?? [],
      seed: 7,
      config: config as unknown as Partial<RaftConfig>,
    });
    this.cluster.onSend = (message): void => {
      this.#print(showMessage(message));
    };
  }

  member(id: string | undefined): SimMember {
    return this.cluster.member(Number(id));
  }

  tick(id: string | undefined, count: number): void {
    const members = id === "all" ? this.cluster.live : [this.member(id)];
    for (let at = 0; at < count; at += 1) {
      for (const member of members) {
        member.node.tick();
        this.#settleLocally(member);
      }
    }
  }

  propose(member: SimMember, texts: readonly string[]): void {
    const result = member.node.propose(texts.map((text) => new TextEncoder().encode(text)));
    if (!result.ok) this.#print(`refused: ${result.reason}`);
  }

  change(member: SimMember, transition: string | undefined, words: readonly string[]): void {
    const known = transitions.find((name) => name === transition);
    const steps = words.map((word) => ({
      kind: assertDefined(stepKinds.get(word.charAt(0)), "a known step"),
      member: Number(word.slice(1)),
    }));
    const result = member.node.proposeMembership({
      transition: assertDefined(known, "a known transition"),
      steps,
      context: new Uint8Array(0),
    });
    if (!result.ok) this.#print(`refused: ${result.reason}`);
  }

  transfer(member: SimMember, to: MemberId): void {
    const { reason } = member.node.transferLeadership(to);
    if (reason !== undefined) this.#print(`refused: ${reason}`);
  }

  read(id: MemberId): void {
    const requestId = this.cluster.read(id);
    this.#print(requestId === 0 ? "refused" : `read ${String(requestId)}`);
  }

  /** Delivers what is on the wire now, or only the messages on one path, such as `1->2`. */
  deliver(path: string | undefined): void {
    for (const message of this.#takeFromWire(path)) {
      if (!this.cluster.deliver(message)) this.#print(`lost ${showMessage(message)}`);
    }
  }

  drop(path: string | undefined): void {
    for (const message of this.#takeFromWire(path)) this.#print(`drop ${showMessage(message)}`);
  }

  repeat(path: string | undefined): void {
    const messages = this.cluster.wire.filter((message) => isOnPath(message, path));
    this.cluster.wire.push(...messages);
  }

  cut(a: MemberId, b: MemberId): void {
    this.cluster.setCut(a, b, "cut");
    this.cluster.setCut(b, a, "cut");
  }

  stabilize(): void {
    for (let round = 0; round < 1000; round += 1) {
      for (const member of this.cluster.live) this.#settleLocally(member);
      if (this.cluster.wire.length === 0) return;
      this.deliver(undefined);
    }
    assert(this.cluster.wire.length === 0, "the cluster comes to rest");
  }

  printLogs(ids: readonly string[]): void {
    for (const member of this.#chosen(ids)) {
      const { firstLogIndex, lastLogIndex, commit } = member.node.inspect();
      const positions: string[] = [];
      for (let at = firstLogIndex; at <= lastLogIndex; at += 1) {
        positions.push(`${String(at)}/${String(member.node.termAt(at))}`);
      }
      this.#print(`${String(member.id)}: commit=${String(commit)} log=${positions.join(" ")}`);
    }
  }

  printStatus(ids: readonly string[]): void {
    for (const member of this.#chosen(ids)) {
      const view = member.node.inspect();
      const { term, commit, applied } = view;
      this.#print(
        `${String(member.id)}: ${view.role} leader=${String(view.leader)} ` +
          `${fields({ term, commit, applied })} ${showMembership(view.membership)}`,
      );
      for (const { member: peer, match, next, state, inflightCount } of view.progress) {
        if (peer !== member.id) {
          this.#print(`   ${String(peer)}: ${state} ${fields({ match, next, inflightCount })}`);
        }
      }
    }
  }

  #chosen(ids: readonly string[]): readonly SimMember[] {
    return ids.length === 0 ? this.cluster.live : ids.map((id) => this.member(id));
  }

  #takeFromWire(path: string | undefined): readonly Message[] {
    const taken = this.cluster.wire.filter((message) => isOnPath(message, path));
    this.cluster.wire = this.cluster.wire.filter((message) => !isOnPath(message, path));
    return taken;
  }

  #settleLocally(member: SimMember): void {
    if (!member.up) return;
    if (this.slow.has(member.id)) member.pump();
    else member.settle();
    this.cluster.checker.observe(member);
    this.#printNews();
  }

  #printNews(): void {
    const { events, answeredReads } = this.cluster;
    for (const { member, event } of events.slice(this.#eventsPrinted)) {
      this.#print(`${String(member)}: ${event.event} ${fields(event.fields)}`);
    }
    this.#eventsPrinted = events.length;
    for (const { member, requestId, logIndex } of answeredReads.slice(this.#readsPrinted)) {
      this.#print(`${String(member)}: read ${String(requestId)} at ${String(logIndex)}`);
    }
    this.#readsPrinted = answeredReads.length;
    for (const member of this.cluster.live) this.#printApplied(member);
  }

  #printApplied(member: SimMember): void {
    const from = this.#appliedPrinted.get(member.id) ?? 0;
    for (let at = from + 1; at <= member.applied; at += 1) {
      const entry = member.state.get(at);
      if (entry !== undefined) this.#print(`${String(member.id)}: applied ${showEntry(entry)}`);
    }
    this.#appliedPrinted.set(member.id, Math.max(from, member.applied));
  }

  #print(line: string): void {
    this.#output.push(line.trimEnd());
  }
}

function isOnPath(message: Message, path: string | undefined): boolean {
  return path === undefined || path === `${String(message.from)}->${String(message.to)}`;
}

function fields(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(" ");
}

function showEntry({ logIndex, term, kind, data }: Entry): string {
  const position = `${String(logIndex)}/${String(term)}`;
  if (kind === "membership") return `${position} (membership)`;
  return data.length === 0 ? position : `${position} ${new TextDecoder().decode(data)}`;
}

function showMembership(membership: Membership): string {
  const { voters, votersOutgoing, learners } = membership;
  const parts = [`voters=${voters.join(",")}`];
  if (isJoint(membership)) parts.push(`outgoing=${votersOutgoing.join(",")}`);
  if (learners.length > 0) parts.push(`learners=${learners.join(",")}`);
  return parts.join(" ");
}

function showMessage(message: Message): string {
  const head = `${String(message.from)}->${String(message.to)} ${message.kind}`;
  const term = message.term === 0 ? "" : ` term=${String(message.term)}`;
  return `${head}${term} ${showBody(message)}`.trimEnd();
}

function showBody(message: Message): string {
  switch (message.kind) {
    case "append": {
      const { prevLogIndex, prevLogTerm, entries, commit } = message;
      const list = entries.map(showEntry).join(", ");
      return `prev=${String(prevLogIndex)}/${String(prevLogTerm)} commit=${String(commit)} [${list}]`;
    }
    case "appendResponse": {
      const { logIndex, reject, hintLogIndex, hintTerm } = message;
      if (!reject) return fields({ logIndex });
      return `reject ${fields({ logIndex })} hint=${String(hintLogIndex)}/${String(hintTerm)}`;
    }
    case "vote":
    case "preVote": {
      const last = `last=${String(message.lastLogIndex)}/${String(message.lastLogTerm)}`;
      return message.transfer ? `${last} transfer` : last;
    }
    case "voteResponse":
    case "preVoteResponse":
      return message.reject ? "reject" : "grant";
    default:
      return showRest(message);
  }
}

function showRest(
  message: Exclude<
    Message,
    { kind: "append" | "appendResponse" | "vote" | "preVote" | "voteResponse" | "preVoteResponse" }
  >,
): string {
  switch (message.kind) {
    case "heartbeat":
      return fields({ commit: message.commit, readRound: message.readRound });
    case "heartbeatResponse":
      return fields({ readRound: message.readRound });
    case "snapshot":
      return fields({
        at: `${String(message.snapshot.logIndex)}/${String(message.snapshot.term)}`,
      });
    case "readIndex":
      return fields({ requestId: message.requestId });
    case "readIndexResponse":
      return fields({ requestId: message.requestId, logIndex: message.logIndex });
    case "timeoutNow":
    case "transferLeader":
    case "propose":
      return "";
  }
}
