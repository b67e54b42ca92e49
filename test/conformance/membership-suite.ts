/**
 * Membership changes: `simple`, `enter-joint` and `leave-joint` directives against the pure
 * changer of the core. Beside the configuration each directive prints what a leader would know of
 * each member, where only the position from which a newcomer is probed can differ.
 */
import { allMembers, changer, emptyMembership } from "../../src/raft/membership.js";
import type { MembershipOutcome, MembershipProblem } from "../../src/raft/membership.js";
import { Progress } from "../../src/raft/progress.js";
import type { MemberId, Membership, MembershipStep } from "../../src/raft/types.js";
import type { Directive } from "./datadriven.js";
import { FormatError, numberOf, valuesOf } from "./datadriven.js";
import { compareLines } from "./suite.js";
import type { RunDirective, Suite } from "./suite.js";
import { showMembership, showProgress } from "./text.js";

const inflightCountMax = 10;

const stepKinds = new Map<string, MembershipStep["kind"]>([
  ["v", "addVoter"],
  ["l", "addLearner"],
  ["r", "remove"],
  ["u", "update"],
]);

/** How the suite words each refusal. */
const problemTexts: Readonly<Record<MembershipProblem, string>> = {
  alreadyJoint: "config is already joint",
  notJoint: "can't leave a non-joint config",
  simpleInJoint: "can't apply simple config change in joint config",
  noVoters: "can't make a zero-voter config joint",
  allVotersRemoved: "removed all voters",
  severalVotersChanged: "more than one voter changed without entering joint config",
};

/** The suite of membership changes. */
export const membershipSuite: Suite = {
  name: "confchange",
  leftOut: () => undefined,
  begin,
};

/** Steps from words such as `v1 l2 r3 u4`. */
export function stepsOf(directive: Directive): readonly MembershipStep[] {
  const words = directive.input.flatMap((line) => line.split(" ")).filter((word) => word !== "");
  return words.map((word) => {
    const kind = stepKinds.get(word.charAt(0));
    if (kind === undefined) {
      throw new FormatError(`line ${String(directive.line)}: "${word}" is not a step`);
    }
    return { kind, member: numberOf(directive, word.slice(1)) };
  });
}

function begin(): RunDirective {
  let membership = emptyMembership;
  let lastLogIndex = 0;
  const progress = new Map<MemberId, Progress>();
  return (directive) => {
    const outcome = change(directive, membership);
    const got = outcome.ok ? [showMembership(outcome.membership)] : [problemTexts[outcome.problem]];
    if (outcome.ok) {
      membership = outcome.membership;
      follow(progress, membership, lastLogIndex);
      for (const member of allMembers(membership)) {
        const known = progress.get(member);
        if (known !== undefined) got.push(showProgress(known.view(), inflightCountMax));
      }
    }
    lastLogIndex += 1;
    return compareLines(directive.expected, got);
  };
}

function change(directive: Directive, from: Membership): MembershipOutcome {
  const steps = stepsOf(directive);
  switch (directive.verb) {
    case "simple":
      return changer.simple(from, steps);
    case "enter-joint": {
      const auto = valuesOf(directive, "autoleave")[0] === "true";
      return changer.enterJoint(from, auto ? "auto" : "explicit", steps);
    }
    case "leave-joint":
      return changer.leaveJoint(from);
    default:
      throw new FormatError(`line ${String(directive.line)}: unknown directive ${directive.verb}`);
  }
}

/** Newcomers are probed from the last position; who stays keeps what is known of it. */
function follow(
  progress: Map<MemberId, Progress>,
  membership: Membership,
  lastLogIndex: number,
): void {
  const members = allMembers(membership);
  for (const member of [...progress.keys()]) if (!members.includes(member)) progress.delete(member);
  for (const member of members) {
    const isLearner = membership.learners.includes(member);
    const known = progress.get(member);
    if (known !== undefined) known.isLearner = isLearner;
    else {
      const next = Math.max(lastLogIndex, 1);
      const limits = { inflightCountMax, inflightBytesMax: 1 };
      const newcomer = new Progress({ member, match: 0, next, isLearner, ...limits });
      newcomer.recentActive = true;
      progress.set(member, newcomer);
    }
  }
}
