/**
 * The files of a data node in memory, with a disk's bad habits: what was not synced when the
 * machine lost power is kept, lost, or torn, as the seed decides, and a name lasts only once its
 * directory was synced. A process that is gone never hears from its files again.
 */
import { basename, dirname } from "node:path";

import { assert, assertDefined } from "../../../src/base/assert.js";
import type { Clock } from "../../../src/base/clock.js";
import type { Random } from "../../../src/base/random.js";
import type { NodeFiles, OpenFile } from "../../../src/devnode/files.js";
import { pause } from "../../../src/devnode/pause.js";

const sectorBytes = 512;

/** What a sync costs, and how a crash treats what was not synced. */
export interface MemoryFilesDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** How long a sync of this file or directory takes; 0 = it is done at once. */
  readonly syncMs: (path: string) => number;
}

type Change =
  | { readonly kind: "write"; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: "truncate"; readonly sizeBytes: number };

interface FileEntry {
  readonly kind: "file";
  readonly now: Content;
  readonly durable: Content;
  /** Changes since the last sync, oldest first. */
  unsynced: Change[];
}

interface Folder {
  readonly kind: "folder";
  now: Map<string, Entry>;
  durable: Map<string, Entry>;
  /** Changes of names since the last sync, oldest first; a rename is one. */
  unsynced: (readonly (readonly [string, Entry | undefined])[])[];
}

type Entry = FileEntry | Folder;

/** Whether the process alone is gone, or the machine lost power. */
export type CrashKind = "process" | "power";

/** See the file comment. */
export class MemoryFiles {
  readonly #deps: MemoryFilesDeps;
  readonly #root: Folder = newFolder();
  #life = 0;

  constructor(deps: MemoryFilesDeps) {
    this.#deps = deps;
  }

  /** The files as one process sees them; they fall silent at the next crash. */
  mount(): NodeFiles {
    const life = this.#life;
    return {
      makeDirectory: (path) =>
        this.#later(life, path, () => {
          this.#makeDirectory(path);
        }),
      list: (path) => this.#soon(life, () => [...this.#folder(path).now.keys()].sort()),
      read: (path) => this.#soon(life, () => this.#file(path)?.now.copy()),
      sizeBytes: (path) => this.#soon(life, () => this.#file(path)?.now.sizeBytes),
      open: (path) => this.#soon(life, () => this.#open(path, life)),
      rename: (from, to) =>
        this.#soon(life, () => {
          this.#rename(from, to);
        }),
      remove: (path) =>
        this.#soon(life, () => {
          const folder = this.#folder(dirname(path));
          if (folder.now.has(basename(path))) change(folder, [[basename(path), undefined]]);
        }),
      syncDirectory: (path) => {
        const folder = this.#folder(path);
        const covered = folder.unsynced.length;
        return this.#later(life, path, () => {
          keep(folder, covered);
        });
      },
    };
  }

  /** The process of all mounts so far is gone. */
  crash(kind: CrashKind): void {
    this.#life += 1;
    if (kind === "power") this.#losePower(this.#root);
  }

  /** Leaves only the first bytes of a file, durably, behind the node's back. */
  cutShort(path: string, sizeBytes: number): void {
    const file = assertDefined(this.#file(path), `there is a file ${path}`);
    for (const content of [file.now, file.durable]) content.truncate(sizeBytes);
  }

  /** Removes a file, durably, behind the node's back. */
  lose(path: string): void {
    const folder = this.#folder(dirname(path));
    assert(folder.now.delete(basename(path)), `there is a file ${path}`);
    folder.durable.delete(basename(path));
  }

  /** Paths of all files, as they are now. */
  paths(): readonly string[] {
    const found: string[] = [];
    const visit = (folder: Folder, path: string): void => {
      for (const [name, entry] of folder.now) {
        if (entry.kind === "folder") visit(entry, `${path}/${name}`);
        else found.push(`${path}/${name}`);
      }
    };
    visit(this.#root, "");
    return found.sort();
  }

  #open(path: string, life: number): OpenFile {
    const folder = this.#folder(dirname(path));
    const known = folder.now.get(basename(path));
    assert(known?.kind !== "folder", `${path} is a file`);
    const file = known ?? newFile();
    if (known === undefined) change(folder, [[basename(path), file]]);
    const edit = (made: Change): Promise<void> =>
      this.#soon(life, () => {
        perform(file.now, made);
        file.unsynced.push(made);
      });
    return {
      write: (bytes, position) => edit({ kind: "write", position, bytes: Buffer.from(bytes) }),
      truncate: (sizeBytes) => edit({ kind: "truncate", sizeBytes }),
      sync: () => {
        const covered = file.unsynced.length;
        return this.#later(life, path, () => {
          for (const made of file.unsynced.splice(0, covered)) perform(file.durable, made);
        });
      },
      close: () => this.#soon(life, () => undefined),
    };
  }

  #makeDirectory(path: string): void {
    let folder = this.#root;
    for (const name of namesOf(path)) {
      const known = folder.now.get(name);
      assert(known?.kind !== "file", `${path} is a directory`);
      if (known === undefined) change(folder, [[name, newFolder()]]);
      keep(folder, folder.unsynced.length);
      folder = assertDefined(folder.now.get(name), "just made") as Folder;
    }
  }

  #rename(from: string, to: string): void {
    assert(dirname(from) === dirname(to), "names change within one directory");
    const folder = this.#folder(dirname(from));
    const entry = folder.now.get(basename(from));
    if (entry === undefined) throw missing(from);
    change(folder, [
      [basename(from), undefined],
      [basename(to), entry],
    ]);
  }

  #find(path: string): Entry | undefined {
    let entry: Entry | undefined = this.#root;
    for (const name of namesOf(path)) {
      entry = entry?.kind === "folder" ? entry.now.get(name) : undefined;
    }
    return entry;
  }

  #folder(path: string): Folder {
    const entry = this.#find(path);
    if (entry?.kind !== "folder") throw missing(path);
    return entry;
  }

  #file(path: string): FileEntry | undefined {
    const entry = this.#find(path);
    assert(entry?.kind !== "folder", `${path} is a file`);
    return entry;
  }

  /** An operation of the page cache. */
  async #soon<T>(life: number, operation: () => T): Promise<T> {
    await Promise.resolve();
    await this.#alive(life);
    return operation();
  }

  /** An operation that waits for the disk. */
  async #later<T>(life: number, path: string, operation: () => T): Promise<T> {
    const delayMs = this.#deps.syncMs(path);
    if (delayMs > 0) await pause(this.#deps.clock, delayMs);
    return this.#soon(life, operation);
  }

  async #alive(life: number): Promise<void> {
    if (life !== this.#life) await new Promise<never>(() => undefined);
  }

  #losePower(folder: Folder): void {
    keep(folder, this.#survivors(folder.unsynced.length));
    folder.unsynced = [];
    folder.now = new Map(folder.durable);
    for (const entry of folder.now.values()) {
      if (entry.kind === "folder") this.#losePower(entry);
      else this.#loseWrites(entry);
    }
  }

  /** How many of the changes of names, oldest first, had reached the disk. */
  #survivors(count: number): number {
    return this.#deps.random.below(count + 1);
  }

  /** Any of the unsynced changes of a file may have reached the disk, and any sectors of them. */
  #loseWrites(file: FileEntry): void {
    const { random } = this.#deps;
    const style = random.below(3);
    for (const made of file.unsynced) {
      const fate = style === 2 ? random.below(3) : style;
      if (fate === 0) continue;
      if (fate === 1 || made.kind === "truncate") perform(file.durable, made);
      else this.#tear(file.durable, made);
    }
    file.unsynced = [];
    file.now.become(file.durable);
  }

  #tear(content: Content, made: Extract<Change, { kind: "write" }>): void {
    for (let from = 0; from < made.bytes.length;) {
      const position = made.position + from;
      const to = Math.min(made.bytes.length, from + sectorBytes - (position % sectorBytes));
      if (this.#deps.random.below(2) === 0) content.write(position, made.bytes.subarray(from, to));
      from = to;
    }
  }
}

/** Bytes that grow. */
class Content {
  #bytes: Buffer = Buffer.alloc(0);
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  write(position: number, bytes: Buffer): void {
    const end = position + bytes.length;
    this.#reserve(end);
    bytes.copy(this.#bytes, position);
    this.#sizeBytes = Math.max(this.#sizeBytes, end);
  }

  truncate(sizeBytes: number): void {
    this.#reserve(sizeBytes);
    this.#bytes.fill(0, Math.min(sizeBytes, this.#sizeBytes));
    this.#sizeBytes = sizeBytes;
  }

  become(other: Content): void {
    this.#bytes = other.copy();
    this.#sizeBytes = this.#bytes.length;
  }

  copy(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#sizeBytes));
  }

  #reserve(sizeBytes: number): void {
    if (sizeBytes <= this.#bytes.length) return;
    const grown = Buffer.alloc(Math.max(sizeBytes, this.#bytes.length * 2, sectorBytes));
    this.#bytes.copy(grown, 0, 0, this.#sizeBytes);
    this.#bytes = grown;
  }
}

function newFolder(): Folder {
  return { kind: "folder", now: new Map(), durable: new Map(), unsynced: [] };
}

function newFile(): FileEntry {
  return { kind: "file", now: new Content(), durable: new Content(), unsynced: [] };
}

function change(folder: Folder, names: Folder["unsynced"][number]): void {
  folder.unsynced.push(names);
  rename(folder.now, names);
}

/** The oldest `count` changes of names reach the disk. */
function keep(folder: Folder, count: number): void {
  for (const names of folder.unsynced.splice(0, count)) rename(folder.durable, names);
}

function rename(entries: Map<string, Entry>, names: Folder["unsynced"][number]): void {
  for (const [name, entry] of names) {
    if (entry === undefined) entries.delete(name);
    else entries.set(name, entry);
  }
}

function perform(content: Content, made: Change): void {
  if (made.kind === "write") content.write(made.position, made.bytes);
  else content.truncate(made.sizeBytes);
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}

function missing(path: string): Error {
  return Object.assign(new Error(`ENOENT: no such file or directory, '${path}'`), {
    code: "ENOENT",
  });
}
