/**
 * The seam between the cluster's logic and how its state is agreed upon. Only a `version` of the
 * state and a leadership `epoch` cross it: no terms, log positions, quorums or members. Whatever
 * implements it passes the contract suite in test/contract.
 */
import type { StateDelta } from "../state/changes.js";
import type { Command, CommandResult } from "../state/commands.js";
import type { ClusterState } from "../state/model.js";

/** Limits of one call. */
export interface CallOptions {
  /** Budget in ms from now; undefined = as long as `signal` allows. */
  readonly budgetMs: number | undefined;
  /** Ends the wait when the caller has gone. */
  readonly signal?: AbortSignal;
}

/** Options of a proposal. */
export interface ProposeOptions extends CallOptions {
  /** Who or what asks, for the record: a caller's address, or "controller". */
  readonly origin: string;
  /**
   * Propose only on this member and only while it leads under this epoch; otherwise `not_leader`.
   * Absent: any member may be asked, and the proposal finds the leader.
   */
  readonly epoch?: number;
}

/** An applied proposal. */
export interface Proposed {
  /** Version of the state after the entry. */
  readonly version: number;
  readonly result: CommandResult;
}

/** Who leads, as far as this member knows. */
export interface LeaderView {
  /** Grows with each new leader; 0 before the first. */
  readonly epoch: number;
  /** Node id of the leader, or empty when none is known. */
  readonly nodeId: string;
  /** host:port of the leader's MasterService, or empty. */
  readonly grpcAddress: string;
  /** When this leader's first entry was applied, by its own clock; 0 when unknown. */
  readonly electedAtMs: number;
  /** Whether this member is the leader and its epoch's first entry is applied here. */
  readonly isSelf: boolean;
}

/** A version of the state as one member sees it. */
export interface ReadView {
  readonly state: ClusterState;
  readonly leader: LeaderView;
  /** True when no leader confirmed that this is the newest version. */
  readonly stale: boolean;
}

/** How new the answer to a read has to be. */
export type Consistency = "linearizable" | "local";

/** What a watcher gets, in order. */
export interface WatchSink {
  /** Versions follow each other without a gap after `from`. */
  onDelta(delta: StateDelta): void;
  /** History does not reach back, or the state was replaced: start over from this one. */
  onSnapshot(state: ClusterState): void;
  /** No more will come. */
  onEnd(): void;
}

/** A running watch. */
export interface Subscription {
  close(): void;
}

/** The port. All methods may be called on any member unless they say otherwise. */
export interface ControlPlane {
  /**
   * Commits a command and waits until it is applied on this member. A rejection is a value in the
   * result.
   *
   * @throws MasterError `no_leader`, `stopping`, `overloaded` (nothing was proposed),
   *   `leader_lost`, `deadline` (outcome unknown), `not_leader` (only with `epoch`).
   */
  propose(command: Command, options: ProposeOptions): Promise<Proposed>;
  /**
   * Reads a version of the state: the newest one for `linearizable`.
   *
   * @throws MasterError `no_leader`, `deadline`, `stopping`.
   */
  read(consistency: Consistency, options: CallOptions): Promise<ReadView>;
  /** What this member has applied, at once. */
  local(): ReadView;
  /**
   * Delivers every version after `fromVersion` (as of now when undefined), each once and in
   * order. `fromVersion` 0, or one that history no longer reaches, begins with a snapshot. The
   * sink is called synchronously from the apply loop and must not block or throw.
   */
  watch(fromVersion: number | undefined, sink: WatchSink): Subscription;
  /** Who leads now. */
  leader(): LeaderView;
  /** Called on every change of {@link leader}. */
  onLeaderChange(listener: (leader: LeaderView) => void): Subscription;
  /**
   * Asks a quorum whether this member still leads under `epoch`; false when it does not, or when
   * no quorum answered within the budget. The fence before an irreversible order.
   */
  confirmLeadership(epoch: number, options: CallOptions): Promise<boolean>;
}
