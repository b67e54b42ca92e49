/**
 * Runs work for nodes with bounded concurrency, per node and in all, first come first served and
 * nodes in turn, so that one slow node does not hold up the others. It knows nothing of what runs.
 */
import { assert } from "../base/assert.js";

/** Bounds; all are counts. */
export interface OrderQueueLimits {
  readonly perNodeCountMax: number;
  readonly countMax: number;
  readonly queuedCountMax: number;
}

/** A piece of work for a node. It must not reject. */
export type NodeTask = () => Promise<void>;

interface Lane {
  readonly waiting: NodeTask[];
  running: number;
}

/** See the file comment. */
export class OrderQueue {
  readonly #limits: OrderQueueLimits;
  readonly #lanes = new Map<string, Lane>();
  #running = 0;
  #queued = 0;
  #closed = false;

  constructor(limits: OrderQueueLimits) {
    assert(limits.perNodeCountMax > 0 && limits.countMax > 0, "some work can run");
    this.#limits = limits;
  }

  get running(): number {
    return this.#running;
  }

  get queued(): number {
    return this.#queued;
  }

  /** Runs the task when there is room; false when the queue is full or closed. */
  push(nodeId: string, task: NodeTask): boolean {
    if (this.#closed || this.#queued >= this.#limits.queuedCountMax) return false;
    const lane = this.#lanes.get(nodeId) ?? { waiting: [], running: 0 };
    this.#lanes.set(nodeId, lane);
    lane.waiting.push(task);
    this.#queued += 1;
    this.#pump();
    return true;
  }

  /** Drops what waits; what runs goes on until it notices by itself. */
  close(): void {
    this.#closed = true;
    this.#lanes.clear();
    this.#queued = 0;
  }

  #pump(): void {
    let started = true;
    while (started && this.#running < this.#limits.countMax) {
      started = false;
      for (const [nodeId, lane] of [...this.#lanes]) {
        if (this.#running >= this.#limits.countMax) return;
        if (lane.running >= this.#limits.perNodeCountMax) continue;
        const task = lane.waiting.shift();
        if (task === undefined) continue;
        this.#queued -= 1;
        started = true;
        // Whoever was served goes to the end of the line.
        this.#lanes.delete(nodeId);
        this.#lanes.set(nodeId, lane);
        this.#start(nodeId, lane, task);
      }
    }
  }

  #start(nodeId: string, lane: Lane, task: NodeTask): void {
    lane.running += 1;
    this.#running += 1;
    const done = (): void => {
      lane.running -= 1;
      this.#running -= 1;
      if (lane.running === 0 && lane.waiting.length === 0) this.#lanes.delete(nodeId);
      this.#pump();
    };
    task().then(done, done);
  }
}
