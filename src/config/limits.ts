/**
 * Bounds of what may be configured, and the relations between them that the daemon relies on.
 */
import { assert } from "../base/assert.js";

/** Longest node id and cluster name: they end in file names, metric labels and log lines. */
export const nameLengthMax = 128;
/** Most founding members; consensus gains nothing from more. */
export const peersCountMax = 9;
/** Largest configuration file that is read. */
export const fileSizeBytesMax: number = 1024 * 1024;

export const portMin = 1;
export const portMax = 65_535;

export const heartbeatIntervalMsMin = 10;
export const heartbeatIntervalMsMax = 10_000;
export const electionTimeoutMsMin = 50;
export const electionTimeoutMsMax = 60_000;
/** One lost heartbeat, and one late, must not start an election. */
export const electionHeartbeatsCountMin = 3;

export const appendEntriesCountMin = 1;
export const appendEntriesCountMax = 4096;
export const snapshotEntriesCountMin = 100;
export const snapshotEntriesCountMax = 10_000_000;
export const snapshotSizeBytesMin: number = 1024 * 1024;
export const snapshotSizeBytesMax: number = 4 * 1024 ** 3;
export const diskLowBytesMin: number = 32 * 1024 * 1024;
export const diskLowBytesMax: number = 1024 ** 4;
/** The log needs its next segment and some of the one after while it makes room. */
export const diskLowSegmentsCountMin = 2;
/** A segment has to hold the largest batch. */
export const walSegmentSizeBytesMin: number = 16 * 1024 * 1024;
export const walSegmentSizeBytesMax: number = 1024 ** 3;

export const healthTimeoutMsMin = 10;
export const healthTimeoutMsMax = 60_000;

assert(
  walSegmentSizeBytesMin * diskLowSegmentsCountMin <= diskLowBytesMin,
  "the lowest mark of the disk has room for the smallest segments",
);
assert(
  heartbeatIntervalMsMin * electionHeartbeatsCountMin <= electionTimeoutMsMin,
  "the shortest election timeout allows the shortest heartbeat",
);
