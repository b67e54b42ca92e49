/**
 * The replicated log of one member in memory: a plain array behind a base position, with the
 * commit, applied and durable positions over it. It checks what may never happen to a log; it
 * knows no roles, messages or quorums. The latest snapshot's description is kept here, its data
 * never is.
 */
import { assert, assertDefined } from "../base/assert.js";
import { Durability } from "./durability.js";
import type { Batch } from "./durability.js";
import type { Entry, RestoredState, SnapshotMeta, VoteResponseMessage } from "./types.js";

/** A guess where two logs agree; term 0 when the term there is not known. */
export interface LogHint {
  readonly logIndex: number;
  readonly term: number;
}

/** What one Ready carries to the disk. */
export interface PersistRequest {
  readonly snapshot: SnapshotMeta | undefined;
  readonly entries: readonly Entry[];
}

const noEntries: readonly Entry[] = [];

/** See the file comment. Invariant: applied <= handedOut <= commit <= last, base <= applied. */
export class RaftLog {
  readonly #durability: Durability;
  #entries: Entry[];
  /** The position just before the first entry, and its term. */
  #baseLogIndex: number;
  #baseTerm: number;
  #snapshot: SnapshotMeta;
  /** A snapshot that replaced the log and is not durable yet. */
  #installing: SnapshotMeta | undefined = undefined;
  #installingHandedOut = false;
  #commit: number;
  #applied: number;
  /** Last position handed out to be applied. */
  #handedOut: number;
  #bytes: number;

  constructor(restored: RestoredState) {
    const { snapshot, entries, applied, hardState } = restored;
    this.#entries = [...entries];
    this.#baseLogIndex = snapshot.logIndex;
    this.#baseTerm = snapshot.term;
    this.#snapshot = snapshot;
    this.#applied = applied;
    this.#handedOut = applied;
    this.#commit = Math.max(hardState.commit, applied);
    this.#bytes = payloadBytes(entries);
    assert(applied >= snapshot.logIndex, "what a snapshot holds is applied");
    assert(this.#commit <= this.lastLogIndex, "what is committed or applied is in the log");
    assertContiguous(entries, snapshot.logIndex, snapshot.term);
    this.#durability = new Durability(this.lastLogIndex);
  }

  /** The first position held in memory. */
  get firstLogIndex(): number {
    return this.#baseLogIndex + 1;
  }

  get lastLogIndex(): number {
    return this.#baseLogIndex + this.#entries.length;
  }

  get lastTerm(): number {
    return this.#entries.at(-1)?.term ?? this.#baseTerm;
  }

  get commit(): number {
    return this.#commit;
  }

  get applied(): number {
    return this.#applied;
  }

  get snapshot(): SnapshotMeta {
    return this.#snapshot;
  }

  get stable(): number {
    return this.#durability.stable;
  }

  /** Sum of payload bytes held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a snapshot replaced the log and is not durable yet. */
  get installing(): boolean {
    return this.#installing !== undefined;
  }

  /** The term at `logIndex`; undefined when it was compacted away or does not exist. */
  termAt(logIndex: number): number | undefined {
    if (logIndex === this.#baseLogIndex) return this.#baseTerm;
    return this.#entries[logIndex - this.#baseLogIndex - 1]?.term;
  }

  /** The entry at `logIndex`, which the caller knows to be held. */
  entryAt(logIndex: number): Entry {
    assert(logIndex > this.#baseLogIndex, "the entry was not compacted away");
    assert(logIndex <= this.lastLogIndex, "the entry exists");
    const entry = this.#entries[logIndex - this.#baseLogIndex - 1];
    return assertDefined(entry, "the log has no gaps");
  }

  /** Whether a log that ends at (`lastLogIndex`, `lastTerm`) may lead this one (section 5.4.1). */
  isUpToDate(lastLogIndex: number, lastTerm: number): boolean {
    assert(lastLogIndex >= 0, "a position is not negative");
    assert(lastTerm >= 0, "a term is not negative");
    if (lastTerm !== this.lastTerm) return lastTerm > this.lastTerm;
    return lastLogIndex >= this.lastLogIndex;
  }

  /**
   * Entries from `fromLogIndex` on, as many as fit both limits, but at least one where there is
   * one, so that an entry larger than the limit can move at all.
   */
  slice(fromLogIndex: number, countMax: number, bytesMax: number): readonly Entry[] {
    assert(fromLogIndex > this.#baseLogIndex, "the slice was not compacted away");
    assert(countMax > 0, "a slice may hold at least one entry");
    const start = fromLogIndex - this.#baseLogIndex - 1;
    const end = this.#limitEnd(start, Math.min(start + countMax, this.#entries.length), bytesMax);
    return end <= start ? noEntries : this.#entries.slice(start, end);
  }

  /**
   * The largest position up to `logIndex` whose term is at most `term`: nothing above it can
   * agree with a log that has `term` at `logIndex`, because terms only grow along a log.
   */
  findConflictByTerm(logIndex: number, term: number): LogHint {
    assert(logIndex >= 0, "a position is not negative");
    assert(term >= 0, "a term is not negative");
    if (logIndex > this.lastLogIndex || logIndex < this.#baseLogIndex) {
      return { logIndex, term: 0 };
    }
    let low = this.#baseLogIndex;
    let high = logIndex;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.entryAt(middle).term <= term) low = middle;
      else high = middle - 1;
    }
    if (low > this.#baseLogIndex || this.#baseTerm <= term) {
      return { logIndex: low, term: assertDefined(this.termAt(low), "the search stays inside") };
    }
    return { logIndex: Math.max(low - 1, 0), term: 0 };
  }

  /**
   * A follower's append. Undefined when the logs do not agree at `prevLogIndex`; otherwise the
   * last position that now agrees. Entries that are already there are left alone, so that a
   * delayed message never shortens the log.
   */
  maybeAppend(
    prevLogIndex: number,
    prevLogTerm: number,
    entries: readonly Entry[],
  ): number | undefined {
    if (this.termAt(prevLogIndex) !== prevLogTerm) return undefined;
    const lastNew = prevLogIndex + entries.length;
    assert(lastNew >= prevLogIndex, "an append does not go back");
    const firstDifferent = entries.findIndex((entry) => this.termAt(entry.logIndex) !== entry.term);
    if (firstDifferent >= 0) {
      const added = firstDifferent === 0 ? entries : entries.slice(firstDifferent);
      this.append(added);
    }
    assert(this.lastLogIndex >= lastNew, "everything sent is now held");
    return lastNew;
  }

  /** Appends entries, replacing what was held from the first one's position on. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    assert(first.logIndex > this.#commit, "a committed entry is never replaced");
    assert(first.logIndex <= this.lastLogIndex + 1, "the log has no gaps");
    assertContiguous(entries, first.logIndex - 1, this.termAt(first.logIndex - 1) ?? 0);
    if (first.logIndex <= this.lastLogIndex) this.#truncateFrom(first.logIndex);
    for (const entry of entries) {
      this.#entries.push(entry);
      this.#bytes += entry.data.length;
    }
  }

  /** Raises the commit position; lower values are old news. */
  commitTo(logIndex: number): void {
    assert(logIndex <= this.lastLogIndex, "only what the log holds can be committed");
    assert(this.#commit >= this.#applied, "what is applied is committed");
    if (logIndex > this.#commit) this.#commit = logIndex;
  }

  /** Records what the shell applied. */
  appliedTo(logIndex: number): void {
    assert(logIndex <= this.#handedOut, "only what was handed out is applied");
    assert(this.#handedOut <= this.#commit, "only what is committed was handed out");
    if (logIndex > this.#applied) this.#applied = logIndex;
  }

  /** Whether {@link takeCommitted} would return something. */
  hasCommitted(): boolean {
    assert(this.#handedOut <= this.#commit, "only what is committed was handed out");
    assert(this.#applied <= this.#handedOut, "only what was handed out is applied");
    return !this.installing && Math.min(this.#commit, this.stable) > this.#handedOut;
  }

  /** The next committed and durable entries, each returned once. */
  takeCommitted(bytesMax: number): readonly Entry[] {
    if (!this.hasCommitted()) return noEntries;
    const end = Math.min(this.#commit, this.stable);
    const entries = this.slice(this.#handedOut + 1, end - this.#handedOut, bytesMax);
    assert(entries.length > 0, "there is something to hand out");
    this.#handedOut += entries.length;
    assert(this.#handedOut <= end, "nothing beyond commit or durability is handed out");
    return entries;
  }

  /** Replaces the whole log; its owner has checked that the snapshot is ahead. */
  install(snapshot: SnapshotMeta): void {
    assert(snapshot.logIndex > this.#commit, "a snapshot never takes the commit position back");
    assert(snapshot.term >= this.#snapshot.term, "terms grow along the history");
    this.#durability.replacedBySnapshot(snapshot.logIndex, this.#commit);
    this.#entries = [];
    this.#bytes = 0;
    this.#baseLogIndex = snapshot.logIndex;
    this.#baseTerm = snapshot.term;
    this.#snapshot = snapshot;
    this.#installing = snapshot;
    this.#installingHandedOut = false;
    this.#commit = snapshot.logIndex;
  }

  /** Forgets entries up to `compactTo`; a position that is already forgotten does nothing. */
  compact(snapshot: SnapshotMeta, compactTo: number): void {
    assert(compactTo <= snapshot.logIndex, "what is forgotten is in the snapshot");
    if (snapshot.logIndex > this.#snapshot.logIndex) {
      assert(snapshot.logIndex <= this.#applied, "a snapshot holds only what is applied");
      assert(this.termAt(snapshot.logIndex) === snapshot.term, "a snapshot is of this history");
      this.#snapshot = snapshot;
    }
    if (compactTo <= this.#baseLogIndex) return;
    assert(compactTo <= this.#applied, "only what is applied is forgotten");
    assert(compactTo <= this.stable, "only what is durable is forgotten");
    const term = assertDefined(this.termAt(compactTo), "the new base is held");
    const removed = this.#entries.splice(0, compactTo - this.#baseLogIndex);
    this.#bytes -= payloadBytes(removed);
    this.#baseLogIndex = compactTo;
    this.#baseTerm = term;
  }

  /** Whether {@link takeToPersist} would return something. */
  hasToPersist(): boolean {
    const snapshotWaits = this.#installing !== undefined && !this.#installingHandedOut;
    assert(this.#durability.next <= this.lastLogIndex + 1, "only what is held is handed out");
    assert(!snapshotWaits || this.#durability.next > this.#baseLogIndex, "the snapshot is first");
    return snapshotWaits || this.#durability.next <= this.lastLogIndex;
  }

  /** What must go to the disk with the batch `mark`, and records that batch as under way. */
  takeToPersist(mark: number, toSelf: readonly VoteResponseMessage[]): PersistRequest {
    const snapshot = this.#installingHandedOut ? undefined : this.#installing;
    const from = this.#durability.next;
    assert(from > this.#baseLogIndex, "what was forgotten is not handed out");
    assert(from <= this.lastLogIndex + 1, "only what is held is handed out");
    const entries =
      from > this.lastLogIndex ? noEntries : this.#entries.slice(from - this.#baseLogIndex - 1);
    if (snapshot !== undefined) this.#installingHandedOut = true;
    const validTo = entries.length > 0 ? this.lastLogIndex : (snapshot?.logIndex ?? 0);
    this.#durability.handedOut({ mark, snapshot, toSelf, validTo }, this.lastLogIndex);
    return { snapshot, entries };
  }

  /** The next batch that `mark` makes durable, or undefined when there is none left. */
  completeBatch(mark: number): Batch | undefined {
    const batch = this.#durability.complete(mark);
    if (batch?.snapshot === undefined) return batch;
    const snapshotLogIndex = batch.snapshot.logIndex;
    assert(snapshotLogIndex <= this.#commit, "an installed snapshot is committed");
    this.#handedOut = Math.max(this.#handedOut, snapshotLogIndex);
    this.#applied = Math.max(this.#applied, snapshotLogIndex);
    if (this.#installing?.logIndex === snapshotLogIndex) this.#installing = undefined;
    assert(this.#applied <= this.#handedOut, "only what was handed out is applied");
    return batch;
  }

  #truncateFrom(logIndex: number): void {
    assert(logIndex > this.#commit, "a committed entry is never removed");
    assert(logIndex > this.#baseLogIndex, "only what is held is removed");
    const removed = this.#entries.splice(logIndex - this.#baseLogIndex - 1);
    this.#bytes -= payloadBytes(removed);
    this.#durability.rewrittenFrom(logIndex);
  }

  #limitEnd(start: number, endMax: number, bytesMax: number): number {
    assert(start >= 0, "a slice begins inside the array");
    assert(endMax <= this.#entries.length, "a slice ends inside the array");
    let bytes = 0;
    let end = start;
    for (; end < endMax; end += 1) {
      const entry = assertDefined(this.#entries[end], "the log has no gaps");
      bytes += entry.data.length;
      if (bytes > bytesMax && end > start) break;
    }
    return end;
  }
}

/** Sum of the payloads' sizes; the only size that limits count. */
export function payloadBytes(entries: readonly { readonly data: Uint8Array }[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += entry.data.length;
  assert(bytes >= 0, "sizes are not negative");
  assert(Number.isSafeInteger(bytes), "sizes add up exactly");
  return bytes;
}

function assertContiguous(entries: readonly Entry[], baseLogIndex: number, baseTerm: number): void {
  let logIndex = baseLogIndex;
  let term = baseTerm;
  for (const entry of entries) {
    assert(entry.logIndex === logIndex + 1, "entries follow each other without a gap");
    assert(entry.term >= term, "terms grow along a log");
    logIndex = entry.logIndex;
    term = entry.term;
  }
}
