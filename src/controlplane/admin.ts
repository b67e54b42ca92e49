/**
 * What an operator can see and change of the members themselves: the optional half of the seam.
 * Only an implementation whose members are processes of ours offers it; the rest of the program
 * works without. Every operation may be asked of any member and finds the leader by itself.
 */
import type { CallOptions } from "./port.js";

/** Whether a member counts in elections and commits. */
export type Suffrage = "voter" | "learner";

/** What one member looks like from the leader. */
export interface MemberView {
  readonly memberId: number;
  /** The operator's name for it. */
  readonly nodeId: string;
  /** host:port of its peer service. */
  readonly peerAddress: string;
  /** host:port of its MasterService; empty while it has not been heard of. */
  readonly grpcAddress: string;
  readonly suffrage: Suffrage;
  readonly isLeader: boolean;
  /** A learner that becomes a voter by itself once it has caught up. */
  readonly promotes: boolean;
  /** The member whose place it takes when it is promoted; 0 = nobody's. */
  readonly replaces: number;
  /** Positions as the member last reported them; 0 while it has not. */
  readonly term: number;
  readonly lastLogIndex: number;
  readonly commitLogIndex: number;
  readonly appliedLogIndex: number;
  /** Entries that the leader has and the member is not known to have. */
  readonly lagEntriesCount: number;
  /** Milliseconds since anything was heard of it; undefined = never under this leader. */
  readonly lastContactMs: number | undefined;
}

/** The members under one leader. */
export interface MembersView {
  readonly clusterUuid: string;
  readonly epoch: number;
  /** Sorted by member id. */
  readonly members: readonly MemberView[];
  /** True between the two halves of a change of several voters. */
  readonly isJoint: boolean;
  /** Ids that were members once; none of them can come back. Ascending. */
  readonly removed: readonly number[];
}

/** What an operator may ask for. Members are named by id. */
export type MemberOperation =
  | { readonly kind: "add"; readonly peerAddress: string; readonly suffrage: Suffrage }
  | { readonly kind: "promote"; readonly memberId: number }
  | { readonly kind: "remove"; readonly memberId: number }
  | { readonly kind: "replace"; readonly memberId: number; readonly peerAddress: string }
  /** 0 = the most caught-up voter. */
  | { readonly kind: "transfer"; readonly memberId: number };

/** A finished operation. */
export interface MemberOutcome {
  /** The member that the operation was about: the new one of add and replace. */
  readonly memberId: number;
  /** The members after it. */
  readonly after: MembersView;
}

/** The capability. */
export interface MemberAdmin {
  /**
   * The members as the leader sees them.
   *
   * @throws MasterError `no_leader`, `deadline`, `stopping`.
   */
  members(options: CallOptions): Promise<MembersView>;
  /**
   * Does one operation and waits until it is in force. `add` of a voter and `replace` return once
   * the newcomer is a learner in the cluster; the promotion follows by itself, under whichever
   * leader, and shows in {@link members}.
   *
   * @throws MasterError `invalid_argument` (no such address, a member twice), `node_not_found`
   *   (no such member), `wrong_state` (no reachable quorum would be left, a learner lags, another
   *   change runs; the message has the arithmetic), `no_leader`, `leader_lost`, `deadline`.
   */
  administer(operation: MemberOperation, options: CallOptions): Promise<MemberOutcome>;
}
