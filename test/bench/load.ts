/**
 * A closed loop: each client sends its next call when the previous one was answered. Measures only
 * what the clients see; what the calls do is the caller's.
 */
import { figuresOf, type RoundFigures } from "./statistics.js";

/** One call to a server; resolves when it was answered, rejects when it failed. */
export type Call = () => Promise<unknown>;

/** What a load saw. Failed calls are counted and left out of the figures. */
export interface LoadResult {
  readonly figures: RoundFigures;
  readonly failedCount: number;
}

/**
 * Runs one loop for each of `calls` for `durationMs`; calls under way are then waited for.
 *
 * @throws Error when not one call succeeded.
 */
export async function measure(calls: readonly Call[], durationMs: number): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  let failedCount = 0;
  let lastFailure: unknown;
  const startMs = performance.now();
  const untilMs = startMs + durationMs;
  const loop = async (call: Call): Promise<void> => {
    for (let nowMs = startMs; nowMs < untilMs; nowMs = performance.now()) {
      const sentMs = performance.now();
      try {
        await call();
        latenciesMs.push(performance.now() - sentMs);
      } catch (thrown) {
        failedCount += 1;
        lastFailure = thrown;
      }
    }
  };
  await Promise.all(calls.map(loop));
  const tookMs = performance.now() - startMs;
  if (latenciesMs.length === 0) throw new Error("no call succeeded", { cause: lastFailure });
  return { figures: figuresOf(latenciesMs, tookMs), failedCount };
}
