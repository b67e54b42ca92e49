/**
 * A disk in memory that forgets like a real one. Written bytes stay unsynced until the file is
 * synced; a crash keeps any subset of the unsynced 512-byte sectors. Creations, renames and
 * removals stay unsynced until the directory is; a crash keeps a prefix of them. Failures and
 * crashes can be ordered for the n-th call that changes something; its size can be bounded.
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

/** Calls that change something or make it durable. */
export type DiskCall =
  "create" | "write" | "sync" | "syncDirectory" | "rename" | "unlink" | "removeTree" | "truncate";

/** An ordered failure: the n-th changing call fails once, and what it was to sync is lost. */
export interface DiskFailure {
  readonly mutation: number;
  readonly code: "EIO" | "ENOSPC";
}

/**
 * What becomes of unsynced sectors: all `lost`, all `kept`, `torn` where the first ones made it,
 * `reordered` where the last ones did, or `any` of them. Renames and the like follow suit.
 */
export type CrashStyle = "lost" | "kept" | "torn" | "reordered" | "any";

/** Every style. */
export const crashStyles: readonly CrashStyle[] = ["lost", "kept", "torn", "reordered", "any"];

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
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "unlink"; readonly path: string }
  | { readonly kind: "rename"; readonly from: string; readonly to: string };

/** Names and what they stand for. */
interface Tree {
  readonly files: Map<string, Inode>;
  readonly directories: Set<string>;
}

/** See the file comment. */
export class MemoryDisk implements Disk {
  readonly background: BackgroundDisk;
  /** Calls so far that changed something or made it durable. */
  mutations = 0;
  /** The call with this number, and all later ones, crash instead of doing anything. */
  crashAt: number | undefined;
  /** See {@link DiskFailure}. */
  failure: DiskFailure | undefined;
  /** Files whose next sync fails and throws the written bytes away, as kernels do. */
  failNextSync = false;
  /** Bytes that all files together can have. */
  capacityBytes: number = 2 ** 40;
  /** Told of every changing call before it happens. */
  onMutation: ((call: DiskCall, path: string) => void) | undefined;
  /** Offsets (of whole sectors) that cannot be read. */
  readonly unreadable: Map<string, Set<number>> = new Map<string, Set<number>>();
  #now: Tree = { files: new Map(), directories: new Set(["/"]) };
  #durable: Tree = { files: new Map(), directories: new Set(["/"]) };
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
    let inode = this.#now.files.get(path);
    if (mode === "create") {
      if (inode !== undefined) throw systemError("EEXIST", path);
      if (!this.#now.directories.has(dirname(path))) throw systemError("ENOENT", path);
      this.#mutate("create", path);
      inode = { bytes: new Uint8Array(0), durable: new Uint8Array(0), dirty: new Set() };
      this.#change({ kind: "link", path, inode });
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
    const { inode, path } = this.#opened(file);
    try {
      this.#mutate("write", path);
    } catch (error) {
      // A write that fails may have reached the disk in part.
      if (!(error instanceof DiskCrash)) {
        put(inode, source.subarray(0, source.byteLength >> 1), position);
      }
      throw error;
    }
    const grownBytes = position + source.byteLength - inode.bytes.byteLength;
    if (grownBytes > 0 && grownBytes > this.freeBytes()) throw systemError("ENOSPC", path);
    put(inode, source, position);
  }

  fdatasync(file: FileId): void {
    const { inode, path } = this.#opened(file);
    try {
      this.#mutate("sync", path);
    } catch (error) {
      if (!(error instanceof DiskCrash)) inode.dirty.clear();
      throw error;
    }
    if (this.failNextSync) {
      this.failNextSync = false;
      inode.dirty.clear();
      throw systemError("EIO", path);
    }
    inode.durable = resized(inode.durable, inode.bytes.byteLength);
    for (const at of inode.dirty) inode.durable.set(inode.bytes.subarray(at, at + sector), at);
    inode.dirty.clear();
  }

  syncDirectory(path: string): void {
    this.#mutate("syncDirectory", path);
    const here = (change: DirectoryChange): boolean =>
      dirname(change.kind === "rename" ? change.to : change.path) === path;
    for (const change of this.#changes.filter(here)) applyChange(this.#durable, change);
    this.#changes = this.#changes.filter((change) => !here(change));
  }

  /** Of a file, or of a directory with all that is in it. */
  rename(from: string, to: string): void {
    this.#mutate("rename", from);
    const isThere = this.#now.files.has(from) || this.#now.directories.has(from);
    if (!isThere || !this.#now.directories.has(dirname(to))) throw systemError("ENOENT", from);
    this.#change({ kind: "rename", from, to });
  }

  unlink(path: string): void {
    this.#mutate("unlink", path);
    if (!this.#now.files.has(path)) throw systemError("ENOENT", path);
    this.#change({ kind: "unlink", path });
  }

  list(path: string): string[] {
    const { files, directories } = this.#now;
    if (!directories.has(path)) throw systemError("ENOENT", path);
    const names = [...files.keys(), ...directories]
      .filter((known) => known !== path && dirname(known) === path)
      .map((known) => known.slice(path.length + (path === "/" ? 0 : 1)));
    return names.sort();
  }

  makeDirectory(path: string): void {
    if (this.#now.directories.has(path)) return;
    if (path !== dirname(path)) this.makeDirectory(dirname(path));
    this.#change({ kind: "directory", path });
  }

  removeTree(path: string): void {
    this.#mutate("removeTree", path);
    const { files, directories } = this.#now;
    const inside = [...files.keys(), ...directories].filter((known) =>
      known.startsWith(`${path}/`),
    );
    if (files.has(path) || directories.has(path)) inside.push(path);
    for (const known of inside) this.#change({ kind: "unlink", path: known });
  }

  stat(path: string): FileStat | undefined {
    const inode = this.#now.files.get(path);
    if (inode !== undefined) return { bytes: inode.bytes.byteLength, isDirectory: false };
    return this.#now.directories.has(path) ? { bytes: 0, isDirectory: true } : undefined;
  }

  truncate(file: FileId, bytes: number): void {
    const { inode, path } = this.#opened(file);
    this.#mutate("truncate", path);
    inode.bytes = resized(inode.bytes, bytes);
  }

  freeBytes(): number {
    let used = 0;
    for (const { bytes } of this.#now.files.values()) used += bytes.byteLength;
    return Math.max(0, this.capacityBytes - used);
  }

  /** The machine loses power: what a new process on the same disk finds. */
  crash(random: Random, style: CrashStyle = "any"): MemoryDisk {
    const tree = copyOf(this.#durable);
    for (const change of this.#changes.slice(0, changesKept(this.#changes.length, random, style))) {
      applyChange(tree, change);
    }
    const after = new MemoryDisk();
    after.capacityBytes = this.capacityBytes;
    for (const directory of tree.directories) after.makeDirectory(directory);
    for (const [path, inode] of tree.files) after.plant(path, survivor(inode, random, style));
    after.#settle();
    return after;
  }

  /** The process ends, the machine stays up: all that was written is there, though not durable. */
  restart(): MemoryDisk {
    const after = new MemoryDisk();
    after.capacityBytes = this.capacityBytes;
    const copies = new Map<Inode, Inode>();
    const copied = (inode: Inode): Inode => {
      const known = copies.get(inode);
      if (known !== undefined) return known;
      const { bytes, durable, dirty } = inode;
      const copy = { bytes: bytes.slice(), durable: durable.slice(), dirty: new Set(dirty) };
      copies.set(inode, copy);
      return copy;
    };
    after.#now = copyOf(this.#now, copied);
    after.#durable = copyOf(this.#durable, copied);
    after.#changes = this.#changes.map((change) =>
      change.kind === "link" ? { ...change, inode: copied(change.inode) } : change,
    );
    return after;
  }

  /** Paths of all files, sorted. */
  get paths(): string[] {
    return [...this.#now.files.keys()].sort();
  }

  /** The bytes of a file, to look at. */
  bytesOf(path: string): Uint8Array {
    return assertDefined(this.#now.files.get(path), `${path} exists`).bytes;
  }

  /** Replaces a file's bytes behind everybody's back, durably. */
  damage(path: string, change: (bytes: Uint8Array) => Uint8Array): void {
    this.plant(path, change(this.bytesOf(path).slice()));
  }

  /** Puts a file there behind everybody's back, durably. */
  plant(path: string, bytes: Uint8Array): void {
    const inode: Inode = { bytes, durable: bytes.slice(), dirty: new Set() };
    this.makeDirectory(dirname(path));
    this.#now.files.set(path, inode);
    this.#durable.files.set(path, inode);
  }

  /** Removes a file behind everybody's back, durably. */
  vanish(path: string): void {
    this.#now.files.delete(path);
    this.#durable.files.delete(path);
  }

  /** Makes every directory durable. */
  #settle(): void {
    for (const change of this.#changes) applyChange(this.#durable, change);
    this.#changes = [];
  }

  #change(change: DirectoryChange): void {
    applyChange(this.#now, change);
    this.#changes.push(change);
  }

  #opened(file: FileId): { readonly path: string; readonly inode: Inode } {
    return assertDefined(this.#open.get(file), "only open files are used");
  }

  #mutate(call: DiskCall, path: string): void {
    this.mutations += 1;
    if (this.crashAt !== undefined && this.mutations >= this.crashAt) throw new DiskCrash();
    this.onMutation?.(call, path);
    if (this.failure?.mutation === this.mutations) throw systemError(this.failure.code, path);
  }
}

function put(inode: Inode, source: Uint8Array, position: number): void {
  const end = position + source.byteLength;
  if (end > inode.bytes.byteLength) inode.bytes = resized(inode.bytes, end);
  inode.bytes.set(source, position);
  for (let at = position - (position % sector); at < end; at += sector) inode.dirty.add(at);
}

function copyOf(tree: Tree, copied: (inode: Inode) => Inode = (inode) => inode): Tree {
  const files = new Map<string, Inode>();
  for (const [path, inode] of tree.files) files.set(path, copied(inode));
  return { files, directories: new Set(tree.directories) };
}

function applyChange({ files, directories }: Tree, change: DirectoryChange): void {
  switch (change.kind) {
    case "link":
      files.set(change.path, change.inode);
      return;
    case "directory":
      directories.add(change.path);
      return;
    case "unlink":
      files.delete(change.path);
      directories.delete(change.path);
      return;
    case "rename":
      moveName({ files, directories }, change.from, change.to);
  }
}

function moveName({ files, directories }: Tree, from: string, to: string): void {
  const inode = files.get(from);
  if (inode !== undefined) {
    files.delete(from);
    files.set(to, inode);
    return;
  }
  const moved = (path: string): string => to + path.slice(from.length);
  for (const [path, inside] of [...files]) {
    if (!path.startsWith(`${from}/`)) continue;
    files.delete(path);
    files.set(moved(path), inside);
  }
  for (const path of [...directories]) {
    if (path !== from && !path.startsWith(`${from}/`)) continue;
    directories.delete(path);
    directories.add(moved(path));
  }
}

/** How many of the changes to directories survive. */
function changesKept(count: number, random: Random, style: CrashStyle): number {
  if (style === "lost") return 0;
  return style === "kept" ? count : random.below(count + 1);
}

/** The length survives with any sector: what was not synced reads as what was there, or zeros. */
function survivor(inode: Inode, random: Random, style: CrashStyle): Uint8Array {
  const dirty = [...inode.dirty].sort((a, b) => a - b);
  const kept = keptSectors(dirty, random, style);
  const isLengthKept = style === "kept" || (dirty.length > 0 && random.below(2) === 1);
  const length =
    isLengthKept || kept.length > 0
      ? Math.max(inode.bytes.byteLength, inode.durable.byteLength)
      : inode.durable.byteLength;
  const bytes = new Uint8Array(length);
  bytes.set(inode.durable);
  for (const offset of kept) bytes.set(inode.bytes.subarray(offset, offset + sector), offset);
  return bytes;
}

function keptSectors(
  dirty: readonly number[],
  random: Random,
  style: CrashStyle,
): readonly number[] {
  switch (style) {
    case "lost":
      return [];
    case "kept":
      return dirty;
    case "torn":
      return dirty.slice(0, random.below(dirty.length + 1));
    case "reordered":
      return dirty.slice(random.below(dirty.length + 1));
    case "any":
      return random.below(4) === 0 ? [] : dirty.filter(() => random.below(2) === 1);
  }
}

/** The same bytes with another length; what is new is zero. Grows in steps to stay cheap. */
function resized(bytes: Uint8Array, length: number): Uint8Array {
  if (length <= bytes.byteLength) {
    bytes.fill(0, length);
    return bytes.subarray(0, length);
  }
  const room = bytes.buffer.byteLength - bytes.byteOffset;
  if (length <= room) return new Uint8Array(bytes.buffer, bytes.byteOffset, length);
  const grown = new Uint8Array(Math.max(length, bytes.byteLength * 2)).subarray(0, length);
  grown.set(bytes);
  return grown;
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
