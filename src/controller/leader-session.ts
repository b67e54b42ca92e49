/**
 * One leadership from its epoch's first applied entry to its end: follows the state, keeps a
 * tracker per data node, and runs the parts (probes, judgements, orders, allocation) in one
 * clockwork. Everything happens in turns that are asked for by {@link Session.wake} and gather
 * what came in meanwhile; nothing waits a fixed time for anything. After its end nothing of it
 * sends or proposes.
 */
import { ClusterView, shardKey } from "../allocation/cluster-view.js";
import type { TimerHandle } from "../base/clock.js";
import type { Subscription } from "../controlplane/port.js";
import type { Change, StateDelta } from "../state/changes.js";
import {
  hasCapability,
  isRelocationTarget,
  primaryOf,
  type NodeRecord,
  type ShardRecord,
} from "../state/model.js";
import { Allocator } from "./allocator.js";
import type { ControllerDeps, ControllerOptions } from "./deps.js";
import type { ReportedStats, ShardFigures } from "./data-node.js";
import { LeadershipFence } from "./leadership-fence.js";
import { limits } from "./limits.js";
import { isNews, judge, observe } from "./liveness.js";
import { NodeTracker } from "./node-tracker.js";
import { OrderDriver } from "./order-driver.js";
import { Prober } from "./prober.js";
import { Proposer } from "./proposer.js";
import type { Session } from "./session.js";
import { ShardEvents } from "./shard-events.js";
import { addressOf } from "./shard-reconciler.js";

/** What the leadership looks like from outside, for metrics. */
export interface SessionStats {
  readonly nodesCount: number;
  readonly reachableNodesCount: number;
  readonly ordersRunningCount: number;
  readonly ordersQueuedCount: number;
  readonly shardsUnassignedCount: number;
  readonly relocationsCount: number;
}

/** See the file comment. */
export class LeaderSession {
  readonly #deps: ControllerDeps;
  readonly #abort = new AbortController();
  readonly #session: Session;
  readonly #events: ShardEvents;
  readonly #driver: OrderDriver;
  readonly #prober: Prober;
  readonly #allocator: Allocator;
  readonly #watch: Subscription;
  #tick: TimerHandle | undefined;
  #turnAsked = false;
  readonly #onReplaced: () => void;

  constructor(
    epoch: number,
    options: ControllerOptions,
    deps: ControllerDeps,
    onReplaced: () => void,
  ) {
    this.#deps = deps;
    this.#onReplaced = onReplaced;
    this.#session = this.#makeSession(epoch, options);
    this.#events = new ShardEvents({
      proposer: this.#session.proposer,
      epoch,
      onLost: () => {
        this.#lookAtAllLater();
      },
    });
    this.#driver = new OrderDriver(this.#session, this.#events);
    this.#prober = new Prober(this.#session);
    this.#allocator = new Allocator(this.#session);
    for (const node of this.#session.view.dataNodes) this.#track(node);
    this.#watch = deps.controlPlane.watch(undefined, {
      onDelta: (delta) => {
        this.#onDelta(delta);
      },
      onSnapshot: () => {
        this.#restart();
      },
      onEnd: () => undefined,
    });
    this.#scheduleTick();
    this.#session.wake();
  }

  get epoch(): number {
    return this.#session.epoch;
  }

  stats(): SessionStats {
    const { trackers, view } = this.#session;
    const reachable = [...trackers.values()].filter((tracker) => tracker.liveness.reachable);
    return {
      nodesCount: trackers.size,
      reachableNodesCount: reachable.length,
      ordersRunningCount: this.#driver.running,
      ordersQueuedCount: this.#driver.queued,
      shardsUnassignedCount: view.unassigned.size,
      relocationsCount: view.relocations,
    };
  }

  heartbeat(nodeId: string, stats: ReportedStats): void {
    const tracker = this.#session.trackers.get(nodeId);
    if (tracker === undefined) return;
    const { clock } = this.#session;
    tracker.liveness = observe(tracker.liveness, { kind: "heartbeat" }, clock.monotonicMs());
    tracker.lastSeenWallMs = clock.wallMs();
    tracker.stats = stats;
  }

  lastSeenMs(nodeId: string): number | undefined {
    return this.#session.trackers.get(nodeId)?.lastSeenWallMs;
  }

  nodeStats(nodeId: string): ReportedStats | undefined {
    return this.#session.trackers.get(nodeId)?.stats;
  }

  /** What the primaries' nodes last reported of them; those not reported yet are left out. */
  *shardFigures(): Generator<ShardFigures, undefined> {
    const { trackers, view } = this.#session;
    for (const index of view.state.indices.values()) {
      for (const shard of index.shards) {
        const nodeId = primaryOf(shard)?.nodeId ?? "";
        const held = trackers.get(nodeId)?.held?.of(shardKey(index.name, shard.number))[0];
        if (held === undefined) continue;
        const { docsCount, sizeBytes } = held;
        yield { indexName: index.name, shard: shard.number, docsCount, sizeBytes };
      }
    }
    return undefined;
  }

  /** Ends everything at once; what is on its way is cancelled. */
  close(): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort();
    this.#tick?.cancel();
    this.#watch.close();
    this.#driver.close();
    for (const tracker of this.#session.trackers.values()) tracker.client.close();
    this.#session.trackers.clear();
  }

  #makeSession(epoch: number, options: ControllerOptions): Session {
    const { controlPlane, clock, random, metrics, newId } = this.#deps;
    const log = this.#deps.log.child({ component: "controller", epoch });
    const { signal } = this.#abort;
    const fence = new LeadershipFence({
      controlPlane,
      clock,
      epoch,
      gapMs: options.electionTimeoutMs,
      signal,
      onConfirmed: () => {
        this.#lookAtAll();
      },
    });
    return {
      epoch,
      signal,
      controlPlane,
      clock,
      random,
      log,
      metrics,
      newId,
      view: new ClusterView(controlPlane.local().state, clock.monotonicMs()),
      trackers: new Map(),
      fence,
      proposer: new Proposer({ controlPlane, epoch, signal, log, metrics }),
      wake: () => {
        this.#askTurn();
      },
    };
  }

  #restart(): void {
    if (this.#abort.signal.aborted) return;
    this.close();
    this.#onReplaced();
  }

  #askTurn(): void {
    if (this.#turnAsked || this.#abort.signal.aborted) return;
    this.#turnAsked = true;
    this.#deps.defer(() => {
      this.#turnAsked = false;
      if (!this.#abort.signal.aborted) this.#turn();
    });
  }

  /** Looks at everything that was marked since the last turn. */
  #turn(): void {
    const nowMs = this.#session.clock.monotonicMs();
    this.#prober.tick(nowMs);
    this.#driver.run();
    this.#events.flush();
    this.#noteReadiness(nowMs);
    this.#allocator.run(nowMs);
  }

  #scheduleTick(): void {
    this.#tick = this.#session.clock.after(limits.tickMs, () => {
      if (this.#abort.signal.aborted) return;
      this.#session.fence.beat();
      this.#onTick(this.#session.clock.monotonicMs());
      this.#scheduleTick();
    });
  }

  #onTick(nowMs: number): void {
    for (const tracker of this.#session.trackers.values()) {
      this.#judge(tracker, nowMs);
      this.#expireRefusals(tracker, nowMs);
    }
    this.#driver.tick(nowMs);
    this.#session.wake();
  }

  #judge(tracker: NodeTracker, nowMs: number): void {
    const peerRecovery = hasCapability(tracker.record, "peer_recovery");
    const verdict = judge(tracker.liveness, { peerRecovery }, nowMs);
    if (tracker.verdictProposed || !isNews(tracker.record, verdict)) return;
    // Grace is no sign of health: until it answers, a node is what the state says it is.
    if (verdict.status === "healthy" && !tracker.liveness.reachable) return;
    tracker.verdictProposed = true;
    const { epoch, proposer, metrics, log } = this.#session;
    const { nodeId, incarnation } = tracker.record;
    const { status, reason } = verdict;
    log.info({ event: "node-verdict", nodeId, status, reason }, "a data node was judged anew");
    metrics.count("verdicts_proposed", { status });
    const settle = (): void => {
      tracker.verdictProposed = false;
    };
    proposer
      .propose({ kind: "node.verdict", epoch, nodeId, incarnation, status, reason })
      .then(settle, settle);
  }

  #expireRefusals(tracker: NodeTracker, nowMs: number): void {
    let expired = false;
    for (const [key, untilMs] of tracker.refusals) {
      if (untilMs > nowMs) continue;
      tracker.refusals.delete(key);
      expired = true;
    }
    if (!expired) return;
    this.#session.view.touchAllUnassigned();
    this.#allocator.noteChange(nowMs);
  }

  /** A node that became ready, or was lost, changes what can be planned. */
  #noteReadiness(nowMs: number): void {
    const { trackers, view } = this.#session;
    for (const tracker of trackers.values()) {
      const { ready } = tracker;
      if (ready === tracker.wasReady) continue;
      tracker.wasReady = ready;
      if (!ready) continue;
      view.touchAllUnassigned();
      this.#allocator.noteChange(nowMs);
    }
  }

  #lookAtAll(): void {
    for (const tracker of this.#session.trackers.values()) tracker.dirtyAll = true;
    this.#session.wake();
  }

  #lookAtAllLater(): void {
    this.#session.clock.after(limits.proposeRetryMs, () => {
      if (!this.#abort.signal.aborted) this.#lookAtAll();
    });
  }

  #onDelta(delta: StateDelta): void {
    if (this.#abort.signal.aborted) return;
    const { view, clock } = this.#session;
    // A session may begin while the entry that made it leader is being published.
    if (delta.after.version <= view.state.version) return;
    const nowMs = clock.monotonicMs();
    view.apply(delta, nowMs);
    for (const change of delta.changes) this.#mark(change, delta.after.version);
    this.#allocator.noteChange(nowMs);
    this.#session.wake();
  }

  /** Marks what a change means for nodes. */
  #mark(change: Change, version: number): void {
    switch (change.kind) {
      case "cluster":
      case "settings":
      case "index":
        return;
      case "node":
        this.#markNode(change);
        return;
      case "shard":
        this.#markShard(change.indexName, change.before);
        this.#markShard(change.indexName, change.after);
        this.#noteLostTarget(change);
        return;
      case "tombstone":
        if (change.after === undefined) return;
        if (change.before === undefined) this.#driver.noteTombstone(change.indexUuid, version);
        for (const nodeId of Object.keys(change.after.holders)) {
          const tracker = this.#session.trackers.get(nodeId);
          if (tracker !== undefined) tracker.dirtyAll = true;
        }
        return;
    }
  }

  #markShard(indexName: string, shard: ShardRecord | undefined): void {
    if (shard === undefined) return;
    const key = shardKey(indexName, shard.number);
    const { trackers } = this.#session;
    for (const copy of shard.copies) trackers.get(copy.nodeId)?.dirty.add(key);
    for (const old of shard.superseded) trackers.get(old.nodeId)?.dirty.add(key);
  }

  /**
   * A move that failed is not tried again at once: unlike a copy that failed, its source goes on
   * and nothing in the state counts the tries.
   */
  #noteLostTarget(change: Extract<Change, { kind: "shard" }>): void {
    const { before, after, indexName, shard } = change;
    const untilMs = this.#session.clock.monotonicMs() + limits.refusalMs;
    for (const copy of before?.copies ?? []) {
      if (!isRelocationTarget(copy)) continue;
      const stays = after?.copies.some((other) => other.allocationId === copy.allocationId);
      if (stays === true) continue;
      this.#session.trackers.get(copy.nodeId)?.refusals.set(shardKey(indexName, shard), untilMs);
    }
  }

  #markNode(change: Extract<Change, { kind: "node" }>): void {
    const { before, after, nodeId } = change;
    const tracker = this.#session.trackers.get(nodeId);
    if (after?.nodeType !== "data") {
      this.#untrack(nodeId);
      return;
    }
    if (tracker?.record.incarnation !== after.incarnation) {
      this.#track(after);
      if (before !== undefined && addressOf(before) !== addressOf(after)) this.#tellPeers(nodeId);
      return;
    }
    const nowMs = this.#session.clock.monotonicMs();
    const isOver = after.status === "offline" && tracker.record.status !== "offline";
    const isBack = after.status === "healthy" && tracker.record.status === "offline";
    tracker.record = after;
    tracker.dirtyAll = true;
    // A report from before the verdict says nothing about the copies that it took away.
    if (isOver || isBack) tracker.forgetReport(nowMs);
  }

  /** Nodes that share a shard with a node that moved learn its new address. */
  #tellPeers(nodeId: string): void {
    const { view, trackers } = this.#session;
    for (const key of view.load(nodeId).held) {
      for (const copy of view.place(key)?.shard.copies ?? []) {
        const peer = trackers.get(copy.nodeId);
        peer?.held?.forgetVersion(key);
        peer?.dirty.add(key);
      }
    }
  }

  #track(node: NodeRecord): void {
    this.#untrack(node.nodeId);
    const client = this.#deps.dialDataNode(addressOf(node));
    const tracker = new NodeTracker(node, client, this.#session.clock.monotonicMs());
    this.#session.trackers.set(node.nodeId, tracker);
  }

  #untrack(nodeId: string): void {
    const tracker = this.#session.trackers.get(nodeId);
    if (tracker === undefined) return;
    this.#session.trackers.delete(nodeId);
    tracker.client.close();
  }
}
