/**
 * What must hold of one member after every step, and from one step to the next. Run after each
 * step in tests and simulations; the checks across members live with the tests.
 */
import { assert } from "../base/assert.js";
import { allMembers, assertMembership } from "./membership.js";
import { noMember } from "./types.js";
import type { ProgressView, RaftView } from "./types.js";

/** States what must hold of a member at rest. */
export function checkState(view: RaftView): void {
  assertMembership(view.membership);
  assert(view.applied <= view.commit, "only what is committed is applied");
  assert(view.commit <= view.lastLogIndex, "only what is held is committed");
  assert(view.stableLogIndex <= view.lastLogIndex, "only what is held is durable");
  assert(view.firstLogIndex <= view.lastLogIndex + 1, "a log may be empty, never negative");
  assert(view.firstLogIndex >= 1, "positions begin at one");
  assert(view.firstLogIndex <= view.snapshotLogIndex + 1, "what is forgotten is in the snapshot");
  assert(view.snapshotLogIndex <= view.commit, "a snapshot is of committed state");
  assert(view.logBytes >= 0, "sizes are not negative");
  assert(
    view.lastLogIndex >= view.firstLogIndex || view.logBytes === 0,
    "an empty log holds no bytes",
  );
  checkRole(view);
}

function checkRole(view: RaftView): void {
  const leads = view.role === "leader";
  assert(!leads || view.leader === view.memberId, "a leader follows itself");
  assert(leads || view.leader !== view.memberId, "only a leader follows itself");
  assert(leads || view.progress.length === 0, "only a leader keeps progress");
  assert(leads || view.transferTarget === noMember, "only a leader hands over");
  const campaigns = view.role === "candidate" || view.role === "preCandidate";
  assert(!campaigns || view.leader === noMember, "a campaign is without a leader");
  assert(view.role !== "candidate" || view.vote === view.memberId, "a candidate votes for itself");
  assert(!leads || view.vote === view.memberId, "a leader voted for itself");
  if (!leads) return;
  const members = view.progress.map(({ member }) => member).join();
  assert(members === allMembers(view.membership).join(), "progress is kept of exactly the members");
  for (const progress of view.progress) checkProgress(view, progress);
}

function checkProgress(view: RaftView, progress: ProgressView): void {
  assert(progress.match < progress.next, "what matches was sent before");
  assert(progress.match <= view.lastLogIndex, "only what is held matches");
  assert(progress.next <= view.lastLogIndex + 1, "nothing beyond the log is sent");
  const learner = view.membership.learners.includes(progress.member);
  assert(progress.isLearner === learner, "a learner is known as one");
  assert(progress.inflightCount > 0 || progress.inflightBytes === 0, "an empty window is empty");
  assert(
    progress.state === "replicate" || progress.inflightCount === 0,
    "only a pipeline has appends in flight",
  );
  const own = progress.member === view.memberId;
  assert(!own || progress.match <= view.stableLogIndex, "a leader counts only what is durable");
}

/** States what must hold from one look at a running member to the next. */
export function checkStep(before: RaftView, after: RaftView): void {
  assert(before.memberId === after.memberId, "the two looks are at one member");
  assert(after.term >= before.term, "a term never goes back");
  assert(after.commit >= before.commit, "the commit position never goes back");
  assert(after.applied >= before.applied, "the applied position never goes back");
  assert(after.firstLogIndex >= before.firstLogIndex, "what is forgotten stays forgotten");
  assert(after.snapshotLogIndex >= before.snapshotLogIndex, "snapshots only advance");
  if (after.term !== before.term) return;
  assert(before.vote === noMember || after.vote === before.vote, "one vote in a term");
  if (before.role !== "leader") return;
  assert(after.role === "leader" || after.role === "follower", "a leader does not campaign");
  assert(after.lastLogIndex >= before.lastLogIndex, "a leader only appends to its log");
  if (after.role === "leader") checkMatches(before.progress, after.progress);
}

function checkMatches(before: readonly ProgressView[], after: readonly ProgressView[]): void {
  const matches = new Map(before.map(({ member, match }) => [member, match]));
  for (const { member, match } of after) {
    assert(match >= 0, "a match is a position");
    assert(match >= (matches.get(member) ?? 0), "a match never goes back within a leadership");
  }
}
