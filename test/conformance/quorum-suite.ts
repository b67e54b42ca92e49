/**
 * Quorum arithmetic: `committed` and `vote` directives against the pure functions of the core.
 * Each answer is also asked for in other ways that must not change it, and each way that does
 * adds a line that nobody expects. Bars are drawings and are not compared; the figures beside
 * them are.
 */
import { committedIndex, voteResult } from "../../src/raft/quorum.js";
import type { AckedOf, VoteOf } from "../../src/raft/quorum.js";
import type { MemberId } from "../../src/raft/types.js";
import type { Directive } from "./datadriven.js";
import { FormatError, numberOf, valuesOf } from "./datadriven.js";
import type { Mismatch, Suite } from "./suite.js";
import { compareLines } from "./suite.js";

interface Question {
  readonly voters: readonly MemberId[];
  /** Undefined when the directive is about one set only. */
  readonly outgoing: readonly MemberId[] | undefined;
  /** All members, each once, in the order in which values are given for them. */
  readonly members: readonly MemberId[];
}

const voteTexts = { won: "VoteWon", lost: "VoteLost", pending: "VotePending" } as const;

/** The suite of quorum arithmetic. */
export const quorumSuite: Suite = {
  name: "quorum",
  leftOut: () => undefined,
  begin: () => run,
};

function run(directive: Directive): Mismatch | undefined {
  const question = questionOf(directive);
  const expected = directive.expected.map(withoutDrawing);
  return compareLines(expected, answer(directive, question));
}

function questionOf(directive: Directive): Question {
  const ids = (key: string): readonly MemberId[] =>
    valuesOf(directive, key)
      .filter((value) => value !== "zero")
      .map((value) => numberOf(directive, value));
  const joint = directive.args.some(({ key }) => key === "cfgj");
  const voters = distinct(ids("cfg"));
  const outgoing = joint ? distinct(ids("cfgj")) : undefined;
  return { voters, outgoing, members: distinct([...voters, ...(outgoing ?? [])]) };
}

function distinct(ids: readonly MemberId[]): readonly MemberId[] {
  return [...new Set(ids)];
}

function answer(directive: Directive, question: Question): readonly string[] {
  const given = valuesOf(directive, directive.verb === "vote" ? "votes" : "idx");
  if (given.length !== question.members.length) {
    const voters = [...question.members].sort((a, b) => a - b).join(" ");
    const values = given.map((value) => value.replace("_", "0")).join(" ");
    return [`error: mismatched input (explicit or _) for voters [${voters}]: [${values}]`];
  }
  if (directive.verb === "vote") return answerVote(question, votesOf(question, given));
  if (directive.verb !== "committed") {
    throw new FormatError(`line ${String(directive.line)}: unknown directive ${directive.verb}`);
  }
  const acks = new Map<MemberId, number>();
  for (const [at, value] of given.entries()) {
    const member = question.members[at];
    if (member !== undefined && value !== "_") acks.set(member, numberOf(directive, value));
  }
  return answerCommitted(question, acks);
}

function votesOf({ members }: Question, given: readonly string[]): VoteOf {
  const votes = new Map<MemberId, boolean>();
  for (const [at, value] of given.entries()) {
    const member = members[at];
    if (member !== undefined && value !== "_") votes.set(member, value === "y");
  }
  return (member) => votes.get(member);
}

function answerVote({ voters, outgoing }: Question, voteOf: VoteOf): readonly string[] {
  const result = voteResult(voters, outgoing ?? [], voteOf);
  const swapped = voteResult(outgoing ?? [], voters, voteOf);
  const lines = swapped === result ? [] : [`${voteTexts[swapped]} <-- via symmetry`];
  if (outgoing === undefined && voteResult(voters, voters, voteOf) !== result) {
    lines.push("<-- via self-joint quorum");
  }
  return [...lines, voteTexts[result]];
}

function answerCommitted(
  question: Question,
  acks: ReadonlyMap<MemberId, number>,
): readonly string[] {
  const { voters, outgoing } = question;
  const result = committedIndex(voters, outgoing ?? [], (member) => acks.get(member));
  const lines = figures(question.members, acks);
  // The note of an empty set has no line of its own.
  if (lines.length === 0) return [`<empty majority quorum>${showIndex(result)}`];
  for (const [way, other] of otherWays(question, acks, result)) {
    if (other !== result) lines.push(`${showIndex(other)} <-- via ${way}`);
  }
  return [...lines, showIndex(result)];
}

/** The table beside the bars: who has reported what, by member. */
function figures(members: readonly MemberId[], acks: ReadonlyMap<MemberId, number>): string[] {
  if (members.length === 0) return [];
  const ascending = [...members].sort((a, b) => a - b);
  return [
    "idx",
    ...ascending.map((member) => {
      const acked = acks.get(member);
      return `${acked === undefined ? "? " : ""}${String(acked ?? 0)} (id=${String(member)})`;
    }),
  ];
}

/** The same question asked so that the answer must be the same. */
function* otherWays(
  { voters, outgoing }: Question,
  acks: ReadonlyMap<MemberId, number>,
  result: number,
): Generator<readonly [way: string, other: number]> {
  const ackedOf: AckedOf = (member) => acks.get(member);
  if (outgoing !== undefined) {
    yield ["symmetry", committedIndex(outgoing, voters, ackedOf)];
    return;
  }
  yield ["alternative computation", committedByCounting(voters, ackedOf)];
  yield ["zero-joint quorum", committedIndex([], voters, ackedOf)];
  yield ["self-joint quorum", committedIndex(voters, voters, ackedOf)];
  for (const member of voters) {
    const acked = acks.get(member) ?? 0;
    if (acked === 0 || result <= acked) continue;
    for (const lower of [acked - 1, 0]) {
      const overlaid: AckedOf = (id) => (id === member ? lower : acks.get(id));
      yield [`overlaying ${String(member)}`, committedIndex(voters, [], overlaid)];
    }
  }
}

/** The highest acknowledged position that more than half of the voters have reached. */
function committedByCounting(voters: readonly MemberId[], ackedOf: AckedOf): number {
  if (voters.length === 0) return Number.POSITIVE_INFINITY;
  const reached = (logIndex: number): number =>
    voters.filter((voter) => (ackedOf(voter) ?? 0) >= logIndex).length;
  const candidates = voters.map((voter) => ackedOf(voter) ?? 0);
  return Math.max(0, ...candidates.filter((at) => 2 * reached(at) > voters.length));
}

function showIndex(logIndex: number): string {
  return logIndex === Number.POSITIVE_INFINITY ? "∞" : String(logIndex);
}

/** Keeps of a bar chart's line who reported what; other lines stay as they are. */
function withoutDrawing(line: string): string {
  const row = /^(\?)?[x>]*\s+(\d+)\s+(\(id=\d+\))$/.exec(line);
  if (row === null) return line.trim();
  const [, unreported, acked = "", member = ""] = row;
  return `${unreported === undefined ? "" : "? "}${acked} ${member}`;
}
