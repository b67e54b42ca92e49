/**
 * How a node becomes and stays known to the masters. The reference node registers until it
 * succeeds, says every two seconds that it lives, and registers again when a master was lost or
 * does not know it. The existing Go node registers once, within narrow limits, and is silent then.
 */
import { status } from "@grpc/grpc-js";

import type { Clock } from "../base/clock.js";
import type { Logger } from "../base/log.js";
import type { NodeStats } from "../wire/gen/quidditch/master/NodeStats.js";
import type { RegisterNodeRequest } from "../wire/gen/quidditch/master/RegisterNodeRequest.js";
import { statusOf, textOf } from "./call-error.js";
import {
  goDialDeadlineMs,
  goDialPausesMs,
  goRegisterPauseMs,
  goRegisterTries,
  heartbeatDeadlineMs,
  heartbeatIntervalMs,
  registerDeadlineMs,
  registerRetryMs,
} from "./limits.js";
import type { MasterLink } from "./links.js";
import type { Masters } from "./masters.js";
import { pause } from "./pause.js";

/** Times that tests shorten. */
export interface MembershipTimes {
  readonly heartbeatIntervalMs: number;
  readonly registerRetryMs: number;
  readonly goDialDeadlineMs: number;
  readonly goDialPausesMs: readonly number[];
  readonly goRegisterPauseMs: number;
}

/** The times of a real node. */
export const membershipTimes: MembershipTimes = {
  heartbeatIntervalMs,
  registerRetryMs,
  goDialDeadlineMs,
  goDialPausesMs,
  goRegisterPauseMs,
};

/** What the membership needs from the rest of the node. */
export interface MembershipDeps<Link extends MasterLink = MasterLink> {
  readonly masters: Masters<Link>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly times: MembershipTimes;
  /** What to register; asked each time. */
  request(): RegisterNodeRequest;
  /** What a heartbeat carries; undefined while the node must not speak. */
  stats(): NodeStats | undefined;
  /** Called after each registration that a master acknowledged. */
  onRegistered(): void;
}

/** Registers and heartbeats until the signal; for the reference node. */
export async function keepMembership(deps: MembershipDeps, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await registerOnce(deps, registerDeadlineMs, signal);
      deps.onRegistered();
      await heartbeatUntilLost(deps, signal);
    } catch (error) {
      if (isOver(signal)) return;
      deps.logger.warn(
        { event: "register-failed", why: textOf(error) },
        "No master took the registration",
      );
      await pause(deps.clock, deps.times.registerRetryMs, signal);
    }
    if (isOver(signal)) return;
  }
}

async function registerOnce(
  deps: MembershipDeps,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<void> {
  const request = deps.request();
  const answer = await deps.masters.call("RegisterNode", request, { deadlineMs, signal });
  deps.logger.info(
    { event: "registered", clusterUuid: answer.cluster_uuid, version: answer.cluster_version },
    "The node is registered",
  );
}

/** Ends when a master did not answer, or does not know this node. */
async function heartbeatUntilLost(deps: MembershipDeps, signal: AbortSignal): Promise<void> {
  const request = deps.request();
  for (;;) {
    await pause(deps.clock, deps.times.heartbeatIntervalMs, signal);
    if (signal.aborted) return;
    const stats = deps.stats();
    if (stats === undefined) continue;
    try {
      const answer = await deps.masters.call(
        "NodeHeartbeat",
        { node_id: request.node_id ?? "", stats },
        { deadlineMs: heartbeatDeadlineMs, signal },
      );
      if (!answer.acknowledged) return;
    } catch (error) {
      // No leader at the moment: nobody forgot this node.
      if (statusOf(error) !== status.FAILED_PRECONDITION) return;
    }
  }
}

/** A master that can be dialed before it is called. */
interface DialedLink extends MasterLink {
  reachable(deadlineMs: number, signal: AbortSignal): Promise<boolean>;
}

/** The Go node's only chance to become known; false when it is over. */
export async function registerLikeGo(
  deps: MembershipDeps<DialedLink>,
  signal: AbortSignal,
): Promise<boolean> {
  if (!(await dialLikeGo(deps, signal))) return false;
  for (let tries = 1; ; tries++) {
    try {
      await registerOnce(deps, Infinity, signal);
      deps.onRegistered();
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      const mayRepeat = statusOf(error) === status.FAILED_PRECONDITION && tries < goRegisterTries;
      const event = mayRepeat ? "register-failed" : "register-given-up";
      deps.logger.warn({ event, tries, why: textOf(error) }, "The registration failed");
      if (!mayRepeat) return false;
    }
    await pause(deps.clock, deps.times.goRegisterPauseMs, signal);
  }
}

async function dialLikeGo(deps: MembershipDeps<DialedLink>, signal: AbortSignal): Promise<boolean> {
  for (const pauseMs of deps.times.goDialPausesMs) {
    if (signal.aborted) return false;
    if (await deps.masters.current.reachable(deps.times.goDialDeadlineMs, signal)) return true;
    deps.logger.warn({ event: "dial-failed", pauseMs }, "No master can be reached");
    deps.masters.rotate();
    await pause(deps.clock, pauseMs, signal);
  }
  return false;
}

/** Says good-bye; throws when no master took it within the budget. */
export async function unregister(
  masters: Masters,
  nodeId: string,
  budgetMs: number,
): Promise<void> {
  const { signal } = new AbortController();
  await masters.insist("UnregisterNode", { node_id: nodeId }, { budgetMs, signal });
}

/** A function, because what an await leaves behind is not what the type checker remembers. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
