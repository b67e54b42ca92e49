/** Bounds of the reference data node: sizes, retries and times, each with its unit. */

/** How long an end may wait for the good-bye to a master, and then for calls in flight. */
export const stopGraceMs = 700;

/** A registered node says that it lives this often. */
export const heartbeatIntervalMs = 2000;
export const heartbeatDeadlineMs = 2000;

/** One try to register; a master holds the call while there is no leader. */
export const registerDeadlineMs = 10_000;
/** Pause after all masters were asked in vain. */
export const registerRetryMs = 500;

/** How long a primary tries to reach a replica before it asks for its removal. */
export const replicateBudgetMs = 2000;
export const replicateRetryMs = 100;
/** How long a write waits until the removal of a replica is committed. */
export const failReplicaBudgetMs = 10_000;

/** One call of a report to a master, and the pauses between its tries. */
export const reportDeadlineMs = 5000;
export const reportRetryMs = 200;

/** A recovery pauses this long after its first failed try, then twice as long, up to the last. */
export const recoveryRetryMinMs = 100;
export const recoveryRetryMaxMs = 2000;
/** A recovery that got nowhere for this long reports its copy failed. */
export const recoveryBudgetMs = 60_000;
/** A copy whose start was refused says again what it is, this much later, up to the last. */
export const refusedMinMs = 2000;
export const refusedMaxMs = 60_000;
/** A recovery stream in silence for this long is given up and tried again. */
export const recoverySilenceMs = 10_000;
/** Size of one chunk of a recovery stream; a single larger document is a chunk of its own. */
export const recoveryChunkBytes: number = 256 * 1024;

/** Documents are small: their bodies are kept in memory. */
export const documentBytesMax: number = 1024 * 1024;
export const documentIdBytesMax = 512;
/** One write to the document file, and so what one sync covers, is not much larger than this. */
export const documentBatchBytes: number = 1024 * 1024;
/** A batch that claims to be larger is damage. */
export const documentBatchBytesMax: number = 16 * 1024 * 1024;

/** A restarted copy leaves out this many sequences: more than writes are ever in flight. */
export const sequenceGapCount = 1_000_000;

/** Backoff of connections to masters and other nodes. */
export const reconnectBackoffMinMs = 100;
export const reconnectBackoffMaxMs = 1000;

/** The existing Go data node: a blocking dial, tried again after each of these pauses. */
export const goDialDeadlineMs = 10_000;
export const goDialPausesMs: readonly number[] = [2000, 4000, 6000, 8000, 10_000];
/** Its tries to register while the answer is FAILED_PRECONDITION, and the pause between them. */
export const goRegisterTries = 3;
export const goRegisterPauseMs = 1000;
