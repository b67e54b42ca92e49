/**
 * How a node becomes and stays known to the masters. The reference node registers until it
 * succeeds, says every two seconds that it lives, and registers again when a master was lost or
 * does not know it. The existing Go node registers once, within narrow limits, and is silent then.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { status } from "@grpc/grpc-js";

import type { Logger } from "../base/log.js";
import type { NodeHeartbeatResponse__Output } from "../wire/gen/quidditch/master/NodeHeartbeatResponse.js";
import type { NodeStats } from "../wire/gen/quidditch/master/NodeStats.js";
import type { RegisterNodeRequest } from "../wire/gen/quidditch/master/RegisterNodeRequest.js";
import type { RegisterNodeResponse__Output } from "../wire/gen/quidditch/master/RegisterNodeResponse.js";
import type { UnregisterNodeResponse__Output } from "../wire/gen/quidditch/master/UnregisterNodeResponse.js";
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
import type { Masters } from "./masters.js";

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
export interface MembershipDeps {
  readonly masters: Masters;
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
      await pause(deps.times.registerRetryMs, signal);
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
  const answer = await deps.masters.call<RegisterNodeResponse__Output>(
    (client, options, reply) => client.RegisterNode(request, options, reply),
    deadlineMs,
    signal,
  );
  deps.logger.info(
    { event: "registered", clusterUuid: answer.cluster_uuid, version: answer.cluster_version },
    "The node is registered",
  );
}

/** Ends when a master did not answer, or does not know this node. */
async function heartbeatUntilLost(deps: MembershipDeps, signal: AbortSignal): Promise<void> {
  const request = deps.request();
  for (;;) {
    await pause(deps.times.heartbeatIntervalMs, signal);
    if (signal.aborted) return;
    const stats = deps.stats();
    if (stats === undefined) continue;
    try {
      const answer = await deps.masters.call<NodeHeartbeatResponse__Output>(
        (client, options, reply) =>
          client.NodeHeartbeat({ node_id: request.node_id ?? "", stats }, options, reply),
        heartbeatDeadlineMs,
        signal,
      );
      if (!answer.acknowledged) return;
    } catch (error) {
      // No leader at the moment: nobody forgot this node.
      if (statusOf(error) !== status.FAILED_PRECONDITION) return;
    }
  }
}

/** The Go node's only chance to become known; false when it is over. */
export async function registerLikeGo(deps: MembershipDeps, signal: AbortSignal): Promise<boolean> {
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
    await pause(deps.times.goRegisterPauseMs, signal);
  }
}

async function dialLikeGo(deps: MembershipDeps, signal: AbortSignal): Promise<boolean> {
  for (const pauseMs of deps.times.goDialPausesMs) {
    if (signal.aborted) return false;
    if (await isReachable(deps, signal)) return true;
    deps.logger.warn({ event: "dial-failed", pauseMs }, "No master can be reached");
    deps.masters.rotate();
    await pause(pauseMs, signal);
  }
  return false;
}

function isReachable(deps: MembershipDeps, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const giveUp = (): void => {
      resolve(false);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    deps.masters.client.waitForReady(Date.now() + deps.times.goDialDeadlineMs, (error) => {
      signal.removeEventListener("abort", giveUp);
      resolve(error === undefined);
    });
  });
}

/** Says good-bye; throws when no master took it within the budget. */
export async function unregister(
  masters: Masters,
  nodeId: string,
  budgetMs: number,
): Promise<void> {
  await masters.insist<UnregisterNodeResponse__Output>(
    (client, options, reply) => client.UnregisterNode({ node_id: nodeId }, options, reply),
    { budgetMs, signal: new AbortController().signal },
  );
}

/** A function, because what an await leaves behind is not what the type checker remembers. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Waits; ends early when the signal does. */
async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(delayMs, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
