/**
 * The bounds of the consensus core, its default options, and the relations that must hold
 * between them. It deliberately knows no durations: the shell decides how long a tick is.
 */
import { assert } from "../base/assert.js";
import type { Random } from "../base/random.js";
import type { MemberId, RaftConfig } from "./types.js";

const kibibyteBytes = 1024;
const mebibyteBytes = 1024 * kibibyteBytes;

/** Events kept between two Readys; later ones are dropped, because they only feed logs. */
export const eventCountMax = 1024;

/** Reads that may wait at a leader for confirmation; more are refused. */
export const readWaitingCountMax = 65_536;

/** Batches handed out and not yet reported durable; the shell must have stopped long before. */
export const batchOutstandingCountMax = 1_048_576;

/** Steps in one membership change. */
export const membershipStepCountMax = 64;

/** Bytes of context that a membership change may carry for the shell. */
export const membershipContextBytesMax: number = 64 * kibibyteBytes;

/**
 * A snapshot offer that brought no acknowledgement is repeated after this many election
 * timeouts, because the offer, or the member that was pulling it, may have been lost silently.
 */
export const snapshotOfferElectionTimeoutCount = 3;

/** The options of a production member; `random` draws its election timeouts. */
export function defaultRaftConfig(memberId: MemberId, random: Random): RaftConfig {
  const config: RaftConfig = {
    memberId,
    electionTimeoutTicks: 10,
    heartbeatTicks: 1,
    preVote: true,
    checkQuorum: true,
    stepDownOnRemoval: true,
    proposalForwarding: false,
    appendEntriesCountMax: 100,
    appendBytesMax: mebibyteBytes,
    inflightCountMax: 256,
    inflightBytesMax: 16 * mebibyteBytes,
    uncommittedBytesMax: 64 * mebibyteBytes,
    committedBytesMax: 4 * mebibyteBytes,
    random,
  };
  assertConfig(config);
  return config;
}

/** States what a configuration must satisfy; a violation is a bug of the caller. */
export function assertConfig(config: RaftConfig): void {
  assert(Number.isSafeInteger(config.memberId), "a member id is a safe integer");
  assert(config.memberId > 0, "a member id is positive");
  assertCount(config.electionTimeoutTicks, "the election timeout is at least one tick");
  assertCount(config.heartbeatTicks, "the heartbeat interval is at least one tick");
  assert(
    config.heartbeatTicks < config.electionTimeoutTicks,
    "heartbeats are more frequent than elections",
  );
  assertCount(config.appendEntriesCountMax, "an append carries at least one entry");
  assertCount(config.appendBytesMax, "an append carries at least one byte");
  assertCount(config.inflightCountMax, "at least one append may be in flight");
  assertCount(config.inflightBytesMax, "at least one byte may be in flight");
  assert(
    config.inflightBytesMax >= config.appendBytesMax,
    "a full append fits into the in-flight window",
  );
  assert(
    config.uncommittedBytesMax === 0 || Number.isSafeInteger(config.uncommittedBytesMax),
    "the uncommitted limit is a whole number of bytes",
  );
  assert(config.uncommittedBytesMax >= 0, "the uncommitted limit is not negative");
  assertCount(config.committedBytesMax, "a Ready hands out at least one byte");
}

function assertCount(value: number, message: string): void {
  assert(Number.isSafeInteger(value), message);
  assert(value > 0, message);
}
