/**
 * Fans applied versions out to watchers of this member and keeps a bounded history, so that one
 * that was away a while can go on where it stopped. Sinks are called synchronously and keep their
 * own bounds: the hub holds nothing per watcher but its position.
 */
import { assert } from "../../base/assert.js";
import type { StateDelta } from "../../state/changes.js";
import type { ClusterState } from "../../state/model.js";
import type { Subscription, WatchSink } from "../port.js";
import { historyBytesMax, historyVersionsMax } from "./limits.js";

interface Watcher {
  readonly sink: WatchSink;
  /** Last version delivered, or that the watcher already has. */
  version: number;
}

/** Rough size of a change in memory, for the bound of the history. */
const changeBytesEstimate = 512;

/** See the file comment. */
export class WatchHub {
  readonly #watchers = new Set<Watcher>();
  #state: ClusterState;
  /** Deltas in order; the last one leads to the current state. */
  #history: StateDelta[] = [];
  #historyStart = 0;
  #historyBytes = 0;

  constructor(state: ClusterState) {
    this.#state = state;
  }

  /** Number of running watches. */
  get watcherCount(): number {
    return this.#watchers.size;
  }

  /** A new version was applied. */
  publish(delta: StateDelta): void {
    assert(delta.before === this.#state, "deltas follow each other");
    assert(delta.after.version === delta.before.version + 1, "one entry is one version");
    this.#state = delta.after;
    this.#history.push(delta);
    this.#historyBytes += weightOf(delta);
    this.#trim();
    for (const watcher of [...this.#watchers]) {
      // One sink's answer may be to close another watch.
      if (!this.#watchers.has(watcher) || delta.after.version <= watcher.version) continue;
      watcher.version = delta.after.version;
      watcher.sink.onDelta(delta);
    }
  }

  /** The state was replaced as a whole: every watcher that is behind it starts over. */
  replace(state: ClusterState): void {
    this.#state = state;
    this.#history = [];
    this.#historyStart = 0;
    this.#historyBytes = 0;
    for (const watcher of [...this.#watchers]) {
      if (!this.#watchers.has(watcher) || state.version <= watcher.version) continue;
      watcher.version = state.version;
      watcher.sink.onSnapshot(state);
    }
  }

  /** See ControlPlane.watch. */
  subscribe(fromVersion: number | undefined, sink: WatchSink): Subscription {
    const watcher: Watcher = { sink, version: fromVersion ?? this.#state.version };
    this.#watchers.add(watcher);
    if (watcher.version < this.#state.version || fromVersion === 0) this.#catchUp(watcher);
    return {
      close: () => {
        this.#watchers.delete(watcher);
      },
    };
  }

  /** Ends every watch. */
  close(): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const watcher of watchers) watcher.sink.onEnd();
  }

  #catchUp(watcher: Watcher): void {
    const oldest = this.#history[this.#historyStart]?.before.version ?? this.#state.version;
    if (watcher.version === 0 || watcher.version < oldest) {
      watcher.version = this.#state.version;
      watcher.sink.onSnapshot(this.#state);
      return;
    }
    const first = this.#historyStart + (watcher.version - oldest);
    for (const delta of this.#history.slice(first)) {
      if (!this.#watchers.has(watcher)) return;
      assert(delta.before.version === watcher.version, "history has no gap");
      watcher.version = delta.after.version;
      watcher.sink.onDelta(delta);
    }
  }

  #trim(): void {
    while (
      this.#history.length - this.#historyStart > historyVersionsMax ||
      this.#historyBytes > historyBytesMax
    ) {
      const oldest = this.#history[this.#historyStart];
      assert(oldest !== undefined, "a history over its bound is not empty");
      this.#historyBytes -= weightOf(oldest);
      this.#historyStart += 1;
    }
    if (this.#historyStart > 1024 && this.#historyStart * 2 > this.#history.length) {
      this.#history = this.#history.slice(this.#historyStart);
      this.#historyStart = 0;
    }
  }
}

function weightOf(delta: StateDelta): number {
  let bytes = changeBytesEstimate;
  for (const change of delta.changes) {
    bytes += changeBytesEstimate;
    if (change.kind === "index") bytes += (change.after?.shards.length ?? 0) * changeBytesEstimate;
  }
  return bytes;
}
