/**
 * Which changes of the members are sensible, as pure functions of the directory: who may come, who
 * may go, and whether the voters that a change leaves could still decide anything. Every refusal
 * says what was counted. How a change is carried out is leader-admin.ts.
 */
import type { ErrorCode } from "../../base/errors.js";
import { changeMembership } from "../../raft/membership.js";
import { voteResult } from "../../raft/quorum.js";
import {
  noMember,
  type MemberId,
  type MembershipChange,
  type MembershipStep,
} from "../../raft/types.js";
import type { MemberRequest, MembersDescription, ProbeAnswer } from "../../transport/types.js";
import { encodeNote, recordOf, type Directory, type MemberRecord } from "./directory.js";
import { clusterMembersMax } from "./limits.js";

/** What an operation comes down to. */
export type Plan =
  | {
      readonly kind: "change";
      readonly change: MembershipChange;
      /** The member that the operation is about. */
      readonly memberId: MemberId;
      /** For people: "removing m3". */
      readonly what: string;
    }
  /** There is nothing to do. */
  | { readonly kind: "done"; readonly memberId: MemberId }
  /** The leader itself is to go: another one has to lead first, and does the rest. */
  | { readonly kind: "handOver" }
  | { readonly kind: "refuse"; readonly code: ErrorCode; readonly message: string };

/** What a plan is made from. */
export interface PlanView {
  readonly directory: Directory;
  /** The leader, who plans. */
  readonly selfId: MemberId;
  readonly clusterUuid: string;
}

/** A learner as its leader sees it. */
export interface LearnerProgress {
  readonly isReachable: boolean;
  readonly lagEntriesCount: number;
}

/** How a member is called in messages: by its name, with its id where two have the same. */
export function labelOf({ members }: Directory, memberId: MemberId): string {
  const record = members.find((member) => member.memberId === memberId);
  if (record === undefined) return `member ${String(memberId)}`;
  const isUnique = members.filter((member) => member.nodeId === record.nodeId).length === 1;
  return isUnique ? record.nodeId : `${record.nodeId} (id ${String(memberId)})`;
}

/** Adds a member that waits at an address. */
export function planAdd(
  view: PlanView,
  newcomer: ProbeAnswer,
  request: Extract<MemberRequest, { kind: "add" }>,
): Plan {
  const refusal = refuseNewcomer(view, newcomer, { address: request.peerAddress });
  if (refusal !== undefined) return refusal;
  const { memberId, nodeId } = newcomer;
  const promotes = request.suffrage === "voter";
  const add = { memberId, nodeId, address: request.peerAddress, promotes, replaces: noMember };
  return addLearner(add, `adding ${nodeId}`);
}

/** Puts a member that waits at an address in the place of another one. */
export function planReplace(
  view: PlanView,
  newcomer: ProbeAnswer,
  request: Extract<MemberRequest, { kind: "replace" }>,
): Plan {
  const old = recordOf(view.directory, request.memberId);
  if (old === undefined) return unknownMember(view.directory, request.memberId);
  const address = request.peerAddress;
  const refusal = refuseNewcomer(view, newcomer, { address, old });
  if (refusal !== undefined) return refusal;
  const rival = view.directory.members.find((member) => member.replaces === old.memberId);
  if (rival !== undefined) {
    const message = `${labelOf(view.directory, rival.memberId)} is to replace ${old.nodeId} already: remove it first`;
    return { kind: "refuse", code: "wrong_state", message };
  }
  return placeInStead(view.directory, old, {
    ...{ memberId: newcomer.memberId, nodeId: newcomer.nodeId, address },
  });
}

/**
 * Puts a member in the place of its own former self, whose disk it does not trust. Only at the
 * same address: anything else is for an operator to decide.
 */
export function planRejoin(
  view: PlanView,
  newcomer: ProbeAnswer,
  request: Extract<MemberRequest, { kind: "rejoin" }>,
): Plan {
  const { directory } = view;
  const { memberId, newMemberId, nodeId, peerAddress } = request;
  if (recordOf(directory, newMemberId) !== undefined)
    return { kind: "done", memberId: newMemberId };
  const old = recordOf(directory, memberId);
  if (old === undefined) return unknownMember(directory, memberId);
  if (old.address !== peerAddress) {
    const message = `${labelOf(directory, memberId)} is at ${old.address}, not at ${peerAddress}: replace it with \`quidditch-admin member replace\``;
    return { kind: "refuse", code: "wrong_state", message };
  }
  if (directory.removed.includes(newMemberId)) return removedNewcomer(newMemberId, peerAddress);
  if (newcomer.memberId !== newMemberId) {
    const message = `at ${peerAddress} is member ${String(newcomer.memberId)}, not ${String(newMemberId)}`;
    return { kind: "refuse", code: "wrong_state", message };
  }
  const add = { memberId: newMemberId, nodeId, address: peerAddress };
  // One that was reborn before it was let in comes again under yet another id.
  const earlier = directory.members.find((member) => member.replaces === memberId);
  if (earlier === undefined) return placeInStead(directory, old, add);
  if (earlier.address === peerAddress) return placeInStead(directory, earlier, add);
  const message = `${labelOf(directory, earlier.memberId)} at ${earlier.address} is to replace ${old.nodeId} already`;
  return { kind: "refuse", code: "wrong_state", message };
}

/** Lets a learner become a voter when it has caught up, which it must be about to. */
export function planPromote(
  { directory }: PlanView,
  memberId: MemberId,
  progress: LearnerProgress,
  lagEntriesMax: number,
): Plan {
  const record = recordOf(directory, memberId);
  if (record === undefined) return unknownMember(directory, memberId);
  const label = labelOf(directory, memberId);
  if (!directory.membership.learners.includes(memberId)) {
    return { kind: "refuse", code: "wrong_state", message: `${label} is a voter already` };
  }
  if (record.promotes) return { kind: "done", memberId };
  if (!progress.isReachable) {
    const message = `${label} cannot be promoted: nothing is heard of it`;
    return { kind: "refuse", code: "wrong_state", message };
  }
  if (progress.lagEntriesCount > lagEntriesMax) {
    const message = `${label} cannot be promoted yet: it is ${String(progress.lagEntriesCount)} entries behind, at most ${String(lagEntriesMax)} are allowed`;
    return { kind: "refuse", code: "wrong_state", message };
  }
  const what = `promoting ${label}`;
  const note = { set: { memberId, promotes: true }, origin: what };
  const steps: MembershipStep[] = [{ kind: "update", member: memberId }];
  const change = { transition: "auto", steps, context: encodeNote(note) } as const;
  return { kind: "change", change, memberId, what };
}

/** Removes a member for good. */
export function planRemove({ directory, selfId }: PlanView, memberId: MemberId): Plan {
  if (recordOf(directory, memberId) === undefined) return unknownMember(directory, memberId);
  const { voters } = directory.membership;
  const label = labelOf(directory, memberId);
  if (voters.includes(memberId) && voters.length === 1) {
    const message = `${label} is the only voter, and a cluster cannot do without: add another member first`;
    return { kind: "refuse", code: "wrong_state", message };
  }
  if (memberId === selfId) return { kind: "handOver" };
  const what = `removing ${label}`;
  const steps: MembershipStep[] = [{ kind: "remove", member: memberId }];
  const change = { transition: "auto", steps, context: encodeNote({ origin: what }) } as const;
  return { kind: "change", change, memberId, what };
}

/** Makes a learner that has caught up a voter, in the place of another one if it has one. */
export function planPromotion({ directory, selfId }: PlanView, record: MemberRecord): Plan {
  const { memberId, replaces } = record;
  const label = labelOf(directory, memberId);
  const { voters } = directory.membership;
  const addVoter: MembershipStep = { kind: "addVoter", member: memberId };
  if (!voters.includes(replaces)) {
    const what = `promoting ${label}`;
    const context = encodeNote({ origin: what });
    return {
      kind: "change",
      change: { transition: "auto", steps: [addVoter], context },
      memberId,
      what,
    };
  }
  if (replaces === selfId && voters.length > 1) return { kind: "handOver" };
  const what = `replacing ${labelOf(directory, replaces)} by ${label}`;
  const steps: MembershipStep[] = [addVoter, { kind: "remove", member: replaces }];
  const context = encodeNote({ origin: what });
  return {
    kind: "change",
    change: { transition: "jointImplicit", steps, context },
    memberId,
    what,
  };
}

/**
 * Why a change would leave voters that cannot decide anything now, or undefined. Each half of a
 * joint configuration has to have its own quorum.
 */
export function quorumProblem(
  directory: Directory,
  planned: Extract<Plan, { kind: "change" }>,
  isReachable: (member: MemberId) => boolean,
): string | undefined {
  const outcome = changeMembership(directory.membership, planned.change);
  if (!outcome.ok) return `${planned.what} does not fit the members: ${outcome.problem}`;
  const { voters, votersOutgoing } = outcome.membership;
  const before = directory.membership.voters;
  const isSame = voters.length === before.length && voters.every((id) => before.includes(id));
  if (isSame && votersOutgoing.length === 0) return undefined;
  const note = planned.what;
  const problem = halfProblem(directory, voters, isReachable);
  if (problem !== undefined) return `${note} leaves the voters ${problem}`;
  const outgoing = halfProblem(directory, votersOutgoing, isReachable);
  return outgoing === undefined ? undefined : `${note} needs the present voters ${outgoing}`;
}

function halfProblem(
  directory: Directory,
  voters: readonly MemberId[],
  isReachable: (member: MemberId) => boolean,
): string | undefined {
  const reachable = voters.filter(isReachable);
  const needed = Math.floor(voters.length / 2) + 1;
  if (voters.length === 0 || reachable.length >= needed) return undefined;
  const names = (members: readonly MemberId[]): string =>
    members.map((member) => labelOf(directory, member)).join(", ");
  const isThere =
    reachable.length === 0
      ? "none is reachable"
      : `reachable ${reachable.length === 1 ? "is" : "are"} ${names(reachable)} only`;
  return `${names(voters)}: ${String(needed)} of ${String(voters.length)} are needed, ${isThere}`;
}

/**
 * Whether the members are as the operation wants them: its outcome may have been lost.
 * `askedFirst` led when it was asked for.
 */
export function isGoalReached(
  request: MemberRequest,
  after: MembersDescription,
  askedFirst: MemberId,
): boolean {
  const find = (memberId: MemberId): MembersDescription["members"][number] | undefined =>
    after.members.find((member) => member.memberId === memberId);
  switch (request.kind) {
    case "list":
      return true;
    case "add":
      return after.members.some((member) => member.peerAddress === request.peerAddress);
    case "promote":
      return (
        find(request.memberId)?.suffrage === "voter" || find(request.memberId)?.promotes === true
      );
    case "remove":
      return after.removed.includes(request.memberId);
    case "replace": {
      const isThere = (member: MembersDescription["members"][number]): boolean =>
        member.peerAddress === request.peerAddress && member.memberId !== request.memberId;
      const isPlanned = after.members.some(
        (member) => isThere(member) && member.replaces === request.memberId,
      );
      return isPlanned || (after.removed.includes(request.memberId) && after.members.some(isThere));
    }
    case "transfer":
      return request.memberId === noMember
        ? after.members.some((member) => member.isLeader && member.memberId !== askedFirst)
        : find(request.memberId)?.isLeader === true;
    case "rejoin":
      return find(request.newMemberId) !== undefined;
  }
}

/** The member that a finished operation was about. */
export function subjectOf(request: MemberRequest, after: MembersDescription): MemberId {
  switch (request.kind) {
    case "list":
      return noMember;
    case "rejoin":
      return request.newMemberId;
    case "add":
    case "replace": {
      const there = after.members.filter((member) => member.peerAddress === request.peerAddress);
      return there.at(-1)?.memberId ?? noMember;
    }
    case "transfer":
      return after.members.find((member) => member.isLeader)?.memberId ?? noMember;
    default:
      return request.memberId;
  }
}

function refuseNewcomer(
  { directory, clusterUuid }: PlanView,
  newcomer: ProbeAnswer,
  at: { readonly address: string; readonly old?: MemberRecord },
): Extract<Plan, { kind: "refuse" }> | undefined {
  const { address, old } = at;
  const { memberId, nodeId, formation } = newcomer;
  const refuse = (code: ErrorCode, message: string): Extract<Plan, { kind: "refuse" }> => ({
    ...{ kind: "refuse", code, message },
  });
  if (recordOf(directory, memberId) !== undefined) {
    return refuse(
      "invalid_argument",
      `${labelOf(directory, memberId)} at ${address} is a member already`,
    );
  }
  if (directory.removed.includes(memberId)) return removedNewcomer(memberId, address);
  if (formation !== undefined) {
    const whose =
      formation.clusterUuid === clusterUuid ? "this cluster" : `cluster ${formation.clusterUuid}`;
    return refuse(
      "invalid_argument",
      `${nodeId} at ${address} belongs to ${whose} already: give it an empty data directory`,
    );
  }
  if (!newcomer.joining) {
    return refuse(
      "wrong_state",
      `${nodeId} at ${address} does not wait to be added: start it with --join`,
    );
  }
  const others = directory.members.filter((member) => member.memberId !== old?.memberId);
  const namesake = others.find((member) => member.nodeId === nodeId);
  if (namesake !== undefined) {
    return refuse(
      "invalid_argument",
      `node id ${nodeId} is that of the member at ${namesake.address}: give the new one its own --node-id`,
    );
  }
  const neighbour = others.find((member) => member.address === address);
  if (neighbour !== undefined) {
    return refuse(
      "invalid_argument",
      `${address} is the address of ${neighbour.nodeId}: replace that one`,
    );
  }
  if (others.length >= clusterMembersMax) {
    return refuse(
      "wrong_state",
      `a cluster has at most ${String(clusterMembersMax)} members, and these are there already`,
    );
  }
  return undefined;
}

/** A voter stays until its successor has caught up; a learner is exchanged at once. */
function placeInStead(
  directory: Directory,
  old: MemberRecord,
  newcomer: Pick<MemberRecord, "memberId" | "nodeId" | "address">,
): Plan {
  const what = `replacing ${labelOf(directory, old.memberId)} by ${newcomer.nodeId}`;
  if (!directory.membership.learners.includes(old.memberId)) {
    return addLearner({ ...newcomer, promotes: true, replaces: old.memberId }, what);
  }
  const add = { ...newcomer, promotes: old.promotes, replaces: old.replaces };
  const steps: MembershipStep[] = [
    { kind: "addLearner", member: newcomer.memberId },
    { kind: "remove", member: old.memberId },
  ];
  const context = encodeNote({ add, origin: what });
  const change = { transition: "jointImplicit", steps, context } as const;
  return { kind: "change", change, memberId: newcomer.memberId, what };
}

function addLearner(add: MemberRecord, what: string): Plan {
  const steps: MembershipStep[] = [{ kind: "addLearner", member: add.memberId }];
  const context = encodeNote({ add, origin: what });
  const change = { transition: "auto", steps, context } as const;
  return { kind: "change", change, memberId: add.memberId, what };
}

function unknownMember({ removed }: Directory, memberId: MemberId): Plan {
  const message = removed.includes(memberId)
    ? `member ${String(memberId)} was removed already`
    : `there is no member ${String(memberId)}`;
  return { kind: "refuse", code: "node_not_found", message };
}

function removedNewcomer(memberId: MemberId, address: string): Extract<Plan, { kind: "refuse" }> {
  const message = `member ${String(memberId)} at ${address} was removed from this cluster once: give it an empty data directory, and start it with --join`;
  return { kind: "refuse", code: "wrong_state", message };
}

/**
 * Whether a removed member may go, by those who refused it: a member refuses only what it durably
 * knows to be removed. As long as the voters that stay could make up a quorum of others, these may
 * have to elect a leader under the configuration that still counts on the removed one. A learner
 * elects nobody, so its knowledge helps nobody; who is not known here came later than all of that.
 */
export function mayGo(
  { directory, selfId }: Pick<PlanView, "directory" | "selfId">,
  refusers: ReadonlySet<MemberId>,
): boolean {
  if ([...refusers].some((refuser) => recordOf(directory, refuser) === undefined)) return true;
  const staying = directory.membership.voters.filter((voter) => voter !== selfId);
  const knows = (voter: MemberId): false | undefined => (refusers.has(voter) ? false : undefined);
  return staying.length > 0 && voteResult(staying, [], knows) === "lost";
}
