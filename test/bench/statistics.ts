/**
 * The arithmetic of the benchmarks: percentiles of one measurement, medians over rounds, ratios.
 * Pure functions; nothing here measures or prints.
 */
import { assert, assertDefined } from "../../src/base/assert.js";

/** What one round of one load says about one contender. */
export interface RoundFigures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perSecond: number;
}

/**
 * The smallest value that at least `percent` percent of all values do not exceed (nearest rank).
 * Needs at least one value; `percent` is in (0, 100].
 */
export function percentile(values: readonly number[], percent: number): number {
  assert(percent > 0 && percent <= 100, "a percentile is above 0 and at most 100");
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.ceil((percent / 100) * sorted.length);
  return assertDefined(sorted[rank - 1], "a percentile needs at least one value");
}

/** The middle value, or the mean of the two middle ones. Needs at least one value. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = Math.floor(sorted.length / 2);
  const lower = Math.floor((sorted.length - 1) / 2);
  const high = assertDefined(sorted[upper], "a median needs at least one value");
  return (assertDefined(sorted[lower], "a median needs at least one value") + high) / 2;
}

/** Figures of one load from its latencies and the time that it took in all. */
export function figuresOf(latenciesMs: readonly number[], tookMs: number): RoundFigures {
  assert(tookMs > 0, "a load takes time");
  return {
    p50Ms: percentile(latenciesMs, 50),
    p99Ms: percentile(latenciesMs, 99),
    perSecond: (latenciesMs.length * 1000) / tookMs,
  };
}

/** Each figure's median over the rounds, so that one noisy round decides nothing. */
export function medianOverRounds(rounds: readonly RoundFigures[]): RoundFigures {
  return {
    p50Ms: median(rounds.map((round) => round.p50Ms)),
    p99Ms: median(rounds.map((round) => round.p99Ms)),
    perSecond: median(rounds.map((round) => round.perSecond)),
  };
}
