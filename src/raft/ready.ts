/**
 * The exit of the core: collects what has accumulated into one batch, and takes back the news
 * that a batch is durable. Order between effects is in the batch's fields, not in comments.
 */
import { assert } from "../base/assert.js";
import type { Core } from "./core.js";
import { leadershipOf } from "./core.js";
import { acknowledgeOwnLog, flushAppends, flushReads } from "./replication.js";
import { onSnapshotInstalled } from "./reconfigure.js";
import { stepInTerm } from "./step.js";
import type { HardState, Message, Ready, SoftState } from "./types.js";

/** Whether a Ready would carry anything. Events alone are not worth one. */
export function hasReady(core: Core): boolean {
  const { outbox, log } = core;
  assert(log.commit <= log.lastLogIndex, "only what is held is committed");
  assert(log.applied <= log.commit, "only what is committed is applied");
  if (outbox.sendNow.length > 0 || outbox.sendAfterPersist.length > 0) return true;
  if (outbox.toSelf.length > 0 || outbox.readStates.length > 0) return true;
  if (log.hasToPersist() || log.hasCommitted()) return true;
  if (leaderHasWork(core)) return true;
  return hardStateChanged(core) || softStateChanged(core);
}

/** Builds the next batch. Nothing in it is repeated by a later one. */
export function takeReady(core: Core): Ready {
  const { outbox, reported, log } = core;
  flushLeader(core);
  const mark = reported.mark + 1;
  const hardState = takeHardState(core);
  const softState = takeSoftState(core);
  const needsVoteSync = hardState !== undefined && votesDiffer(reported.hardState, hardState);
  const toSelf = outbox.toSelf;
  const { snapshot, entries } = log.takeToPersist(mark, toSelf);
  const ready: Ready = {
    mark,
    hardState,
    entries,
    snapshot,
    mustSync: needsVoteSync || entries.length > 0 || snapshot !== undefined,
    sendNow: sortedByReceiver(outbox.sendNow),
    sendAfterPersist: sortedByReceiver(outbox.sendAfterPersist),
    committed: log.takeCommitted(core.config.committedBytesMax),
    readStates: outbox.readStates,
    softState,
    events: outbox.events,
  };
  for (const entry of ready.committed) {
    if (entry.kind === "membership") core.handedOutChanges.push(entry);
  }
  reported.mark = mark;
  if (hardState !== undefined) reported.hardState = hardState;
  if (softState !== undefined) reported.softState = softState;
  clearOutbox(core);
  assert(!log.hasToPersist(), "everything is on its way to the disk");
  assert(ready.committed.length === 0 || !log.installing, "a snapshot is applied before entries");
  return ready;
}

/**
 * Everything up to the batch `mark` is durable: this member's own acknowledgements and votes
 * count from now on, and a snapshot in it counts as applied.
 */
export function onPersisted(core: Core, mark: number): void {
  const { log } = core;
  const stableBefore = log.stable;
  for (;;) {
    const batch = log.completeBatch(mark);
    if (batch === undefined) break;
    if (batch.snapshot !== undefined) onSnapshotInstalled(core, batch.snapshot);
    for (const answer of batch.toSelf) stepInTerm(core, answer);
  }
  assert(log.stable >= stableBefore, "completion only adds durability");
  assert(log.stable <= log.lastLogIndex, "only what is held is durable");
  if (core.role === "leader") acknowledgeOwnLog(core);
}

function leaderHasWork(core: Core): boolean {
  if (core.role !== "leader") return false;
  const { appendsWanted, reads } = leadershipOf(core);
  assert(core.leader === core.memberId, "a leader follows itself");
  assert(core.term > 0, "a leader has a term");
  return appendsWanted || reads.roundWanted;
}

function flushLeader(core: Core): void {
  if (core.role !== "leader") return;
  const { appendsWanted, reads } = leadershipOf(core);
  if (appendsWanted) flushAppends(core);
  if (reads.roundWanted) flushReads(core);
  assert(!leaderHasWork(core), "nothing is left to send");
}

function hardStateChanged(core: Core): boolean {
  const { hardState } = core.reported;
  assert(core.term >= hardState.term, "a term never goes back");
  assert(core.log.commit >= hardState.commit, "the commit position never goes back");
  return (
    core.term !== hardState.term ||
    core.vote !== hardState.vote ||
    core.log.commit !== hardState.commit
  );
}

function takeHardState(core: Core): HardState | undefined {
  if (!hardStateChanged(core)) return undefined;
  const { term, vote } = core;
  const { hardState } = core.reported;
  const sameTerm = term === hardState.term;
  assert(!sameTerm || hardState.vote === 0 || vote === hardState.vote, "one vote in a term");
  return { term, vote, commit: core.log.commit };
}

function votesDiffer(before: HardState, after: HardState): boolean {
  assert(after.term >= before.term, "a term never goes back");
  assert(after.commit >= before.commit, "the commit position never goes back");
  return after.term !== before.term || after.vote !== before.vote;
}

function softStateChanged(core: Core): boolean {
  const { softState } = core.reported;
  assert(core.term >= softState.term, "a term never goes back");
  assert(core.role !== "leader" || core.leader === core.memberId, "a leader follows itself");
  return (
    core.role !== softState.role || core.leader !== softState.leader || core.term !== softState.term
  );
}

function takeSoftState(core: Core): SoftState | undefined {
  if (!softStateChanged(core)) return undefined;
  const { role, leader, term } = core;
  assert(role !== "candidate" || leader === 0, "a candidate has no leader");
  return { role, leader, term };
}

/** A stable order that does not depend on the order of handling within one target. */
function sortedByReceiver(messages: Message[]): readonly Message[] {
  if (messages.length > 1) messages.sort((a, b) => a.to - b.to);
  assert((messages[0]?.to ?? 1) > 0, "a message has a receiver");
  return messages;
}

function clearOutbox(core: Core): void {
  const { outbox } = core;
  outbox.sendNow = [];
  outbox.sendAfterPersist = [];
  outbox.toSelf = [];
  outbox.readStates = [];
  outbox.events = [];
  assert(outbox.sendNow.length === 0, "the outbox is empty");
  assert(outbox.toSelf.length === 0, "the outbox is empty");
}
