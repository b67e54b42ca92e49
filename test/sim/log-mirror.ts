/**
 * What a log holds, as terms by position: of a member's log in memory, or of the part that its
 * disk is known to hold. Entries themselves are kept once for all members.
 */
import { assert } from "../../src/base/assert.js";
import type { Entry } from "../../src/raft/types.js";

/** See the file comment. */
export class LogMirror {
  /** Positions up to here are in a snapshot only. */
  floor = 0;
  floorTerm = 0;
  #terms: number[] = [];

  get last(): number {
    return this.floor + this.#terms.length;
  }

  get lastTerm(): number {
    return this.#terms.at(-1) ?? this.floorTerm;
  }

  /** Undefined when the position is not held. */
  termAt(logIndex: number): number | undefined {
    if (logIndex === this.floor) return this.floorTerm;
    return this.#terms[logIndex - this.floor - 1];
  }

  /** Appends entries; the first one's position truncates what is held from there on. */
  append(entries: readonly Pick<Entry, "logIndex" | "term">[]): void {
    for (const { logIndex, term } of entries) {
      assert(logIndex > this.floor && logIndex <= this.last + 1, "a log has no gap");
      this.#terms.length = logIndex - this.floor - 1;
      this.#terms.push(term);
    }
  }

  /** A snapshot takes the place of everything. */
  reset(logIndex: number, term: number): void {
    this.floor = logIndex;
    this.floorTerm = term;
    this.#terms = [];
  }

  /** Forgets a prefix that nobody asks for any more. */
  forget(logIndex: number): void {
    if (logIndex <= this.floor || logIndex > this.last) return;
    const term = this.termAt(logIndex) ?? 0;
    this.#terms = this.#terms.slice(logIndex - this.floor);
    this.floor = logIndex;
    this.floorTerm = term;
  }

  copy(): LogMirror {
    const copy = new LogMirror();
    copy.floor = this.floor;
    copy.floorTerm = this.floorTerm;
    copy.#terms = this.#terms.slice();
    return copy;
  }
}
