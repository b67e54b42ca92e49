/**
 * Where our core and the public transcripts differ on purpose, each difference under a name with
 * its reason, and the code that evens it out as far as that is done in text. A rule may change
 * when something is said within one directive, or leave out what is only a log line; it never
 * changes what is said.
 */
import type { Directive } from "./datadriven.js";
import { valuesOf } from "./datadriven.js";

/** One documented difference. */
export interface Rule {
  readonly name: string;
  readonly reason: string;
}

/** A feature that the product leaves out, and how a file shows that it needs it. */
interface LeftOut extends Rule {
  readonly isNeeded: (directive: Directive) => boolean;
}

/** Differences that the members of a run even out; see interaction-member.ts. */
export const memberRules: readonly Rule[] = [
  {
    name: "one-ready-per-handling",
    reason:
      "our core sends appends, and begins rounds of reads, when a Ready is taken; a Ready is " +
      "therefore taken after every input, and one handling shows all that were taken since the " +
      "last one as a single Ready",
  },
  {
    name: "committed-with-its-batch",
    reason:
      "our core hands out committed entries only when they are durable; entries that were " +
      "committed when the handling began are shown in it although they come with the Ready " +
      "behind the report that the batch is durable",
  },
  {
    name: "vote-requests-in-their-ready",
    reason:
      "our requests for votes leave after the candidate's own vote is durable; a handling shows " +
      "what leaves before and what leaves after as one list, as the transcripts do",
  },
  {
    name: "newest-snapshot-is-known",
    reason:
      "the transcripts' storage answers a request for a snapshot with the newest applied state; " +
      "ours is told of a snapshot after every applied entry, without compacting",
  },
  {
    name: "drawn-election-timeout",
    reason:
      "the election timeout is drawn from an injected generator, so a member draws what the file " +
      "sets for it, and otherwise the shortest timeout",
  },
  {
    name: "refused-change-is-an-empty-entry",
    reason:
      "a membership change that cannot be is refused by our core before it is in the log; the " +
      "transcripts show an empty entry in its place, which is proposed after the refusal",
  },
];

const logLine = /^\s*(DEBUG|INFO|WARN|ERROR) /;
const strangerLine = /^\s*raft: cannot step as peer not found$/;
const snapshotReady = /^(\s*)Ready MustSync=true:$/;

/** Differences that are evened out in the text. */
export const textRules: readonly (Rule & {
  readonly apply: (lines: readonly string[]) => readonly string[];
})[] = [
  {
    name: "no-log-lines",
    reason: "log lines are worded by each implementation; what they tell of is compared instead",
    apply: (lines) => lines.filter((line) => !logLine.test(line)),
  },
  {
    name: "strangers-answers-are-ignored",
    reason:
      "an answer from somebody who is no member any more is an error of the caller there and is " +
      "ignored without a word here; in both it changes nothing",
    apply: (lines) => lines.filter((line) => !strangerLine.test(line)),
  },
  {
    name: "snapshots-are-synced",
    reason:
      "a snapshot is part of the durable batch here, so its Ready asks for a sync; there storage " +
      "syncs snapshots by itself and the Ready does not ask",
    apply: withoutSyncOfSnapshots,
  },
  {
    name: "ok-is-silence",
    reason: "a directive that prints nothing is written as ok, also when log lines were left out",
    apply: (lines) => lines.filter((line) => line !== "ok"),
  },
];

/** Features of the files that are not ours, with the reason. */
export const leftOutFeatures: readonly LeftOut[] = [
  {
    name: "async-storage-writes",
    reason:
      "messages to storage threads are one way of driving a disk; here batches have marks, and " +
      "every write is asynchronous already (test/unit/raft covers late and overtaken writes)",
    isNeeded: (directive) => valuesOf(directive, "async-storage-writes")[0] === "true",
  },
  {
    name: "lease-reads",
    reason: "reads that trust clocks are left out of the product",
    isNeeded: (directive) => valuesOf(directive, "read-only")[0] === "lease-based",
  },
  {
    name: "disabled-change-validation",
    reason: "a membership change that does not fit the one in force is always refused",
    isNeeded: (directive) => valuesOf(directive, "disable-conf-change-validation")[0] === "true",
  },
];

/** What is compared of a directive's text. */
export function comparable(lines: readonly string[]): readonly string[] {
  return textRules.reduce((kept, rule) => rule.apply(kept), lines);
}

/** All rules as text. */
export function explainRules(): readonly string[] {
  const show = ({ name, reason }: Rule): string => `  ${name}: ${reason}.`;
  return [
    "Interaction transcripts are compared with these differences evened out:",
    ...[...memberRules, ...textRules].map(show),
    "Files that need one of these features are skipped:",
    ...leftOutFeatures.map(show),
    "Quorum files: bars are drawings and left out; figures and results are compared exactly.",
    "Membership files are compared exactly.",
  ];
}

function withoutSyncOfSnapshots(lines: readonly string[]): readonly string[] {
  return lines.map((line, at) => {
    const ready = snapshotReady.exec(line);
    if (ready === null) return line;
    const indent = ready[1] ?? "";
    const end = lines.findIndex((other, behind) => behind > at && isHeading(other, indent));
    const body = lines.slice(at + 1, end < 0 ? lines.length : end);
    const onlySnapshot =
      body.some((other) => other.startsWith(`${indent}Snapshot `)) &&
      !body.includes(`${indent}Entries:`);
    return onlySnapshot ? `${indent}Ready MustSync=false:` : line;
  });
}

/** Where the next member's part begins, for a Ready that is indented below such a heading. */
function isHeading(line: string, indent: string): boolean {
  return indent !== "" && !line.startsWith(indent);
}
