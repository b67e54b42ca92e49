/**
 * Who the members are: beside the consensus core's configuration, which holds ids, the names and
 * addresses that belong to them, and the ids that were members once. Begins as the founding
 * members and changes only when a membership entry is applied. Pure; how it is stored is
 * machine-codec.ts.
 */
import { assert } from "../../base/assert.js";
import { compareNumbers, sortedNumbers } from "../../base/sorted.js";
import { decodeMembershipChange } from "../../raft/membership-codec.js";
import { allMembers, assertMembership, changeMembership } from "../../raft/membership.js";
import {
  noMember,
  type MemberId,
  type Membership,
  type MembershipChange,
} from "../../raft/types.js";
import type { CurrentMember, PeerAddress } from "../../transport/types.js";

/** What is known of a member beside its part in elections. */
export interface MemberRecord extends PeerAddress {
  /** A learner that becomes a voter by itself once it has caught up. */
  readonly promotes: boolean;
  /** The member whose place it takes then, or {@link noMember}. */
  readonly replaces: MemberId;
}

/** See the file comment. */
export interface Directory {
  readonly membership: Membership;
  /** One for each id in `membership`; sorted by id. */
  readonly members: readonly MemberRecord[];
  /** Ids that left the membership. None comes back, and none is forgotten. Ascending. */
  readonly removed: readonly MemberId[];
}

/** What a membership entry carries beside the change itself. */
export interface MembershipNote {
  /** The member that comes with this change. */
  readonly add?: MemberRecord;
  /** A changed wish of a member that is there. */
  readonly set?: { readonly memberId: MemberId; readonly promotes: boolean };
  /** Who asked, for people who read the log. */
  readonly origin: string;
}

/** Format of {@link MembershipNote} written by this release. */
const noteVersion = 1;

/** The directory of a cluster that was just formed. */
export function foundingDirectory(founders: readonly PeerAddress[]): Directory {
  const members = founders.map(({ memberId, nodeId, address }) => ({
    ...{ memberId, nodeId, address },
    ...{ promotes: false, replaces: noMember },
  }));
  members.sort((a, b) => compareNumbers(a.memberId, b.memberId));
  const membership: Membership = {
    voters: members.map((member) => member.memberId),
    votersOutgoing: [],
    learners: [],
    learnersNext: [],
    autoLeave: false,
  };
  return { membership, members, removed: [] };
}

/** The record of a member, or undefined when it is none. */
export function recordOf(directory: Directory, memberId: MemberId): MemberRecord | undefined {
  return directory.members.find((member) => member.memberId === memberId);
}

/** The members with their part in elections. */
export function currentMembers({ members, membership }: Directory): CurrentMember[] {
  return members.map(({ memberId, nodeId, address }) => {
    const suffrage = membership.learners.includes(memberId) ? "learner" : "voter";
    return { memberId, nodeId, address, suffrage };
  });
}

/** The bytes of a note, for the change's context. */
export function encodeNote(note: MembershipNote): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ version: noteVersion, ...note }));
}

/** Applies a membership entry, or says in words why this release cannot. */
export function applyMembershipEntry(directory: Directory, data: Uint8Array): Directory | string {
  const change = decodeMembershipChange(data);
  if (change === undefined) return "the membership change is of an unknown format";
  const note = decodeNote(change.context);
  if (typeof note === "string") return note;
  const outcome = changeMembership(directory.membership, change);
  if (!outcome.ok) return `the membership change does not fit: ${outcome.problem}`;
  const { membership } = outcome;
  const ids = allMembers(membership);
  const records = new Map(directory.members.map((member) => [member.memberId, member]));
  if (note.add !== undefined) records.set(note.add.memberId, note.add);
  const { set } = note;
  const known = set === undefined ? undefined : records.get(set.memberId);
  if (set !== undefined && known !== undefined) {
    records.set(set.memberId, { ...known, promotes: set.promotes });
  }
  const members: MemberRecord[] = [];
  for (const id of ids) {
    const record = records.get(id);
    if (record === undefined) return `the membership change does not name member ${String(id)}`;
    if (directory.removed.includes(id)) return `member ${String(id)} was removed before`;
    members.push(membership.voters.includes(id) ? settled(record) : record);
  }
  const gone = directory.members.filter((member) => !ids.includes(member.memberId));
  const removed = sortedNumbers([...directory.removed, ...gone.map((member) => member.memberId)]);
  return { membership, members, removed };
}

/** A voter has nothing left to wish for. */
function settled(record: MemberRecord): MemberRecord {
  return record.promotes || record.replaces !== noMember
    ? { ...record, promotes: false, replaces: noMember }
    : record;
}

/** Only the core's own entries, which leave a joint configuration, carry no note. */
function decodeNote(context: MembershipChange["context"]): MembershipNote | string {
  if (context.length === 0) return { origin: "" };
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(context));
  } catch {
    return "what accompanies the membership change cannot be read";
  }
  if (typeof value !== "object" || value === null) return "the membership change is malformed";
  const { version, add, set, origin } = value as Record<string, unknown>;
  if (version !== noteVersion) {
    return `a membership change of version ${String(version)} is newer than this release`;
  }
  const record = add === undefined ? undefined : readRecord(add);
  const wish = set === undefined ? undefined : readWish(set);
  const isMalformed =
    typeof origin !== "string" ||
    (add !== undefined && record === undefined) ||
    (set !== undefined && wish === undefined);
  if (isMalformed) return "what accompanies the membership change is malformed";
  return {
    origin,
    ...(record === undefined ? undefined : { add: record }),
    ...(wish === undefined ? undefined : { set: wish }),
  };
}

/** Checks a record read from a log, a snapshot or the state store. */
export function readRecord(value: unknown): MemberRecord | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { memberId, nodeId, address, promotes, replaces } = value as Record<string, unknown>;
  if (!isId(memberId) || !(replaces === noMember || isId(replaces))) return undefined;
  if (typeof nodeId !== "string" || typeof address !== "string") return undefined;
  return typeof promotes === "boolean"
    ? { memberId, nodeId, address, promotes, replaces }
    : undefined;
}

function readWish(value: unknown): MembershipNote["set"] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { memberId, promotes } = value as Record<string, unknown>;
  return isId(memberId) && typeof promotes === "boolean" ? { memberId, promotes } : undefined;
}

/** Whether a value is a member's id. */
export function isId(value: unknown): value is MemberId {
  return typeof value === "number" && Number.isSafeInteger(value) && value > noMember;
}

/** What is wrong with a directory that was read back, in words, or undefined. */
export function directoryProblem(directory: Directory): string | undefined {
  const { membership, members, removed } = directory;
  const ids = allMembers(membership);
  const listed = members.map((member) => member.memberId);
  if (listed.length !== ids.length || !ids.every((id, at) => listed[at] === id)) {
    return `members ${listed.join(",")} are recorded, ${ids.join(",")} are configured`;
  }
  const back = ids.find((id) => removed.includes(id));
  return back === undefined ? undefined : `member ${String(back)} is also recorded as removed`;
}

/** One text for one directory: what members compare, as part of their state. */
export function directoryText(directory: Directory): string {
  assertMembership(directory.membership);
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = directory.membership;
  const members = directory.members.map((member) => [
    ...[member.memberId, member.nodeId, member.address, member.promotes, member.replaces],
  ]);
  const text = JSON.stringify([
    ...[voters, votersOutgoing, learners, learnersNext, autoLeave],
    ...[members, directory.removed],
  ]);
  assert(text.length > 0, "a directory has a text");
  return text;
}
