/**
 * Keeps the state store a little behind the applied state: changed items are gathered and written
 * in one batch with the applied position and the hash, one batch at a time. The store may lose its
 * newest batches in a crash - the log has them - but never holds half of one.
 */
import type { Clock, TimerHandle } from "../../base/clock.js";
import type { ItemDelta } from "../../state/items.js";
import { storeFlushDelayMs } from "./limits.js";

/** What is stored beside the items, in the same batch. */
export interface AppliedMark {
  readonly logIndex: number;
  readonly term: number;
  readonly hash: string;
  /** Opaque to the store. */
  readonly meta: string;
}

/** The store, as far as writing goes. */
export interface ItemStore {
  write(
    batch: {
      readonly puts: ReadonlyMap<string, string>;
      readonly deletes: readonly string[];
      readonly applied: AppliedMark;
    },
    options: { readonly sync: boolean },
  ): Promise<void>;
}

/** See the file comment. */
export class StoreWriter {
  readonly #store: ItemStore;
  readonly #clock: Clock;
  readonly #markOf: () => AppliedMark;
  readonly #onError: (error: unknown) => void;
  /** Key to new value, or undefined = delete. */
  #changed = new Map<string, string | undefined>();
  #dirty = false;
  #timer: TimerHandle | undefined;
  /** The tail of the chain of writes. */
  #writing: Promise<void> = Promise.resolve();
  #paused = false;
  #closed = false;

  constructor(
    store: ItemStore,
    deps: {
      readonly clock: Clock;
      /** The applied position as of now. */
      readonly markOf: () => AppliedMark;
      readonly onError: (error: unknown) => void;
    },
  ) {
    this.#store = store;
    this.#clock = deps.clock;
    this.#markOf = deps.markOf;
    this.#onError = deps.onError;
  }

  /** Entries were applied; `items` = what one of them changed. */
  onApplied(items: ItemDelta | undefined): void {
    this.#dirty = true;
    if (items !== undefined) {
      for (const [key, value] of items.puts) this.#changed.set(key, value);
      for (const key of items.deletes) this.#changed.set(key, undefined);
    }
    if (this.#paused || this.#closed || this.#timer !== undefined) return;
    this.#timer = this.#clock.after(storeFlushDelayMs, () => {
      this.#timer = undefined;
      this.#enqueue({ sync: false });
    });
  }

  /** Writes everything applied so far; with `sync`, resolves when it is durable. */
  async flush(options: { readonly sync: boolean }): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#enqueue(options);
    await this.#writing;
  }

  /** Writes what is left, unless it waits for a replacement that will not come; then no more. */
  async close(): Promise<void> {
    this.#closed = true;
    // Once a replacement that is under way has ended, what came since can be written.
    await this.#writing.catch(() => undefined);
    await this.flush({ sync: true });
  }

  /**
   * Writes nothing until {@link replaceAll}, and forgets what was gathered: the applied position
   * belongs to another state than the store's items.
   */
  suspend(): void {
    this.#paused = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#changed = new Map();
  }

  /** Runs `replace` (which rewrites the whole store) with no write before or during it. */
  async replaceAll(replace: () => Promise<void>): Promise<void> {
    if (this.#closed) return;
    this.suspend();
    this.#writing = this.#writing.then(replace);
    try {
      await this.#writing;
    } finally {
      this.#paused = false;
      if (this.#dirty) this.onApplied(undefined);
    }
  }

  #enqueue(options: { readonly sync: boolean }): void {
    if (this.#paused || (!this.#dirty && !options.sync)) return;
    const changed = this.#changed;
    const applied = this.#markOf();
    this.#changed = new Map();
    this.#dirty = false;
    this.#writing = this.#writing
      .then(() => this.#write(changed, applied, options))
      .catch((thrown: unknown) => {
        this.#onError(thrown);
      });
  }

  /**
   * Writes one gathered set. It is one batch even when it is large: half of it under the applied
   * position of the whole would be a lie. Gathering is bounded by time: large sets are rare.
   */
  async #write(
    changed: ReadonlyMap<string, string | undefined>,
    applied: AppliedMark,
    options: { readonly sync: boolean },
  ): Promise<void> {
    const puts = new Map<string, string>();
    const deletes: string[] = [];
    for (const [key, value] of changed) {
      if (value === undefined) deletes.push(key);
      else puts.set(key, value);
    }
    await this.#store.write({ puts, deletes, applied }, options);
  }
}
