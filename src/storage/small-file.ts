/**
 * Small checksummed files that are replaced as a whole: identity, formation, markers. A file is
 * written beside its place, synced, renamed over it, and the directory synced: after a crash it is
 * the old or the new one. A damaged file is refused with its name and the offset, never replaced.
 */
import { dirname } from "node:path";
import { assert } from "../base/assert.js";
import { FatalError, exitCode } from "../base/errors.js";
import { checksum, hex32, viewOf } from "./bytes.js";
import type { Disk, FileId } from "./disk.js";
import { systemCode, writeFailure } from "./disk.js";
import { assertSize, assertText, assertWhole } from "./invariants.js";
import { smallFileBytesMax } from "./limits.js";

/** What a small file is: its type name is part of what the checksum covers. */
export interface SmallFileKind {
  /** Shown to operators and stored in the file. */
  readonly name: string;
  /** Highest version this program reads, and the one it writes. */
  readonly version: number;
  /** What an operator can do about a damaged one; a sentence without a full stop. */
  readonly remedy: string;
}

const magic = "QDTSMALL";
const headerBytes = 24;
const fields = { version: 8, length: 12, seed: 16, crc: 20 } as const;

/**
 * Replaces the file atomically and durably by `value` as JSON.
 *
 * @throws FatalError (temporary) when the disk failed.
 */
export function writeSmallFile(
  disk: Disk,
  path: string,
  kind: SmallFileKind,
  value: unknown,
): void {
  assertText(path, "a path");
  assert(kind.version > 0, "versions are counted from 1");
  const bytes = encode(kind, value);
  try {
    const temporary = openTemporary(disk, path);
    try {
      disk.pwrite(temporary.file, bytes, 0);
      disk.fdatasync(temporary.file);
    } finally {
      disk.close(temporary.file);
    }
    disk.rename(temporary.path, path);
    disk.syncDirectory(dirname(path));
  } catch (error) {
    throw writeFailure(`the ${kind.name} file`, path, error);
  }
  assert(disk.stat(path)?.bytes === bytes.byteLength, "a file has the length that was written");
}

/** The same without holding the calling thread while the disk works; one call at a time per file. */
export async function replaceSmallFile(
  disk: Disk,
  path: string,
  kind: SmallFileKind,
  value: unknown,
): Promise<void> {
  assertText(path, "a path");
  assert(kind.version > 0, "versions are counted from 1");
  const bytes = encode(kind, value);
  try {
    const temporary = openTemporary(disk, path);
    try {
      await disk.background.pwrite(temporary.file, bytes, 0);
      await disk.background.fdatasync(temporary.file);
    } finally {
      disk.close(temporary.file);
    }
    disk.rename(temporary.path, path);
    await disk.background.syncDirectory(dirname(path));
  } catch (error) {
    throw writeFailure(`the ${kind.name} file`, path, error);
  }
}

/**
 * Reads the file, or undefined when there is none.
 *
 * @throws FatalError (data refused) when it is damaged or of a newer version.
 */
export function readSmallFile(disk: Disk, path: string, kind: SmallFileKind): unknown {
  assertText(path, "a path");
  assert(kind.version > 0, "versions are counted from 1");
  const facts = disk.stat(path);
  if (facts === undefined) return undefined;
  if (facts.bytes > smallFileBytesMax) {
    throw damaged(path, kind, smallFileBytesMax, `it has ${facts.bytes} bytes`);
  }
  const bytes = new Uint8Array(facts.bytes);
  const file = disk.open(path, "read");
  try {
    const got = disk.pread(file, bytes, 0);
    if (got !== bytes.byteLength) throw damaged(path, kind, got, "it ends early");
  } catch (error) {
    if (systemCode(error) !== "EIO") throw error;
    throw damaged(path, kind, 0, "the disk cannot read it");
  } finally {
    disk.close(file);
  }
  return decode(path, kind, bytes);
}

/** The error for a small file whose content cannot be right; see {@link readSmallFile}. */
export function damaged(
  path: string,
  kind: SmallFileKind,
  offset: number,
  problem: string,
): FatalError {
  assertText(problem, "a problem");
  assertWhole(offset, "an offset");
  assertText(kind.remedy, "a way out");
  const text = `${kind.name} file ${path} is damaged at byte ${offset}: ${problem}; ${kind.remedy}`;
  return new FatalError(exitCode.dataRefused, text, { file: path, offset });
}

/** Whether a value from a file is an object whose fields can be asked for. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** A new file beside `path`; what an earlier attempt left there goes. */
function openTemporary(disk: Disk, path: string): { readonly file: FileId; readonly path: string } {
  assertText(path, "a path");
  const temporary = `${path}.tmp`;
  if (disk.stat(temporary) !== undefined) disk.unlink(temporary);
  assert(disk.stat(temporary) === undefined, "a new file begins empty");
  return { file: disk.open(temporary, "create"), path: temporary };
}

function encode(kind: SmallFileKind, value: unknown): Uint8Array {
  assertText(kind.name, "a kind of file");
  const payload = Buffer.from(JSON.stringify(value), "utf8");
  const bytes = new Uint8Array(headerBytes + payload.byteLength);
  assert(bytes.byteLength <= smallFileBytesMax, "a small file stays small");
  bytes.set(Buffer.from(magic, "latin1"), 0);
  bytes.set(payload, headerBytes);
  const view = viewOf(bytes);
  view.setUint32(fields.version, kind.version, true);
  view.setUint32(fields.length, payload.byteLength, true);
  view.setUint32(fields.seed, checksum(kind.name, 0), true);
  view.setUint32(fields.crc, sumOf(bytes), true);
  return bytes;
}

function decode(path: string, kind: SmallFileKind, bytes: Uint8Array): unknown {
  assertSize(bytes, smallFileBytesMax);
  assertText(kind.name, "a kind of file");
  if (bytes.byteLength < headerBytes) {
    throw damaged(path, kind, bytes.byteLength, "it ends inside its header");
  }
  const found = Buffer.from(bytes.subarray(0, magic.length)).toString("latin1");
  if (found !== magic) throw damaged(path, kind, 0, "it does not start as one of our files");
  const view = viewOf(bytes);
  const stored = view.getUint32(fields.crc, true);
  const actual = sumOf(bytes);
  if (stored !== actual) {
    const problem = `the checksum is ${hex32(stored)} but the content gives ${hex32(actual)}`;
    throw damaged(path, kind, fields.crc, problem);
  }
  if (view.getUint32(fields.seed, true) !== checksum(kind.name, 0)) {
    throw damaged(path, kind, fields.seed, "it is another kind of file");
  }
  const version = view.getUint32(fields.version, true);
  if (version > kind.version) {
    const text = `${kind.name} file ${path} has format ${version}; this program reads up to ${
      kind.version
    }: start the newer program that wrote it`;
    throw new FatalError(exitCode.dataRefused, text, { file: path, version });
  }
  if (view.getUint32(fields.length, true) !== bytes.byteLength - headerBytes) {
    throw damaged(path, kind, fields.length, "its length does not fit");
  }
  return JSON.parse(Buffer.from(bytes.subarray(headerBytes)).toString("utf8"));
}

function sumOf(bytes: Uint8Array): number {
  assert(bytes.byteLength >= headerBytes, "a small file has a header");
  const head = checksum(bytes.subarray(0, fields.crc), 0);
  return checksum(bytes.subarray(headerBytes), head);
}
