/**
 * Builders for logs in tests: small segments on a disk in memory, entries whose payload tells
 * where they came from, and a model of what a log must hold after a list of appends.
 */
import type { Entry } from "../../../src/raft/types.js";
import type { Disk } from "../../../src/storage/disk.js";
import { encodeAppend, encodeFloor } from "../../../src/storage/wal/record.js";
import type { OpenedLog } from "../../../src/storage/wal/recovery.js";
import { openLog } from "../../../src/storage/wal/recovery.js";
import type {
  LogMarker,
  LogWitness,
  RecoveredLog,
  WalBatch,
  WalIdentity,
} from "../../../src/storage/wal/types.js";
import type { WalWriter } from "../../../src/storage/wal/writer.js";

/** Whose logs tests write. */
export const identity: WalIdentity = {
  memberId: 7_000_000_000_001,
  clusterId: "0b0e7b54-9d43-4a3f-8f9f-3c2b6d1d9f10",
};

/** Where they are. */
export const directory = "/data/wal";

/** Two sectors of header and room for a few batches. */
export const smallSegmentBytes: number = 8 * 512;

/** Opens a log with small segments. */
export function openSmall(
  disk: Disk,
  witnesses: readonly LogWitness[] = [],
  snapshot?: LogMarker,
): OpenedLog {
  const segmentBytes = smallSegmentBytes;
  return openLog({ disk, directory, identity, segmentBytes, witnesses, snapshot });
}

/** `count` entries from `firstLogIndex`; payloads of `bytes` bytes differ by position and term. */
export function entriesOf(
  firstLogIndex: number,
  count: number,
  { term = 1, bytes = 40 }: { readonly term?: number; readonly bytes?: number } = {},
): Entry[] {
  return Array.from({ length: count }, (_, n) => {
    const logIndex = firstLogIndex + n;
    const data = new Uint8Array(bytes);
    for (let at = 0; at < bytes; at += 1) data[at] = (logIndex * 31 + term * 7 + at) & 0xff;
    return { logIndex, term, kind: logIndex % 5 === 0 ? "membership" : "normal", data } as const;
  });
}

/** Appends each of `batches` as a batch of its own. */
export function appendAll(writer: WalWriter, batches: readonly WalBatch[]): void {
  for (const batch of batches) writer.append(encodeAppend(batch));
}

/** Gives up a prefix and deletes what is not needed any more. */
export function giveUp(writer: WalWriter, logIndex: number): void {
  writer.append([encodeFloor(logIndex)]);
  writer.deleteUnneededSegments();
}

/** What a log holds, reduced to what can be compared. */
export interface LogPicture {
  readonly term: number;
  readonly vote: number;
  readonly commit: number;
  readonly marker: number;
  readonly floor: number;
  readonly entries: readonly string[];
}

/** The picture of a recovered log. */
export function pictureOf(recovered: RecoveredLog): LogPicture {
  return {
    ...recovered.hardState,
    marker: recovered.marker.logIndex,
    floor: recovered.floorLogIndex,
    entries: recovered.entries.map(entryText),
  };
}

/** The pictures of a log after none, one, two... of the batches, from a model without files. */
export function modelPictures(batches: readonly WalBatch[]): LogPicture[] {
  let picture: LogPicture = { term: 0, vote: 0, commit: 0, marker: 0, floor: 0, entries: [] };
  const pictures = [picture];
  for (const { hardState, snapshot, entries } of batches) {
    let { marker, floor } = picture;
    let kept = picture.entries;
    if (snapshot !== undefined) {
      marker = snapshot.logIndex;
      floor = snapshot.logIndex;
      kept = [];
    }
    const first = entries[0];
    if (first !== undefined) kept = kept.slice(0, first.logIndex - floor - 1);
    const all = [...kept, ...entries.map(entryText)];
    const { term, vote, commit } = hardState ?? picture;
    picture = { term, vote, commit, marker, floor, entries: all };
    pictures.push(picture);
  }
  return pictures;
}

function entryText({ logIndex, term, kind, data }: Entry): string {
  return `${logIndex}/${term}/${kind}/${Buffer.from(data).toString("hex")}`;
}

/** A history with a vote, entries, a truncated suffix, a large batch and an installed snapshot. */
export function sampleBatches(): WalBatch[] {
  return [
    { seq: 1, hardState: { term: 1, vote: 5, commit: 0 }, entries: [] },
    { seq: 2, entries: entriesOf(1, 3) },
    {
      seq: 3,
      hardState: { term: 1, vote: 5, commit: 2 },
      entries: entriesOf(4, 4, { bytes: 150 }),
    },
    { seq: 4, hardState: { term: 2, vote: 0, commit: 2 }, entries: [] },
    { seq: 5, entries: entriesOf(3, 2, { term: 2 }) },
    { seq: 6, entries: entriesOf(5, 6, { term: 2, bytes: 400 }) },
    { seq: 7, hardState: { term: 2, vote: 0, commit: 9 }, entries: [] },
    { seq: 8, entries: entriesOf(11, 12, { term: 2, bytes: 300 }) },
    {
      seq: 9,
      hardState: { term: 3, vote: 9, commit: 40 },
      snapshot: { logIndex: 40, term: 3 },
      entries: entriesOf(41, 2, { term: 3 }),
    },
    { seq: 10, entries: entriesOf(43, 3, { term: 3 }) },
  ];
}
