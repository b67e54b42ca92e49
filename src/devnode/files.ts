/**
 * What a reference node needs of a file system, as a port: disk-files.ts fills it for a process,
 * a memory in tests. Beside it the one composed operation, replacing a small JSON file. It does
 * not know what the files mean.
 */
import { dirname } from "node:path";

/** A file that is open for writing. */
export interface OpenFile {
  /** Writes all of `bytes`; they are durable only after {@link OpenFile.sync}. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  /** Ends when content and size are durable; the name is {@link NodeFiles.syncDirectory}'s. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** See the file comment. Paths are absolute, or relative to the working directory. */
export interface NodeFiles {
  /** Makes a directory and those above it, durably; one that is there stays as it is. */
  makeDirectory(path: string): Promise<void>;
  /** Names in a directory, sorted. */
  list(path: string): Promise<readonly string[]>;
  /** The whole file; undefined when there is none. */
  read(path: string): Promise<Buffer | undefined>;
  /** Undefined when there is no such file. */
  sizeBytes(path: string): Promise<number | undefined>;
  /** Opens a file and keeps what is in it, or makes an empty one. */
  open(path: string): Promise<OpenFile>;
  /** Renames a file or a directory; a file in the way is replaced. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, or a directory with all in it; what is not there is removed already. */
  remove(path: string): Promise<void>;
  /** Makes creations, renames and removals in a directory durable. */
  syncDirectory(path: string): Promise<void>;
}

/** Replaces a file by `value` as JSON: after a crash it is the old or the new one. */
export async function writeJsonFile(files: NodeFiles, path: string, value: unknown): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await files.open(temporary);
  try {
    await file.truncate(0);
    await file.write(Buffer.from(`${JSON.stringify(value, null, 2)}\n`), 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await files.rename(temporary, path);
  await files.syncDirectory(dirname(path));
}

/** Reads a JSON file; undefined when there is none. Throws SyntaxError when it is not JSON. */
export async function readJsonFile(files: NodeFiles, path: string): Promise<unknown> {
  const bytes = await files.read(path);
  return bytes === undefined ? undefined : (JSON.parse(bytes.toString("utf8")) as unknown);
}
