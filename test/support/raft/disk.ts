/**
 * The durable half of a simulated member: what the write-ahead log and the snapshot store would
 * hold. Batches are atomic and become durable in order; a crash loses those that are not.
 */
import { assert } from "../../../src/base/assert.js";
import type {
  Entry,
  HardState,
  Membership,
  Ready,
  RestoredState,
  SnapshotMeta,
} from "../../../src/raft/types.js";

/** What a batch carries to the disk. */
export type DiskBatch = Pick<
  Ready,
  "mark" | "hardState" | "entries" | "snapshot" | "mustSync" | "sendAfterPersist"
>;

/** See the file comment. */
export class SimDisk {
  hardState: HardState = { term: 0, vote: 0, commit: 0 };
  snapshot: SnapshotMeta;
  /** Entries behind the snapshot at the time they were written; older ones may remain. */
  entries: Entry[] = [];
  /** The commit position as of the last batch that asked for a sync; a crash may go back to it. */
  #syncedCommit = 0;

  constructor(membership: Membership) {
    this.snapshot = { logIndex: 0, term: 0, membership };
  }

  get lastLogIndex(): number {
    return Math.max(this.entries.at(-1)?.logIndex ?? 0, this.snapshot.logIndex);
  }

  write(batch: DiskBatch): void {
    if (batch.snapshot !== undefined) {
      this.snapshot = batch.snapshot;
      this.entries = [];
    }
    const first = batch.entries[0];
    if (first !== undefined) {
      assert(first.logIndex <= this.lastLogIndex + 1, "the disk's log has no gaps");
      this.entries = this.entries.filter(({ logIndex }) => logIndex < first.logIndex);
      this.entries.push(...batch.entries);
    }
    if (batch.hardState !== undefined) this.hardState = batch.hardState;
    if (batch.mustSync) this.#syncedCommit = this.hardState.commit;
    assert(this.hardState.commit <= this.lastLogIndex, "what is committed is on the disk");
  }

  /** Keeps a snapshot that the member took itself. */
  keepSnapshot(snapshot: SnapshotMeta): void {
    if (snapshot.logIndex <= this.snapshot.logIndex) return;
    this.snapshot = snapshot;
    this.entries = this.entries.filter(({ logIndex }) => logIndex > snapshot.logIndex);
  }

  /** Whether (`logIndex`, `term`) would survive a crash now. */
  holds(logIndex: number, term: number): boolean {
    if (logIndex <= this.snapshot.logIndex) return true;
    return this.entries.some((entry) => entry.logIndex === logIndex && entry.term === term);
  }

  /** A crash may lose commit positions that were never synced. */
  loseUnsynced(): void {
    this.hardState = { ...this.hardState, commit: this.#syncedCommit };
  }

  restore(applied: number, membership: Membership): RestoredState {
    const { hardState, snapshot } = this;
    const entries = this.entries.filter(({ logIndex }) => logIndex > snapshot.logIndex);
    return { hardState, snapshot, entries, applied, membership };
  }
}
