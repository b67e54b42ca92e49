/**
 * A disk in memory that forgets like a real one. Written bytes stay unsynced until the file is
 * synced; a crash keeps any subset of the unsynced 512-byte sectors. Creations, renames and
 * removals stay unsynced until the directory is; a crash keeps a prefix of them. Failures and
 * crashes can be ordered for the n-th call that changes something.
 */
import { dirname } from "node:path";
import { assert, assertDefined } from "../../../src/base/assert.js";
import type { Random } from "../../../src/base/random.js";
import type {
  BackgroundDisk,
  Disk,
  FileId,
  FileStat,
  OpenMode,
} from "../../../src/storage/disk.js";

const sector = 512;

/** Thrown by every call from the ordered crash on. */
export class DiskCrash extends Error {
  override readonly name = "DiskCrash";
}

interface Inode {
  /** What reads see. */
  bytes: Uint8Array;
  /** What certainly survives. */
  durable: Uint8Array;
  /** Sectors whose bytes differ since the last sync. */
  readonly dirty: Set<number>;
}

type DirectoryChange =
  | { readonly kind: "link"; readonly path: string; readonly inode: Inode }
  | { readonly kind: "unlink"; readonly path: string }
  | { readonly kind: "rename"; readonly from: string; readonly to: string };

/** See the file comment. */
export class MemoryDisk implements Disk {
  readonly background: BackgroundDisk;
  /** Calls so far that changed something or made it durable. */
  mutations = 0;
  /** The call with this number, and all later ones, crash instead of doing anything. */
  crashAt: number | undefined;
  /** Files whose next sync fails and throws the written bytes away, as kernels do. */
  failNextSync = false;
  /** Offsets (of whole sectors) that cannot be read. */
  readonly unreadable: Map<string, Set<number>> = new Map<string, Set<number>>();
  #files = new Map<string, Inode>();
  readonly #directories = new Set<string>(["/"]);
  #durableFiles = new Map<string, Inode>();
  #changes: DirectoryChange[] = [];
  readonly #open = new Map<FileId, { readonly path: string; readonly inode: Inode }>();
  #nextFile = 3;

  constructor() {
    this.background = {
      pread: (file, target, position) => Promise.resolve(this.pread(file, target, position)),
      pwrite: async (file, source, position) => {
        await Promise.resolve();
        this.pwrite(file, source, position);
      },
      fdatasync: async (file) => {
        await Promise.resolve();
        this.fdatasync(file);
      },
      syncDirectory: async (path) => {
        await Promise.resolve();
        this.syncDirectory(path);
      },
    };
  }

  open(path: string, mode: OpenMode): FileId {
    let inode = this.#files.get(path);
    if (mode === "create") {
      if (inode !== undefined) throw systemError("EEXIST", path);
      this.#mutate();
      inode = { bytes: new Uint8Array(0), durable: new Uint8Array(0), dirty: new Set() };
      this.#files.set(path, inode);
      this.#changes.push({ kind: "link", path, inode });
    }
    if (inode === undefined) throw systemError("ENOENT", path);
    const file = this.#nextFile++;
    this.#open.set(file, { path, inode });
    return file;
  }

  close(file: FileId): void {
    assert(this.#open.delete(file), "only open files are closed");
  }

  /** Files that were opened and not closed. */
  get openCount(): number {
    return this.#open.size;
  }

  pread(file: FileId, target: Uint8Array, position: number): number {
    const { path, inode } = this.#opened(file);
    for (const offset of this.unreadable.get(path) ?? []) {
      const overlaps = offset < position + target.byteLength && position < offset + sector;
      if (overlaps) throw systemError("EIO", path);
    }
    const part = inode.bytes.subarray(position, position + target.byteLength);
    target.set(part);
    return part.byteLength;
  }

  pwrite(file: FileId, source: Uint8Array, position: number): void {
    this.#mutate();
    const { inode } = this.#opened(file);
    const end = position + source.byteLength;
    if (end > inode.bytes.byteLength) inode.bytes = resized(inode.bytes, end);
    inode.bytes.set(source, position);
    for (let at = position - (position % sector); at < end; at += sector) inode.dirty.add(at);
  }

  fdatasync(file: FileId): void {
    this.#mutate();
    const { inode, path } = this.#opened(file);
    if (this.failNextSync) {
      this.failNextSync = false;
      inode.dirty.clear();
      throw systemError("EIO", path);
    }
    inode.durable = inode.bytes.slice();
    inode.dirty.clear();
  }

  syncDirectory(path: string): void {
    this.#mutate();
    const here = (change: DirectoryChange): boolean =>
      dirname(change.kind === "rename" ? change.to : change.path) === path;
    for (const change of this.#changes.filter(here)) applyChange(this.#durableFiles, change);
    this.#changes = this.#changes.filter((change) => !here(change));
  }

  rename(from: string, to: string): void {
    this.#mutate();
    const change: DirectoryChange = { kind: "rename", from, to };
    if (!this.#files.has(from)) throw systemError("ENOENT", from);
    applyChange(this.#files, change);
    this.#changes.push(change);
  }

  unlink(path: string): void {
    this.#mutate();
    if (!this.#files.has(path)) throw systemError("ENOENT", path);
    this.#files.delete(path);
    this.#changes.push({ kind: "unlink", path });
  }

  list(path: string): string[] {
    if (!this.#directories.has(path)) throw systemError("ENOENT", path);
    const names = [...this.#files.keys(), ...this.#directories]
      .filter((known) => known !== path && dirname(known) === path)
      .map((known) => known.slice(path.length + (path === "/" ? 0 : 1)));
    return names.sort();
  }

  makeDirectory(path: string): void {
    if (path === "/") return;
    if (path !== dirname(path)) this.makeDirectory(dirname(path));
    this.#directories.add(path);
  }

  removeTree(path: string): void {
    this.#mutate();
    for (const file of [...this.#files.keys()]) {
      if (!file.startsWith(`${path}/`)) continue;
      this.#files.delete(file);
      this.#changes.push({ kind: "unlink", path: file });
    }
    for (const known of [...this.#directories]) {
      if (known === path || known.startsWith(`${path}/`)) this.#directories.delete(known);
    }
  }

  stat(path: string): FileStat | undefined {
    const inode = this.#files.get(path);
    if (inode !== undefined) return { bytes: inode.bytes.byteLength, isDirectory: false };
    return this.#directories.has(path) ? { bytes: 0, isDirectory: true } : undefined;
  }

  truncate(file: FileId, bytes: number): void {
    this.#mutate();
    const { inode } = this.#opened(file);
    inode.bytes = resized(inode.bytes, bytes);
  }

  freeBytes(): number {
    return 2 ** 40;
  }

  /** The machine loses power: what a new process on the same disk finds. */
  crash(random: Random): MemoryDisk {
    const after = new MemoryDisk();
    const files = new Map(this.#durableFiles);
    const kept = random.below(this.#changes.length + 1);
    for (const change of this.#changes.slice(0, kept)) applyChange(files, change);
    for (const [path, inode] of files) after.#plant(path, survivor(inode, random));
    for (const directory of this.#directories) after.#directories.add(directory);
    return after;
  }

  /** The process ends, the machine stays up: everything written is still there. */
  restart(): MemoryDisk {
    const after = new MemoryDisk();
    for (const [path, inode] of this.#files) after.#plant(path, inode.bytes.slice());
    for (const directory of this.#directories) after.#directories.add(directory);
    return after;
  }

  /** The bytes of a file, to look at. */
  bytesOf(path: string): Uint8Array {
    return assertDefined(this.#files.get(path), `${path} exists`).bytes;
  }

  /** Replaces a file's bytes behind everybody's back, durably. */
  damage(path: string, change: (bytes: Uint8Array) => Uint8Array): void {
    this.#plant(path, change(this.bytesOf(path).slice()));
  }

  /** Removes a file behind everybody's back, durably. */
  vanish(path: string): void {
    this.#files.delete(path);
    this.#durableFiles.delete(path);
  }

  #plant(path: string, bytes: Uint8Array): void {
    const inode: Inode = { bytes, durable: bytes.slice(), dirty: new Set() };
    this.#files.set(path, inode);
    this.#durableFiles.set(path, inode);
    this.makeDirectory(dirname(path));
  }

  #opened(file: FileId): { readonly path: string; readonly inode: Inode } {
    return assertDefined(this.#open.get(file), "only open files are used");
  }

  #mutate(): void {
    this.mutations += 1;
    if (this.crashAt !== undefined && this.mutations >= this.crashAt) throw new DiskCrash();
  }
}

function applyChange(files: Map<string, Inode>, change: DirectoryChange): void {
  switch (change.kind) {
    case "link":
      files.set(change.path, change.inode);
      return;
    case "unlink":
      files.delete(change.path);
      return;
    case "rename": {
      const inode = files.get(change.from);
      files.delete(change.from);
      if (inode !== undefined) files.set(change.to, inode);
    }
  }
}

/** The length survives with any sector: what was not synced reads as what was there, or zeros. */
function survivor(inode: Inode, random: Random): Uint8Array {
  const keepsLength = inode.dirty.size > 0 && random.below(2) === 1;
  const length = keepsLength
    ? Math.max(inode.bytes.byteLength, inode.durable.byteLength)
    : inode.durable.byteLength;
  const bytes = resized(inode.durable, length);
  for (const offset of inode.dirty) {
    if (offset >= length || random.below(2) === 0) continue;
    bytes.set(inode.bytes.subarray(offset, Math.min(offset + sector, length)), offset);
  }
  return bytes;
}

function resized(bytes: Uint8Array, length: number): Uint8Array {
  const copy = new Uint8Array(length);
  copy.set(bytes.subarray(0, length));
  return copy;
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
