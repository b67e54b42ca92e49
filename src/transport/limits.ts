/** Bounds of what members say to each other, and the relations between them. */
import { assert } from "../base/assert.js";

/** Largest message between members: one append of the core's byte limit, plus framing. */
export const peerMessageBytesMax: number = 16 * 1024 * 1024;
/** Bytes handed to one peer's connection and not yet taken by it; beyond it, drop. */
export const outboxBytesMax: number = 64 * 1024 * 1024;
/** Longest wait before a lost connection to a peer is tried again. */
export const reconnectBackoffMaxMs: number = 1000;
/** First wait before a lost connection to a peer is tried again. */
export const reconnectBackoffMinMs = 50;
/** Most addresses or members in one frame that describes a cluster. */
export const membersCountMax = 64;
/** Most ids of former members in one frame: more than a cluster ever sees. */
export const removedCountMax = 65_536;
/** Senders that are no members, as far as is known here, and are heard at once. */
export const guestsCountMax = 9;
/** Longest text in a frame about members: a name, an address, a reason. */
export const memberTextCharsMax = 1024;
/** How much longer than its budget the answer to an operation on the members is waited for. */
export const administerGraceMs = 500;
/** Longest operation on the members. */
export const administerBudgetMsMax: number = 10 * 60 * 1000;
/** Most messages in one frame. */
export const frameMessagesMax = 1024;
/** Silence after which a connection between members is given up. */
export const peerKeepaliveTimeoutMs = 2000;
/** How often an idle connection between members is tested. */
export const peerKeepaliveIntervalMs = 5000;

assert(peerMessageBytesMax < outboxBytesMax, "the outbox holds at least one message");
assert(reconnectBackoffMinMs < reconnectBackoffMaxMs, "back-off grows");
