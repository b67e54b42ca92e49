/**
 * What clients did and saw, with times of one monotonic clock, and what can be read off it without
 * a judge: counts, and the longest time without an acknowledged write.
 */
import type { CatalogueRead, IndexHistory } from "../linearizability/index-history.js";
import { neverReturned, type Operation } from "../linearizability/model.js";
import type { IndexInput, IndexOutput } from "../linearizability/models/index-catalogue.js";
import type { Outcome } from "./outcome.js";

const nsPerMs = 1_000_000;

/** A span without an acknowledged write. */
export interface Gap {
  readonly startMs: number;
  readonly lengthMs: number;
}

/** See the file comment. */
export class Recorder {
  readonly #startNs = process.hrtime.bigint();
  readonly #operations: Operation<IndexInput, IndexOutput>[] = [];
  readonly #catalogueReads: CatalogueRead[] = [];
  readonly #acknowledgedNs: number[] = [];
  readonly #statuses = new Map<string, number>();
  readonly counts = { ok: 0, failed: 0, unknown: 0 };

  /** Nanoseconds since the recorder was made. */
  now(): number {
    return Number(process.hrtime.bigint() - this.#startNs);
  }

  /** Records one call. What surely did not happen, and what taught nothing, is only counted. */
  record(
    call: { readonly client: number; readonly calledAt: number; readonly input: IndexInput },
    outcome: Outcome,
  ): void {
    const returnedAt = this.now();
    this.#count(outcome);
    if (outcome.kind === "answered") {
      const { output } = outcome;
      this.#operations.push({ ...call, output, returnedAt });
      if (output.kind === "created" || output.kind === "done")
        this.#acknowledgedNs.push(returnedAt);
    } else if (outcome.kind === "unknown" && call.input.kind !== "get") {
      this.#operations.push({ ...call, output: undefined, returnedAt: neverReturned });
    }
  }

  /** Records a read of many names. */
  recordRead(read: Omit<CatalogueRead, "returnedAt">): void {
    this.counts.ok += 1;
    this.#catalogueReads.push({ ...read, returnedAt: this.now() });
  }

  /** Records a read of many names that failed. */
  recordFailedRead(outcome: Exclude<Outcome, { kind: "answered" }>): void {
    this.#count(outcome);
  }

  get history(): IndexHistory {
    return { operations: this.#operations, catalogueReads: this.#catalogueReads };
  }

  /** How often each status that is no answer was seen. */
  get statuses(): ReadonlyMap<string, number> {
    return this.#statuses;
  }

  /** The longest span without an acknowledged write within the given time. */
  longestGap(fromNs: number, toNs: number): Gap {
    const { startMs, lengthMs } = longestGap(this.#acknowledgedNs, fromNs, toNs);
    return { startMs, lengthMs };
  }

  #count(outcome: Outcome): void {
    if (outcome.kind === "answered") {
      this.counts.ok += 1;
      return;
    }
    this.counts[outcome.kind] += 1;
    this.#statuses.set(outcome.status, (this.#statuses.get(outcome.status) ?? 0) + 1);
  }
}

/** The longest span between neighbours of `momentsNs` and the two ends. */
export function longestGap(momentsNs: readonly number[], fromNs: number, toNs: number): Gap {
  const within = momentsNs.filter((moment) => moment > fromNs && moment < toNs);
  const sorted = [fromNs, ...within.sort((a, b) => a - b), toNs];
  let best: Gap = { startMs: fromNs / nsPerMs, lengthMs: 0 };
  let previous = fromNs;
  for (const moment of sorted) {
    const lengthMs = (moment - previous) / nsPerMs;
    if (lengthMs > best.lengthMs) best = { startMs: previous / nsPerMs, lengthMs };
    previous = moment;
  }
  return best;
}
