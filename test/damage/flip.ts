/**
 * Where a bit can be flipped in a data directory: in bytes that were written, of files whose
 * content matters. The process lock holds no data, and the zeros behind a log's end none either.
 */
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { assertDefined } from "../../src/base/assert.js";
import type { Random } from "../../src/base/random.js";

/** Kinds of files, as the tally names them. */
export const fileKinds = ["log", "snapshot", "state store", "small file"] as const;
/** One of {@link fileKinds}. */
export type FileKind = (typeof fileKinds)[number];

/** One flip, or a whole byte replaced. */
export interface Flip {
  readonly kind: FileKind;
  /** Below the data directory. */
  readonly file: string;
  readonly offset: number;
  readonly mask: number;
  /**
   * Whether the machine had restarted meanwhile, so that the state store vouches for nothing: then
   * damage at the very end of the log may be a write that was never acknowledged.
   */
  readonly afterPowerCut: boolean;
}

/** Small files are few bytes and fail alike: one flip in this many is theirs. */
const smallFileShare = 12;
/** So few bytes are in the last batch that chance alone would hardly ever meet them. */
const lastBytes = 400;

/** Chooses a kind, a file of it, a written byte, and what becomes of it. */
export function chooseFlip(dataDir: string, random: Random): Flip {
  const isSmall = random.below(smallFileShare) === 0;
  const kinds = isSmall ? ["small file" as const] : (["log", "snapshot", "state store"] as const);
  const kind = assertDefined(kinds[random.below(kinds.length)], "there are kinds");
  const files = filesBelow(dataDir).filter((one) => kindOf(one) === kind);
  const isAtEnd = kind === "log" && random.below(4) === 0;
  const order = isAtEnd ? files.length - 1 : random.below(files.length);
  const file = assertDefined(files[order], `there is a file: ${kind}`);
  const end = writtenEnd(readFileSync(join(dataDir, file)));
  const start = isAtEnd ? Math.max(0, end - lastBytes) : 0;
  const offset = start + random.below(end - start);
  const mask = random.below(3) === 0 ? 1 + random.below(255) : 1 << random.below(8);
  return { kind, file, offset, mask, afterPowerCut: isAtEnd && random.below(2) === 0 };
}

/** Does it. */
export function applyFlip(dataDir: string, flip: Flip): void {
  const path = join(dataDir, flip.file);
  const bytes = readFileSync(path);
  bytes[flip.offset] = (bytes[flip.offset] ?? 0) ^ flip.mask;
  writeFileSync(path, bytes);
  if (flip.afterPowerCut) rmSync(join(dataDir, "state/session"));
}

/** For the line that reports it. */
export function flipText({ file, offset, mask, afterPowerCut }: Flip): string {
  const when = afterPowerCut ? ", after a power cut" : "";
  return `${file} byte ${String(offset)} xor 0x${mask.toString(16).padStart(2, "0")}${when}`;
}

function kindOf(file: string): FileKind | undefined {
  if (/^wal\/.*\.wal$/.test(file)) return "log";
  if (/^snapshots\/.*\.snap$/.test(file)) return "snapshot";
  if (/^state\/gen-[0-9]+\/(?!LOCK$|LOG)/.test(file)) return "state store";
  if (/^(identity|formation|boots|wal\.created|state\/(current|session))$/.test(file)) {
    return "small file";
  }
  return undefined;
}

/** Files with written bytes, sorted, with their paths below `folder`. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => statSync(path).size > 0 && writtenEnd(readFileSync(path)) > 0)
    .map((path) => relative(folder, path))
    .sort();
}

function writtenEnd(bytes: Uint8Array): number {
  let end = bytes.byteLength;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end;
}
