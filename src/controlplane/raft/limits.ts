/** Bounds of the driver and what surrounds it, and the relations between them. */
import { assert } from "../../base/assert.js";

/** Messages from peers that wait to be stepped; beyond it they are dropped and counted. */
export const inboxMessagesMax = 16_384;
/** Proposals of this member that wait for their outcome; beyond it new ones are refused. */
export const waitingProposalsMax: number = 20_000;
/** Reads of this member that wait; beyond it new ones are refused. */
export const waitingReadsMax = 50_000;
/** Tags of this epoch that a leader remembers, to recognise a proposal forwarded twice. */
export const rememberedTagsMax: number = 100_000;
/** Largest encoded command. */
export const commandBytesMax: number = 1024 * 1024;
/** How long one attempt to forward a proposal may take. */
export const forwardTimeoutMs = 2000;
/** Pause before a refused or failed proposal is offered again. */
export const offerRetryMs = 20;
/** Unanswered reads are asked again after this. */
export const readRetryMs = 300;
/** Read rounds in flight at once. */
export const readRoundsMax = 8;
/** Versions kept for watchers that resume. */
export const historyVersionsMax = 20_000;
/** Estimated bytes of history kept for watchers that resume. */
export const historyBytesMax: number = 64 * 1024 * 1024;
/** Pause between two writes of the state store. */
export const storeFlushDelayMs = 50;
/** Log positions kept behind a snapshot, so that a follower a little behind needs none. */
export const compactionTrailingEntries = 2000;
/** Target size of a chunk of a snapshot. */
export const snapshotChunkBytes: number = 256 * 1024;
/** How much later each next member campaigns after the leader's connection was lost. */
export const failoverTurnMs: number = 25;
/** Members behind this many others campaign together with them. */
export const failoverTurnsMax = 4;
/** Random part of that delay, for what all members notice at the same moment. */
export const failoverJitterMs: number = 10;
/** Random part of the pause before a split vote is tried again. */
export const failoverSpreadMs = 50;
/** Pause before a split vote after a lost connection is tried again. */
export const failoverRetryMs = 150;
/** Attempts after a lost connection; then the ordinary timeout takes over. */
export const failoverAttemptsMax = 4;
/** How often addresses are probed while the cluster is being formed. */
export const formationProbeIntervalMs = 250;
/** How often a member that waits for its cluster says so again. */
export const formationReminderMs = 30_000;
/** How long one probe may take. */
export const formationProbeTimeoutMs = 1000;
/** How long a stopping leader waits for its successor. */
export const handOverWaitMs = 700;
/** How often a leader that must go looks whether it has gone. */
export const stepDownLookMs = 20;
/** A log sync that takes longer is worth a warning. */
export const syncSlowMs: number = 1000;
/** A log sync that takes longer ends the process. */
export const syncStalledMs: number = 10_000;
/** How often the log's disk is looked at. */
export const syncWatchIntervalMs = 250;
/** Two looks at the disk further apart than this: the process stood still in between. */
export const syncWatchGapMs: number = 4 * syncWatchIntervalMs;
/** Peers whose starts are remembered; more than a cluster has members. */
export const bootPeersMax = 64;
/** How often a member looks after itself and tells its peers how it fares. */
export const selfWatchIntervalMs = 1000;
/** Positions whose state hash is remembered: what is applied between two reports, and more. */
export const comparedPositionsCount: number = 16_384;
/** Reports of one peer that are remembered. */
export const rememberedReportsCount = 8;
/** Looks in a row that must find members disagreeing without a majority before it is said. */
export const undecidedLooksCount = 3;
/** What a report says of a peer's disk counts for this long. */
export const reportFreshMs: number = 5 * selfWatchIntervalMs;
/** Free space must rise to this part of the low mark before there is room again. */
export const diskRoomPercent: number = 150;
/** Below this part of the low mark a follower takes no entries, whatever the others have. */
export const diskCriticalPercent: number = 50;
/** How far a member with room may lag and still be handed leadership at once. */
export const heirLagEntriesMax = 1000;
/** Looks at its own log that a leader remembers, to tell how old what a member lacks is. */
export const lagSamplesCount = 600;
/** How often the peers of a member that waits to be reborn are asked. */
export const healingProbeIntervalMs = 1000;
/** How often such a member says what it waits for. */
export const healingReminderMs = 10_000;
/** How long one request to come back may take. */
export const rejoinBudgetMs = 5000;
/** Most members of a cluster, learners included; one more while one is being replaced. */
export const clusterMembersMax = 9;
/** A learner that is further behind does not become a voter. */
export const promoteLagEntriesMax: number = 1000;
/** How long a learner has to keep up without interruption before it becomes a voter. */
export const promoteStableMs: number = 5000;
/** How often a leader looks at its learners. */
export const promoteCheckIntervalMs: number = 1000;
/** How long the leader waits for the answer of a member that is to be added. */
export const newcomerProbeTimeoutMs = 2000;
/** Longest operation on the members when the caller sets no limit. */
export const administerBudgetMs: number = 30_000;
/** Pause before an operation on the members is tried again with whoever leads then. */
export const administerRetryMs = 50;
/** How long a leader that is to go waits for its successor. */
export const successorWaitMs = 3000;

assert(waitingProposalsMax < rememberedTagsMax, "no tag is forgotten while its proposal waits");
assert(failoverJitterMs < failoverTurnMs, "members do not campaign in each other's turn");
assert(failoverTurnMs < failoverRetryMs, "a second try comes after the next one has had its turn");
assert(syncSlowMs < syncStalledMs, "a warning comes before the end");
assert(syncWatchGapMs < syncStalledMs, "a pause is noticed before it is taken for a stall");
assert(diskCriticalPercent < 100, "critical is less than low");
assert(diskRoomPercent > 100, "there is room again only above where low began");
assert(promoteCheckIntervalMs < promoteStableMs, "an interruption is seen before it counts");
