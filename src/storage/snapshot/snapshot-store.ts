/**
 * The snapshots of one member: written beside their place and renamed when complete and synced.
 * It knows nothing of what is in them, so it takes the caller's word for which can be used: the
 * newest two of those are kept whatever else arrives, because the log may begin behind them.
 */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { assert } from "../../base/assert.js";
import { MasterError } from "../../base/errors.js";
import { hex64, parseHex64 } from "../bytes.js";
import type { Disk, FileId } from "../disk.js";
import { systemCode, writeFailure } from "../disk.js";
import { assertText, assertWhole } from "../invariants.js";
import {
  snapshotChunkBytesMax,
  snapshotMetaBytesMax,
  snapshotSyncEveryBytes,
  snapshotsKeptCount,
} from "../limits.js";
import type { SnapshotHeader } from "./format.js";
import { encodeChunk, encodeEndOfChunks, encodeFooter, encodeSnapshotHeader } from "./format.js";
import type { SnapshotReading } from "./snapshot-reader.js";
import { readSnapshot, verifySnapshot } from "./snapshot-reader.js";

/** A complete snapshot file; its name says what it stands for. */
export interface SnapshotFile {
  /** `<term>-<logIndex>`, 16 hexadecimal digits each; the file's name without its suffix. */
  readonly id: string;
  readonly term: number;
  readonly logIndex: number;
  readonly bytes: number;
}

/** A snapshot on its way; one of `finish` and `abort` ends it. */
export interface SnapshotWriter {
  /** Appends bytes; resolves when the next may follow. One call at a time. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Makes the snapshot durable under its name, and deletes those no longer needed. This, and
   * `write`, reject with a FatalError (temporary) when the disk failed.
   */
  finish(): Promise<SnapshotFile>;
  /** Throws away what was written. */
  abort(): void;
}

/** A piece of a snapshot file, as sent to a peer. */
export interface SnapshotPiece {
  readonly bytes: Uint8Array;
  /** Length of the whole file. */
  readonly totalBytes: number;
}

/** Where snapshots are and whose they are. */
export interface SnapshotStoreOptions {
  readonly disk: Disk;
  readonly directory: string;
  /** Snapshots of another cluster count as damaged. */
  readonly clusterId: string;
}

const suffix = ".snap";
const temporarySuffix = ".tmp";
/** Two numbers of 16 digits and a dash. */
const idLength = 33;
/** A header with its membership, or a chunk with its frame. */
const appendBytesMax = snapshotMetaBytesMax + snapshotChunkBytesMax;

/** The id of the snapshot at a position. */
export function snapshotId(position: { readonly term: number; readonly logIndex: number }): string {
  assertWhole(position.term, "a term");
  assertWhole(position.logIndex, "a log position");
  const id = `${hex64(position.term)}-${hex64(position.logIndex)}`;
  assert(id.length === idLength, "an id has a fixed length");
  return id;
}

/** See the file comment. */
export class SnapshotStore {
  readonly #options: SnapshotStoreOptions;
  /** Snapshots that were taken here, or that the caller has read to the end. */
  readonly #usableIds = new Set<string>();
  #nextTemporary = 1;

  /**
   * Creates the directory and removes what unfinished snapshots left. The last process may have
   * ended between naming a snapshot and making its name durable, so that is done before anything
   * can rely on it.
   */
  constructor(options: SnapshotStoreOptions) {
    const { disk, directory, clusterId } = options;
    assertText(directory, "a directory");
    assert(clusterId !== "", "snapshots belong to a cluster");
    this.#options = options;
    try {
      if (disk.stat(directory) === undefined) {
        disk.makeDirectory(directory);
        disk.syncDirectory(dirname(directory));
      }
      for (const name of disk.list(directory)) {
        if (name.endsWith(temporarySuffix)) disk.unlink(join(directory, name));
      }
      disk.syncDirectory(directory);
    } catch (error) {
      throw writeFailure("the directory of snapshots", directory, error);
    }
  }

  /** Complete files, newest position first; not verified. */
  list(): SnapshotFile[] {
    const { disk, directory } = this.#options;
    assertText(this.#options.directory, "a directory");
    const files: SnapshotFile[] = [];
    for (const name of disk.list(directory)) {
      const position = parseName(name);
      const facts = disk.stat(join(directory, name));
      if (position === undefined || facts === undefined) continue;
      files.push({ ...position, id: snapshotId(position), bytes: facts.bytes });
    }
    assert(new Set(files.map(({ id }) => id)).size === files.length, "ids are unique");
    return files.sort((a, b) => b.logIndex - a.logIndex || b.term - a.term);
  }

  /** Starts a snapshot that this member takes. Chunks of any size are cut to their limit. */
  async create(header: Omit<SnapshotHeader, "clusterId">): Promise<SnapshotWriter> {
    assert(header.logIndex > 0, "a snapshot stands for something applied");
    assertWhole(header.term, "a term");
    const file = this.#openTemporary();
    const full = { ...header, clusterId: this.#options.clusterId };
    const writer = new BodyWriter(file, (complete) => {
      this.#usableIds.add(snapshotId(complete));
      return this.#publish(file, complete);
    });
    await writer.begin(full);
    return writer;
  }

  /**
   * Starts a snapshot that a peer sends as a file, in pieces from the first byte to the last.
   * `finish` verifies all of it and rejects with `corrupt` when it is not what `id` says. Until
   * {@link confirmUsable} it takes no older one's place.
   */
  receive(id: string): SnapshotWriter {
    assert(id.length === idLength, "an id has a fixed length");
    assert(parseName(`${id}${suffix}`) !== undefined, "a snapshot's id is well formed");
    const file = this.#openTemporary();
    return {
      write: (bytes) => file.append(bytes),
      abort: () => {
        file.discard();
      },
      finish: async () => {
        await file.complete();
        try {
          const header = await verifySnapshot(this.#options.disk, file.path);
          this.#checkIdentity(header, id, file.path);
          return await this.#publish(file, header);
        } catch (error) {
          file.discard();
          throw error;
        }
      },
    };
  }

  /**
   * Opens a snapshot for reading, verified as it goes.
   *
   * @throws MasterError (corrupt) naming file and offset; (invalid_argument) when there is none.
   */
  async open(id: string): Promise<SnapshotReading> {
    assertText(id, "an id");
    const path = this.#pathOf(id);
    const reading = await readSnapshot(this.#options.disk, path);
    try {
      this.#checkIdentity(reading.header, id, path);
    } catch (error) {
      await closeReading(reading);
      throw error;
    }
    return reading;
  }

  /**
   * A piece of a snapshot file for a peer, at most `snapshotChunkBytesMax` long; empty behind its
   * end. Not verified here: the receiver verifies the whole.
   *
   * @throws MasterError (corrupt) where the disk cannot read it; (invalid_argument) when there is
   *   no such snapshot.
   */
  async readChunkAt(id: string, offset: number): Promise<SnapshotPiece> {
    assertText(id, "an id");
    assert(Number.isSafeInteger(offset) && offset >= 0, "offsets count from 0");
    const { disk } = this.#options;
    const path = this.#pathOf(id);
    const totalBytes = disk.stat(path)?.bytes ?? 0;
    const length = Math.max(0, Math.min(snapshotChunkBytesMax, totalBytes - offset));
    const bytes = new Uint8Array(length);
    const file = disk.open(path, "read");
    try {
      const got = await disk.background.pread(file, bytes, offset);
      assert(got <= snapshotChunkBytesMax, "a piece is bounded");
      assert(offset + got <= totalBytes || got === 0, "a piece is inside its file");
      return { bytes: bytes.subarray(0, got), totalBytes };
    } catch (error) {
      if (systemCode(error) !== "EIO") throw error;
      const text = `snapshot ${path} is damaged at byte ${offset}: the disk cannot read it`;
      throw new MasterError("corrupt", text, { file: path, offset }, error);
    } finally {
      disk.close(file);
    }
  }

  /** The caller has read this snapshot to its end and can start from it. */
  confirmUsable(id: string): void {
    assert(id.length === idLength, "an id has a fixed length");
    assertText(this.#pathOf(id), "a path");
    this.#usableIds.add(id);
  }

  #openTemporary(): TemporaryFile {
    const { disk, directory } = this.#options;
    assertText(this.#options.directory, "a directory");
    assert(this.#nextTemporary > 0, "temporary names are counted from 1");
    const path = join(directory, `${this.#nextTemporary}${temporarySuffix}`);
    this.#nextTemporary += 1;
    return new TemporaryFile(disk, path);
  }

  async #publish(file: TemporaryFile, header: SnapshotHeader): Promise<SnapshotFile> {
    const { disk, directory } = this.#options;
    assert(file.path.endsWith(temporarySuffix), "an unfinished snapshot has a temporary name");
    assert(header.clusterId === this.#options.clusterId, "only our cluster's are kept");
    assert(file.bytes > 0, "a snapshot is not empty");
    const id = snapshotId(header);
    try {
      disk.rename(file.path, join(directory, `${id}${suffix}`));
      assert(disk.stat(file.path) === undefined, "a published snapshot has its own name only");
      await disk.background.syncDirectory(directory);
      this.#deleteOld();
    } catch (error) {
      throw writeFailure("snapshot", file.path, error);
    }
    return { id, term: header.term, logIndex: header.logIndex, bytes: file.bytes };
  }

  /**
   * Deletes what is older than the newest two that can be used. Of the others, which a peer keeps
   * sending or which are damaged, the newest two stay as well, so that their number is bounded.
   */
  #deleteOld(): void {
    const { disk, directory } = this.#options;
    const files = this.list();
    assert(files.length > 0, "a snapshot was just written");
    let usableCount = 0;
    let otherCount = 0;
    for (const { id } of files) {
      const isUsable = this.#usableIds.has(id);
      const count = isUsable ? usableCount : otherCount;
      if (usableCount >= snapshotsKeptCount || count >= snapshotsKeptCount) {
        disk.unlink(join(directory, `${id}${suffix}`));
        this.#usableIds.delete(id);
      } else if (isUsable) usableCount += 1;
      else otherCount += 1;
    }
    assert(otherCount <= snapshotsKeptCount, "what cannot be used is bounded");
  }

  #pathOf(id: string): string {
    const { disk, directory } = this.#options;
    assertText(this.#options.directory, "a directory");
    const path = join(directory, `${id}${suffix}`);
    if (parseName(`${id}${suffix}`) !== undefined && disk.stat(path) !== undefined) return path;
    throw new MasterError("invalid_argument", `there is no snapshot ${JSON.stringify(id)} here`);
  }

  #checkIdentity(header: SnapshotHeader, id: string, path: string): void {
    assertText(id, "an id");
    assertText(path, "a path");
    if (header.clusterId !== this.#options.clusterId) {
      const text = `snapshot ${path} is of cluster ${header.clusterId}, not of ${this.#options.clusterId}`;
      throw new MasterError("corrupt", text, { file: path, offset: 0 });
    }
    if (snapshotId(header) !== id) {
      const text = `snapshot ${path} holds position ${snapshotId(header)}, not what its name says`;
      throw new MasterError("corrupt", text, { file: path, offset: 0 });
    }
  }
}

/** Writes the layout of a snapshot around a body. */
class BodyWriter implements SnapshotWriter {
  readonly #file: TemporaryFile;
  readonly #publish: (header: SnapshotHeader) => Promise<SnapshotFile>;
  readonly #hash = createHash("sha256");
  #header: SnapshotHeader | undefined;
  #chunkCount = 0;
  #bodyBytes = 0;

  constructor(file: TemporaryFile, publish: (header: SnapshotHeader) => Promise<SnapshotFile>) {
    assert(file.bytes === 0, "a writer begins an empty file");
    assertText(file.path, "a path");
    this.#file = file;
    this.#publish = publish;
  }

  async begin(header: SnapshotHeader): Promise<void> {
    assert(this.#header === undefined, "a snapshot begins once");
    assertText(header.clusterId, "a cluster id");
    assert(this.#file.bytes === 0, "the header comes first");
    this.#header = header;
    await this.#append(encodeSnapshotHeader(header));
  }

  async write(bytes: Uint8Array): Promise<void> {
    assert(this.#header !== undefined, "a snapshot begins with its header");
    assertWhole(this.#bodyBytes, "a number of bytes");
    for (let at = 0; at < bytes.byteLength; at += snapshotChunkBytesMax) {
      const part = bytes.subarray(at, at + snapshotChunkBytesMax);
      await this.#append(encodeChunk(part, this.#chunkCount));
      this.#chunkCount += 1;
      this.#bodyBytes += part.byteLength;
    }
  }

  async finish(): Promise<SnapshotFile> {
    assert(this.#bodyBytes >= this.#chunkCount, "no chunk is empty");
    const header = this.#header;
    assert(header !== undefined, "a snapshot begins with its header");
    await this.#append(encodeEndOfChunks());
    const sha256 = this.#hash.digest();
    const footer = { chunkCount: this.#chunkCount, bodyBytes: this.#bodyBytes, sha256 };
    await this.#file.append(encodeFooter(footer));
    await this.#file.complete();
    return this.#publish(header);
  }

  abort(): void {
    assertText(this.#file.path, "a path");
    assert(this.#header !== undefined, "what is aborted has begun");
    this.#file.discard();
  }

  async #append(bytes: Uint8Array): Promise<void> {
    assert(bytes.byteLength > 0, "something is appended");
    assert(bytes.byteLength <= appendBytesMax, "appended bytes are bounded");
    this.#hash.update(bytes);
    await this.#file.append(bytes);
  }
}

/** A file that has no name yet. */
class TemporaryFile {
  readonly path: string;
  readonly #disk: Disk;
  readonly #file: FileId;
  #bytes = 0;
  #unsynced = 0;
  #isOpen = true;

  constructor(disk: Disk, path: string) {
    assertText(path, "a path");
    assert(path.endsWith(temporarySuffix), "an unfinished snapshot has a temporary name");
    this.#disk = disk;
    this.path = path;
    try {
      this.#file = disk.open(path, "create");
    } catch (error) {
      throw writeFailure("snapshot", path, error);
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  async append(bytes: Uint8Array): Promise<void> {
    assert(this.#unsynced < snapshotSyncEveryBytes, "unsynced bytes are bounded");
    assert(this.#isOpen, "nothing is written to an ended snapshot");
    const position = this.#bytes;
    this.#bytes += bytes.byteLength;
    try {
      await this.#disk.background.pwrite(this.#file, bytes, position);
      this.#unsynced += bytes.byteLength;
      if (this.#unsynced < snapshotSyncEveryBytes) return;
      this.#unsynced = 0;
      await this.#disk.background.fdatasync(this.#file);
    } catch (error) {
      throw writeFailure("snapshot", this.path, error);
    }
  }

  /** Syncs and closes. */
  async complete(): Promise<void> {
    assert(this.#bytes > 0, "a snapshot is not empty");
    assert(this.#isOpen, "a snapshot is completed once");
    try {
      await this.#disk.background.fdatasync(this.#file);
    } catch (error) {
      throw writeFailure("snapshot", this.path, error);
    }
    this.#isOpen = false;
    this.#disk.close(this.#file);
    const length = this.#disk.stat(this.path)?.bytes;
    assert(length === this.#bytes, "a complete snapshot is as long as what was written");
  }

  discard(): void {
    assertText(this.path, "a path");
    assert(this.path.endsWith(temporarySuffix), "a complete snapshot is not discarded");
    if (this.#isOpen) this.#disk.close(this.#file);
    this.#isOpen = false;
    if (this.#disk.stat(this.path) !== undefined) this.#disk.unlink(this.path);
  }
}

function parseName(name: string): { term: number; logIndex: number } | undefined {
  assertText(name, "a name");
  const match = /^([0-9a-f]{16})-([0-9a-f]{16})\.snap$/.exec(name);
  if (match === null) return undefined;
  const term = parseHex64(match[1] ?? "");
  const logIndex = parseHex64(match[2] ?? "");
  return term === undefined || logIndex === undefined ? undefined : { term, logIndex };
}

/** An iteration that never started does not run its cleanup: take one step, then end it. */
async function closeReading(reading: SnapshotReading): Promise<void> {
  await reading.chunks.next();
  await reading.chunks.return?.();
}
