/**
 * The control plane on our own Raft. It exists before the member is in a cluster, so that calls
 * can wait for one: their budget bounds the wait.
 */
import type { Clock } from "../../base/clock.js";
import { MasterError } from "../../base/errors.js";
import type { Command } from "../../state/commands.js";
import type {
  CallOptions,
  Consistency,
  ControlPlane,
  LeaderView,
  Proposed,
  ProposeOptions,
  ReadView,
  Subscription,
  WatchSink,
} from "../port.js";
import { Budget, isExpired } from "./budget.js";
import type { Member } from "./member.js";
import type { WatchHub } from "./watch-hub.js";
import type { ClusterState } from "../../state/model.js";

const nobody: LeaderView = {
  epoch: 0,
  nodeId: "",
  grpcAddress: "",
  electedAtMs: 0,
  isSelf: false,
};

/** See the file comment. */
export class RaftControlPlane implements ControlPlane {
  readonly #hub: WatchHub;
  readonly #clock: Clock;
  readonly #initial: ClusterState;
  /** Called with undefined when this member stops before it has joined. */
  readonly #joinListeners = new Set<(member: Member | undefined) => void>();
  readonly #leaderListeners = new Set<(leader: LeaderView) => void>();
  #member: Member | undefined;
  #lastLeader: LeaderView = nobody;
  #stopping = false;
  /** Why nobody is answered from what is applied here; undefined while it is trusted. */
  #distrust: string | undefined;

  constructor(initial: ClusterState, deps: { readonly hub: WatchHub; readonly clock: Clock }) {
    this.#initial = initial;
    this.#hub = deps.hub;
    this.#clock = deps.clock;
  }

  /** The member is in a cluster; calls that waited go on. */
  join(member: Member): void {
    this.#member = member;
    const listeners = [...this.#joinListeners];
    this.#joinListeners.clear();
    for (const listener of listeners) listener(member);
    this.announceLeader();
  }

  /** Tells listeners when the leader is another one than they know. */
  announceLeader(): void {
    const leader = this.leader();
    const last = this.#lastLeader;
    const same =
      leader.epoch === last.epoch &&
      leader.nodeId === last.nodeId &&
      leader.isSelf === last.isSelf &&
      leader.electedAtMs === last.electedAtMs &&
      leader.grpcAddress === last.grpcAddress;
    if (same) return;
    this.#lastLeader = leader;
    for (const listener of [...this.#leaderListeners]) listener(leader);
  }

  /** New calls are refused from here on, those that wait to join are, and watches end. */
  stop(): void {
    this.#stopping = true;
    this.#hub.close();
    const listeners = [...this.#joinListeners];
    this.#joinListeners.clear();
    for (const listener of listeners) listener(undefined);
  }

  /**
   * What is applied here must not be shown to anyone any more: every call is refused, and what can
   * be looked at without a call is as it was before this member joined.
   */
  quarantine(why: string): void {
    this.#distrust = why;
    this.#member = undefined;
    this.stop();
    this.announceLeader();
  }

  async propose(command: Command, options: ProposeOptions): Promise<Proposed> {
    if (options.epoch !== undefined && this.#member === undefined) {
      if (this.#isDistrusted()) throw this.#stoppingError();
      throw new MasterError("not_leader", "this member is not in a cluster yet");
    }
    const started = this.#clock.monotonicMs();
    const member = await this.#whenJoined(options);
    return member.propose(command, this.#rest(options, started));
  }

  async read(consistency: Consistency, options: CallOptions): Promise<ReadView> {
    if (this.#isDistrusted()) throw this.#stoppingError();
    if (consistency === "local") return this.local();
    const started = this.#clock.monotonicMs();
    const member = await this.#whenJoined(options);
    const confirmed = await member.confirmRead(this.#rest(options, started));
    if (!confirmed || this.#isDistrusted()) {
      if (this.#stopping) throw this.#stoppingError();
      throw new MasterError("no_leader", "no leader confirmed in time that this state is newest");
    }
    return member.local(false);
  }

  local(): ReadView {
    return this.#member?.local(true) ?? { state: this.#initial, leader: nobody, stale: true };
  }

  watch(fromVersion: number | undefined, sink: WatchSink): Subscription {
    if (this.#stopping) throw this.#stoppingError();
    return this.#hub.subscribe(fromVersion, sink);
  }

  leader(): LeaderView {
    return this.#member?.leader() ?? nobody;
  }

  onLeaderChange(listener: (leader: LeaderView) => void): Subscription {
    this.#leaderListeners.add(listener);
    return {
      close: () => {
        this.#leaderListeners.delete(listener);
      },
    };
  }

  async confirmLeadership(epoch: number, options: CallOptions): Promise<boolean> {
    const member = this.#member;
    if (member === undefined) return false;
    const leads = (): boolean => {
      const leader = member.leader();
      return leader.isSelf && leader.epoch === epoch;
    };
    return leads() && (await member.confirmRead(options)) && leads();
  }

  async #whenJoined(options: CallOptions): Promise<Member> {
    if (this.#stopping) throw this.#stoppingError();
    if (this.#member !== undefined) return this.#member;
    const budget = new Budget(options, this.#clock);
    const member = await budget.wait<Member | undefined>((resolve) => {
      this.#joinListeners.add(resolve);
      return () => {
        this.#joinListeners.delete(resolve);
      };
    });
    budget.close();
    if (member === undefined) throw this.#stoppingError();
    if (!isExpired(member)) return member;
    throw new MasterError("no_leader", "this member is not in a cluster yet");
  }

  /** The same options with what is left of their budget. */
  #rest<T extends CallOptions>(options: T, startedMs: number): T {
    if (options.budgetMs === undefined) return options;
    const spentMs = this.#clock.monotonicMs() - startedMs;
    return { ...options, budgetMs: Math.max(0, options.budgetMs - spentMs) };
  }

  #isDistrusted(): boolean {
    return this.#distrust !== undefined;
  }

  #stoppingError(): MasterError {
    const text = this.#distrust ?? "this member is stopping; ask another one";
    return new MasterError("stopping", text);
  }
}
