/**
 * Bounds of everything that storage queues, writes or keeps, and the relations between them.
 * Values here are part of what tests and operators rely on; formats have their own constants in
 * the files that read and write them.
 */
import { assert } from "../base/assert.js";

/** The unit in which a disk loses or keeps unsynced bytes; every log batch is a multiple. */
export const sectorBytes = 512;

/** Smallest segment accepted; tests use it to rotate often. */
export const walSegmentBytesMin: number = 8 * sectorBytes;

/** Largest sum of records merged into one batch, so that one write stays a bounded stall. */
export const walBatchBytesMax: number = 16 * 1024 * 1024;

/** Largest single record; bigger appends are cut into several records, released together. */
export const walRecordBytesMax: number = 4 * 1024 * 1024;

/** Largest payload of one entry. */
export const walEntryBytesMax: number = 3 * 1024 * 1024;

/** Bytes of the next segment that are zero-filled and synced in one step between batches. */
export const walPrepareStepBytes: number = 512 * 1024;

/** Copies of cut-off tails kept beside the log; each is one batch that was never acknowledged. */
export const tornCopiesKeptCount = 8;

/** Bytes read at once while a segment is scanned. */
export const walReadWindowBytes: number = 1024 * 1024;

/** Appends handed to the log and not yet durable; the driver's own bounds keep far below. */
export const walQueuedAppendsCountMax = 65_536;

/** Records of those appends; a large append is several. */
export const walQueuedRecordsCountMax: number = 2 * walQueuedAppendsCountMax;

/** Upper bounds of the sync latency histogram, in milliseconds; a last bucket takes the rest. */
export const walSyncBucketsMs: readonly number[] = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000,
];

/** Largest chunk of a snapshot body, and largest answer to a peer that pulls one. */
export const snapshotChunkBytesMax: number = 1024 * 1024;

/** Largest membership description in a snapshot's header. */
export const snapshotMetaBytesMax: number = 1024 * 1024;

/** Written snapshot bytes after which they are synced, so that the last sync stays short. */
export const snapshotSyncEveryBytes: number = 8 * 1024 * 1024;

/** Snapshots kept of those that can be used, and at most as many more of others. */
export const snapshotsKeptCount = 2;

/** Largest checksummed small file (identity, formation, markers). */
export const smallFileBytesMax: number = 1024 * 1024;

/** Operations per state store batch: converting them runs on the main thread. */
export const stateBatchOperationsCountMax = 2000;

/** Items read from the state store at once while loading. */
export const stateLoadPageCount = 2000;

/** Bytes that the store below reads ahead meanwhile. */
export const stateReadAheadBytes: number = 1024 * 1024;

/** Bytes of changes that the store below keeps in memory before it writes a table. */
export const stateWriteBufferBytes: number = 16 * 1024 * 1024;

/** Former selves of a member whose data was set aside; one more is a matter for people. */
export const setAsideCountMax = 5;

assert(walEntryBytesMax < walRecordBytesMax, "an entry fits into a record");
assert(walRecordBytesMax < walBatchBytesMax, "a record fits into a batch");
