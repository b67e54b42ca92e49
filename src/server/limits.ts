/** Bounds of what clients can make this member hold or do, and the relations between them. */
import { assert } from "../base/assert.js";

/** Largest request that is decoded. */
export const requestBytesMax: number = 4 * 1024 * 1024;
/** What existing clients accept in one message; a larger answer never leaves. */
export const answerBytesMax: number = 4 * 1024 * 1024;
/** From this share of `answerBytesMax` on, a metric and a warning say that the limit is near. */
export const answerNearLimitPercent = 80;
/** Size at which a page of a paged answer is closed. */
export const pageBytesTarget: number = 1024 * 1024;
/** Whole answers of GetClusterState that are kept for the next caller. */
export const answerCacheBytesMax: number = 24 * 1024 * 1024;
/** Names that one request may ask for. */
export const indexNamesPerRequestMax = 10_000;
/** Length of a page token: a version and an index name in base64url. */
export const pageTokenLengthMax = 1024;
/** Longest run of encoding before other work gets its turn. */
export const encodeSliceMs = 4;
/** How coarse a node's `last_seen` is, so that an answer stays cached meanwhile. */
export const lastSeenStepMs = 10_000;

/** Budget of a call whose caller set no deadline. */
export const callBudgetDefaultMs: number = 8_000;
/** Longest budget that a caller's deadline can ask for. */
export const callBudgetMaxMs: number = 60_000;
/** Kept back from a caller's deadline, so that the answer arrives before the caller gave up. */
export const callBudgetMarginMs = 50;
/** Without a leader for this long, a read that did not ask for more gets the last applied state. */
export const staleAfterMs: number = 2_000;
/** How much before its time a timer may fire, by the monotonic clock. */
export const timerEarlyMs = 50;
/** How long a read tries for a leader while earlier ones just found none. */
export const staleRetryMs: number = 100;
/** Longest wait of CreateIndex for started copies. */
export const activeShardsWaitMaxMs: number = 5_000;
/** Tries of AllocateShard when the shard changes between reading and writing. */
export const allocateAttemptsMax = 3;
/** Pause before a registration whose outcome is unknown is tried again. */
export const registerRetryMs = 200;

/** Length of a member's host:port: the longest host name, a colon and a port. */
export const peerAddressLengthMax = 259;

/** Concurrent calls on one connection. */
export const streamsPerConnectionMax = 1_000;
/** Memory of one HTTP/2 session, in megabytes: 60 answers of the largest size. */
export const sessionMemoryMegabytesMax = 256;
/** Metadata of one call, names and values together. */
export const metadataBytesMax: number = 16 * 1024;
/** How often an idle connection is tested, and how long an answer may take. */
export const keepaliveIntervalMs = 10_000;
/** See `keepaliveIntervalMs`. */
export const keepaliveTimeoutMs = 5_000;
/** A connection without calls is closed after this; clients open another when they need one. */
export const connectionIdleMaxMs = 1_800_000;
/** No connection lives longer: a watch on it ends and is resumed elsewhere. */
export const connectionAgeMaxMs = 43_200_000;
/** How long calls may go on after `connectionAgeMaxMs`. */
export const connectionAgeGraceMs = 300_000;
/** How long closing connections may take beyond the time to end their calls. */
export const shutdownSlackMs = 100;
/** Longest text of a status, and of its details in a trailer. */
export const statusTextLengthMax = 2_048;

/** Running watches of this member. */
export const watchersCountMax: number = 256;
/** Watches of one host, so that a leaking client does not take them all. */
export const watchersPerHostMax: number = 128;
/** Versions that wait for one watcher, those of history that it began with apart. */
export const watcherEventsMax = 4_096;
/** Bytes that wait for one watcher; beyond it the watcher is slow and is ended. */
export const watcherBytesMax: number = 8 * 1024 * 1024;
/** What a change, and a copy of a new index, is taken to need before it is encoded. */
export const watchChangeBytes = 256;
/** See `watchChangeBytes`. */
export const watchCopyBytes = 64;
/** Bytes handed to one watcher's connection and not yet taken by it. */
export const watcherInFlightBytesMax: number = 512 * 1024;
/** Size at which an event is closed and the next one begins. */
export const eventBytesTarget: number = 128 * 1024;
/** No event is larger. */
export const eventBytesMax: number = 1024 * 1024;

/** Heartbeats under way to the leader; beyond it they are dropped, the next one follows soon. */
export const heartbeatsForwardedMax = 256;
/** Deadline of a heartbeat that is passed on. */
export const heartbeatForwardMs = 2_000;

/** Largest HTTP request body. */
export const httpBodyBytesMax: number = 1024 * 1024;
/** Open HTTP connections. */
export const httpConnectionsMax = 1_024;
/** Longest time to receive one HTTP request. */
export const httpRequestMs = 30_000;
/** Longest wait that `/_cluster/health` accepts. */
export const healthWaitMaxMs = 60_000;
/** Its default, as in OpenSearch. */
export const healthWaitDefaultMs = 30_000;
/** Requests of `/_cluster/health` that wait at the same time. */
export const healthWaitersMax = 256;
/** Rows of a cat table in one answer. */
export const catRowsMax = 200_000;
/** Indices with their own `cluster_shards` series; beyond it they share one. */
export const metricIndicesMax = 1_000;
/** Shards beyond which their figures are shown as one sum. */
export const metricShardsMax = 2_000;

assert(pageBytesTarget < answerBytesMax, "a page fits into an answer");
assert(answerBytesMax <= answerCacheBytesMax, "the cache holds at least one answer");
assert(eventBytesTarget < eventBytesMax, "an event has room for one more item");
assert(eventBytesMax < watcherBytesMax, "a watcher can wait for at least one event");
assert(staleRetryMs < staleAfterMs, "later tries are shorter than the first");
assert(staleAfterMs < callBudgetDefaultMs, "a stale answer comes before the budget ends");
assert(activeShardsWaitMaxMs < callBudgetDefaultMs, "the wait leaves time to commit");
assert(watchersPerHostMax < watchersCountMax, "one host cannot take all watches");
assert(callBudgetDefaultMs < callBudgetMaxMs, "a caller may ask for more than the default");
