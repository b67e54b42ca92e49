/**
 * How a member whose data cannot be trusted comes back: it waits until a leader of its cluster
 * answers, sets everything aside, takes a new identity, and asks that leader to let the new one
 * take the place of the old one. Under the old id it never speaks again: a member that may have
 * forgotten votes and acknowledgements must not give others. As long as nobody leads nothing is
 * touched.
 */
import type { Clock } from "../../base/clock.js";
import { exitCode, FatalError, MasterError } from "../../base/errors.js";
import type { Logger } from "../../base/log.js";
import { sortedStrings } from "../../base/sorted.js";
import type { MemberId } from "../../raft/types.js";
import type { FormerSelf } from "../../storage/identity.js";
import type { Suspicion } from "../../storage/suspicion.js";
import type { Transport } from "../../transport/types.js";
import type { ProbedAddress } from "./formation.js";
import {
  formationProbeTimeoutMs,
  healingProbeIntervalMs,
  healingReminderMs,
  rejoinBudgetMs,
} from "./limits.js";

/** The member that must not speak any more. */
export interface OldSelf {
  readonly memberId: MemberId;
  readonly clusterUuid: string;
}

/** What a round of probes means for it. */
export type HealingStep =
  /** Its cluster lives, under the leader at that address; `addresses` are of all its members. */
  | { readonly kind: "heal"; readonly leader: string; readonly addresses: readonly string[] }
  /** Its cluster lives and has removed it. */
  | { readonly kind: "removed"; readonly leader: string }
  | { readonly kind: "wait"; readonly why: string };

/** Decides from one round of probes; pure. */
export function decideHealing(probed: readonly ProbedAddress[], old: OldSelf): HealingStep {
  const answering: string[] = [];
  const silent: string[] = [];
  for (const { address, answer } of probed) {
    if (answer === undefined) {
      silent.push(address);
      continue;
    }
    if (answer.formation?.clusterUuid !== old.clusterUuid) continue;
    answering.push(address);
    if (answer.leaderEpoch === 0) continue;
    if (answer.removed.includes(old.memberId)) return { kind: "removed", leader: address };
    // Whoever has just been elected may not have applied yet that this one is a member.
    if (!answer.members.some(({ memberId }) => memberId === old.memberId)) continue;
    const addresses = sortedStrings(answer.members.map((member) => member.address));
    return { kind: "heal", leader: address, addresses };
  }
  const heard = answering.length === 0 ? "nobody of its cluster answers" : answering.join(", ");
  const told = answering.length === 0 ? heard : `${heard} answer, and none of them leads`;
  const missing = silent.length === 0 ? "" : `; no answer from ${silent.join(", ")}`;
  return { kind: "wait", why: told + missing };
}

/** What healing works with. */
export interface HealingDeps {
  readonly transport: Pick<Transport, "probe" | "administer">;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborted when the process stops, or when there is nothing left to ask for. */
  readonly signal: AbortSignal;
}

/**
 * Waits until somebody leads the cluster of a member that is not trusted. Returns the addresses of
 * the cluster's members.
 *
 * @throws FatalError 79 when the cluster has removed it.
 * @throws MasterError `stopping` when the signal is aborted.
 */
export async function awaitHealer(
  old: OldSelf & { readonly addresses: readonly string[]; readonly suspicion: Suspicion },
  deps: HealingDeps,
): Promise<readonly string[]> {
  const { reason, detail } = old.suspicion;
  deps.log.error(
    { event: "suspect", reason, detail, memberId: old.memberId },
    "this member's data is not trusted; it waits for its cluster's leader to start anew from it",
  );
  let saidAtMs = deps.clock.monotonicMs();
  for (;;) {
    if (deps.signal.aborted) throw new MasterError("stopping", "stopped while waiting to heal");
    const step = decideHealing(await probeAll(old.addresses, deps), old);
    if (step.kind === "heal") return step.addresses;
    if (step.kind === "removed") throw removedMeanwhile(old, step.leader);
    if (deps.clock.monotonicMs() - saidAtMs >= healingReminderMs) {
      saidAtMs = deps.clock.monotonicMs();
      deps.log.error(
        { event: "healing-waiting", why: step.why, reason, detail },
        "still waiting for a leader to heal from; if most members are in this state, none can " +
          "lead: restore undamaged copies of the data directories of a majority, then start them",
      );
    }
    await sleep(deps.clock, healingProbeIntervalMs);
  }
}

/** The new one that a member has become. */
export interface NewSelf {
  readonly memberId: MemberId;
  readonly nodeId: string;
  readonly peerAddress: string;
  readonly replaces: FormerSelf;
}

/**
 * Asks whoever leads, again and again, to let this member in in the place of its former self, until
 * the signal is aborted because it is in. A refusal is said once, and may pass: another change of
 * members may be under way.
 */
export async function askToComeBack(self: NewSelf, deps: HealingDeps): Promise<void> {
  const { clusterId, addresses, memberId: formerId, reason } = self.replaces;
  const known = new Set(addresses);
  let lastSaid = "";
  while (!deps.signal.aborted) {
    const probed = await probeAll(sortedStrings(known), deps);
    for (const { answer } of probed) {
      if (answer?.formation?.clusterUuid !== clusterId) continue;
      for (const { address } of answer.members) known.add(address);
    }
    const leader = probed.find(
      ({ answer }) => answer?.formation?.clusterUuid === clusterId && answer.leaderEpoch > 0,
    );
    const isIn =
      leader?.answer?.members.some(({ memberId }) => memberId === self.memberId) === true;
    if (leader !== undefined && !isIn) {
      const { memberId: newMemberId, nodeId, peerAddress } = self;
      const request = {
        ...{ kind: "rejoin" as const, memberId: formerId, newMemberId, nodeId, peerAddress },
        reason,
      };
      const call = { clusterUuid: clusterId, request, budgetMs: rejoinBudgetMs };
      const said = await deps.transport.administer(leader.address, call).then(
        (result) => (result.accepted ? "" : result.message),
        (thrown: unknown) => MasterError.from(thrown).message,
      );
      if (said !== "" && said !== lastSaid) {
        const fields = { event: "rejoin-refused", leader: leader.address, reason: said };
        deps.log.warn(fields, "the leader does not take this member back yet");
      }
      lastSaid = said;
    }
    await sleep(deps.clock, healingProbeIntervalMs);
  }
}

async function probeAll(
  addresses: readonly string[],
  { transport }: HealingDeps,
): Promise<ProbedAddress[]> {
  const probe = async (address: string): Promise<ProbedAddress> => {
    const probing = transport.probe(address, formationProbeTimeoutMs);
    return { address, answer: await probing.catch(() => undefined) };
  };
  return Promise.all(addresses.map(probe));
}

function removedMeanwhile(old: OldSelf, leader: string): FatalError {
  const text =
    `the cluster of the leader at ${leader} has removed this member (${String(old.memberId)}), ` +
    "whose data is not trusted: to come back, start it with an empty data directory and --join, " +
    "and add it";
  return new FatalError(exitCode.dataRefused, text);
}

function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}
