/**
 * What probes and load balancers ask: is the process alive, can this member serve, and if not, why.
 * A follower without a leader is alive and not ready; restarting it would not help.
 */
import type { ControlPlane } from "../../controlplane/port.js";
import type { RaftStatus } from "../deps.js";

/** One thing that must hold for a member to serve. */
export interface Check {
  readonly status: "pass" | "fail";
  /** Why it fails, in words; empty when it passes. */
  readonly reason: string;
}

/** The checks of a member, by name. */
export function checksOf(
  controlPlane: ControlPlane,
  raft: RaftStatus,
  stopping: boolean,
): Readonly<Record<string, Check>> {
  const { state, leader } = controlPlane.local();
  return {
    running: check(!stopping, "this master is stopping"),
    data_trusted: check(!raft.isSuspect, "this member's data is not trusted"),
    cluster_formed: check(state.clusterUuid !== "", "no cluster state has been applied yet"),
    leader_known: check(leader.nodeId !== "", "no leader is known"),
  };
}

/** What this member has applied, for comparing members. */
export function appliedState(
  controlPlane: ControlPlane,
  raft: RaftStatus,
): Readonly<Record<string, string | number>> {
  const { state } = controlPlane.local();
  return {
    version: state.version,
    hash: raft.stateHash,
    cluster_uuid: state.clusterUuid,
    applied_log_index: raft.appliedIndex,
  };
}

/** Whether all checks pass. */
export function allPass(checks: Readonly<Record<string, Check>>): boolean {
  return Object.values(checks).every((one) => one.status === "pass");
}

function check(passes: boolean, reason: string): Check {
  return passes ? { status: "pass", reason: "" } : { status: "fail", reason };
}
