/**
 * What the data directory says of the cluster it belongs to, and what an operator configures now
 * against what is recorded: the record stands.
 */
import { exitCode, FatalError } from "../../base/errors.js";
import type { Logger } from "../../base/log.js";
import { sortedStrings } from "../../base/sorted.js";
import type { Disk } from "../../storage/disk.js";
import { readFormation, writeFormation, type Identity } from "../../storage/identity.js";
import type { FormationRecord } from "../../transport/types.js";
import { recordOf, type Directory } from "./directory.js";
import type { MemberOptions } from "./member-options.js";

/** The founding configuration on disk; undefined when there is none. */
export function recordedCluster(disk: Disk, dataDir: string): FormationRecord | undefined {
  const recorded = readFormation(disk, dataDir);
  if (recorded === undefined) return undefined;
  const members = recorded.members.map(({ id, nodeId, address }) => ({
    memberId: id,
    nodeId,
    address,
  }));
  return { clusterUuid: recorded.clusterId, members };
}

/** Records the founding configuration, once; `hints` are where members were then. */
export function recordCluster(
  disk: Disk,
  dataDir: string,
  formation: FormationRecord,
  hints?: readonly string[],
): void {
  writeFormation(disk, dataDir, {
    clusterId: formation.clusterUuid,
    hints,
    members: formation.members.map((member) => ({
      id: member.memberId,
      nodeId: member.nodeId,
      address: member.address,
    })),
  });
}

/** Refuses a cluster that is not the one that the operator named. */
export function refuseOtherCluster(wanted: string | undefined, actual: string): void {
  if (wanted === undefined || wanted === actual) return;
  const text = `this data directory belongs to cluster ${actual}, the configuration wants ${wanted}`;
  throw new FatalError(exitCode.dataRefused, text);
}

/**
 * Compares the configuration with the members as applied here. What differs harmlessly is logged.
 *
 * @throws FatalError 79 when this member was removed, 78 when it has another member's name.
 */
export function compareWithDirectory(
  directory: Directory,
  self: { readonly identity: Identity; readonly options: MemberOptions; readonly logger: Logger },
): void {
  const { identity, options, logger } = self;
  const { nodeId, peers, dataDir } = options;
  const { memberId, nodeId: recordedId } = identity;
  if (directory.removed.includes(memberId)) throw removedError(memberId, nodeId);
  if (recordedId !== nodeId) {
    logger.warn(
      { event: "node-id-changed", recorded: recordedId, configured: nodeId },
      "the node id is another one than when the data directory was formatted",
    );
  }
  // What is applied here may be from before this member was added, in the place of a namesake.
  if (recordOf(directory, memberId) === undefined) return;
  const { members } = directory;
  const twin = members.find((other) => other.nodeId === nodeId && other.memberId !== memberId);
  const mayShare = recordOf(directory, memberId)?.replaces === twin?.memberId;
  if (twin !== undefined && !mayShare && twin.replaces !== memberId) {
    const text =
      `node id ${nodeId} is that of the member at ${twin.address}; the data directory ` +
      `${dataDir} was formatted as ${recordedId}: give this member its own node id`;
    throw new FatalError(exitCode.config, text);
  }
  const known = sortedStrings(members.map((member) => member.address)).join(",");
  if (peers.length === 0 || sortedStrings(peers).join(",") === known) return;
  logger.warn(
    { event: "peers-ignored", configured: peers, members: known },
    "the configured peers are not the cluster's members; the members stand",
  );
}

/** How a member ends that was removed. */
export function removedError(memberId: number, nodeId: string): FatalError {
  const text =
    `member ${nodeId} (id ${String(memberId)}) was removed from its cluster, and nobody speaks to ` +
    "it under that id again. To bring it back, give it an empty data directory, start it with " +
    "--join, and add it (`quidditch-admin member add`)";
  return new FatalError(exitCode.dataRefused, text, { memberId });
}
