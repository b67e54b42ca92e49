/**
 * What storage asks of a store of keys and values below it, as a port: the state store and the
 * process lock use nothing else. It promises little on purpose. A written batch is there as a
 * whole or not at all; without `sync`, a power cut may take any of the batches since the last one
 * with it, also one in the middle; and damage may go unnoticed. Whoever uses it checks for itself.
 */

/** A key with its value. */
export type KeyValuePair = readonly [key: string, value: string];

/** One batch; a key is in one of the two at most. */
export interface KeyValueChanges {
  readonly puts: readonly KeyValuePair[];
  readonly deletes: readonly string[];
}

/** An open store. One call at a time; every call rejects when the disk fails. */
export interface KeyValueStore {
  /** Which of `keys` are there, in their order. */
  hasMany(keys: readonly string[]): Promise<readonly boolean[]>;
  /** All pairs in the order of their keys, a bounded number at a time. */
  pages(pairsCountMax: number): AsyncIterable<readonly KeyValuePair[]>;
  /** Applies a batch; with `sync` it and all before it are durable when the promise resolves. */
  write(changes: KeyValueChanges, options: { readonly sync: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** `create` fails where there is one, `existing` where there is none, `either` never for that. */
export type KeyValueMode = "create" | "existing" | "either";

/**
 * Opens the store in the directory `path`, and holds it against every other process until it is
 * closed or the process ends. Rejects with {@link KeyValueLocked} when somebody else holds it.
 */
export type OpenKeyValue = (path: string, mode: KeyValueMode) => Promise<KeyValueStore>;

/** See {@link OpenKeyValue}. */
export class KeyValueLocked extends Error {
  override readonly name = "KeyValueLocked";
}
