/**
 * What a leader knows of one member's log, and the window of appends in flight to it. It decides
 * when an append may be sent; it does not send, and knows neither the log nor the quorum.
 */
import { assert, assertDefined } from "../base/assert.js";
import type { MemberId, ProgressView } from "./types.js";

/** Appends in flight: a ring of (last position, bytes), bounded by count and by bytes. */
export class Inflights {
  readonly #countMax: number;
  readonly #bytesMax: number;
  readonly #lastLogIndexes: number[] = [];
  readonly #sizes: number[] = [];
  #head = 0;
  #count = 0;
  #bytes = 0;

  constructor(countMax: number, bytesMax: number) {
    assert(countMax > 0, "a window holds at least one append");
    assert(bytesMax > 0, "a window holds at least one byte");
    this.#countMax = countMax;
    this.#bytesMax = bytesMax;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** One append may exceed the byte limit, so that a single large entry can be sent at all. */
  get full(): boolean {
    return this.#count === this.#countMax || this.#bytes >= this.#bytesMax;
  }

  /** Records an append whose last entry is at `lastLogIndex`. */
  add(lastLogIndex: number, bytes: number): void {
    assert(!this.full, "an append is only sent into a window with room");
    assert(bytes >= 0, "a size is not negative");
    const at = (this.#head + this.#count) % this.#countMax;
    this.#lastLogIndexes[at] = lastLogIndex;
    this.#sizes[at] = bytes;
    this.#count += 1;
    this.#bytes += bytes;
  }

  /** Frees every append that ends at or before `logIndex`. */
  freeUpTo(logIndex: number): void {
    while (this.#count > 0) {
      const last = assertDefined(this.#lastLogIndexes[this.#head], "the ring is filled");
      if (last > logIndex) break;
      this.#bytes -= assertDefined(this.#sizes[this.#head], "the ring is filled");
      this.#head = (this.#head + 1) % this.#countMax;
      this.#count -= 1;
    }
    assert(this.#bytes >= 0, "no more bytes are freed than were added");
    assert(this.#count > 0 || this.#bytes === 0, "an empty window holds no bytes");
  }

  reset(): void {
    this.#head = 0;
    this.#count = 0;
    this.#bytes = 0;
    assert(!this.full, "an empty window has room");
    assert(this.#count === 0, "a window is reset to empty");
  }
}

/** How a {@link Progress} begins. */
export interface ProgressStart {
  readonly member: MemberId;
  readonly match: number;
  readonly next: number;
  readonly isLearner: boolean;
  readonly inflightCountMax: number;
  readonly inflightBytesMax: number;
}

/**
 * One member as its leader sees it. `probe`: one append at a time until a match is found;
 * `replicate`: optimistic pipelining; `snapshot`: nothing until an offered snapshot is in.
 */
export class Progress {
  readonly member: MemberId;
  readonly inflights: Inflights;
  isLearner: boolean;
  /** Whether the member answered since the last check of the quorum. */
  recentActive = false;
  /** Leader ticks at which the pending snapshot was last offered. */
  snapshotOfferedAtTicks = 0;
  #match: number;
  #next: number;
  #state: ProgressView["state"] = "probe";
  #pendingSnapshotLogIndex = 0;
  /** Set after a probe, and when the window is full; a heartbeat's answer clears it. */
  #appendsPaused = false;
  /** The commit position that the member was last told, never beyond what it was sent. */
  #sentCommit = 0;

  constructor(start: ProgressStart) {
    assert(start.match >= 0, "a match is a position");
    assert(start.match < start.next, "what matches was sent before");
    this.member = start.member;
    this.#match = start.match;
    this.#next = start.next;
    this.isLearner = start.isLearner;
    this.inflights = new Inflights(start.inflightCountMax, start.inflightBytesMax);
  }

  /** Highest position known to be durable and equal on the member. */
  get match(): number {
    return this.#match;
  }

  /** The next position to send; always above {@link match}. */
  get next(): number {
    return this.#next;
  }

  get state(): ProgressView["state"] {
    return this.#state;
  }

  get pendingSnapshotLogIndex(): number {
    return this.#pendingSnapshotLogIndex;
  }

  /** Whether nothing may be sent now. */
  get paused(): boolean {
    return this.#state === "snapshot" || this.#appendsPaused;
  }

  /** After an unfinished snapshot, probing resumes behind it: the member may have installed it. */
  becomeProbe(): void {
    const behind = Math.max(this.#match, this.#pendingSnapshotLogIndex);
    this.#reset("probe");
    this.#next = behind + 1;
    this.#sentCommit = Math.min(this.#sentCommit, behind);
    assert(this.#match < this.#next, "what matches was sent before");
    assert(this.#pendingSnapshotLogIndex === 0, "a probing member awaits no snapshot");
  }

  becomeReplicate(): void {
    this.#reset("replicate");
    this.#next = this.#match + 1;
    assert(this.inflights.count === 0, "a pipeline starts empty");
    assert(!this.#appendsPaused, "a pipeline starts flowing");
  }

  becomeSnapshot(logIndex: number, atTicks: number): void {
    assert(logIndex > 0, "an offered snapshot is not empty");
    assert(atTicks >= this.snapshotOfferedAtTicks, "ticks do not go back");
    this.#reset("snapshot");
    this.#pendingSnapshotLogIndex = logIndex;
    this.#next = Math.max(logIndex, this.#match) + 1;
    this.#sentCommit = logIndex;
    this.snapshotOfferedAtTicks = atTicks;
  }

  /** The offered snapshot will not arrive: probing resumes where it stood. */
  snapshotFailed(): void {
    assert(this.#state === "snapshot", "only an offered snapshot can fail");
    this.#pendingSnapshotLogIndex = 0;
    this.becomeProbe();
    assert(this.#next === this.#match + 1, "nothing was gained by a failed snapshot");
  }

  pauseAppends(): void {
    assert(this.#state !== "snapshot", "a pending snapshot pauses by itself");
    assert(this.#match < this.#next, "what matches was sent before");
    this.#appendsPaused = true;
  }

  resumeAppends(): void {
    assert(this.#match < this.#next, "what matches was sent before");
    assert(this.#match >= 0, "a match is a position");
    this.#appendsPaused = false;
  }

  /** Records an append that was just sent. */
  sentEntries(count: number, bytes: number): void {
    assert(this.#state !== "snapshot", "no append is sent while a snapshot is pending");
    assert(!this.#appendsPaused, "no append is sent while paused");
    if (this.#state === "probe") {
      this.#appendsPaused = count > 0;
      return;
    }
    if (count > 0) {
      this.#next += count;
      this.inflights.add(this.#next - 1, bytes);
    }
    this.#appendsPaused = this.inflights.full;
  }

  sentCommit(commit: number): void {
    assert(commit >= 0, "a commit position is not negative");
    assert(Number.isSafeInteger(commit), "a commit position is whole");
    this.#sentCommit = commit;
  }

  /** Whether telling the member about `commit` would move its own commit position. */
  canBumpCommit(commit: number): boolean {
    assert(commit >= 0, "a commit position is not negative");
    assert(this.#next > 0, "positions begin at one");
    return commit > this.#sentCommit && this.#sentCommit < this.#next - 1;
  }

  /** An acknowledgement up to `logIndex`; false when it says nothing new. */
  maybeUpdate(logIndex: number): boolean {
    if (logIndex <= this.#match) return false;
    this.#match = logIndex;
    this.#next = Math.max(this.#next, logIndex + 1);
    this.#appendsPaused = false;
    assert(this.#match < this.#next, "what matches was sent before");
    assert(this.#match > 0, "an acknowledged position is not zero");
    return true;
  }

  /** A rejection of the append behind `rejected`; false when it is out of date. */
  maybeDecrementTo(rejected: number, hintLogIndex: number): boolean {
    assert(this.#state !== "snapshot", "rejections are void while a snapshot is pending");
    if (this.#state === "replicate") {
      if (rejected <= this.#match) return false;
      this.#next = this.#match + 1;
    } else {
      if (this.#next - 1 !== rejected) return false;
      this.#next = Math.max(Math.min(rejected, hintLogIndex + 1), this.#match + 1);
      this.#appendsPaused = false;
    }
    this.#sentCommit = Math.min(this.#sentCommit, this.#next - 1);
    assert(this.#match < this.#next, "probing never goes below what matches");
    return true;
  }

  view(): ProgressView {
    assert(this.#match < this.#next, "what matches was sent before");
    return {
      member: this.member,
      match: this.#match,
      next: this.#next,
      state: this.#state,
      paused: this.paused,
      pendingSnapshotLogIndex: this.#pendingSnapshotLogIndex,
      recentActive: this.recentActive,
      inflightCount: this.inflights.count,
      inflightBytes: this.inflights.bytes,
      isLearner: this.isLearner,
    };
  }

  #reset(state: ProgressView["state"]): void {
    this.#appendsPaused = false;
    this.#pendingSnapshotLogIndex = 0;
    this.#state = state;
    this.inflights.reset();
    assert(this.inflights.count === 0, "a new state starts with an empty window");
    assert(this.#match < this.#next, "what matches was sent before");
  }
}
