/**
 * A store of keys and values on any disk, a simulated one above all: everything is in memory, and
 * each batch is appended to one file, synced only when asked to. What a crash of that disk leaves
 * of the file is what the store holds next: batches of which a sector is missing are skipped
 * without a word, later ones kept. Nothing is checksummed: a flipped bit in a value changes the
 * value, one anywhere else loses the batch. So it is no better than what it stands for.
 */
import { join } from "node:path";
import { assert, assertDefined } from "../../../src/base/assert.js";
import type { Disk, FileId } from "../../../src/storage/disk.js";
import type {
  KeyValueChanges,
  KeyValueMode,
  KeyValuePair,
  KeyValueStore,
  OpenKeyValue,
} from "../../../src/storage/key-value.js";
import { KeyValueLocked } from "../../../src/storage/key-value.js";

const sector = 512;
const tagBytes = 16;
const contentBytes: number = sector - tagBytes;
const mark = 0x4b56;
const batchSectorsMax = 65_535;
/** A file this long, and several times as long as its content, is written anew. */
const compactionBytes: number = 256 * 1024;
const compactionFactor = 4;

/** Stores on `disk`; each is held by one opener at a time, as long as this process lives. */
export function memoryKeyValue(disk: Disk): OpenKeyValue {
  const held = new Set<string>();
  return (path, mode) =>
    // An error must become a rejection.
    Promise.resolve().then(() => {
      if (held.has(path)) throw new KeyValueLocked(`${path} is in use`);
      const store = new MemoryKeyValue(disk, path, () => held.delete(path));
      store.open(mode);
      held.add(path);
      return store;
    });
}

class MemoryKeyValue implements KeyValueStore {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #release: () => void;
  readonly #pairs = new Map<string, string>();
  #file: FileId | undefined;
  #end = 0;
  #nextBatchNo = 1;
  #liveBytes = 0;

  constructor(disk: Disk, path: string, release: () => void) {
    this.#disk = disk;
    this.#path = path;
    this.#release = release;
  }

  open(mode: KeyValueMode): void {
    const file = this.#fileName();
    const exists = this.#disk.stat(file) !== undefined;
    if (exists && mode === "create") throw new Error(`${this.#path} exists`);
    if (!exists && mode === "existing") throw new Error(`${this.#path} does not exist`);
    if (!exists) this.#disk.makeDirectory(this.#path);
    const id = this.#disk.open(file, exists ? "readWrite" : "create");
    this.#file = id;
    if (!exists) return;
    const bytes = new Uint8Array(this.#disk.stat(file)?.bytes ?? 0);
    this.#disk.pread(id, bytes, 0);
    this.#replay(bytes);
    // Opening makes durable what it found.
    this.#disk.fdatasync(id);
  }

  hasMany(keys: readonly string[]): Promise<readonly boolean[]> {
    this.#openFile();
    return Promise.resolve(keys.map((key) => this.#pairs.has(key)));
  }

  async *pages(pairsCountMax: number): AsyncGenerator<readonly KeyValuePair[]> {
    const pairs = [...this.#pairs].sort(([a], [b]) => (a < b ? -1 : 1));
    for (let at = 0; at < pairs.length; at += pairsCountMax) {
      yield await Promise.resolve(pairs.slice(at, at + pairsCountMax));
    }
  }

  async write(changes: KeyValueChanges, { sync }: { readonly sync: boolean }): Promise<void> {
    await Promise.resolve();
    const bytes = encodeBatch(changes, this.#nextBatchNo);
    const file = this.#openFile();
    this.#disk.pwrite(file, bytes, this.#end);
    if (sync) this.#disk.fdatasync(file);
    this.#end += bytes.byteLength;
    this.#nextBatchNo += 1;
    this.#apply(changes);
    const isLong = this.#end > compactionBytes && this.#end > compactionFactor * this.#liveBytes;
    if (isLong) this.#compact();
  }

  close(): Promise<void> {
    if (this.#file === undefined) return Promise.resolve();
    this.#disk.close(this.#file);
    this.#file = undefined;
    this.#release();
    return Promise.resolve();
  }

  #fileName(): string {
    return join(this.#path, "batches");
  }

  #openFile(): FileId {
    return assertDefined(this.#file, "a closed store is not used");
  }

  #apply({ puts, deletes }: KeyValueChanges): void {
    const drop = (key: string): void => {
      const value = this.#pairs.get(key);
      if (value !== undefined) this.#liveBytes -= key.length + value.length;
      this.#pairs.delete(key);
    };
    for (const [key, value] of puts) {
      drop(key);
      this.#pairs.set(key, value);
      this.#liveBytes += key.length + value.length;
    }
    for (const key of deletes) drop(key);
  }

  #replay(bytes: Uint8Array): void {
    for (let at = 0; at + sector <= bytes.byteLength;) {
      const batch = decodeBatch(bytes.subarray(at), this.#nextBatchNo);
      if (batch === undefined) {
        at += sector;
        continue;
      }
      this.#apply(batch.changes);
      this.#nextBatchNo = batch.batchNo + 1;
      at += batch.byteLength;
    }
    this.#end = bytes.byteLength - (bytes.byteLength % sector);
  }

  /** Writes what is there into a new file that takes the old one's place. */
  #compact(): void {
    const temporary = join(this.#path, "batches.tmp");
    if (this.#disk.stat(temporary) !== undefined) this.#disk.unlink(temporary);
    const bytes = encodeBatch({ puts: [...this.#pairs], deletes: [] }, this.#nextBatchNo);
    const file = this.#disk.open(temporary, "create");
    this.#disk.pwrite(file, bytes, 0);
    this.#disk.fdatasync(file);
    this.#disk.rename(temporary, this.#fileName());
    this.#disk.syncDirectory(this.#path);
    this.#disk.close(this.#openFile());
    this.#file = file;
    this.#end = bytes.byteLength;
    this.#nextBatchNo += 1;
  }
}

/** Every sector says which part of which batch it is. */
function encodeBatch({ puts, deletes }: KeyValueChanges, batchNo: number): Uint8Array {
  const parts: Uint8Array[] = [];
  const add = (kind: number, key: string, value: string): void => {
    const body = Buffer.from(key + value, "utf8");
    const head = Buffer.alloc(9);
    head.writeUInt8(kind, 0);
    head.writeUInt32LE(Buffer.byteLength(key, "utf8"), 1);
    head.writeUInt32LE(body.byteLength, 5);
    parts.push(head, body);
  };
  for (const [key, value] of puts) add(1, key, value);
  for (const key of deletes) add(2, key, "");
  const content = Buffer.concat(parts);
  const count = Math.max(1, Math.ceil(content.byteLength / contentBytes));
  assert(count <= batchSectorsMax, "a batch has a bounded number of sectors");
  const bytes = Buffer.alloc(count * sector);
  for (let ordinal = 0; ordinal < count; ordinal += 1) {
    const at = ordinal * sector;
    bytes.writeUInt16LE(mark, at);
    bytes.writeUInt16LE(ordinal, at + 2);
    bytes.writeUInt16LE(count, at + 4);
    bytes.writeUInt32LE(batchNo, at + 6);
    bytes.writeUInt32LE(content.byteLength, at + 10);
    content.copy(bytes, at + tagBytes, ordinal * contentBytes, (ordinal + 1) * contentBytes);
  }
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

interface DecodedBatch {
  readonly changes: KeyValueChanges;
  readonly batchNo: number;
  readonly byteLength: number;
}

/** The batch that starts `bytes`, unless a part of it is missing or it is an old one. */
function decodeBatch(bytes: Uint8Array, batchNoMin: number): DecodedBatch | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.readUInt16LE(0) !== mark) return undefined;
  const count = view.readUInt16LE(4);
  const batchNo = view.readUInt32LE(6);
  const length = view.readUInt32LE(10);
  const byteLength = count * sector;
  if (batchNo < batchNoMin || byteLength > view.byteLength || length > count * contentBytes) {
    return undefined;
  }
  const content = Buffer.alloc(count * contentBytes);
  for (let ordinal = 0; ordinal < count; ordinal += 1) {
    const at = ordinal * sector;
    const isPart =
      view.readUInt16LE(at) === mark &&
      view.readUInt16LE(at + 2) === ordinal &&
      view.readUInt16LE(at + 4) === count &&
      view.readUInt32LE(at + 6) === batchNo;
    if (!isPart) return undefined;
    view.copy(content, ordinal * contentBytes, at + tagBytes, at + sector);
  }
  const changes = decodeChanges(content.subarray(0, length));
  return count === 0 || changes === undefined ? undefined : { changes, batchNo, byteLength };
}

function decodeChanges(content: Buffer): KeyValueChanges | undefined {
  const puts: KeyValuePair[] = [];
  const deletes: string[] = [];
  for (let at = 0; at < content.byteLength;) {
    if (at + 9 > content.byteLength) return undefined;
    const kind = content.readUInt8(at);
    const keyBytes = content.readUInt32LE(at + 1);
    const bodyBytes = content.readUInt32LE(at + 5);
    const body = content.subarray(at + 9, at + 9 + bodyBytes);
    if (body.byteLength < bodyBytes || keyBytes > bodyBytes) return undefined;
    const key = body.subarray(0, keyBytes).toString("utf8");
    if (kind === 1) puts.push([key, body.subarray(keyBytes).toString("utf8")]);
    else if (kind === 2) deletes.push(key);
    else return undefined;
    at += 9 + bodyBytes;
  }
  return { puts, deletes };
}
