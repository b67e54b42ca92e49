/**
 * Rebuilds the log's state and entries from its batches, in order. It believes nothing: every
 * record must follow from what came before, or the batch is reported as broken. It does no I/O.
 */
import { assert } from "../../base/assert.js";
import type { Entry } from "../../raft/types.js";
import { assertText, assertWalState, assertWhole } from "../invariants.js";
import type { DecodedBatch } from "./batch.js";
import type { RecordProblem } from "./record.js";
import {
  advancedState,
  decodeEntries,
  decodeRecord,
  recordHeaderBytes,
  recordLength,
} from "./record.js";
import type { WalState } from "./types.js";

/** See the file comment. Starts from the state in the oldest segment's header. */
export class Replay {
  #state: WalState;
  #entries: Entry[] = [];
  /** Position of the first held entry, or where it would be. */
  #firstLogIndex: number;

  constructor(state: WalState) {
    assertWhole(state.lastLogIndex, "a log position");
    assertWhole(state.floorLogIndex, "a log position");
    this.#state = state;
    this.#firstLogIndex = state.lastLogIndex + 1;
  }

  get state(): WalState {
    return this.#state;
  }

  /** Term of the last position, or 0 when neither its entry nor its snapshot is known. */
  get lastTerm(): number {
    const { lastLogIndex, marker } = this.#state;
    assert(marker.logIndex <= lastLogIndex, "an installed snapshot is behind nothing");
    const held = this.#entries.at(-1);
    if (held !== undefined) return held.term;
    return marker.logIndex === lastLogIndex ? marker.term : 0;
  }

  /** The entries above the floor, or undefined when some of them are missing. */
  entriesAboveFloor(): Entry[] | undefined {
    const { floorLogIndex, lastLogIndex } = this.#state;
    assert(
      this.#firstLogIndex + this.#entries.length === this.#state.lastLogIndex + 1,
      "entries reach to the last position",
    );
    if (this.#firstLogIndex > floorLogIndex + 1) return undefined;
    const kept = this.#entries.slice(floorLogIndex + 1 - this.#firstLogIndex);
    assert(kept.length === lastLogIndex - floorLogIndex, "entries reach from floor to last");
    return kept;
  }

  /** Takes over a batch; the problem when it cannot follow. */
  apply(batch: DecodedBatch): RecordProblem | undefined {
    assertWhole(batch.recordCount, "a number of records");
    assertWhole(this.#firstLogIndex, "a log position");
    let rest = batch.records;
    for (let n = 0; n < batch.recordCount; n += 1) {
      const length = recordLength(rest);
      if (length === undefined) return broken("a record's length does not fit its batch");
      const problem = this.#applyRecord(rest.subarray(0, length));
      if (problem !== undefined) return problem;
      rest = rest.subarray(length);
    }
    if (rest.byteLength > 0) return broken("bytes follow the batch's last record");
    if (batch.lastLogIndex !== this.#state.lastLogIndex) {
      return broken(`the log ends at ${this.#state.lastLogIndex}, not ${batch.lastLogIndex}`);
    }
    return undefined;
  }

  #applyRecord(bytes: Uint8Array): RecordProblem | undefined {
    assert(this.#firstLogIndex > 0, "positions are counted from 1");
    assert(bytes.byteLength >= recordHeaderBytes, "a record has a header");
    const record = decodeRecord(bytes);
    if ("kind" in record) return record;
    const next = advancedState(this.#state, record);
    if (typeof next === "string") return broken(next);
    const entries = decodeEntries(bytes, record);
    if (!Array.isArray(entries)) return entries;
    if (record.snapshot !== undefined) {
      this.#entries = [];
      this.#firstLogIndex = record.snapshot.logIndex + 1;
    }
    this.#replaceFrom(record.firstLogIndex, entries);
    this.#state = next;
    assertWalState(next);
    const behind = this.#firstLogIndex + this.#entries.length;
    assert(behind === next.lastLogIndex + 1, "entries reach to the last position");
    return undefined;
  }

  #replaceFrom(firstLogIndex: number, entries: readonly Entry[]): void {
    assertWhole(firstLogIndex, "a log position");
    assert(firstLogIndex <= this.#firstLogIndex + this.#entries.length, "entries leave no gap");
    if (entries.length === 0) return;
    if (firstLogIndex < this.#firstLogIndex) {
      this.#entries = [];
      this.#firstLogIndex = firstLogIndex;
    } else {
      this.#entries.length = firstLogIndex - this.#firstLogIndex;
    }
    for (const entry of entries) this.#entries.push(entry);
  }
}

function broken(problem: string): RecordProblem {
  assertText(problem, "a problem");
  return { kind: "broken", problem };
}
