/**
 * Which shards with unassigned copies are worth looking at now, so that a plan costs what changed
 * and not what waits. A shard is ready after anything about it or the nodes changed, throttled
 * until some recovery ends, timed until its delay or back-off passes, or asleep until touched. It
 * decides nothing itself.
 */

/** Why a shard that was looked at is put aside; a shard may be throttled and timed at once. */
export interface Parking {
  readonly throttled: boolean;
  /** When to look again, on the leader's monotonic clock; undefined = only when touched. */
  readonly atMs: number | undefined;
}

/** See the file comment. Keys are those of cluster-view.ts. */
export class PendingShards {
  readonly #ready = new Set<string>();
  readonly #throttled = new Set<string>();
  readonly #timed = new Map<string, number>();

  /** Keys to look at, oldest first. */
  get ready(): ReadonlySet<string> {
    return this.#ready;
  }

  /** Whether any shard is expected to be assigned without anything else happening first. */
  get expectant(): boolean {
    return this.#ready.size > 0 || this.#throttled.size > 0 || this.#timed.size > 0;
  }

  touch(key: string): void {
    this.forget(key);
    this.#ready.add(key);
  }

  forget(key: string): void {
    this.#ready.delete(key);
    this.#throttled.delete(key);
    this.#timed.delete(key);
  }

  park(key: string, parking: Parking): void {
    this.forget(key);
    if (parking.throttled) this.#throttled.add(key);
    if (parking.atMs !== undefined) this.#timed.set(key, parking.atMs);
  }

  /** A recovery ended: whatever waited for room is looked at again. */
  releaseThrottled(): void {
    for (const key of [...this.#throttled]) this.touch(key);
  }

  /** Makes ready what was parked until `nowMs` or earlier. */
  releaseDue(nowMs: number): void {
    for (const [key, atMs] of [...this.#timed]) if (atMs <= nowMs) this.touch(key);
  }

  /** When {@link releaseDue} next has something to do. */
  nextDueMs(): number | undefined {
    let next: number | undefined;
    for (const atMs of this.#timed.values()) {
      if (next === undefined || atMs < next) next = atMs;
    }
    return next;
  }
}
