/**
 * The text form in which the public suites write messages, entries, states and progress. Only
 * what a member says is put into words here; what of it is compared is decided in rules.ts.
 */
import { isJoint } from "../../src/raft/membership.js";
import { decodeMembershipChange } from "../../src/raft/membership-codec.js";
import type {
  Entry,
  EntryKind,
  HardState,
  MemberId,
  Membership,
  MembershipStep,
  Message,
  ProgressView,
  Role,
  SnapshotMeta,
} from "../../src/raft/types.js";

/** What one handling of a Ready is shown as. */
export interface ReadyPicture {
  readonly mustSync: boolean;
  readonly softState: { readonly leader: MemberId; readonly role: Role } | undefined;
  readonly hardState: HardState | undefined;
  readonly entries: readonly Entry[];
  readonly snapshot: SnapshotMeta | undefined;
  readonly committed: readonly Entry[];
  readonly messages: readonly Message[];
}

/** Context of a change proposed in the old, single form, which is printed differently. */
export const singleFormContext: Uint8Array = new Uint8Array([1]);

const roleTexts: Readonly<Record<Role, string>> = {
  follower: "StateFollower",
  preCandidate: "StatePreCandidate",
  candidate: "StateCandidate",
  leader: "StateLeader",
};

const kindTexts: Readonly<Record<Message["kind"], string>> = {
  append: "MsgApp",
  appendResponse: "MsgAppResp",
  vote: "MsgVote",
  preVote: "MsgPreVote",
  voteResponse: "MsgVoteResp",
  preVoteResponse: "MsgPreVoteResp",
  heartbeat: "MsgHeartbeat",
  heartbeatResponse: "MsgHeartbeatResp",
  snapshot: "MsgSnap",
  readIndex: "MsgReadIndex",
  readIndexResponse: "MsgReadIndexResp",
  timeoutNow: "MsgTimeoutNow",
  transferLeader: "MsgTransferLeader",
  propose: "MsgProp",
};

const stepTexts: Readonly<Record<MembershipStep["kind"], string>> = {
  addVoter: "v",
  addLearner: "l",
  remove: "r",
  update: "u",
};

/** `voters=(1 2)&&(3) learners=(4) learners_next=(5) autoleave`, as far as it applies. */
export function showMembership(membership: Membership): string {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = membership;
  const outgoing = isJoint(membership) ? `&&(${votersOutgoing.join(" ")})` : "";
  const parts = [`voters=(${voters.join(" ")})${outgoing}`];
  if (learners.length > 0) parts.push(`learners=(${learners.join(" ")})`);
  if (learnersNext.length > 0) parts.push(`learners_next=(${learnersNext.join(" ")})`);
  if (autoLeave) parts.push("autoleave");
  return parts.join(" ");
}

/** One line of a leader's knowledge. */
export function showProgress(progress: ProgressView, inflightCountMax: number): string {
  const { member, match, next, inflightCount } = progress;
  const state = { probe: "StateProbe", replicate: "StateReplicate", snapshot: "StateSnapshot" };
  const parts = [`${String(member)}: ${state[progress.state]}`];
  parts.push(`match=${String(match)}`, `next=${String(next)}`);
  if (progress.isLearner) parts.push("learner");
  if (progress.paused) parts.push("paused");
  if (progress.pendingSnapshotLogIndex > 0) {
    parts.push(`pendingSnap=${String(progress.pendingSnapshotLogIndex)}`);
  }
  if (!progress.recentActive) parts.push("inactive");
  if (inflightCount > 0) {
    const full = inflightCount >= inflightCountMax ? "[full]" : "";
    parts.push(`inflight=${String(inflightCount)}${full}`);
  }
  return parts.join(" ");
}

/** The lines of one Ready, or the note that it is empty. */
export function showReady(picture: ReadyPicture): readonly string[] {
  const lines: string[] = [];
  const { softState, hardState, entries, snapshot, committed, messages } = picture;
  if (softState !== undefined) {
    lines.push(`Lead:${String(softState.leader)} State:${roleTexts[softState.role]}`);
  }
  if (hardState !== undefined) lines.push(`HardState ${showHardState(hardState)}`);
  if (entries.length > 0) lines.push("Entries:", ...entries.map(showEntry));
  if (snapshot !== undefined) lines.push(`Snapshot ${showSnapshot(snapshot)}`);
  if (committed.length > 0) lines.push("CommittedEntries:", ...committed.map(showEntry));
  if (messages.length > 0) lines.push("Messages:", ...messages.flatMap(showMessage));
  if (lines.length === 0) return ["<empty Ready>"];
  return [`Ready MustSync=${String(picture.mustSync)}:`, ...lines];
}

/** One line of a member's own view of itself. */
export function showRole(
  member: MemberId,
  role: Role,
  about: { readonly voter: boolean; readonly term: number; readonly leader: MemberId },
): string {
  const voter = about.voter ? "(Voter)" : "(Non-Voter)";
  const { term, leader } = about;
  return `${String(member)}: ${roleTexts[role]} ${voter} Term:${String(term)} Lead:${String(leader)}`;
}

/** An entry with its term and position. */
export function showEntry({ logIndex, term, kind, data }: Entry): string {
  return `${String(term)}/${String(logIndex)} ${showPayload(kind, data)}`;
}

function showPayload(kind: EntryKind, data: Uint8Array): string {
  if (kind === "normal") return `EntryNormal ${JSON.stringify(new TextDecoder().decode(data))}`;
  const change = decodeMembershipChange(data);
  if (change === undefined) return "EntryConfChangeV2 (unreadable)";
  const steps = change.steps.map(({ kind: step, member }) => `${stepTexts[step]}${String(member)}`);
  const singleForm = change.context.length === singleFormContext.length;
  return [singleForm ? "EntryConfChange" : "EntryConfChangeV2", ...steps].join(" ");
}

function showHardState({ term, vote, commit }: HardState): string {
  const voted = vote === 0 ? "" : ` Vote:${String(vote)}`;
  return `Term:${String(term)}${voted} Commit:${String(commit)}`;
}

function showSnapshot({ logIndex, term, membership }: SnapshotMeta): string {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = membership;
  const list = (members: readonly MemberId[]): string => `[${members.join(" ")}]`;
  return (
    `Index:${String(logIndex)} Term:${String(term)} ConfState:Voters:${list(voters)} ` +
    `VotersOutgoing:${list(votersOutgoing)} Learners:${list(learners)} ` +
    `LearnersNext:${list(learnersNext)} AutoLeave:${String(autoLeave)}`
  );
}

/** The name of a message's kind, as `type=` arguments write it. */
export function showKind(kind: Message["kind"]): string {
  return kindTexts[kind];
}

/** A message; more than one line when it carries several entries or a snapshot. */
export function showMessage(message: Message): readonly string[] {
  const { from, to, kind, term } = message;
  const head =
    `${String(from)}->${String(to)} ${kindTexts[kind]} Term:${String(term)} ` +
    `Log:${showPosition(message)}${showRejection(message)}${showCommit(message)}`;
  if (message.kind === "snapshot") return [head, `  Snapshot: ${showSnapshot(message.snapshot)}`];
  const entries = entriesOf(message);
  const [first] = entries;
  if (first === undefined) return [head];
  if (entries.length === 1) return [`${head} Entries:[${first}]`];
  return [`${head} Entries:[`, ...entries.map((entry) => `  ${entry}`), "]"];
}

function entriesOf(message: Message): readonly string[] {
  if (message.kind === "append") return message.entries.map(showEntry);
  if (message.kind !== "propose") return [];
  return message.entries.map(({ kind, data }) => `0/0 ${showPayload(kind, data)}`);
}

/** Term and position, wherever the message has them. */
function showPosition(message: Message): string {
  switch (message.kind) {
    case "append":
      return `${String(message.prevLogTerm)}/${String(message.prevLogIndex)}`;
    case "appendResponse":
      return `${String(message.hintTerm)}/${String(message.logIndex)}`;
    case "vote":
    case "preVote":
      return `${String(message.lastLogTerm)}/${String(message.lastLogIndex)}`;
    default:
      return "0/0";
  }
}

function showRejection(message: Message): string {
  switch (message.kind) {
    case "appendResponse":
      return message.reject ? ` Rejected (Hint: ${String(message.hintLogIndex)})` : "";
    case "voteResponse":
    case "preVoteResponse":
      return message.reject ? " Rejected (Hint: 0)" : "";
    default:
      return "";
  }
}

function showCommit(message: Message): string {
  const commit = message.kind === "append" || message.kind === "heartbeat" ? message.commit : 0;
  return commit === 0 ? "" : ` Commit:${String(commit)}`;
}
