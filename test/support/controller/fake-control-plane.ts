/**
 * The control-plane port over one state in memory: a proposal is applied at once, watchers get
 * every delta, leadership is whatever the test says. Every applied entry passes the checks of
 * TestCluster.
 */
import { MasterError } from "../../../src/base/errors.js";
import type {
  ControlPlane,
  LeaderView,
  Proposed,
  ProposeOptions,
  ReadView,
  Subscription,
  WatchSink,
} from "../../../src/controlplane/port.js";
import type { Command } from "../../../src/state/commands.js";
import { TestCluster } from "../state/test-cluster.js";

/** See the file comment. */
export class FakeControlPlane implements ControlPlane {
  readonly cluster: TestCluster = new TestCluster();
  /** Everything that was proposed, in order. */
  readonly proposed: Command[] = [];
  /** What a quorum says when it is asked. */
  confirms = true;
  /** How often it was asked. */
  confirmations = 0;
  #isSelf = false;
  readonly #sinks = new Set<WatchSink>();
  readonly #listeners = new Set<(leader: LeaderView) => void>();

  /** Makes this member lead under a new epoch, or not. */
  lead(isSelf: boolean): void {
    if (isSelf) this.cluster.epoch += 1;
    this.#isSelf = isSelf;
    for (const listener of this.#listeners) listener(this.leader());
  }

  async propose(command: Command, options: ProposeOptions): Promise<Proposed> {
    await Promise.resolve();
    const { epoch } = options;
    if (epoch !== undefined && (!this.#isSelf || epoch !== this.cluster.epoch)) {
      throw new MasterError("not_leader", "this epoch is over");
    }
    this.proposed.push(command);
    const before = this.cluster.state;
    const { state, changes, result } = this.cluster.apply(command);
    if (state !== before) {
      for (const sink of this.#sinks) sink.onDelta({ before, after: state, changes });
    }
    return { version: state.version, result };
  }

  read(): Promise<ReadView> {
    return Promise.resolve(this.local());
  }

  local(): ReadView {
    return { state: this.cluster.state, leader: this.leader(), stale: false };
  }

  watch(_fromVersion: number | undefined, sink: WatchSink): Subscription {
    this.#sinks.add(sink);
    return { close: () => this.#sinks.delete(sink) };
  }

  leader(): LeaderView {
    const isSelf = this.#isSelf;
    return {
      epoch: this.cluster.epoch,
      nodeId: isSelf ? "m1" : "m2",
      grpcAddress: "127.0.0.1:9301",
      electedAtMs: 0,
      isSelf,
    };
  }

  onLeaderChange(listener: (leader: LeaderView) => void): Subscription {
    this.#listeners.add(listener);
    return { close: () => this.#listeners.delete(listener) };
  }

  confirmLeadership(epoch: number): Promise<boolean> {
    this.confirmations += 1;
    return Promise.resolve(this.confirms && this.#isSelf && epoch === this.cluster.epoch);
  }
}
