/**
 * Bounds and times of driving data nodes: how often they are asked, when they count as lost, how
 * many orders are under way, how long one may take.
 */
import { assert } from "../base/assert.js";

/** See the file comment. */
export const limits = {
  /** The leader's own clockwork: everything that is due is noticed at the next tick. */
  tickMs: 100,
  probeIntervalMs: 1_000,
  /** Probes are spread by up to this part of the interval. */
  probeJitterPercent: 20,
  probeDeadlineMs: 2_000,
  /** A report with shards may be long. */
  reportDeadlineMs: 10_000,
  probesInFlightCountMax: 64,
  /** Refused or reset connections in a row that mean that the process is gone. */
  refusalsCountMax: 2,
  suspectAfterMs: 5_000,
  /** Silence after which a node is lost; longer where its copies can only wait for it. */
  lostAfterMs: 10_000,
  lostWithoutRecoveryAfterMs: 30_000,
  /** How long placement waits for the first report of nodes that have just come. */
  firstReportWaitMs: 500,
  /** One node in turn is asked for a full report this often. */
  rotationMs: 5_000,
  /** Least time between reports that are asked for because a count does not fit. */
  recountMs: 2_000,
  /** Least time between any two reports of one node. */
  reportGapMs: 50,
  /** While copies recover, reports are asked for quickly at first, then less often. */
  pollMs: 200,
  pollMaxMs: 2_000,
  orderDeadlineMs: 30_000,
  ordersPerNodeCountMax: 8,
  ordersCountMax: 256,
  ordersQueuedCountMax: 100_000,
  orderRetryBaseMs: 200,
  orderRetryMaxMs: 10_000,
  /** Tries of one CreateShard, without a clear refusal, before the copy is failed. */
  createTriesCountMax: 5,
  /** How long a place refused for a reason that may pass is avoided. */
  refusalMs: 60_000,
  confirmBudgetMs: 5_000,
  confirmRetryMs: 200,
  proposeBudgetMs: 8_000,
  proposeRetryMs: 500,
  /** Started or failed copies in one command. */
  itemsPerCommandCountMax: 1_000,
  /** Whether a node still answers at its old address is asked this long. */
  addressCheckMs: 1_000,
  /** Bytes of one answer of a data node. */
  answerBytesMax: 67_108_864,
  /** Characters of a node's error text that are kept. */
  detailLengthMax: 512,
};

assert(limits.suspectAfterMs < limits.lostAfterMs, "a node is suspect before it is lost");
assert(limits.probeDeadlineMs < limits.suspectAfterMs, "one lost probe is no suspicion");
assert(limits.ordersPerNodeCountMax < limits.ordersCountMax, "one node cannot take all places");
