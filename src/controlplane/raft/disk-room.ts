/**
 * What a nearly full disk means for a member, as pure rules: a leader gives its place to one with
 * room, refuses writes when there is none or when those with room are no quorum, and a follower
 * takes no more entries as long as the others can do without it. Votes, heartbeats and reads go on.
 */
import { assert } from "../../base/assert.js";
import { majorityCount } from "../../raft/quorum.js";
import type { MemberId, Membership, ProgressView } from "../../raft/types.js";
import { diskCriticalPercent, diskRoomPercent, heirLagEntriesMax } from "./limits.js";

/** How a disk stands; "critical" is low too. */
export type DiskLevel = "room" | "low" | "critical";

/** The level after a look at the disk. Low ends only well above where it began. Pure. */
export function diskLevel(before: DiskLevel, freeBytes: number, lowBytes: number): DiskLevel {
  assert(lowBytes > 0, "a mark is positive");
  if (freeBytes < (lowBytes * diskCriticalPercent) / 100) return "critical";
  if (freeBytes < lowBytes) return "low";
  return before !== "room" && freeBytes < roomBytes(lowBytes) ? "low" : "room";
}

/** Free space at which there is room again. Pure. */
export function roomBytes(lowBytes: number): number {
  return Math.ceil((lowBytes * diskRoomPercent) / 100);
}

/** The disks of a cluster as one member knows them. */
export interface DisksView {
  readonly self: MemberId;
  readonly level: DiskLevel;
  readonly membership: Pick<Membership, "voters" | "votersOutgoing">;
  /** Members that say that their disk is nearly full; without this one. */
  readonly lowPeers: ReadonlySet<MemberId>;
}

/** Voters whose disks are nearly full, in the order of the configuration. Pure. */
export function lowVoters(view: DisksView): readonly MemberId[] {
  const { voters, votersOutgoing } = view.membership;
  return [...new Set([...voters, ...votersOutgoing])].filter((voter) => isLow(view, voter));
}

/** Whether the voters with room are a quorum of each half. Pure. */
export function hasQuorumWithRoom(view: DisksView): boolean {
  const { voters, votersOutgoing } = view.membership;
  return [voters, votersOutgoing].every(
    (half) =>
      half.length === 0 ||
      half.filter((voter) => !isLow(view, voter)).length >= majorityCount(half.length),
  );
}

/** Whether a follower drops appends that carry entries. Pure. */
export function dropsEntries(view: DisksView): boolean {
  if (view.level === "room") return false;
  // When even those with room need this one, its leader takes no writes, and what is on the way -
  // the first entry of a new leader above all - has to get through.
  return view.level === "critical" || hasQuorumWithRoom(view);
}

/** What a leader does. */
export type LeaderRoom =
  | { readonly kind: "go" }
  | { readonly kind: "handOver"; readonly to: MemberId }
  | { readonly kind: "refuse" };

/** Decides for a leader. `lastLogIndex` is its own. Pure. */
export function decideLeaderRoom(
  view: DisksView,
  progress: readonly ProgressView[],
  lastLogIndex: number,
): LeaderRoom {
  if (!hasQuorumWithRoom(view)) return { kind: "refuse" };
  if (view.level === "room") return { kind: "go" };
  const heirs = progress
    .filter(({ member, isLearner, recentActive }) => {
      return member !== view.self && !isLearner && recentActive && !isLow(view, member);
    })
    .sort((a, b) => b.match - a.match || a.member - b.member);
  const heir = heirs[0];
  // Refusing lets those who lag catch up, so that one of them can be handed to.
  return heir === undefined || lastLogIndex - heir.match > heirLagEntriesMax
    ? { kind: "refuse" }
    : { kind: "handOver", to: heir.member };
}

function isLow(view: DisksView, member: MemberId): boolean {
  return member === view.self ? view.level !== "room" : view.lowPeers.has(member);
}
