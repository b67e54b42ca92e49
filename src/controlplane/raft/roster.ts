/**
 * The members from this one's point of view: whom to talk to, when each was heard last, and what it
 * told of itself. Follows the applied directory; changes nothing.
 */
import type { Clock } from "../../base/clock.js";
import { noMember, type MemberId } from "../../raft/types.js";
import type { PeerSet, StateReport, Transport } from "../../transport/types.js";
import { recordOf, type Directory } from "./directory.js";

/** What the roster works with. */
export interface RosterDeps {
  readonly selfId: MemberId;
  readonly transport: Transport;
  readonly clock: Clock;
}

/** See the file comment. */
export class Roster {
  readonly #deps: RosterDeps;
  readonly #heardMs = new Map<MemberId, number>();
  readonly #reports = new Map<MemberId, StateReport>();
  /** Members whose connection was lost and of whom nothing was heard since. */
  readonly #lost = new Set<MemberId>();

  /** The directory as the log durably knows it. */
  #directory: Directory;

  constructor(directory: Directory, deps: RosterDeps) {
    this.#directory = directory;
    this.#deps = deps;
  }

  /** Whom to talk to, and whom not. */
  peers(): PeerSet {
    const { members, removed } = this.#directory;
    const addresses = members.map(({ memberId, nodeId, address }) => ({
      ...{ memberId, nodeId, address },
    }));
    return { members: addresses, removed };
  }

  /** The directory changed. */
  follow(directory: Directory): void {
    this.#directory = directory;
    this.#deps.transport.setPeers(this.peers());
    const { members } = this.#directory;
    const known = new Set(members.map((member) => member.memberId));
    for (const member of [...this.#heardMs.keys()]) {
      if (!known.has(member)) this.#heardMs.delete(member);
    }
    for (const member of [...this.#reports.keys()]) {
      if (!known.has(member)) this.#reports.delete(member);
    }
    for (const member of [...this.#lost]) {
      if (!known.has(member)) this.#lost.delete(member);
    }
  }

  /** Something came from a member. */
  onHeard(member: MemberId): void {
    this.#heardMs.set(member, this.#deps.clock.monotonicMs());
    this.#lost.delete(member);
  }

  /** The connection to a member is lost: it is gone until it is heard again. */
  onLost(member: MemberId): void {
    this.#lost.add(member);
  }

  /** Whether a member was heard within `withinMs`, and has not gone since. */
  isHeard(member: MemberId, withinMs: number): boolean {
    const heardMs = this.#heardMs.get(member);
    if (heardMs === undefined || this.#lost.has(member)) return false;
    return this.#deps.clock.monotonicMs() - heardMs <= withinMs;
  }

  /** When a member was heard last, on the monotonic clock. */
  heardMs(member: MemberId): number | undefined {
    return this.#heardMs.get(member);
  }

  onReport(member: MemberId, report: StateReport): void {
    this.#reports.set(member, report);
  }

  /** What a member told last. */
  reportOf(member: MemberId): StateReport | undefined {
    return this.#reports.get(member);
  }

  /** The operator's name for a member, or empty. */
  nodeIdOf(member: MemberId): string {
    if (member === noMember) return "";
    return recordOf(this.#directory, member)?.nodeId ?? "";
  }

  /** Where a member's peer service is. */
  addressOf(member: MemberId): string | undefined {
    return recordOf(this.#directory, member)?.address;
  }

  /** How many voters are to campaign before this member when `lost` is gone. */
  turnAfter(lost: MemberId): number {
    const { voters, votersOutgoing } = this.#directory.membership;
    const others = new Set([...voters, ...votersOutgoing]);
    others.delete(lost);
    return [...others].filter((member) => member < this.#deps.selfId).length;
  }
}
