/**
 * Takes a data directory: finishes what an earlier process began, says who this member is, counts
 * the start, and finds out whether what lies there may be used. A member whose data may not be used
 * must not speak; how it comes back is healing.ts. One that has no peers has nobody to heal from
 * and is refused, as is any other damage.
 */
import type { Clock } from "../../base/clock.js";
import { exitCode, FatalError, MasterError } from "../../base/errors.js";
import type { Logger } from "../../base/log.js";
import { sortedStrings } from "../../base/sorted.js";
import type { Disk } from "../../storage/disk.js";
import {
  readFormation,
  readIdentity,
  writeIdentity,
  type Identity,
} from "../../storage/identity.js";
import { finishRebirth, rebear } from "../../storage/set-aside.js";
import { readSuspicion, writeSuspicion, type Suspicion } from "../../storage/suspicion.js";
import { suspectTailOf } from "../../storage/wal/suspect-tail.js";
import type { MemberId } from "../../raft/types.js";
import type { PeerBoot } from "../../transport/types.js";
import { BootLedger } from "./boot-ledger.js";
import { awaitHealer, type HealingDeps } from "./healing.js";
import type { MemberOptions } from "./member-options.js";

/** Who this member is, and whether its data is trusted. */
export interface TakenDirectory {
  readonly identity: Identity;
  readonly boot: PeerBoot;
  /** Undefined while the data is not trusted. */
  readonly ledger: BootLedger | undefined;
  readonly suspicion: Suspicion | undefined;
}

/** What taking a directory works with. */
export interface TakingDeps {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A random positive safe integer. */
  readonly newId: () => number;
  readonly onFatal: (error: unknown) => void;
}

/**
 * Takes the directory, which is prepared and locked. `nonce` is random per process.
 *
 * @throws FatalError 79 when the data must not be used and there is nobody to heal from.
 */
export function takeDirectory(
  options: MemberOptions,
  nonce: number,
  deps: TakingDeps,
): TakenDirectory {
  const { dataDir } = options;
  const { disk } = deps;
  finishRebirth(disk, dataDir);
  const identity = readIdentity(disk, dataDir) ?? format(options, deps);
  const marked = readSuspicion(disk, dataDir);
  if (marked !== undefined) {
    if (othersOf(options, identity, disk).length === 0) throw nobodyToHealFrom(dataDir, marked);
    return { identity, boot: { count: 0, nonce }, ledger: undefined, suspicion: marked };
  }
  try {
    const ledger = BootLedger.open(dataDir, nonce, { disk, onError: deps.onFatal });
    return { identity, boot: ledger.own, ledger, suspicion: undefined };
  } catch (thrown) {
    const isDamage = thrown instanceof FatalError && thrown.exit === exitCode.dataRefused;
    if (!isDamage || othersOf(options, identity, disk).length === 0) throw thrown;
    const suspicion: Suspicion = { reason: "boots-damaged", detail: thrown.message };
    writeSuspicion(disk, dataDir, suspicion);
    return { identity, boot: { count: 0, nonce }, ledger: undefined, suspicion };
  }
}

/**
 * What opening the log failed with, when it means that a member with peers starts anew: the mark is
 * written then. Undefined for every other failure.
 */
export function markSuspectTail(
  thrown: unknown,
  { identity }: TakenDirectory,
  { options, disk }: { readonly options: MemberOptions; readonly disk: Disk },
): Suspicion | undefined {
  const tail = suspectTailOf(thrown);
  if (tail === undefined || othersOf(options, identity, disk).length === 0) return undefined;
  const suspicion: Suspicion = { reason: "suspect-tail", detail: tail.why };
  writeSuspicion(disk, options.dataDir, suspicion);
  return suspicion;
}

/**
 * Waits for a leader, then sets everything aside and takes a new identity. The directory is to be
 * taken anew after it.
 *
 * @throws FatalError 79 when the cluster has removed this member or too much was set aside already.
 * @throws MasterError `stopping` when the process stops meanwhile.
 */
export async function healDirectory(
  taken: { readonly identity: Identity; readonly suspicion: Suspicion },
  options: MemberOptions,
  deps: TakingDeps & Pick<HealingDeps, "transport" | "signal">,
): Promise<void> {
  const { identity, suspicion } = taken;
  const { dataDir, nodeId, peerAddress } = options;
  const { disk, clock, logger } = deps;
  const clusterId = readFormation(disk, dataDir)?.clusterId ?? identity.replaces?.clusterId;
  if (clusterId === undefined) throw nobodyToHealFrom(dataDir, suspicion);
  const memberId = memberOf(identity, disk, dataDir);
  const old = {
    ...{ memberId, clusterUuid: clusterId, suspicion },
    addresses: othersOf(options, identity, disk),
  };
  const members = await awaitHealer(old, { ...deps, log: logger });
  if (deps.signal.aborted) throw new MasterError("stopping", "stopped while waiting to heal");
  const { reason } = suspicion;
  const addresses = members.filter((address) => address !== peerAddress);
  const replaces = { memberId, reason, clusterId, addresses };
  const nowMs = clock.wallMs();
  const reborn = { memberId: deps.newId(), nodeId, createdMs: nowMs, replaces };
  const place = rebear(disk, dataDir, { reason, nowMs, identity: reborn });
  logger.warn(
    { event: "reborn", memberId: reborn.memberId, replaces: identity.memberId, place, reason },
    "everything of this member was set aside; it comes back as another one",
  );
}

function format(options: MemberOptions, { disk, clock, logger, newId }: TakingDeps): Identity {
  const { nodeId, dataDir } = options;
  const identity = { memberId: newId(), nodeId, createdMs: clock.wallMs() };
  writeIdentity(disk, dataDir, identity);
  logger.info(
    { event: "formatted", memberId: identity.memberId, dataDir },
    "formatted an empty data directory",
  );
  return identity;
}

/** Under which id the cluster knows it: one that was reborn and not let in yet, under the old. */
function memberOf(identity: Identity, disk: Disk, dataDir: string): MemberId {
  const isIn = readFormation(disk, dataDir) !== undefined;
  return isIn ? identity.memberId : (identity.replaces?.memberId ?? identity.memberId);
}

/** Where other members may be, as far as can be known without trusting log or state. */
function othersOf(options: MemberOptions, identity: Identity, disk: Disk): readonly string[] {
  const formation = readFormation(disk, options.dataDir);
  if (formation === undefined && identity.replaces === undefined) return [];
  const founders = formation?.members.map((member) => member.address) ?? [];
  const hints = [...(formation?.hints ?? []), ...(identity.replaces?.addresses ?? [])];
  const all = new Set([...founders, ...hints, ...options.peers]);
  all.delete(options.peerAddress);
  return sortedStrings(all);
}

function nobodyToHealFrom(dataDir: string, { reason, detail }: Suspicion): FatalError {
  const text =
    `the data in ${dataDir} is not trusted (${reason}: ${detail}), and no peer is known to heal ` +
    "from; nothing was changed: list the other members in peers, or put an undamaged copy in its place";
  return new FatalError(exitCode.dataRefused, text, { directory: dataDir });
}
