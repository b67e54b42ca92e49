/**
 * The allocation loop of one leadership: plans on the view whenever something is to be placed or
 * balanced, proposes the decisions, and plans again when they are applied. One plan is under way at
 * a time, because the next is based on what becomes of it.
 */
import { shardKey } from "../allocation/cluster-view.js";
import type { Knowledge } from "../allocation/knowledge.js";
import { limits as planLimits } from "../allocation/limits.js";
import { planAllocation, type Plan, type PlannedBatch } from "../allocation/plan.js";
import { createHoldback, type Holdback } from "./holdback.js";
import { limits } from "./limits.js";
import type { Session } from "./session.js";

/** See the file comment. */
export class Allocator {
  readonly #session: Session;
  readonly #holdback: Holdback;
  #planning = false;
  #wakeAtMs: number;
  /** Since when plans wait for first reports; undefined = they do not. */
  #waitingSinceMs: number | undefined;

  constructor(session: Session) {
    this.#session = session;
    this.#wakeAtMs = session.clock.monotonicMs();
    this.#holdback = createHoldback(session.view.state, this.#wakeAtMs);
  }

  /** Something changed: balance may be worth a look once it is quiet again. */
  noteChange(nowMs: number): void {
    this.#wakeAtMs = Math.min(this.#wakeAtMs, nowMs + planLimits.rebalanceQuietMs);
  }

  /** Plans if there is anything to plan. */
  run(nowMs: number): void {
    const { view, metrics, newId, clock } = this.#session;
    const isDue = view.pending.ready.size > 0 || nowMs >= this.#wakeAtMs;
    if (this.#planning || !isDue || this.#awaitsFirstReports(nowMs)) return;
    const plan = planAllocation(view, { knowledge: this.#knowledge(nowMs), newId });
    metrics.observe("plan_ms", clock.monotonicMs() - nowMs);
    this.#wakeAtMs = plan.more ? nowMs : (plan.nextWakeMs ?? Infinity);
    if (plan.batches.length > 0) this.#propose(plan);
    else if (plan.more) this.#session.wake();
  }

  /**
   * Whether a node that has just come may still say what it holds: until then it takes no copies,
   * and what is placed without it may never move again. Bounded, counted from the first wait.
   */
  #awaitsFirstReports(nowMs: number): boolean {
    const { trackers } = this.#session;
    const waits = [...trackers.values()].some((tracker) => tracker.awaitsFirstReport);
    if (!waits) {
      this.#waitingSinceMs = undefined;
      return false;
    }
    this.#waitingSinceMs ??= nowMs;
    return nowMs - this.#waitingSinceMs < limits.firstReportWaitMs;
  }

  #propose(plan: Plan): void {
    this.#planning = true;
    const settle = (): void => {
      this.#planning = false;
      this.#session.wake();
    };
    Promise.all(plan.batches.map((batch) => this.#proposeBatch(batch))).then(settle, settle);
  }

  async #proposeBatch(batch: PlannedBatch): Promise<void> {
    const { epoch, proposer, metrics, log, clock, view } = this.#session;
    const { reason, assignments } = batch;
    const result = await proposer.propose({ kind: "shard.assign", epoch, reason, assignments });
    log.info({ event: "copies-assigned", reason, count: assignments.length }, "copies assigned");
    if (result?.ok === true) {
      for (const item of result.items) {
        metrics.count(item.ok ? "assignments_proposed" : "assignments_rejected");
        if (item.ok) continue;
        const { code, message } = item;
        log.debug({ event: "assignment-rejected", code, message }, "an assignment came too late");
      }
      return;
    }
    const retryAtMs = clock.monotonicMs() + limits.proposeRetryMs;
    for (const { indexName, shard } of assignments) {
      const key = shardKey(indexName, shard);
      if (view.unassigned.has(key)) view.pending.park(key, { throttled: false, atMs: retryAtMs });
    }
    this.#wakeAtMs = Math.min(this.#wakeAtMs, retryAtMs);
  }

  #knowledge(nowMs: number): Knowledge {
    const { trackers } = this.#session;
    return {
      nowMs,
      isReady: (nodeId) => trackers.get(nodeId)?.ready === true,
      holds: (nodeId, ref) => this.#holds(nodeId, ref),
      isRefused: (nodeId, { indexName, shard }) => {
        const untilMs = trackers.get(nodeId)?.refusals.get(shardKey(indexName, shard));
        return untilMs !== undefined && untilMs > nowMs;
      },
      heldBackUntilMs: (place) => this.#holdback.untilMs(place),
    };
  }

  #holds(nodeId: string, ref: Parameters<Knowledge["holds"]>[1]): boolean {
    const { trackers, view } = this.#session;
    const held = trackers.get(nodeId)?.held;
    const key = shardKey(ref.indexName, ref.shard);
    const shard = view.place(key)?.shard;
    if (held === undefined || shard === undefined) return false;
    if (held.requestedAtVersion < shard.version) return false;
    return held
      .of(key)
      .some(
        (entry) =>
          (entry.indexUuid === "" || entry.indexUuid === ref.indexUuid) &&
          (entry.allocationId === "" || entry.allocationId === ref.allocationId) &&
          entry.phase !== "initializing" &&
          entry.failure === "",
      );
  }
}
