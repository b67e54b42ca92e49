/**
 * Compares what a node should hold with what it says it holds, one shard at a time, and answers
 * what to order and what to tell the state. Level-triggered and pure: called again with the same
 * picture it gives the same answer. The rules it keeps: only an initializing copy is created; a
 * started copy that is not there is missing, never created; a shard is deleted only on evidence in
 * the state; everything else is dangling, neither deleted nor adopted. Sending, waiting and
 * repeating are not its business.
 */
import { shardKey, type ShardPlace } from "../allocation/cluster-view.js";
import {
  hasCapability,
  isActive,
  primaryOf,
  type ClusterState,
  type DanglingShard,
  type InitializingCopy,
  type NodeRecord,
  type ShardCopy,
  type ShardRecord,
  type SupersededCopy,
  type Tombstone,
} from "../state/model.js";
import type { ShardFailedItem, ShardStartedItem } from "../state/commands.js";
import type {
  CreateOrder,
  DeleteOrder,
  Order,
  Peer,
  ReportedShard,
  UpdateOrder,
} from "./data-node.js";
import type { HeldView } from "./held-shards.js";

/** One node, the state, and the node's report. */
export interface NodePicture {
  readonly state: ClusterState;
  readonly node: NodeRecord;
  readonly held: HeldView;
  /** Tombstones that list this node as a holder. */
  readonly tombstones: readonly Tombstone[];
  /**
   * Whether a CreateShard for this allocation may have been sent, now or by an earlier leader. If
   * not, a shard that the node holds under this name is not this copy.
   */
  readonly maybeOrdered: (allocationId: string) => boolean;
}

/** What follows for one shard on one node; at most one order. */
export interface Reconciled {
  readonly order?: Order;
  readonly started?: ShardStartedItem;
  readonly failed?: ShardFailedItem;
  /** Superseded copies that the node no longer holds. */
  readonly cleaned?: readonly string[];
  /** The copy is recovering: ask again soon. */
  readonly recovering?: boolean;
  /** The report contradicts a newer record, so it says nothing: ask for another. */
  readonly stale?: boolean;
}

/** What the state makes of a shard that the node reports. */
export type Fate =
  /** The node's own copy, assigned or last assigned to it. */
  | { readonly kind: "copy"; readonly copy: ShardCopy }
  /** May go, and why: the state's own record of it. */
  | { readonly kind: "delete"; readonly indexUuid: string; readonly allocationId: string }
  /** Stays for now: its replacement is not complete, or reuses its files. */
  | { readonly kind: "keep" }
  | { readonly kind: "dangling" };

/** Reconciles the shard `number` of the index `indexName` on the node. */
export function reconcileShard(
  picture: NodePicture,
  indexName: string,
  number: number,
): Reconciled {
  const entries = picture.held.of(shardKey(indexName, number));
  const index = picture.state.indices.get(indexName);
  const shard = index?.shards[number];
  const place = index === undefined || shard === undefined ? undefined : { index, shard };
  const mine: ReportedShard[] = [];
  let doomed: DeleteOrder | undefined;
  for (const entry of entries) {
    const fate = fateOf(picture, entry);
    if (fate.kind === "copy") mine.push(entry);
    if (fate.kind === "delete") doomed = deletion(picture, entry, fate);
  }
  if (place === undefined) return doomed === undefined ? {} : { order: doomed };
  const cleaned = cleanedOf(picture, place);
  const copy =
    place.shard.copies.find((one) => one.nodeId === picture.node.nodeId && isAssigned(one)) ??
    place.shard.copies.find((one) => isWaitingHere(picture, one, mine));
  // The node may hold what is left of another copy of this shard: that says nothing about this one.
  const entry = mine.find((one) => copy !== undefined && fits(one.allocationId, copy.allocationId));
  const wanted = copy === undefined ? {} : reconcileCopy(picture, place, { copy, entry });
  const order = wanted.order ?? doomed;
  return {
    ...wanted,
    ...(order === undefined ? {} : { order }),
    ...(cleaned.length === 0 ? {} : { cleaned }),
  };
}

/** What the state makes of one reported shard; see the file comment. */
export function fateOf(picture: NodePicture, entry: ReportedShard): Fate {
  const { state, node } = picture;
  const index = state.indices.get(entry.indexName);
  const isSameIndex = index !== undefined && fits(entry.indexUuid, index.uuid);
  const shard = isSameIndex ? index.shards[entry.shard] : undefined;
  if (index !== undefined && shard !== undefined) {
    const copy = shard.copies.find(
      (candidate) =>
        candidate.nodeId === node.nodeId && fits(entry.allocationId, candidate.allocationId),
    );
    if (copy !== undefined && !isForeign(picture, entry, { shard, copy }))
      return { kind: "copy", copy };
    if (isListedDangling(node, entry)) return { kind: "dangling" };
    const old = shard.superseded.find(
      (candidate) =>
        candidate.nodeId === node.nodeId && fits(entry.allocationId, candidate.allocationId),
    );
    if (old !== undefined) return supersededFate(picture, { index, shard }, old);
  }
  if (isListedDangling(node, entry)) return { kind: "dangling" };
  const grave = picture.tombstones.find(
    (tombstone) =>
      tombstone.indexName === entry.indexName &&
      fits(entry.indexUuid, tombstone.indexUuid) &&
      tombstone.holders[node.nodeId]?.includes(entry.shard) === true,
  );
  if (grave === undefined) return { kind: "dangling" };
  return { kind: "delete", indexUuid: grave.indexUuid, allocationId: entry.allocationId };
}

/** Every reported shard that the state gives no reason to keep or to delete. */
export function danglingOf(
  picture: NodePicture,
  entries: Iterable<ReportedShard>,
): DanglingShard[] {
  const dangling: DanglingShard[] = [];
  for (const entry of entries) {
    if (fateOf(picture, entry).kind !== "dangling") continue;
    const { indexName, indexUuid, shard } = entry;
    dangling.push({ indexName, indexUuid, shard });
  }
  return dangling;
}

/**
 * Whether the node holds nothing more of a deleted index, so that its tombstone can let it go. A
 * node that keeps files of deleted shards never says so: they come back when it restarts.
 */
export function isTombstoneDone(picture: NodePicture, tombstone: Tombstone): boolean {
  if (!hasCapability(picture.node, "peer_recovery")) return false;
  const numbers = tombstone.holders[picture.node.nodeId] ?? [];
  return numbers.every((number) =>
    picture.held
      .of(shardKey(tombstone.indexName, number))
      .every((entry) => entry.indexUuid !== tombstone.indexUuid),
  );
}

/** Other copies of a shard that are on nodes, as a node is told about them. */
function peersOf(state: ClusterState, shard: ShardRecord, except: ShardCopy): Peer[] {
  return shard.copies
    .filter((copy) => copy.slot !== except.slot && copy.state !== "UNASSIGNED")
    .map((copy) => peerOf(state, shard, copy))
    .filter((peer) => peer !== undefined);
}

interface CopyHere {
  readonly copy: ShardCopy;
  /** The node's entry for it, if it holds it. */
  readonly entry: ReportedShard | undefined;
}

function reconcileCopy(picture: NodePicture, place: ShardPlace, here: CopyHere): Reconciled {
  const { copy, entry } = here;
  switch (copy.state) {
    case "UNASSIGNED":
      return reconcileReturned(picture, place, here);
    case "INITIALIZING":
      return reconcileInitializing(picture, place, { copy, entry });
    case "STARTED":
    case "RELOCATING":
      return reconcileActive(picture, place, here);
  }
}

/** An in-sync copy waits for its node, and the node is back without it. */
function reconcileReturned(picture: NodePicture, place: ShardPlace, here: CopyHere): Reconciled {
  const { copy, entry } = here;
  const { shard } = place;
  if (copy.state !== "UNASSIGNED") return {};
  const waits = shard.inSync.includes(copy.allocationId) && picture.node.status === "healthy";
  if (!waits) return {};
  if (picture.held.requestedAtVersion < shard.version) return { stale: true };
  // Still opening what it found on its disk: whether the copy can go on is known afterwards.
  if (entry?.phase === "initializing") return { recovering: true };
  const lacks = entry === undefined ? "the node came back without the shard" : entry.failure;
  if (lacks === "" || copy.reason === "copy_missing") return {};
  return { failed: missing(place, copy, lacks) };
}

function reconcileInitializing(
  picture: NodePicture,
  place: ShardPlace,
  here: { readonly copy: InitializingCopy; readonly entry: ReportedShard | undefined },
): Reconciled {
  const { copy, entry } = here;
  const { index, shard } = place;
  const ref = { indexName: index.name, indexUuid: index.uuid, shard: shard.number };
  const { allocationId } = copy;
  if (entry === undefined) {
    if (!isInTheWay(picture, shardKey(index.name, shard.number))) {
      return createIfPossible(picture, place, copy);
    }
    // First the state learns what is dangling there, so that nothing ever takes it for this copy.
    const listed = picture.node.dangling.some((known) => known.indexName === index.name);
    const detail = "the node holds files of another index of this name";
    return listed ? { failed: { ...ref, allocationId, reason: "allocation_failed", detail } } : {};
  }
  if (!hasCapability(picture.node, "peer_recovery")) {
    // Without an acknowledgement seen by this leader the order is repeated: its answer tells.
    if (entry.allocationId !== allocationId) return createIfPossible(picture, place, copy);
    return { started: { ...ref, allocationId, primaryTerm: 0 } };
  }
  if (entry.failure !== "") {
    const reason = "allocation_failed" as const;
    return { failed: { ...ref, allocationId, reason, detail: entry.failure } };
  }
  if (entry.phase === "started" && entry.primaryTerm === shard.primaryTerm) {
    return { started: { ...ref, allocationId, primaryTerm: entry.primaryTerm } };
  }
  if (entry.primaryTerm !== shard.primaryTerm) {
    // What it copied came from an earlier primary: it begins again from the present one.
    return { ...createIfPossible(picture, place, copy), recovering: true };
  }
  const order = updateIfNeeded(picture, place, { copy, entry });
  return order === undefined ? { recovering: true } : { order, recovering: true };
}

function reconcileActive(picture: NodePicture, place: ShardPlace, here: CopyHere): Reconciled {
  const { copy, entry } = here;
  const isFresh = picture.held.requestedAtVersion >= place.shard.version;
  if (entry === undefined) {
    if (!isFresh) return { stale: true };
    return { failed: missing(place, copy, "the node does not hold the shard") };
  }
  if (entry.failure !== "") {
    if (!isFresh) return { stale: true };
    return { failed: missing(place, copy, entry.failure) };
  }
  const order = updateIfNeeded(picture, place, { copy, entry });
  return order === undefined ? {} : { order };
}

/** A node that knows names only would open what it has under this name instead of a new copy. */
function isInTheWay(picture: NodePicture, key: string): boolean {
  if (hasCapability(picture.node, "peer_recovery")) return false;
  return picture.held.of(key).length > 0;
}

function createIfPossible(
  picture: NodePicture,
  { index, shard }: ShardPlace,
  copy: InitializingCopy,
): Reconciled {
  const primary = primaryOf(shard);
  const from =
    copy.source === "peer" && primary !== undefined
      ? peerOf(picture.state, shard, primary)
      : undefined;
  if (copy.source === "peer" && from === undefined) return {};
  const order: CreateOrder = {
    kind: "create",
    nodeId: copy.nodeId,
    indexName: index.name,
    indexUuid: index.uuid,
    shard: shard.number,
    allocationId: copy.allocationId,
    primaryTerm: shard.primaryTerm,
    primary: copy.role === "primary",
    source: copy.source,
    settings: index.settings.custom,
    from,
    shardVersion: shard.version,
  };
  return { order };
}

/** The node does not know the newest role, term or peers of its copy. */
function updateIfNeeded(
  picture: NodePicture,
  { index, shard }: ShardPlace,
  here: { readonly copy: ShardCopy; readonly entry: ReportedShard },
): UpdateOrder | undefined {
  const { copy, entry } = here;
  if (!hasCapability(picture.node, "peer_recovery")) return undefined;
  const primary = copy.role === "primary";
  const isCurrent =
    entry.shardVersion === shard.version &&
    entry.primaryTerm === shard.primaryTerm &&
    entry.isPrimary === primary;
  if (isCurrent) return undefined;
  return {
    kind: "update",
    nodeId: copy.nodeId,
    indexName: index.name,
    indexUuid: index.uuid,
    shard: shard.number,
    allocationId: copy.allocationId,
    primaryTerm: shard.primaryTerm,
    primary,
    peers: peersOf(picture.state, shard, copy),
    shardVersion: shard.version,
  };
}

function isAssigned(copy: ShardCopy): boolean {
  return copy.state !== "UNASSIGNED";
}

/** A copy whose last place was here, and which one of the node's entries, if any, can be. */
function isWaitingHere(
  picture: NodePicture,
  copy: ShardCopy,
  entries: readonly ReportedShard[],
): boolean {
  if (copy.nodeId !== picture.node.nodeId) return false;
  return entries.length === 0 || entries.some((one) => fits(one.allocationId, copy.allocationId));
}

/** A shard under a copy's name that was there before the copy was ever ordered. */
function isForeign(
  picture: NodePicture,
  entry: ReportedShard,
  { shard, copy }: { readonly shard: ShardRecord; readonly copy: ShardCopy },
): boolean {
  if (entry.allocationId !== "" || shard.inSync.includes(copy.allocationId)) return false;
  if (isListedDangling(picture.node, entry)) return true;
  return copy.state === "INITIALIZING" && !picture.maybeOrdered(copy.allocationId);
}

function isListedDangling(node: NodeRecord, entry: ReportedShard): boolean {
  if (entry.indexUuid !== "") return false;
  return node.dangling.some(
    (known) =>
      known.indexName === entry.indexName && known.shard === entry.shard && known.indexUuid === "",
  );
}

/** A superseded copy goes once another copy that holds every document is started elsewhere. */
function supersededFate(picture: NodePicture, place: ShardPlace, old: SupersededCopy): Fate {
  const { shard } = place;
  const here = shard.copies.find(
    (copy) => copy.nodeId === picture.node.nodeId && copy.state !== "UNASSIGNED",
  );
  // The copy that is to replace it on this very node makes use of its files first.
  if (here !== undefined && !isActive(here)) return { kind: "keep" };
  const isSafe = shard.copies.some(
    (copy) =>
      isActive(copy) &&
      copy.allocationId !== old.allocationId &&
      shard.inSync.includes(copy.allocationId) &&
      (copy.nodeId !== picture.node.nodeId || hasCapability(picture.node, "peer_recovery")),
  );
  if (!isSafe) return { kind: "keep" };
  return { kind: "delete", indexUuid: place.index.uuid, allocationId: old.allocationId };
}

function deletion(
  picture: NodePicture,
  entry: ReportedShard,
  fate: Extract<Fate, { kind: "delete" }>,
): DeleteOrder {
  return {
    kind: "delete",
    nodeId: picture.node.nodeId,
    indexName: entry.indexName,
    indexUuid: fate.indexUuid,
    shard: entry.shard,
    allocationId: fate.allocationId,
    primaryTerm: entry.primaryTerm,
  };
}

/** Superseded copies of this shard that a fresh report of a node that deletes files lacks. */
function cleanedOf(picture: NodePicture, { index, shard }: ShardPlace): string[] {
  const { node, held } = picture;
  const ofNode = shard.superseded.filter((old) => old.nodeId === node.nodeId);
  if (ofNode.length === 0 || !hasCapability(node, "peer_recovery")) return [];
  if (held.requestedAtVersion < shard.version) return [];
  const reported = new Set(
    held.of(shardKey(index.name, shard.number)).map((entry) => entry.allocationId),
  );
  return ofNode.map((old) => old.allocationId).filter((id) => !reported.has(id));
}

function missing(place: ShardPlace, copy: ShardCopy, detail: string): ShardFailedItem {
  return {
    indexName: place.index.name,
    indexUuid: place.index.uuid,
    shard: place.shard.number,
    allocationId: copy.allocationId,
    reason: "copy_missing",
    detail,
  };
}

function peerOf(state: ClusterState, shard: ShardRecord, copy: ShardCopy): Peer | undefined {
  const node = state.nodes.get(copy.nodeId);
  if (node === undefined) return undefined;
  return {
    nodeId: node.nodeId,
    address: addressOf(node),
    allocationId: copy.allocationId,
    inSync: shard.inSync.includes(copy.allocationId),
  };
}

/** host:port of a node, with brackets around an IPv6 host. */
export function addressOf(node: Pick<NodeRecord, "bindAddr" | "grpcPort">): string {
  const host = node.bindAddr.includes(":") ? `[${node.bindAddr}]` : node.bindAddr;
  return `${host}:${String(node.grpcPort)}`;
}

/** Whether an id that a node reports, empty when it knows none, agrees with the state's. */
function fits(reported: string, known: string): boolean {
  return reported === "" || reported === known;
}
