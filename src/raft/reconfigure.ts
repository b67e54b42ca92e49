/**
 * Membership changes take effect here, when the shell reports their entries as applied. Whether
 * a change may be proposed is decided in leader.ts; what a change means, in membership.ts.
 */
import { assert } from "../base/assert.js";
import { emit } from "./core.js";
import type { Core } from "./core.js";
import { maybeLeaveJoint, mustStepDown, onMembershipSwitched } from "./leader.js";
import { changeMembership } from "./membership.js";
import { committedMembershipChange } from "./membership-codec.js";
import { becomeFollower } from "./roles.js";
import { noMember } from "./types.js";
import type { Entry, SnapshotMeta } from "./types.js";

/** Records that everything up to `logIndex` is applied. */
export function onApplied(core: Core, logIndex: number): void {
  const { log } = core;
  assert(logIndex <= log.commit, "only what is committed is applied");
  for (;;) {
    const entry = core.handedOutChanges[0];
    if (entry === undefined || entry.logIndex > logIndex) break;
    core.handedOutChanges.shift();
    switchMembership(core, entry);
  }
  log.appliedTo(logIndex);
  assert(log.applied >= logIndex, "the applied position follows the shell");
  if (core.role === "leader") maybeLeaveJoint(core);
}

/** A durable snapshot brings its configuration, and stands for every change before it. */
export function onSnapshotInstalled(core: Core, snapshot: SnapshotMeta): void {
  assert(core.role !== "leader", "a leader installs no snapshot");
  assert(snapshot.logIndex <= core.log.applied, "what a snapshot holds is applied");
  core.membership = snapshot.membership;
  core.handedOutChanges = core.handedOutChanges.filter(
    ({ logIndex }) => logIndex > snapshot.logIndex,
  );
  assert(core.handedOutChanges.length === 0, "entries behind a snapshot are handed out after it");
}

function switchMembership(core: Core, entry: Entry): void {
  assert(entry.logIndex > core.log.applied, "a change takes effect once");
  assert(entry.kind === "membership", "the entry is a change");
  const change = committedMembershipChange(entry.data);
  const outcome = changeMembership(core.membership, change);
  assert(outcome.ok, "a committed change fits the configuration before it");
  core.membership = outcome.membership;
  emit(core, "membership-changed", {
    logIndex: entry.logIndex,
    voters: outcome.membership.voters.join(","),
    votersOutgoing: outcome.membership.votersOutgoing.join(","),
    learners: outcome.membership.learners.join(","),
  });
  if (core.role !== "leader") return;
  if (mustStepDown(core)) becomeFollower(core, core.term, noMember);
  else onMembershipSwitched(core);
}
