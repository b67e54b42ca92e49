/**
 * Looks at what changed on each node, has it reconciled, and carries out what follows: orders to
 * the node, events and lists to the state. Before an order leaves, it is made anew from the newest
 * state, so that no order outlives its reason; before a DeleteShard a quorum confirms the
 * leadership.
 */
import { shardKey } from "../allocation/cluster-view.js";
import { compareDangling } from "../state/apply/node.js";
import { limits as stateLimits } from "../state/limits.js";
import { hasCapability, type DanglingShard, type Tombstone } from "../state/model.js";
import type { Order, OrderAuthority, ReportedShard } from "./data-node.js";
import { limits } from "./limits.js";
import type { NodeTracker } from "./node-tracker.js";
import { executeOrder, type OrderOutcome } from "./order-outcome.js";
import { OrderQueue } from "./order-queue.js";
import type { Session } from "./session.js";
import type { CleanedItems, ShardEvents } from "./shard-events.js";
import {
  danglingOf,
  isTombstoneDone,
  reconcileShard,
  type NodePicture,
  type Reconciled,
} from "./shard-reconciler.js";

/** See the file comment. */
export class OrderDriver {
  readonly #session: Session;
  readonly #events: ShardEvents;
  readonly #queue: OrderQueue;
  /** Allocations that may have been ordered, by this leader or one before. */
  readonly #maybeOrdered = new Set<string>();
  /** Version at which each tombstone was first seen: older reports say nothing about it. */
  readonly #gravesSince = new Map<string, number>();

  constructor(session: Session, events: ShardEvents) {
    this.#session = session;
    this.#events = events;
    this.#queue = new OrderQueue({
      perNodeCountMax: limits.ordersPerNodeCountMax,
      countMax: limits.ordersCountMax,
      queuedCountMax: limits.ordersQueuedCountMax,
    });
    this.#inherit();
  }

  get running(): number {
    return this.#queue.running;
  }

  get queued(): number {
    return this.#queue.queued;
  }

  close(): void {
    this.#queue.close();
  }

  /** A tombstone came or changed. */
  noteTombstone(indexUuid: string, version: number): void {
    this.#gravesSince.set(indexUuid, version);
  }

  /** Orders whose time to be repeated has come are looked at again. */
  tick(nowMs: number): void {
    for (const tracker of this.#session.trackers.values()) {
      for (const [key, retry] of tracker.retries) {
        if (retry.notBeforeMs <= nowMs && !tracker.inFlight.has(key)) tracker.dirty.add(key);
      }
    }
  }

  /** Reconciles everything that was marked on every node. */
  run(): void {
    const startedMs = this.#session.clock.monotonicMs();
    let looked = false;
    for (const tracker of this.#session.trackers.values()) {
      if (tracker.held === undefined) continue;
      if (!tracker.dirtyAll && tracker.dirty.size === 0) continue;
      looked = true;
      this.#reconcileNode(tracker, tracker.held);
    }
    const tookMs = this.#session.clock.monotonicMs() - startedMs;
    if (looked) this.#session.metrics.observe("reconcile_ms", tookMs);
  }

  /** Copies that an earlier leader assigned may have been ordered by it. */
  #inherit(): void {
    const { state } = this.#session.view;
    for (const index of state.indices.values()) {
      for (const shard of index.shards) {
        for (const copy of shard.copies) {
          if (copy.state === "INITIALIZING") this.#maybeOrdered.add(copy.allocationId);
        }
      }
    }
    for (const uuid of state.tombstones.keys()) this.#gravesSince.set(uuid, state.version);
  }

  #reconcileNode(tracker: NodeTracker, held: NonNullable<NodeTracker["held"]>): void {
    const isWhole = tracker.dirtyAll;
    const picture = this.#pictureOf(tracker, held);
    const cleaned: CleanedItems = { superseded: [], tombstones: [] };
    for (const key of tracker.takeDirty(this.#session.view)) {
      if (tracker.inFlight.has(key)) continue;
      this.#act(tracker, key, { found: reconcileKey(picture, key), cleaned });
    }
    if (!isWhole) return;
    // A new report may show copies that wait for this node.
    const { view } = this.#session;
    for (const key of view.load(tracker.nodeId).returning) view.pending.touch(key);
    cleaned.tombstones.push(...this.#finishedTombstones(tracker, picture));
    this.#events.cleaned(tracker.nodeId, cleaned);
    this.#settleDangling(tracker, picture);
  }

  #act(
    tracker: NodeTracker,
    key: string,
    result: { readonly found: Reconciled; readonly cleaned: CleanedItems },
  ): void {
    const { found, cleaned } = result;
    const nowMs = this.#session.clock.monotonicMs();
    if (found.recovering === true) tracker.startRecovering(key, nowMs);
    else tracker.stopRecovering(key);
    if (found.stale === true) tracker.requestReport(nowMs);
    if (found.started !== undefined) this.#events.started(found.started);
    if (found.failed !== undefined) this.#events.failed(found.failed);
    const place = this.#session.view.place(key);
    for (const allocationId of found.cleaned ?? []) {
      if (place === undefined) continue;
      const { index, shard } = place;
      const ref = { indexName: index.name, indexUuid: index.uuid, shard: shard.number };
      cleaned.superseded.push({ ...ref, allocationId });
    }
    if (found.order === undefined) tracker.retries.delete(key);
    else this.#submit(tracker, key, found.order);
  }

  #submit(tracker: NodeTracker, key: string, order: Order): void {
    if (!tracker.mayOrder || !this.#session.fence.maySend()) return;
    const retry = tracker.retries.get(key);
    const isEarly = retry !== undefined && retry.notBeforeMs > this.#session.clock.monotonicMs();
    if (isEarly && retry.marker === markerOf(order)) return;
    tracker.inFlight.set(key, order);
    const isQueued = this.#queue.push(tracker.nodeId, () => this.#carryOut(tracker, key));
    if (!isQueued) tracker.inFlight.delete(key);
  }

  async #carryOut(tracker: NodeTracker, key: string): Promise<void> {
    const startedMs = this.#session.clock.monotonicMs();
    try {
      const order = this.#orderNow(tracker, key);
      if (order === undefined) return;
      const { metrics, clock } = this.#session;
      metrics.count("orders_sent", { kind: order.kind });
      const outcome = await this.#send(tracker, key, order);
      metrics.count("orders_finished", { kind: order.kind, outcome: outcome.kind });
      metrics.observe("order_ms", clock.monotonicMs() - startedMs);
      if (!this.#session.signal.aborted) this.#conclude(tracker, { key, order, outcome });
    } finally {
      tracker.inFlight.delete(key);
      tracker.dirty.add(key);
      this.#session.wake();
    }
  }

  /** The order about this shard as the newest state wants it; undefined when it wants none. */
  #orderNow(tracker: NodeTracker, key: string): Order | undefined {
    const { signal, trackers, fence } = this.#session;
    if (signal.aborted || trackers.get(tracker.nodeId) !== tracker) return undefined;
    if (!tracker.mayOrder || !fence.maySend() || tracker.held === undefined) return undefined;
    return reconcileKey(this.#pictureOf(tracker, tracker.held), key).order;
  }

  async #send(tracker: NodeTracker, key: string, order: Order): Promise<OrderOutcome> {
    const { fence, epoch, view, signal } = this.#session;
    if (order.kind === "delete") {
      if (!(await fence.confirmNow())) {
        fence.doubt();
        return { kind: "dropped" };
      }
      const still = this.#orderNow(tracker, key);
      const isSame = still?.kind === "delete" && markerOf(still) === markerOf(order);
      if (!isSame) return { kind: "dropped" };
    }
    if (order.kind === "create") this.#maybeOrdered.add(order.allocationId);
    const authority: OrderAuthority = { clusterUuid: view.state.clusterUuid, epoch };
    return await executeOrder({
      client: tracker.client,
      order,
      authority,
      limits: { deadlineMs: limits.orderDeadlineMs, signal },
      peerRecovery: hasCapability(tracker.record, "peer_recovery"),
    });
  }

  #conclude(
    tracker: NodeTracker,
    sent: { readonly key: string; readonly order: Order; readonly outcome: OrderOutcome },
  ): void {
    const { key, order, outcome } = sent;
    const { clock, fence, log } = this.#session;
    const nowMs = clock.monotonicMs();
    const shard = { nodeId: tracker.nodeId, index: order.indexName, shard: order.shard };
    switch (outcome.kind) {
      case "done":
      case "recovering":
        tracker.retries.delete(key);
        tracker.held?.acknowledge(order, outcome.kind === "done");
        if (order.kind === "delete") tracker.requestReport(nowMs);
        return;
      case "refused":
        log.warn(
          { event: "order-refused", order: order.kind, detail: outcome.detail, ...shard },
          "a data node refused an order",
        );
        tracker.refusals.set(key, outcome.lasting ? Infinity : nowMs + limits.refusalMs);
        if (order.kind === "create") this.#fail(order, outcome.detail);
        return;
      case "fenced":
        log.warn(
          { event: "order-fenced", order: order.kind, detail: outcome.detail, ...shard },
          "a data node obeys somebody else",
        );
        fence.doubt();
        this.#retryLater(tracker, sent, outcome.detail);
        return;
      case "retry":
        this.#retryLater(tracker, sent, outcome.detail);
        return;
      case "dropped":
        return;
    }
  }

  #retryLater(
    tracker: NodeTracker,
    sent: { readonly key: string; readonly order: Order },
    detail: string,
  ): void {
    const { clock, random, log } = this.#session;
    const { key, order } = sent;
    const marker = markerOf(order);
    const known = tracker.retries.get(key);
    const tries = known?.marker === marker ? known.tries + 1 : 1;
    log.debug(
      { event: "order-retried", nodeId: tracker.nodeId, order: order.kind, tries, detail },
      "an order will be repeated",
    );
    if (order.kind === "create" && tries >= limits.createTriesCountMax) {
      tracker.refusals.set(key, clock.monotonicMs() + limits.refusalMs);
      this.#fail(order, detail);
    }
    // A node that lost the shard, or got it by a call that seemed to fail, tells in its report.
    tracker.requestReport(clock.monotonicMs());
    const mostMs = Math.min(limits.orderRetryBaseMs * 2 ** tries, limits.orderRetryMaxMs);
    const delayMs = mostMs / 2 + random.below(mostMs / 2);
    tracker.retries.set(key, { marker, tries, notBeforeMs: clock.monotonicMs() + delayMs });
  }

  #fail(order: Order, detail: string): void {
    const { indexName, indexUuid, shard, allocationId } = order;
    const ref = { indexName, indexUuid, shard, allocationId };
    this.#events.failed({ ...ref, reason: "allocation_failed", detail });
  }

  #finishedTombstones(tracker: NodeTracker, picture: NodePicture): string[] {
    const finished = picture.tombstones.filter((tombstone) => {
      const since = this.#gravesSince.get(tombstone.indexUuid) ?? Infinity;
      if (picture.held.requestedAtVersion < since) return false;
      if (this.#isUnderWay(tracker, tombstone)) return false;
      return isTombstoneDone(picture, tombstone);
    });
    return finished.map((tombstone) => tombstone.indexUuid);
  }

  /** An order about the deleted index that may still arrive would bring a shard back. */
  #isUnderWay(tracker: NodeTracker, tombstone: Tombstone): boolean {
    const numbers = tombstone.holders[tracker.nodeId] ?? [];
    return numbers.some((number) => tracker.inFlight.has(shardKey(tombstone.indexName, number)));
  }

  #settleDangling(tracker: NodeTracker, picture: NodePicture): void {
    const entries: ReportedShard[] = [];
    for (const key of tracker.held?.keys() ?? []) entries.push(...picture.held.of(key));
    const dangling = normalized(danglingOf(picture, entries));
    if (isSameList(dangling, picture.node.dangling)) {
      tracker.danglingSettled = true;
      return;
    }
    tracker.danglingSettled = false;
    if (tracker.danglingProposed) return;
    tracker.danglingProposed = true;
    const { epoch, proposer, wake } = this.#session;
    const settle = (): void => {
      tracker.danglingProposed = false;
      tracker.dirtyAll = true;
      wake();
    };
    proposer
      .propose({ kind: "node.dangling", epoch, nodeId: tracker.nodeId, dangling })
      .then(settle, settle);
  }

  #pictureOf(tracker: NodeTracker, held: NonNullable<NodeTracker["held"]>): NodePicture {
    const { view } = this.#session;
    const tombstones: Tombstone[] = [];
    for (const uuid of view.load(tracker.nodeId).tombstones) {
      const tombstone = view.state.tombstones.get(uuid);
      if (tombstone !== undefined) tombstones.push(tombstone);
    }
    return {
      state: view.state,
      node: view.state.nodes.get(tracker.nodeId) ?? tracker.record,
      held,
      tombstones,
      maybeOrdered: (allocationId) => this.#maybeOrdered.has(allocationId),
    };
  }
}

function reconcileKey(picture: NodePicture, key: string): Reconciled {
  const slash = key.lastIndexOf("/");
  return reconcileShard(picture, key.slice(0, slash), Number(key.slice(slash + 1)));
}

function markerOf(order: Order): string {
  return `${order.kind} ${order.indexUuid} ${order.allocationId}`;
}

/** Sorted, without repetitions, within the bound: as the state keeps it. */
function normalized(list: readonly DanglingShard[]): DanglingShard[] {
  const sorted = [...list].sort(compareDangling);
  return sorted
    .filter((item, at) => {
      const before = sorted[at - 1];
      return before === undefined || compareDangling(before, item) !== 0;
    })
    .slice(0, stateLimits.danglingShardsPerNodeMax);
}

function isSameList(a: readonly DanglingShard[], b: readonly DanglingShard[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((item, at) => {
    const other = b[at];
    return other !== undefined && compareDangling(item, other) === 0;
  });
}
