/**
 * The mark that a member's data is not trusted any more. It is written once, by the process that
 * noticed, and outlives it: whoever starts on the directory next knows before it speaks to anyone.
 * It says nothing about how to go on; that is decided by whoever reads it.
 */
import { assert } from "../base/assert.js";
import { FatalError } from "../base/errors.js";
import type { Disk } from "./disk.js";
import { dataPaths } from "./identity.js";
import { assertText } from "./invariants.js";
import type { SmallFileKind } from "./small-file.js";
import { isRecord, readSmallFile, writeSmallFile } from "./small-file.js";

/** Why a member's data is not trusted. Part of file names and of what peers are told. */
export const suspicionReasons = [
  /** The log ends in bytes that a power cut cannot explain. */
  "suspect-tail",
  /** A peer remembers later starts of this directory: it is an older copy of itself. */
  "boot-regress",
  /** Most voters have applied the same entries to another state. */
  "state-diverged",
  /** The file that counts the starts cannot be read. */
  "boots-damaged",
  /** The mark itself cannot be read. */
  "mark-damaged",
] as const;
/** One of {@link suspicionReasons}. */
export type SuspicionReason = (typeof suspicionReasons)[number];

/** What is not trusted, and why. */
export interface Suspicion {
  readonly reason: SuspicionReason;
  /** What was seen, in words, with its place. */
  readonly detail: string;
}

const suspectKind: SmallFileKind = {
  name: "suspicion",
  version: 1,
  remedy: "its being there says enough: this member's data is not trusted",
};

/** Marks the directory, durably. A mark that is there already stays: the first doubt counts. */
export function writeSuspicion(disk: Disk, directory: string, suspicion: Suspicion): void {
  assertText(suspicion.detail, "what was seen");
  const path = dataPaths(directory).suspect;
  if (disk.stat(path) !== undefined) return;
  writeSmallFile(disk, path, suspectKind, suspicion);
  assert(readSuspicion(disk, directory)?.reason === suspicion.reason, "a mark reads back");
}

/** The mark, or undefined. One that cannot be read is a mark all the same. */
export function readSuspicion(disk: Disk, directory: string): Suspicion | undefined {
  assertText(directory, "a data directory");
  const path = dataPaths(directory).suspect;
  try {
    const value = readSmallFile(disk, path, suspectKind);
    if (value === undefined) return undefined;
    if (isSuspicion(value)) return value;
    return { reason: "mark-damaged", detail: `${path} holds something else than a mark` };
  } catch (thrown) {
    if (!(thrown instanceof FatalError)) throw thrown;
    assert(thrown.message.includes(path), "a damaged file is named");
    return { reason: "mark-damaged", detail: thrown.message };
  }
}

function isSuspicion(value: unknown): value is Suspicion {
  if (!isRecord(value) || typeof value["detail"] !== "string") return false;
  return suspicionReasons.some((reason) => reason === value["reason"]);
}
