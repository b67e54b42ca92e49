/**
 * How a member finds out which cluster it belongs to when its data directory says nothing: all
 * configured addresses are probed until either all answer, agree on the list and none has ever
 * been in a cluster - then the lowest member id founds one - or one of them is in a cluster that
 * names this member. A member that meets a cluster without itself in it stops, because its disk is
 * not the one that the cluster knows - unless it was told to join: then it waits to be added.
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

/** The member that looks for its cluster. */
export interface Seeker {
  readonly nonce: number;
  readonly memberId: number;
  /** Configured addresses. */
  readonly peers: readonly string[];
  /** Told to wait until a cluster that exists adds it. */
  readonly joining: boolean;
  /** The only cluster it may belong to, when that is known. */
  readonly clusterUuid: string | undefined;
}

/** What one member of a cluster makes this one do. */
interface Meeting {
  readonly formation: FormationRecord;
  readonly step: FormationStep;
}

/** Decides from one round of probes; pure. */
export function decideFormation(probed: readonly ProbedAddress[], self: Seeker): FormationStep {
  const met = probed.flatMap(({ address, answer }): Meeting[] => {
    if (answer?.formation === undefined) return [];
    const { formation } = answer;
    return [{ formation, step: metCluster(address, { ...answer, formation }, self) }];
  });
  return met.length > 0 ? decideBetween(met, self) : decideWithoutCluster(probed, self);
}

/** A member that lags may not know this one yet; of another cluster there must be none. */
function decideBetween(met: readonly Meeting[], self: Seeker): FormationStep {
  const own = met.findLast(({ step }) => step.kind === "adopt");
  const clusterUuid = (own ?? met[0])?.formation.clusterUuid ?? "";
  const foreign = met.find(({ formation }) => formation.clusterUuid !== clusterUuid);
  if (foreign?.step.kind === "refuse") return foreign.step;
  if (foreign !== undefined && self.joining) return severalClusters(clusterUuid, foreign);
  if (own !== undefined) return own.step;
  const refused = met.find(({ step }) => step.kind === "refuse");
  return refused?.step ?? { kind: "wait", why: notAdded(clusterUuid) };
}

function decideWithoutCluster(probed: readonly ProbedAddress[], self: Seeker): FormationStep {
  if (self.joining) {
    return { kind: "wait", why: `no member of a cluster answers at ${self.peers.join(", ")}` };
  }
  const missing = probed.filter((entry) => entry.answer === undefined);
  if (missing.length > 0) {
    return { kind: "wait", why: `no answer from ${missing.map((m) => m.address).join(", ")}` };
  }
  return decideFounding(probed, self);
}

function severalClusters(clusterUuid: string, { formation }: Meeting): FormationStep {
  const text =
    `the peers belong to different clusters, ${clusterUuid} and ${formation.clusterUuid}: ` +
    "list the members of one";
  return { kind: "refuse", exit: exitCode.config, text };
}

/**
 * What one member of a cluster makes this one do, which has no record of any. A voter that is no
 * founder did have one: it took part, and has forgotten what it promised.
 */
function metCluster(
  address: string,
  answer: ProbeAnswer & { readonly formation: FormationRecord },
  self: Seeker,
): FormationStep {
  const { formation, members, removed } = answer;
  const { clusterUuid } = formation;
  const id = String(self.memberId);
  if (removed.includes(self.memberId)) {
    const text = `member id ${id} was removed from cluster ${clusterUuid}: give it an empty data directory to join under a new one`;
    return { kind: "refuse", exit: exitCode.dataRefused, text };
  }
  if (formation.members.some((member) => member.memberId === self.memberId)) {
    return { kind: "adopt", formation };
  }
  const current = members.find((member) => member.memberId === self.memberId);
  if (current?.suffrage === "learner") return { kind: "adopt", formation };
  if (current !== undefined) {
    const text = `cluster ${clusterUuid} knows member id ${id} as a voter, but its data directory has no record of that: restore the directory, or replace this member with an empty one`;
    return { kind: "refuse", exit: exitCode.dataRefused, text };
  }
  if (self.clusterUuid !== undefined && self.clusterUuid !== clusterUuid) {
    const text = `${address} belongs to cluster ${clusterUuid}, this member is to be one of ${self.clusterUuid}`;
    return { kind: "refuse", exit: exitCode.dataRefused, text };
  }
  if (self.joining) return { kind: "wait", why: notAdded(clusterUuid) };
  const text =
    `${address} belongs to cluster ${clusterUuid}, which does not know this member: its` +
    " data directory is empty. If it lost its data, restore the directory, or start it with --join" +
    " and replace the old member (`quidditch-admin member replace`); if it is new, start it with" +
    " --join and add it (`quidditch-admin member add`)";
  return { kind: "refuse", exit: exitCode.dataRefused, text };
}

function notAdded(clusterUuid: string): string {
  return `cluster ${clusterUuid} has not added this member; add it with \`quidditch-admin member add\``;
}

function decideFounding(probed: readonly ProbedAddress[], self: Seeker): FormationStep {
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
export async function awaitFormation(self: Seeker, deps: FormationDeps): Promise<FormationRecord> {
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
          deps.log.info({ event: "formation-waiting", why: step.why }, "waiting for a cluster");
          saidAtMs = deps.clock.monotonicMs();
        } else if (deps.clock.monotonicMs() - saidAtMs >= formationReminderMs) {
          deps.log.warn(
            { event: "formation-waiting", why: step.why },
            "this member is still in no cluster",
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
