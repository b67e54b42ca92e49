/**
 * The file calls that storage uses, as a port. Calls are synchronous because the log runs in a
 * thread of its own; the few that would stall the main loop exist as promises too. Nothing else
 * in storage touches `node:fs` (the state store's library apart), so that a simulated disk that
 * tears, loses and fails sees every call. It neither retries nor hides a failure.
 */
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  statfsSync,
  unlinkSync,
  writeSync,
  fdatasync,
  fsync,
  open,
  read,
  write,
} from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { assert } from "../base/assert.js";
import { FatalError, exitCode } from "../base/errors.js";
import { assertText, assertWhole } from "./invariants.js";

/** An open file; only the disk that returned it knows its meaning. */
export type FileId = number;

/** How a file is opened: `create` fails when the path exists. */
export type OpenMode = "read" | "readWrite" | "create";

/** See the file comment. Every call throws on failure with the system's `code` on the error. */
export interface Disk {
  open(path: string, mode: OpenMode): FileId;
  close(file: FileId): void;
  /** Reads up to `target.byteLength` bytes; fewer only at the end of the file. */
  pread(file: FileId, target: Uint8Array, position: number): number;
  /** Writes all of `source`. */
  pwrite(file: FileId, source: Uint8Array, position: number): void;
  /** Makes the file's bytes durable, and its length where it changed. */
  fdatasync(file: FileId): void;
  /** Makes creations, renames and removals in a directory durable. */
  syncDirectory(path: string): void;
  rename(from: string, to: string): void;
  unlink(path: string): void;
  /** Names of the files and directories in a directory, sorted. */
  list(path: string): string[];
  /** Creates a directory (0700) with its parents; an existing one is left as it is. */
  makeDirectory(path: string): void;
  /** Removes a directory and all in it; a missing one is no error. */
  removeTree(path: string): void;
  /** Undefined when nothing exists at the path. */
  stat(path: string): FileStat | undefined;
  truncate(file: FileId, bytes: number): void;
  /** Bytes that an unprivileged process can still write. */
  freeBytes(path: string): number;
  /** The same reads, writes and syncs without holding the calling thread. */
  readonly background: BackgroundDisk;
}

/** What is known of a path. */
export interface FileStat {
  readonly bytes: number;
  readonly isDirectory: boolean;
}

/** Calls that may take longer than the main loop may stall. */
export interface BackgroundDisk {
  pread(file: FileId, target: Uint8Array, position: number): Promise<number>;
  pwrite(file: FileId, source: Uint8Array, position: number): Promise<void>;
  fdatasync(file: FileId): Promise<void>;
  syncDirectory(path: string): Promise<void>;
}

/** Private to the owner: the data directory holds the whole cluster's metadata. */
const directoryMode = 0o700;
const fileMode = 0o600;

const flagsByMode: Readonly<Record<OpenMode, string>> = {
  read: "r",
  readWrite: "r+",
  create: "wx+",
};

/** The disk of this machine. */
export function createDisk(): Disk {
  return {
    open: (path, mode) => openSync(path, flagsByMode[mode], fileMode),
    close: closeSync,
    pread: preadFully,
    pwrite: pwriteFully,
    fdatasync: fdatasyncSync,
    syncDirectory,
    rename: renameSync,
    unlink: unlinkSync,
    list: (path) => readdirSync(path).sort(),
    makeDirectory,
    removeTree: (path) => {
      rmSync(path, { recursive: true, force: true });
    },
    stat: statOrUndefined,
    truncate: ftruncateSync,
    freeBytes: (path) => {
      const facts = statfsSync(path);
      return facts.bavail * facts.bsize;
    },
    background: createBackgroundDisk(),
  };
}

/** The system's code of a failed call, such as `ENOENT`; empty when it has none. */
export function systemCode(thrown: unknown): string {
  if (!(thrown instanceof Error) || !("code" in thrown)) return "";
  return typeof thrown.code === "string" ? thrown.code : "";
}

/**
 * What becomes of a failed write, sync or rename: the process ends, a restart may help. Anything
 * else that was thrown is handed back as it is.
 */
export function writeFailure(what: string, path: string, thrown: unknown): unknown {
  assertText(what, "what could not be written");
  const code = systemCode(thrown);
  if (thrown instanceof FatalError || code === "") return thrown;
  const why = thrown instanceof Error ? thrown.message : code;
  const text = `${what} ${path} cannot be written (${why}): check the disk and its free space, then restart`;
  assert(why.length > 0, "a failed call says why");
  return new FatalError(exitCode.temporary, text, { file: path, code }, thrown);
}

function preadFully(file: FileId, target: Uint8Array, position: number): number {
  assertWhole(position, "a position");
  assertWhole(file, "an open file");
  let done = 0;
  while (done < target.byteLength) {
    const got = readSync(file, target, done, target.byteLength - done, position + done);
    if (got === 0) break;
    done += got;
  }
  assert(done <= target.byteLength, "no more is read than there is room for");
  return done;
}

function pwriteFully(file: FileId, source: Uint8Array, position: number): void {
  assertWhole(position, "a position");
  assertWhole(file, "an open file");
  let done = 0;
  while (done < source.byteLength) {
    const put = writeSync(file, source, done, source.byteLength - done, position + done);
    assert(put > 0, "a write that makes no progress reports an error");
    done += put;
  }
  assert(done === source.byteLength, "all of it was written");
}

function syncDirectory(path: string): void {
  assertText(path, "a path");
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Parent by parent: the library's own recursion never ends where a parent accepts no entries. */
function makeDirectory(path: string): void {
  assertText(path, "a path");
  if (statOrUndefined(path)?.isDirectory === true) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectory(parent);
  try {
    mkdirSync(path, { mode: directoryMode });
  } catch (error) {
    const isMadeMeanwhile = systemCode(error) === "EEXIST" && statOrUndefined(path)?.isDirectory;
    if (isMadeMeanwhile !== true) throw error;
  }
}

function statOrUndefined(path: string): FileStat | undefined {
  assertText(path, "a path");
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) return undefined;
  assertWhole(facts.size, "a file's length");
  return { bytes: facts.size, isDirectory: facts.isDirectory() };
}

function createBackgroundDisk(): BackgroundDisk {
  const readAsync = promisify(read);
  const writeAsync = promisify(write);
  const openAsync = promisify(open);
  const fsyncAsync = promisify(fsync);
  return {
    pread: async (file, target, position) => {
      let done = 0;
      while (done < target.byteLength) {
        const rest = target.byteLength - done;
        const { bytesRead } = await readAsync(file, target, done, rest, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      assert(done <= target.byteLength, "no more is read than there is room for");
      return done;
    },
    pwrite: async (file, source, position) => {
      let done = 0;
      while (done < source.byteLength) {
        const rest = source.byteLength - done;
        const { bytesWritten } = await writeAsync(file, source, done, rest, position + done);
        assert(bytesWritten > 0, "a write that makes no progress reports an error");
        done += bytesWritten;
      }
      assert(done === source.byteLength, "all of it was written");
    },
    fdatasync: promisify(fdatasync),
    syncDirectory: async (path) => {
      const file = await openAsync(path, "r");
      try {
        await fsyncAsync(file);
      } finally {
        closeSync(file);
      }
    },
  };
}
