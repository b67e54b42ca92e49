/**
 * A control plane of one member without a log: a proposal is applied at once. A test decides who
 * leads, whether anybody does, how far history reaches back, and how the next proposal fails.
 */
import type { Clock } from "../../../src/base/clock.js";
import { MasterError } from "../../../src/base/errors.js";
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
} from "../../../src/controlplane/port.js";
import { apply } from "../../../src/state/apply.js";
import type { StateDelta } from "../../../src/state/changes.js";
import type { Command, CommandResult } from "../../../src/state/commands.js";
import { initialState } from "../../../src/state/initial.js";
import type { ClusterState } from "../../../src/state/model.js";

/** See the file comment. */
export class FakeControlPlane implements ControlPlane {
  state: ClusterState = initialState();
  leaderView: LeaderView = {
    epoch: 1,
    nodeId: "master-1",
    grpcAddress: "127.0.0.1:9301",
    electedAtMs: 1_700_000_000_000,
    isSelf: true,
  };
  /** Without one, reads and proposals wait until their caller or their budget gives up. */
  hasLeader = true;
  /** Thrown by the next proposals, oldest first. */
  readonly failures: MasterError[] = [];
  /** Every proposal with what it was given. */
  readonly proposals: { readonly command: Command; readonly options: ProposeOptions }[] = [];
  /** Reads and proposals that wait for a leader. */
  waiting = 0;
  /** Versions before this one are forgotten. */
  historyFrom = 0;
  readonly #history: StateDelta[] = [];
  readonly #sinks = new Set<WatchSink>();
  readonly #listeners = new Set<(leader: LeaderView) => void>();
  readonly #waitingListeners: (() => void)[] = [];
  #ids = 0;

  /** With a clock, calls that wait in vain end with their budget; without, with their signal. */
  readonly clock: Clock | undefined;

  constructor(clock?: Clock) {
    this.clock = clock;
    this.commit({ kind: "cluster.init", clusterUuid: "cluster-uuid", clusterName: "test-cluster" });
  }

  /** Commits a command, as another client would. */
  commit(command: Command): CommandResult {
    this.#ids += 1;
    const uuid = `uuid-${String(this.#ids).padStart(17, "0")}`;
    const context = { nowMs: 1_700_000_000_000 + this.#ids, uuid, epoch: this.leaderView.epoch };
    const before = this.state;
    const { state, changes, result } = apply(before, command, context);
    if (state !== before) {
      const delta = { before, after: state, changes };
      this.state = state;
      this.#history.push(delta);
      for (const sink of [...this.#sinks]) sink.onDelta(delta);
    }
    return result;
  }

  /** As {@link commit} for a command that must be accepted with all its items. */
  accept(command: Command): void {
    const result = this.commit(command);
    if (!result.ok) throw new Error(result.message);
    for (const item of result.items) if (!item.ok) throw new Error(item.message);
  }

  /** Replaces the state, as an installed snapshot does. */
  install(state: ClusterState): void {
    this.state = state;
    this.#history.length = 0;
    this.historyFrom = state.version;
    for (const sink of [...this.#sinks]) sink.onSnapshot(state);
  }

  /** Resolves when something waits for a leader. */
  async someoneWaits(): Promise<void> {
    if (this.waiting > 0) return;
    await new Promise<void>((resolve) => {
      this.#waitingListeners.push(resolve);
    });
  }

  /** Running watches. */
  get watchCount(): number {
    return this.#sinks.size;
  }

  /** Ends every watch, as a member does that stops. */
  endWatches(): void {
    for (const sink of [...this.#sinks]) sink.onEnd();
  }

  setLeader(leader: LeaderView): void {
    this.leaderView = leader;
    for (const listener of this.#listeners) listener(leader);
  }

  async propose(command: Command, options: ProposeOptions): Promise<Proposed> {
    this.proposals.push({ command, options });
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    if (!this.hasLeader) await this.#waitInVain(options);
    const result = this.commit(command);
    return { version: this.state.version, result };
  }

  async read(consistency: Consistency, options: CallOptions): Promise<ReadView> {
    if (consistency === "linearizable" && !this.hasLeader) await this.#waitInVain(options);
    return this.local();
  }

  local(): ReadView {
    return { state: this.state, leader: this.leaderView, stale: false };
  }

  watch(fromVersion: number | undefined, sink: WatchSink): Subscription {
    const from = fromVersion ?? this.state.version;
    if (fromVersion !== undefined && (from === 0 || from < this.historyFrom)) {
      sink.onSnapshot(this.state);
    } else {
      for (const delta of this.#history) if (delta.after.version > from) sink.onDelta(delta);
    }
    this.#sinks.add(sink);
    return {
      close: () => {
        this.#sinks.delete(sink);
      },
    };
  }

  leader(): LeaderView {
    return this.leaderView;
  }

  onLeaderChange(listener: (leader: LeaderView) => void): Subscription {
    this.#listeners.add(listener);
    return {
      close: () => {
        this.#listeners.delete(listener);
      },
    };
  }

  confirmLeadership(epoch: number): Promise<boolean> {
    return Promise.resolve(this.hasLeader && epoch === this.leaderView.epoch);
  }

  /** Ends only with the caller's signal: budgets are the caller's clock's. */
  async #waitInVain(options: CallOptions): Promise<never> {
    this.waiting += 1;
    for (const resolve of this.#waitingListeners.splice(0)) resolve();
    try {
      await new Promise<void>((resolve) => {
        if (options.signal?.aborted === true) resolve();
        options.signal?.addEventListener("abort", () => {
          resolve();
        });
        if (options.budgetMs !== undefined) this.clock?.after(options.budgetMs, resolve);
      });
      throw new MasterError("no_leader", "there is no leader");
    } finally {
      this.waiting -= 1;
    }
  }
}
