/** The files of a data node that is a process: the one place of the reference node with node:fs. */
import { constants } from "node:fs";
import {
  mkdir,
  open,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  type FileHandle,
} from "node:fs/promises";
import { dirname } from "node:path";

import type { NodeFiles, OpenFile } from "./files.js";

/** See the file comment. Directories and files are for their owner only. */
export const diskFiles: NodeFiles = {
  makeDirectory: async (path) => {
    const first = await mkdir(path, { recursive: true, mode: 0o700 });
    if (first === undefined) return;
    // A new directory lasts once its name in the one above it does.
    const top = dirname(first);
    for (let above = dirname(path); ; above = dirname(above)) {
      await syncDirectory(above);
      if (above === top || above === dirname(above)) return;
    }
  },
  list: async (path) => (await readdir(path)).sort(),
  read: (path) => unlessMissing(readFile(path)),
  sizeBytes: async (path) => (await unlessMissing(stat(path)))?.size,
  open: async (path) => {
    return new DiskFile(await open(path, constants.O_RDWR | constants.O_CREAT, 0o600));
  },
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { recursive: true, force: true }),
  syncDirectory,
};

class DiskFile implements OpenFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const rest = bytes.length - done;
      const result = await this.#handle.write(bytes, done, rest, position + done);
      done += result.bytesWritten;
    }
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#handle.truncate(sizeBytes);
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What a file operation gives, or undefined when the file or directory is not there. */
async function unlessMissing<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
