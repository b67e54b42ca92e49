/**
 * The applied state on disk: opaque items in a key-value store, with the applied position in the
 * same batch as the keys it changed. The store below cannot be trusted to notice damage, so every
 * value carries a checksum, the number of items is recorded, and the caller's state hash is
 * verified. On any doubt it says so and serves nothing: the state is rebuilt from snapshot and log.
 * Replacing everything goes to a directory of its own that becomes current in one step.
 */
import { dirname, join } from "node:path";
import { assert, assertDefined } from "../base/assert.js";
import { FatalError, exitCode } from "../base/errors.js";
import { checksum } from "./bytes.js";
import type { Disk } from "./disk.js";
import { assertSum, assertText, assertWhole } from "./invariants.js";
import type { KeyValuePair, KeyValueStore, OpenKeyValue } from "./key-value.js";
import { stateBatchOperationsCountMax, stateLoadPageCount } from "./limits.js";
import type { SmallFileKind } from "./small-file.js";
import { isRecord, readSmallFile, writeSmallFile } from "./small-file.js";

/** Up to where the log is applied, and what the caller knows the state by. */
export interface AppliedState {
  readonly logIndex: number;
  readonly term: number;
  /** The caller's hash over all items. */
  readonly hash: string;
  /** Whatever the caller keeps beside the items, such as the membership. */
  readonly meta: string;
}

/** Changed items of one or more entries; a key is in one of the two at most. */
export interface StateChange {
  readonly puts: ReadonlyMap<string, string>;
  readonly deletes: readonly string[];
  readonly applied: AppliedState;
}

/** All items of a state, each key once. */
export type ItemSource =
  Iterable<readonly [string, string]> | AsyncIterable<readonly [string, string]>;

/** A state that can be trusted, or the reason why there is none. */
export type LoadedState =
  | {
      readonly kind: "loaded";
      readonly applied: AppliedState;
      readonly items: Map<string, string>;
    }
  | { readonly kind: "rebuild"; readonly reason: string };

/** Where the store is. */
export interface StateStoreOptions {
  readonly disk: Disk;
  readonly directory: string;
  /** Changes with every boot of the machine; see {@link readBootId}. */
  readonly bootId: string;
  /** Opens the store below. */
  readonly openKeyValue: OpenKeyValue;
}

const itemPrefix = "i:";
const appliedKey = "applied";
const crcDigits = 8;
const nothingApplied: AppliedState = { logIndex: 0, term: 0, hash: "", meta: "" };
const remedy = "the state is rebuilt from snapshot and log";
const currentKind: SmallFileKind = { name: "state generation", version: 1, remedy };
const sessionKind: SmallFileKind = { name: "state session", version: 1, remedy };

/** Tells one boot of the machine from the next; empty where the system does not say. */
export function readBootId(disk: Disk): string {
  const path = "/proc/sys/kernel/random/boot_id";
  if (disk.stat(path) === undefined) return "";
  const file = disk.open(path, "read");
  try {
    const bytes = new Uint8Array(64);
    const got = disk.pread(file, bytes, 0);
    return Buffer.from(bytes.subarray(0, got)).toString("latin1").trim();
  } finally {
    disk.close(file);
  }
}

/** Opens the store, and creates it empty when there has never been one. Never throws on damage. */
export async function openStateStore(options: StateStoreOptions): Promise<StateStore> {
  assertText(options.directory, "a directory");
  const store = new StateStore(options);
  await store.open();
  assert(options.disk.stat(options.directory)?.isDirectory === true, "an open store has a place");
  return store;
}

/** See the file comment. One call at a time; made by {@link openStateStore}. */
export class StateStore {
  readonly #options: StateStoreOptions;
  #content: KeyValueStore | undefined;
  #generation = 0;
  #itemCount = 0;
  #applied: AppliedState = nothingApplied;
  /** Why the content must not be used; undefined once it is known to be good. */
  #doubt: string | undefined = "the store was not loaded yet";
  /** What the markers have seen applied: damage can take the store back to an older batch. */
  #knownLogIndex = 0;
  #isBusy = false;

  constructor(options: StateStoreOptions) {
    assertText(options.directory, "a directory");
    this.#options = options;
  }

  /** Called once by {@link openStateStore}. */
  async open(): Promise<void> {
    const { disk, directory } = this.#options;
    assertText(this.#options.directory, "a directory");
    assert(this.#content === undefined, "a store is opened once");
    assert(this.#doubt !== undefined, "a store is trusted only after it was loaded");
    const isNew = disk.stat(directory) === undefined || disk.list(directory).length === 0;
    if (isNew) {
      try {
        disk.makeDirectory(directory);
        disk.syncDirectory(dirname(directory));
      } catch (error) {
        throw storeFailure(directory, error);
      }
      await this.replaceAll([], nothingApplied);
      return;
    }
    this.#doubt = await this.#openCurrent();
  }

  /**
   * Reads everything and verifies it. What it returns is a state that was written as such, though
   * after damage perhaps not the last one: a caller whose log no longer reaches back to the
   * applied position rebuilds from a snapshot.
   *
   * @param hashItems the caller's hash, compared with the recorded one unless nothing is applied.
   */
  async load(hashItems?: (items: ReadonlyMap<string, string>) => string): Promise<LoadedState> {
    assertWhole(this.#knownLogIndex, "a log position");
    assert(!this.#isBusy, "the state store is used by one caller at a time");
    return this.#exclusively(async () => {
      if (this.#content === undefined) return this.#rebuild(this.#doubt ?? "the store is not open");
      let items: Map<string, string>;
      try {
        items = await this.#readAll(this.#content);
      } catch (error) {
        return this.#rebuild(reasonOf(error));
      }
      const { hash, logIndex } = this.#applied;
      if (logIndex < this.#knownLogIndex) {
        return this.#rebuild(`position ${this.#knownLogIndex} was applied, ${logIndex} is there`);
      }
      if (hashItems !== undefined && logIndex > 0 && hashItems(items) !== hash) {
        return this.#rebuild("the state hash does not fit the items");
      }
      this.#trust();
      return { kind: "loaded", applied: this.#applied, items };
    });
  }

  /**
   * Writes changed items and the applied position as one batch. Callers keep batches to
   * {@link stateBatchOperationsCountMax} operations where entries allow it.
   *
   * @throws FatalError (temporary) when the disk failed; the process exits.
   */
  async write(change: StateChange, options: { readonly sync: boolean }): Promise<void> {
    assertApplied(change.applied);
    assert(this.#doubt === undefined, "only a loaded or replaced state is written to");
    assert(
      change.applied.logIndex >= this.#applied.logIndex,
      "the applied position never goes back",
    );
    await this.#exclusively(async () => {
      const content = assertDefined(this.#content, "a trusted store is open");
      try {
        const count = this.#itemCount + (await countDelta(content, change));
        const puts = [...change.puts].map(sealedItem);
        puts.push([appliedKey, sealedApplied(change.applied, count)]);
        const deletes = change.deletes.map((key) => itemPrefix + key);
        await content.write({ puts, deletes }, { sync: options.sync });
        assertWhole(count, "a number of items");
        this.#itemCount = count;
        this.#applied = change.applied;
      } catch (error) {
        this.#doubt = "a write failed";
        throw storeFailure(this.#options.directory, error);
      }
    });
  }

  /**
   * Replaces everything, durably: after a crash at any point the store is the old or the new one.
   *
   * @throws FatalError (temporary) when the disk failed.
   */
  async replaceAll(items: ItemSource, applied: AppliedState): Promise<void> {
    assert(!this.#isBusy, "the state store is used by one caller at a time");
    assertApplied(applied);
    await this.#exclusively(async () => {
      try {
        await this.#replaceBy(items, applied);
      } catch (error) {
        this.#doubt = "replacing the state failed";
        throw storeFailure(this.#options.directory, error);
      }
    });
  }

  /** Replaces everything by nothing, with nothing applied. */
  async wipe(): Promise<void> {
    assert(!this.#isBusy, "the state store is used by one caller at a time");
    await this.replaceAll([], nothingApplied);
  }

  /**
   * Syncs and closes; the next start may trust the content even after a reboot.
   *
   * @throws FatalError (temporary) when the disk failed; it is closed all the same.
   */
  async close(): Promise<void> {
    assertApplied(this.#applied);
    assert(!this.#isBusy, "a store in use is not closed");
    const content = this.#content;
    this.#content = undefined;
    if (content === undefined) return;
    const isTrusted = this.#doubt === undefined;
    try {
      if (isTrusted) {
        const record = sealedApplied(this.#applied, this.#itemCount);
        await content.write({ puts: [[appliedKey, record]], deletes: [] }, { sync: true });
      }
    } catch (error) {
      throw storeFailure(this.#options.directory, error);
    } finally {
      await content.close();
    }
    if (!isTrusted) return;
    this.#writeSession({ clean: true });
  }

  async #replaceBy(items: ItemSource, applied: AppliedState): Promise<void> {
    const { disk, directory, openKeyValue } = this.#options;
    assert(this.#isBusy, "replacing excludes everything else");
    assertApplied(applied);
    const generation = this.#nextGeneration();
    const path = generationPath(directory, generation);
    const filling = await openKeyValue(path, "create");
    const count = await fillGeneration(filling, items, applied);
    disk.syncDirectory(path);
    disk.syncDirectory(directory);
    const content = await openKeyValue(path, "existing");
    try {
      writeSmallFile(disk, join(directory, "current"), currentKind, { generation });
    } catch (error) {
      await content.close();
      throw error;
    }
    await this.#content?.close();
    this.#content = content;
    this.#generation = generation;
    this.#itemCount = count;
    this.#applied = applied;
    this.#knownLogIndex = applied.logIndex;
    this.#removeOtherGenerations();
    this.#trust();
  }

  /** Opens the current generation; the reason for doubt, or undefined. */
  async #openCurrent(): Promise<string | undefined> {
    const { disk, directory, openKeyValue } = this.#options;
    assert(this.#content === undefined, "a store is opened once");
    assert(this.#generation === 0, "the generation is read once");
    try {
      const current = readSmallFile(disk, join(directory, "current"), currentKind);
      if (!isRecord(current) || typeof current["generation"] !== "number") {
        return "it is not known which generation is current";
      }
      this.#generation = current["generation"];
      const doubt = this.#sessionDoubt();
      if (doubt !== undefined) return doubt;
      const path = generationPath(directory, this.#generation);
      this.#content = await openKeyValue(path, "existing");
      return "the store was not loaded yet";
    } catch (error) {
      return reasonOf(error);
    }
  }

  #sessionDoubt(): string | undefined {
    const { disk, directory, bootId } = this.#options;
    assert(this.#generation > 0, "the current generation is known");
    assert(this.#content === undefined, "the markers are judged before the store is opened");
    const session = readSmallFile(disk, join(directory, "session"), sessionKind);
    if (!isRecord(session) || typeof session["logIndex"] !== "number") {
      return "it is not known how the last run ended";
    }
    this.#knownLogIndex = session["logIndex"];
    if (session["clean"] === true) return undefined;
    // Two boots that both have no name may be two boots.
    if (bootId !== "" && session["bootId"] === bootId) return undefined;
    return "the machine restarted while the store was in use";
  }

  /** From here on the content counts as good, until a machine restart. */
  #trust(): void {
    assert(this.#content !== undefined, "an open store is trusted");
    assertWhole(this.#itemCount, "a number of items");
    assertApplied(this.#applied);
    this.#writeSession({ clean: false });
    this.#doubt = undefined;
  }

  #writeSession({ clean }: { readonly clean: boolean }): void {
    const { disk, directory, bootId } = this.#options;
    assert(
      this.#applied.logIndex >= this.#knownLogIndex,
      "what is known to be applied never goes back",
    );
    assertApplied(this.#applied);
    const session = { bootId, clean, logIndex: this.#applied.logIndex };
    writeSmallFile(disk, join(directory, "session"), sessionKind, session);
  }

  #rebuild(reason: string): LoadedState {
    assertText(reason, "a reason");
    this.#doubt = reason;
    return { kind: "rebuild", reason };
  }

  async #readAll(content: KeyValueStore): Promise<Map<string, string>> {
    assertWhole(this.#generation, "a generation");
    assert(this.#isBusy, "reading excludes everything else");
    const items = new Map<string, string>();
    let appliedText: string | undefined;
    for await (const page of content.pages(stateLoadPageCount)) {
      for (const [key, stored] of page) {
        if (key === appliedKey) appliedText = unsealed(appliedKey, stored);
        else if (!key.startsWith(itemPrefix)) throw new Doubt(`unknown key ${key}`);
        else items.set(key.slice(itemPrefix.length), unsealed(key.slice(2), stored));
      }
    }
    if (appliedText === undefined) throw new Doubt("the applied position is missing");
    const record = parseApplied(appliedText);
    if (record.count !== items.size) {
      throw new Doubt(`${record.count} items were recorded, ${items.size} are there`);
    }
    assertApplied(record.applied);
    assertWhole(record.count, "a number of items");
    this.#itemCount = record.count;
    this.#applied = record.applied;
    return items;
  }

  /** Above every directory that is there, whatever the marker says. */
  #nextGeneration(): number {
    const { disk, directory } = this.#options;
    assert(this.#isBusy, "replacing excludes everything else");
    assertWhole(this.#generation, "a generation");
    const next = Math.max(this.#generation, ...disk.list(directory).map(generationOf)) + 1;
    assert(next > this.#generation, "generations only grow");
    assert(disk.stat(generationPath(directory, next)) === undefined, "a generation begins empty");
    return next;
  }

  #removeOtherGenerations(): void {
    const { disk, directory } = this.#options;
    assert(this.#generation > 0, "the current generation is known");
    assert(this.#content !== undefined, "the current generation is in use");
    for (const name of disk.list(directory)) {
      const generation = generationOf(name);
      if (generation > 0 && generation !== this.#generation) disk.removeTree(join(directory, name));
    }
    const kept = generationPath(directory, this.#generation);
    assert(disk.stat(kept)?.isDirectory === true, "the current generation stays");
  }

  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    assert(!this.#isBusy, "the state store is used by one caller at a time");
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      this.#isBusy = false;
    }
  }
}

/** Why content is not believed; becomes the rebuild reason. */
class Doubt extends Error {
  override readonly name = "Doubt";
}

/** Fills a new store; closing and opening it moves what is in its log to synced tables. */
async function fillGeneration(
  content: KeyValueStore,
  items: ItemSource,
  applied: AppliedState,
): Promise<number> {
  assertApplied(applied);
  try {
    let count = 0;
    let puts: KeyValuePair[] = [];
    for await (const item of items) {
      puts.push(sealedItem(item));
      count += 1;
      if (puts.length < stateBatchOperationsCountMax) continue;
      await content.write({ puts, deletes: [] }, { sync: false });
      puts = [];
    }
    puts.push([appliedKey, sealedApplied(applied, count)]);
    await content.write({ puts, deletes: [] }, { sync: true });
    assertWhole(count, "a number of items");
    return count;
  } finally {
    await content.close();
  }
}

function assertApplied(applied: AppliedState): void {
  assertWhole(applied.logIndex, "an applied position");
  assertWhole(applied.term, "a term");
}

/** By how much a change moves the number of items. */
async function countDelta(content: KeyValueStore, change: StateChange): Promise<number> {
  assertApplied(change.applied);
  const putKeys = [...change.puts.keys()];
  const deleted = new Set(change.deletes);
  assert(!putKeys.some((key) => deleted.has(key)), "a key is put or deleted, not both");
  const keys = [...putKeys, ...deleted].map((key) => itemPrefix + key);
  const present = await content.hasMany(keys);
  let delta = 0;
  for (const [n, isPresent] of present.entries()) {
    const isPut = n < putKeys.length;
    if (isPut && !isPresent) delta += 1;
    if (!isPut && isPresent) delta -= 1;
  }
  assert(delta <= putKeys.length, "each put adds one item at most");
  assert(-delta <= deleted.size, "each delete removes one item at most");
  return delta;
}

function sealedItem([key, value]: readonly [string, string]): KeyValuePair {
  const stored = sealed(key, value);
  assert(stored.length === value.length + crcDigits, "a checksum has a fixed length");
  return [itemPrefix + key, stored];
}

function sealed(key: string, value: string): string {
  assert(appliedKey !== key || value.startsWith("{"), "the applied record is an object");
  return sumText(key, value) + value;
}

function unsealed(key: string, stored: string): string {
  const value = stored.slice(crcDigits);
  if (stored.slice(0, crcDigits) !== sumText(key, value)) {
    throw new Doubt(`the checksum of ${key} does not fit`);
  }
  return value;
}

function sumText(key: string, value: string): string {
  const sum = checksum(value, checksum(key, 0));
  assertSum(sum);
  const text = sum.toString(16).padStart(crcDigits, "0");
  assert(text.length === crcDigits, "a checksum has a fixed length");
  return text;
}

function sealedApplied(applied: AppliedState, count: number): string {
  assertApplied(applied);
  assertWhole(count, "a number of items");
  return sealed(appliedKey, JSON.stringify({ ...applied, count }));
}

function parseApplied(text: string): { applied: AppliedState; count: number } {
  const { count, ...applied } = JSON.parse(text) as AppliedState & { count: number };
  return { applied, count };
}

function generationPath(directory: string, generation: number): string {
  assert(generation > 0, "generations are counted from 1");
  assertText(directory, "a directory");
  return join(directory, `gen-${generation}`);
}

function generationOf(name: string): number {
  assertText(name, "a name");
  const match = /^gen-([1-9][0-9]{0,9})$/.exec(name);
  return match === null ? 0 : Number(match[1]);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function storeFailure(directory: string, error: unknown): FatalError {
  assert(!(error instanceof Doubt), "a doubt is no failure of the disk");
  assertText(directory, "a directory");
  if (error instanceof FatalError) return error;
  const text = `the state store ${directory} cannot be written (${reasonOf(error)}): check the disk and its free space, then restart`;
  return new FatalError(exitCode.temporary, text, { directory }, error);
}
