/** Bounds of the admin program, and the relations between them. */
import { assert } from "../base/assert.js";

/** How long a command may take that waits for nothing but its answer. */
export const callTimeoutDefaultMs: number = 10_000;
/** How long a command may take that follows a member until it votes. */
export const followTimeoutDefaultMs: number = 600_000;
/** Shortest and longest time that can be asked for. */
export const timeoutMsMin: number = 100;
/** See `timeoutMsMin`. */
export const timeoutMsMax: number = 86_400_000;

/** How often a member that is followed is looked at. */
export const followIntervalMs: number = 500;
/** Longest time for one such look. */
export const followCallMsMax: number = 5_000;
/** How often figures alone are worth a line of progress. */
export const progressIntervalMs: number = 5_000;

/** Members that are asked in turn: those that were named, then those that they know. */
export const endpointsCountMax = 16;
/** How quickly a connection that broke is tried again, and how slowly at most. */
export const reconnectMsMin: number = 100;
/** See `reconnectMsMin`. */
export const reconnectMsMax: number = 1_000;
/** Removed ids that a list names; it counts the others. */
export const removedIdsShownCount = 8;

assert(callTimeoutDefaultMs < followTimeoutDefaultMs, "following takes longer than asking");
assert(followIntervalMs < progressIntervalMs, "not every look is worth a line");
assert(followCallMsMax < followTimeoutDefaultMs, "one look cannot use up all the time");
assert(timeoutMsMin < timeoutMsMax, "there are times to ask for");
assert(reconnectMsMin < reconnectMsMax, "later tries are slower");
