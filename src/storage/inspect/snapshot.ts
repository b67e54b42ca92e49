/**
 * Looks at a snapshot file from outside, for people: what it says it is, how much it holds, and
 * whether all of its checksums fit. What the body means is not known here. It only ever reads.
 */
import { basename } from "node:path";
import { assert } from "../../base/assert.js";
import { MasterError } from "../../base/errors.js";
import type { Disk } from "../disk.js";
import { assertText, assertWhole } from "../invariants.js";
import type { SnapshotHeader } from "../snapshot/format.js";
import { readSnapshot } from "../snapshot/snapshot-reader.js";
import { snapshotId } from "../snapshot/snapshot-store.js";
import type { Finding } from "./wal.js";

/** A snapshot file, read to its end or to the first damage. */
export interface SnapshotInspection {
  readonly file: string;
  readonly bytes: number;
  /** Undefined when it cannot be read. */
  readonly header: SnapshotHeader | undefined;
  /** Pieces of the body whose checksums fit. */
  readonly chunkCount: number;
  readonly bodyBytes: number;
  /** Lines of those pieces, which is one for each item of the state. */
  readonly itemCount: number;
  /** Whether every checksum of the file fits, its digest included. */
  readonly isWhole: boolean;
  readonly findings: readonly Finding[];
}

/** Reads the whole file. */
export async function inspectSnapshot(disk: Disk, file: string): Promise<SnapshotInspection> {
  assertText(file, "a path");
  const seen = { chunkCount: 0, bodyBytes: 0, itemCount: 0 };
  const findings: Finding[] = [];
  let header: SnapshotHeader | undefined;
  try {
    const reading = await readSnapshot(disk, file);
    header = reading.header;
    for await (const chunk of reading.chunks) {
      seen.chunkCount += 1;
      seen.bodyBytes += chunk.byteLength;
      for (const byte of chunk) if (byte === newLine) seen.itemCount += 1;
    }
  } catch (error) {
    findings.push(findingOf(file, error));
  }
  if (header !== undefined) findings.push(...nameFindings(file, header));
  assert(header !== undefined || findings.length > 0, "what cannot be read has a reason");
  const bytes = disk.stat(file)?.bytes ?? 0;
  return { file, bytes, header, ...seen, isWhole: findings.length === 0, findings };
}

/** The findings alone; none for a good file. */
export async function verifySnapshot(disk: Disk, file: string): Promise<readonly Finding[]> {
  const { findings, isWhole } = await inspectSnapshot(disk, file);
  assert(isWhole === (findings.length === 0), "a whole file has no findings");
  return findings;
}

const newLine = 0x0a;

function findingOf(file: string, error: unknown): Finding {
  assertText(file, "a path");
  if (!(error instanceof MasterError) || error.code !== "corrupt") throw error;
  const offset = Number(error.details["offset"] ?? 0);
  assertWhole(offset, "an offset");
  const text = error.message;
  const actual = text.slice(text.indexOf(": ") + 2);
  return { fact: "snapshotDamaged", file, offset, expected: "a whole snapshot", actual };
}

/** A file under the name of another position is as good as lost to its member. */
function nameFindings(file: string, header: SnapshotHeader): Finding[] {
  assertText(file, "a path");
  const id = snapshotId(header);
  assert(id.length > 0, "a snapshot has an id");
  const name = basename(file);
  const isOwnName = !/^[0-9a-f]{16}-[0-9a-f]{16}\.snap$/.test(name) || name === `${id}.snap`;
  if (isOwnName) return [];
  const expected = `position ${name}`;
  return [{ fact: "snapshotMisnamed", file, offset: 0, expected, actual: `${id}.snap` }];
}
