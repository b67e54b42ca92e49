/**
 * How a member finds out which cluster it belongs to when its data directory says nothing: all
 * configured addresses are probed until either all answer, agree on the list and none has ever
 * been in a cluster - then the lowest member id founds one - or one of them is in a cluster that
 * names this member. A member that meets a cluster without itself in it stops: its disk is not the
 * one that the cluster knows.
 */
import type { Clock } from "../../base/clock.js";
import { exitCode, FatalError, MasterError, type ExitCode } from "../../base/errors.js";
import type { Logger } from "../../base/log.js";
import { compareNumbers, sortedStrings } from "../../base/sorted.js";
import type { FormationRecord, PeerAddress, ProbeAnswer } from "../../transport/types.js";
import {
  formationProbeIntervalMs,
  formationProbeTimeoutMs,
  formationReminderMs,
} from "./limits.js";

/** What one address said, or undefined when it did not answer. */
export interface ProbedAddress {
  readonly address: string;
  readonly answer: ProbeAnswer | undefined;
}

/** What to do next. */
export type FormationStep =
  /** Probe again; `why` is for people. */
  | { readonly kind: "wait"; readonly why: string }
  /** Record this as the cluster's founding configuration. */
  | { readonly kind: "found"; readonly members: readonly PeerAddress[] }
  | { readonly kind: "adopt"; readonly formation: FormationRecord }
  /** End with this code and text. */
  | { readonly kind: "refuse"; readonly exit: ExitCode; readonly text: string };

/** Decides from one round of probes; pure. `nonce` and `memberId` are this member's own. */
export function decideFormation(
  probed: readonly ProbedAddress[],
  self: { readonly nonce: number; readonly memberId: number; readonly peers: readonly string[] },
): FormationStep {
  let own: FormationRecord | undefined;
  for (const { address, answer } of probed) {
    const formation = answer?.formation;
    if (formation === undefined) continue;
    if (formation.members.some((member) => member.memberId === self.memberId)) {
      own = formation;
      continue;
    }
    const text =
      `${address} belongs to cluster ${formation.clusterUuid}, which does not know this member: its` +
      " data directory is empty. If it lost its data, restore the directory or replace the old" +
      " member (`quidditch-admin member replace`); if it is new, add it to the cluster first";
    return { kind: "refuse", exit: exitCode.dataRefused, text };
  }
  if (own !== undefined) return { kind: "adopt", formation: own };
  const missing = probed.filter((entry) => entry.answer === undefined);
  if (missing.length > 0) {
    return { kind: "wait", why: `no answer from ${missing.map((m) => m.address).join(", ")}` };
  }
  return decideFounding(probed, self);
}

function decideFounding(
  probed: readonly ProbedAddress[],
  self: { readonly nonce: number; readonly memberId: number; readonly peers: readonly string[] },
): FormationStep {
  const members: PeerAddress[] = [];
  const wanted = sortedStrings(self.peers).join(",");
  let foundSelf = false;
  for (const { address, answer } of probed) {
    if (answer === undefined) continue;
    if (answer.nonce === self.nonce) foundSelf = true;
    const theirs = sortedStrings(answer.peers).join(",");
    if (theirs !== wanted) {
      return { kind: "wait", why: `${address} lists other peers: ${theirs}; here: ${wanted}` };
    }
    members.push({ memberId: answer.memberId, nodeId: answer.nodeId, address });
  }
  if (!foundSelf) {
    const text = `none of the peers ${wanted} is this member itself: list its own address too`;
    return { kind: "refuse", exit: exitCode.config, text };
  }
  const duplicate = findDuplicate(members);
  if (duplicate !== undefined) {
    return { kind: "refuse", exit: exitCode.config, text: duplicate };
  }
  members.sort((a, b) => compareNumbers(a.memberId, b.memberId));
  if (members[0]?.memberId !== self.memberId) {
    return { kind: "wait", why: `${members[0]?.nodeId ?? ""} founds the cluster` };
  }
  return { kind: "found", members };
}

function findDuplicate(members: readonly PeerAddress[]): string | undefined {
  for (const [i, member] of members.entries()) {
    const twin = members.slice(0, i).find((other) => other.memberId === member.memberId);
    if (twin !== undefined) {
      return `${twin.address} and ${member.address} are the same member: list each once`;
    }
    const namesake = members.slice(0, i).find((other) => other.nodeId === member.nodeId);
    if (namesake !== undefined) {
      return (
        `${namesake.address} and ${member.address} both have node id ${member.nodeId}: ` +
        "give each master its own --node-id"
      );
    }
  }
  return undefined;
}

/** What {@link awaitFormation} works with. */
export interface FormationDeps {
  readonly probe: (address: string, timeoutMs: number) => Promise<ProbeAnswer>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly newClusterUuid: () => string;
  /** Aborted when the process stops. */
  readonly signal: AbortSignal;
}

/**
 * Probes until the cluster is known.
 *
 * @throws FatalError 79 when this member must not join or found one, 78 when the configured list
 *   of peers cannot be right.
 * @throws MasterError `stopping` when the signal is aborted.
 */
export async function awaitFormation(
  self: { readonly nonce: number; readonly memberId: number; readonly peers: readonly string[] },
  deps: FormationDeps,
): Promise<FormationRecord> {
  let lastWhy = "";
  let saidAtMs = deps.clock.monotonicMs();
  for (;;) {
    if (deps.signal.aborted) throw new MasterError("stopping", "stopped while forming a cluster");
    const probed = await Promise.all(
      self.peers.map(async (address): Promise<ProbedAddress> => {
        const answer = await deps.probe(address, formationProbeTimeoutMs).catch(() => undefined);
        return { address, answer };
      }),
    );
    const step = decideFormation(probed, self);
    switch (step.kind) {
      case "adopt":
        return step.formation;
      case "found":
        return { clusterUuid: deps.newClusterUuid(), members: step.members };
      case "refuse":
        throw new FatalError(step.exit, step.text);
      case "wait":
        if (step.why !== lastWhy) {
          deps.log.info({ event: "formation-waiting", why: step.why }, "waiting to form a cluster");
          saidAtMs = deps.clock.monotonicMs();
        } else if (deps.clock.monotonicMs() - saidAtMs >= formationReminderMs) {
          deps.log.warn(
            { event: "formation-waiting", why: step.why },
            "still no cluster is formed",
          );
          saidAtMs = deps.clock.monotonicMs();
        }
        lastWhy = step.why;
        await sleep(deps.clock, formationProbeIntervalMs);
    }
  }
}

function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}
