/**
 * From an applied version to the events of WatchClusterState, as ready bytes: at most one event of
 * each type, cut below `eventBytesTarget`, the last one marked. All watchers share them. A version
 * with nothing to see is a bookmark, so that watchers know how far they are.
 */
import type { Change, StateDelta } from "../../state/changes.js";
import type { ClusterState, IndexRecord, NodeRecord, ShardRecord } from "../../state/model.js";
import { isActive, isRelocationTarget } from "../../state/model.js";
import type { ClusterStateChange } from "../../wire/gen/quidditch/master/ClusterStateChange.js";
import type { _quidditch_master_ClusterStateEvent_EventType__Output as EventType } from "../../wire/gen/quidditch/master/ClusterStateEvent.js";
import { messages } from "../../wire/load.js";
import { eventBytesTarget } from "../limits.js";
import { toIndexMetadata, toIndexRouting, toNodeInfo, toShardRouting } from "./convert.js";

/** What a change shows to a watcher: pieces of one ClusterStateChange. */
interface Seen {
  readonly type: EventType;
  readonly piece: Buffer;
}

/** How far the encoding of a version is; shared by all watchers that wait for it. */
interface Progress {
  readonly before: ClusterState;
  changesDone: number;
  readonly groups: Map<EventType, Buffer[]>;
  events: readonly Buffer[] | undefined;
}

const progressOf = new WeakMap<ClusterState, Progress>();

/**
 * The events of one version, at least one, or undefined when `isDue` said that this turn is over:
 * then the next call goes on. Remembered as long as the version is.
 */
export function eventsOf(delta: StateDelta, isDue: () => boolean): readonly Buffer[] | undefined {
  let progress = progressOf.get(delta.after);
  if (progress?.before !== delta.before) {
    progress = { before: delta.before, changesDone: 0, groups: new Map(), events: undefined };
    progressOf.set(delta.after, progress);
  }
  if (progress.events !== undefined) return progress.events;
  for (const change of delta.changes.slice(progress.changesDone)) {
    if (isDue()) return undefined;
    addChange(progress.groups, change, delta.after);
    progress.changesDone += 1;
  }
  progress.events = encodeGroups(progress.groups, delta.after.version);
  progress.groups.clear();
  return progress.events;
}

/**
 * The events of a snapshot, made one by one as the watcher takes them: cluster and settings first,
 * then nodes, then indices.
 */
export function* snapshotEvents(state: ClusterState): Generator<Buffer, undefined> {
  const version = state.version;
  let pieces: Buffer[] = [encodeChange(clusterChange(state))];
  let bytes = pieces[0]?.length ?? 0;
  for (const piece of snapshotPieces(state)) {
    if (bytes > 0 && bytes + piece.length > eventBytesTarget) {
      yield encodeEvent({ version, type: "EVENT_TYPE_SNAPSHOT", pieces, last: false });
      pieces = [];
      bytes = 0;
    }
    pieces.push(piece);
    bytes += piece.length;
  }
  yield encodeEvent({ version, type: "EVENT_TYPE_SNAPSHOT", pieces, last: true });
  return undefined;
}

function* snapshotPieces(state: ClusterState): Generator<Buffer, undefined> {
  for (const node of state.nodes.sortedValues()) yield nodePiece(node);
  for (const name of state.indices.sortedKeys()) {
    const record = state.indices.get(name);
    if (record === undefined) continue;
    yield metadataPiece(record);
    yield routingPiece(record);
  }
  return undefined;
}

function addChange(groups: Map<EventType, Buffer[]>, change: Change, after: ClusterState): void {
  for (const { type, piece } of seenOf(change, after)) {
    const group = groups.get(type);
    if (group === undefined) groups.set(type, [piece]);
    else group.push(piece);
  }
}

function encodeGroups(
  groups: ReadonlyMap<EventType, readonly Buffer[]>,
  version: number,
): readonly Buffer[] {
  const parts: { type: EventType; pieces: Buffer[] }[] = [];
  for (const [type, pieces] of groups) {
    for (const cut of cutToSize(pieces)) parts.push({ type, pieces: cut });
  }
  if (parts.length === 0) parts.push({ type: "EVENT_TYPE_BOOKMARK", pieces: [] });
  return parts.map((part, at) => encodeEvent({ version, ...part, last: at === parts.length - 1 }));
}

function seenOf(change: Change, after: ClusterState): Seen[] {
  switch (change.kind) {
    case "cluster":
      return [{ type: "EVENT_TYPE_SETTINGS_UPDATED", piece: encodeChange(clusterChange(after)) }];
    case "settings": {
      const piece = encodeChange({ settings: after.settings, has_settings: true });
      return [{ type: "EVENT_TYPE_SETTINGS_UPDATED", piece }];
    }
    case "node":
      return [seenOfNode(change)];
    case "index":
      return seenOfIndex(change);
    case "shard":
      return change.after === undefined ? [] : [seenOfShard({ ...change, after: change.after })];
    case "tombstone":
      return [];
  }
}

function seenOfNode(change: Extract<Change, { kind: "node" }>): Seen {
  const { before, after, nodeId } = change;
  if (after === undefined) {
    return { type: "EVENT_TYPE_NODE_LEFT", piece: encodeChange({ left_nodes: [nodeId] }) };
  }
  const type = before === undefined ? "EVENT_TYPE_NODE_JOINED" : "EVENT_TYPE_NODE_UPDATED";
  return { type, piece: nodePiece(after) };
}

function seenOfIndex(change: Extract<Change, { kind: "index" }>): Seen[] {
  const { before, after, name } = change;
  if (after === undefined) {
    return [{ type: "EVENT_TYPE_INDEX_DELETED", piece: encodeChange({ deleted_indices: [name] }) }];
  }
  const seen: Seen[] = [];
  const isNew = before?.uuid !== after.uuid;
  const type = isNew ? "EVENT_TYPE_INDEX_CREATED" : "EVENT_TYPE_INDEX_UPDATED";
  seen.push({ type, piece: metadataPiece(after) });
  if (isNew) seen.push({ type, piece: routingPiece(after) });
  return seen;
}

function seenOfShard(change: {
  readonly indexName: string;
  readonly indexUuid: string;
  readonly before: ShardRecord | undefined;
  readonly after: ShardRecord;
}): Seen {
  const piece = encodeChange({
    shards: [
      {
        index_name: change.indexName,
        index_uuid: change.indexUuid,
        routing: toShardRouting(change.after),
      },
    ],
  });
  return { type: shardEventType(change.before, change.after), piece };
}

/**
 * Relocated: a move began, ended or was given up. Allocated: a copy was put on a node, or became
 * usable there. Everything else about a shard is an update.
 */
function shardEventType(before: ShardRecord | undefined, after: ShardRecord): EventType {
  if (before === undefined) return "EVENT_TYPE_SHARD_ALLOCATED";
  if (movesOf(before) !== movesOf(after)) return "EVENT_TYPE_SHARD_RELOCATED";
  const grown = after.copies.some((copy) => {
    const old = before.copies.find((other) => other.slot === copy.slot);
    const wasOn = old !== undefined && old.state !== "UNASSIGNED";
    const assigned = copy.state !== "UNASSIGNED" && !wasOn;
    const started = isActive(copy) && (old === undefined || !isActive(old));
    return assigned || started;
  });
  return grown ? "EVENT_TYPE_SHARD_ALLOCATED" : "EVENT_TYPE_SHARD_UPDATED";
}

/** The targets of moves under way, as text to compare. */
function movesOf(shard: ShardRecord): string {
  return shard.copies
    .filter(isRelocationTarget)
    .map((copy) => `${String(copy.slot)} ${copy.allocationId}`)
    .join(",");
}

function clusterChange(state: ClusterState): ClusterStateChange {
  return {
    cluster_uuid: state.clusterUuid,
    cluster_name: state.clusterName,
    settings: state.settings,
    has_settings: true,
  };
}

function nodePiece(node: NodeRecord): Buffer {
  return encodeChange({ nodes: [toNodeInfo(node, undefined)] });
}

/** Mappings so large that they alone fill an event are left out: GetIndexMetadata has them. */
function metadataPiece(record: IndexRecord): Buffer {
  const piece = encodeChange({ indices: [toIndexMetadata(record, true)] });
  if (piece.length <= eventBytesTarget) return piece;
  return encodeChange({ indices: [toIndexMetadata(record, false)] });
}

function routingPiece(record: IndexRecord): Buffer {
  return encodeChange({ routing: [toIndexRouting(record)] });
}

function cutToSize(pieces: readonly Buffer[]): Buffer[][] {
  const cuts: Buffer[][] = [];
  let bytes = 0;
  for (const piece of pieces) {
    const open = cuts.at(-1);
    if (open === undefined || bytes + piece.length > eventBytesTarget) {
      cuts.push([piece]);
      bytes = piece.length;
    } else {
      open.push(piece);
      bytes += piece.length;
    }
  }
  return cuts;
}

/** Pieces are messages of one type: put behind each other they are their union. */
function encodeChange(change: ClusterStateChange): Buffer {
  return messages.ClusterStateChange.serialize(change);
}

function encodeEvent(event: {
  readonly version: number;
  readonly type: EventType;
  readonly pieces: readonly Buffer[];
  readonly last: boolean;
}): Buffer {
  return messages.ClusterStateEvent.serialize({
    version: event.version,
    type: event.type,
    payload: Buffer.concat(event.pieces),
    ...(event.last ? { last_of_version: true } : {}),
  });
}
