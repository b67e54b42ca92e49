/**
 * Virtual time: one heap of events, run one after the other in one thread. Between two events all
 * promises settle, so that what a run does depends on its seed alone. Every event leaves a mark in
 * a hash: two runs of one seed are the same run when their hashes are equal.
 */
import { assert } from "../../src/base/assert.js";
import type { TimerHandle } from "../../src/base/clock.js";

/** Something that happens at a moment. */
interface Occurrence {
  readonly timeMs: number;
  /** Of two at one moment, the one that was planned first comes first. */
  readonly order: number;
  run: (() => void) | undefined;
}

/** A hash over everything that happened, in two 32-bit lanes. */
export class Trace {
  #a = 0x811c9dc5;
  #b = 0x01000193;

  /** Mixes a number in; its fraction counts in thousandths. */
  add(value: number): void {
    const low = Math.floor(value * 1000) | 0;
    this.#a = Math.imul(this.#a ^ low, 0x01000193);
    this.#b = Math.imul(this.#b ^ (low + 0x9e37), 0x85ebca6b);
    this.#b ^= this.#b >>> 15;
  }

  /** Mixes a text in. */
  addText(text: string): void {
    for (let at = 0; at < text.length; at += 1) this.add(text.charCodeAt(at) / 1000);
  }

  /** 16 hexadecimal digits. */
  digest(): string {
    const hex = (lane: number): string => (lane >>> 0).toString(16).padStart(8, "0");
    return hex(this.#a) + hex(this.#b);
  }
}

/** See the file comment. */
export class World {
  readonly trace: Trace = new Trace();
  #nowMs = 0;
  #orders = 0;
  #heap: Occurrence[] = [];
  #eventsCount = 0;
  #stopped = false;

  get nowMs(): number {
    return this.#nowMs;
  }

  get eventsCount(): number {
    return this.#eventsCount;
  }

  /** Calls back when `delayMs` have passed. */
  after(delayMs: number, run: () => void): TimerHandle {
    assert(delayMs >= 0, "nothing happens before now");
    const occurrence = { timeMs: this.#nowMs + delayMs, order: this.#orders, run };
    this.#orders += 1;
    this.#push(occurrence);
    const held: Occurrence = occurrence;
    return {
      cancel: () => {
        held.run = undefined;
      },
    };
  }

  /** Ends {@link run} after the present event. */
  stop(): void {
    this.#stopped = true;
  }

  /** Runs what happens up to `untilMs`, or until `isDone`, looking after each event. */
  async run(untilMs: number, look: () => boolean): Promise<void> {
    this.#stopped = false;
    while (!this.#isStopped()) {
      const next = this.#heap[0];
      if (next === undefined || next.timeMs > untilMs) break;
      this.#pop();
      const { run } = next;
      if (run === undefined) continue;
      assert(next.timeMs >= this.#nowMs, "time never goes back");
      this.#nowMs = next.timeMs;
      this.#eventsCount += 1;
      this.trace.add(next.timeMs);
      run();
      await settled();
      if (look()) return;
    }
    if (!this.#isStopped()) this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  #isStopped(): boolean {
    return this.#stopped;
  }

  #push(occurrence: Occurrence): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(occurrence);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || !isBefore(occurrence, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = occurrence;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const leftChild = heap[left];
      if (leftChild === undefined) break;
      const rightChild = heap[left + 1];
      const goesRight = rightChild !== undefined && isBefore(rightChild, leftChild);
      const child = goesRight ? rightChild : leftChild;
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = goesRight ? left + 1 : left;
    }
    heap[at] = last;
  }
}

function isBefore(a: Occurrence, b: Occurrence): boolean {
  return a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.order < b.order);
}

/** Resolves when no promise has anything left to do. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    // Runs only once the queue of promise reactions is empty.
    process.nextTick(resolve);
  });
}
