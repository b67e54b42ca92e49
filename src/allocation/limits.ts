/**
 * Bounds of planning: how much may be under way at once, how often a failing copy is tried, and
 * how much one plan may decide. Planner code is not part of the log, so these may differ between
 * versions of the program.
 */
import { assert } from "../base/assert.js";

/** See the file comment. */
export const limits = {
  /** Recoveries from a peer that run into one node at once. */
  incomingRecoveriesPerNodeCountMax: 2,
  /** New, empty primaries under way on one node at once; they copy nothing. */
  initialPrimariesPerNodeCountMax: 256,
  /** Relocations under way in the whole cluster at once. */
  relocationsCountMax: 2,
  /** Primary roles handed over in place by one plan. */
  swapsPerPlanCountMax: 16,
  /** Failed tries after which a copy waits until nodes or settings change. */
  attemptsCountMax: 5,
  /** Wait after the first failed try; doubles with each further one. */
  retryBaseMs: 500,
  retryMaxMs: 60_000,
  /** Decisions in one command. */
  assignmentsPerCommandCountMax: 1_000,
  /** Pairs of copy and node that one plan looks at before it yields. */
  evaluationsPerPlanCountMax: 4_000,
  /** Relocations that one answer to a what-if question lists. */
  listedRelocationsCountMax: 1_000,
  /** Quiet time after the last change before moves for balance are considered. */
  rebalanceQuietMs: 200,
};

assert(limits.retryBaseMs < limits.retryMaxMs, "back-off grows");
assert(limits.assignmentsPerCommandCountMax >= limits.relocationsCountMax, "moves fit a command");
