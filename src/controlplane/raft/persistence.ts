/**
 * What of this member's state is kept beside the log: the state store, a little behind, and
 * snapshots, which let the log be shortened. Takes snapshots when enough log has come, off the
 * apply path: the state is immutable, so it is written while newer versions are made.
 */
import { assert } from "../../base/assert.js";
import type { Clock } from "../../base/clock.js";
import type { Logger } from "../../base/log.js";
import type { Entry, SnapshotMeta } from "../../raft/types.js";
import { itemsOf } from "../../state/items.js";
import type { SnapshotStore } from "../../storage/snapshot/snapshot-store.js";
import type { StateStore } from "../../storage/state-store.js";
import type { Wal } from "../../storage/wal/wal.js";
import { compactionTrailingEntries } from "./limits.js";
import type { AppliedEntry, MachineState } from "./machine.js";
import { encodeMeta, metaOf, type MachineMeta } from "./machine-codec.js";
import { writeSnapshot } from "./snapshot-body.js";
import { StoreWriter, type AppliedMark } from "./store-writer.js";

/** When snapshots are due. */
export interface SnapshotPolicy {
  readonly entriesCount: number;
  readonly logBytes: number;
  /** Entries kept in memory behind a snapshot; absent = the limit in limits.ts. */
  readonly trailingEntries?: number;
}

/** What persistence works with. */
export interface PersistenceDeps {
  readonly clusterUuid: string;
  readonly store: StateStore;
  readonly snapshots: SnapshotStore;
  readonly wal: Wal;
  readonly policy: SnapshotPolicy;
  readonly clock: Clock;
  readonly log: Logger;
  /** The state as applied now. */
  readonly current: () => MachineState;
  /** The log may be forgotten up to `compactTo`: a durable snapshot stands for it. */
  readonly onCompacted: (snapshot: SnapshotMeta, compactTo: number) => void;
  /** The store or the snapshots cannot be written. */
  readonly onError: (error: unknown) => void;
}

/** See the file comment. */
export class Persistence {
  readonly #deps: PersistenceDeps;
  readonly #writer: StoreWriter;
  #entriesSince = 0;
  #bytesSince = 0;
  #lastSnapshot: { readonly logIndex: number; readonly bytes: number };
  #taking: Promise<void> | undefined;
  #installed: { readonly state: MachineState; readonly mark: AppliedMark } | undefined;

  constructor(deps: PersistenceDeps, lastSnapshot: { logIndex: number; bytes: number }) {
    this.#deps = deps;
    this.#lastSnapshot = lastSnapshot;
    this.#writer = new StoreWriter(deps.store, {
      clock: deps.clock,
      markOf: () => this.#mark(),
      onError: deps.onError,
    });
  }

  /** An entry was applied. */
  onApplied(entry: Entry, applied: AppliedEntry): void {
    this.#entriesSince += 1;
    this.#bytesSince += entry.data.length;
    this.#writer.onApplied(applied.items);
  }

  /** A batch was applied: a snapshot may be due. */
  onBatchApplied(): void {
    const { policy } = this.#deps;
    const due =
      (this.#entriesSince >= policy.entriesCount || this.#bytesSince >= policy.logBytes) &&
      this.#bytesSince >= this.#lastSnapshot.bytes;
    if (!due || this.#taking !== undefined) return;
    this.#taking = this.#take()
      .catch((thrown: unknown) => {
        this.#deps.onError(thrown);
      })
      .finally(() => {
        this.#taking = undefined;
      });
  }

  /** The state was replaced by a snapshot of the leader; the log does not say so yet. */
  onInstalled(state: MachineState): void {
    this.#entriesSince = 0;
    this.#bytesSince = 0;
    this.#lastSnapshot = { logIndex: state.logIndex, bytes: this.#lastSnapshot.bytes };
    const { clusterUuid } = this.#deps;
    this.#writer.suspend();
    this.#installed = { state, mark: markOf(state, metaOf(state, clusterUuid)) };
  }

  /**
   * The log says so now: the store may follow. Earlier, a crash would have left it ahead of the
   * log's end.
   */
  onInstallDurable(): void {
    const installed = this.#installed;
    assert(installed !== undefined, "an installed snapshot becomes durable once");
    this.#installed = undefined;
    const { state, mark } = installed;
    this.#writer
      .replaceAll(() => this.#deps.store.replaceAll(itemsOf(state.cluster), mark))
      .catch((thrown: unknown) => {
        this.#deps.onError(thrown);
      });
  }

  /** Writes out what is applied and waits for a running snapshot. */
  async close(): Promise<void> {
    await this.#taking;
    await this.#writer.close();
  }

  #mark(): AppliedMark {
    const state = this.#deps.current();
    return markOf(state, metaOf(state, this.#deps.clusterUuid));
  }

  async #take(): Promise<void> {
    const { snapshots, wal, log, clock } = this.#deps;
    const state = this.#deps.current();
    const { logIndex, term, directory } = state;
    assert(logIndex > this.#lastSnapshot.logIndex, "a snapshot leads forward");
    const meta = metaOf(state, this.#deps.clusterUuid);
    const started = clock.monotonicMs();
    this.#entriesSince = 0;
    this.#bytesSince = 0;
    const bytes = await writeSnapshot(snapshots, { logIndex, term, meta }, state.cluster);
    const previous = this.#lastSnapshot;
    // Meanwhile a snapshot of the leader took the place of state and log.
    if (previous.logIndex >= logIndex) return;
    this.#lastSnapshot = { logIndex, bytes };
    // The store is at or above the snapshot, durably, before any log is given up.
    await this.#writer.flush({ sync: true });
    const elapsedMs = Math.round(clock.monotonicMs() - started);
    log.info({ event: "snapshot-taken", logIndex, bytes, elapsedMs }, "took a snapshot");
    // The log reaches back to the older of the two snapshots that are kept.
    if (previous.logIndex > 0) wal.truncatePrefix(previous.logIndex);
    const trailing = this.#deps.policy.trailingEntries ?? compactionTrailingEntries;
    const compactTo = Math.max(0, logIndex - trailing);
    const { membership } = directory;
    this.#deps.onCompacted({ logIndex, term, membership }, compactTo);
  }
}

function markOf(state: MachineState, meta: MachineMeta): AppliedMark {
  const { logIndex, term, hash } = state;
  return { logIndex, term, hash, meta: encodeMeta(meta) };
}
