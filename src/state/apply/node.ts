/**
 * Commands about nodes: registration, good-bye, the leader's verdicts, and what nodes hold without
 * reason. Whether an address may be taken over, and when a node counts as lost, is decided before.
 */
import { sortedStrings } from "../../base/sorted.js";
import type {
  CommandResult,
  NodeDangling,
  NodeRegister,
  NodeUnregister,
  NodeVerdict,
} from "../commands.js";
import { limits } from "../limits.js";
import type { Capability, ClusterState, DanglingShard, ShardCopy } from "../model.js";
import { done, epochMismatch, nodeNotFound, rejected, rejection } from "../rejection.js";
import type { Draft } from "./draft.js";
import { sortedRecord } from "./patch.js";
import { loseCopy } from "./shard-edit.js";
import { staleEpoch } from "./shard-lookup.js";

/**
 * Adds a node, or takes a new registration of a known one. Each registration is a process start,
 * so the incarnation grows even when nothing else differs. Copies stay as they are: reports will
 * say what the process holds.
 */
export function applyNodeRegister(draft: Draft, command: NodeRegister): CommandResult {
  const known = draft.node(command.nodeId);
  if (known === undefined && draft.before.nodes.size >= limits.nodesCountMax) {
    return rejected(
      rejection(
        "limit_exceeded",
        `the cluster has ${String(limits.nodesCountMax)} nodes; unregister one first`,
        { limit: limits.nodesCountMax },
      ),
    );
  }
  const { labels } = command.attributes;
  draft.setNode(command.nodeId, {
    nodeId: command.nodeId,
    nodeType: command.nodeType,
    bindAddr: command.bindAddr,
    grpcPort: command.grpcPort,
    attributes: { ...command.attributes, labels: sortedRecord(Object.entries(labels)) },
    capabilities: sortedStrings(new Set(command.capabilities)) as Capability[],
    status: "healthy",
    statusReason: "",
    incarnation: (known?.incarnation ?? 0) + 1,
    joinedAtMs: known?.joinedAtMs ?? draft.context.nowMs,
    dangling: known?.dangling ?? [],
  });
  return done();
}

/** Removes a node; an unknown one has gone already. */
export function applyNodeUnregister(draft: Draft, command: NodeUnregister): CommandResult {
  if (draft.node(command.nodeId) === undefined) return done();
  draft.setNode(command.nodeId, undefined);
  loseNode(draft, command.nodeId, "the node unregistered");
  return done();
}

/** Sets a node's status; OFFLINE takes its copies away in the same entry. */
export function applyNodeVerdict(draft: Draft, command: NodeVerdict): CommandResult {
  const { epoch } = draft.context;
  if (command.epoch !== epoch) return rejected(epochMismatch(command.epoch, epoch));
  const node = draft.node(command.nodeId);
  if (node === undefined) return rejected(nodeNotFound(command.nodeId));
  if (node.incarnation !== command.incarnation) {
    return rejected(
      rejection(
        "wrong_state",
        `node [${command.nodeId}] has registered again since it was judged; judge it anew`,
        { nodeId: command.nodeId, currentIncarnation: node.incarnation },
      ),
    );
  }
  const statusReason = command.reason.slice(0, limits.detailLengthMax);
  if (node.status === command.status && node.statusReason === statusReason) return done();
  draft.setNode(command.nodeId, { ...node, status: command.status, statusReason });
  if (command.status === "offline" && node.status !== "offline") {
    loseNode(draft, command.nodeId, statusReason);
  }
  return done();
}

/** Replaces a node's list of dangling shards, sorted and cut at its bound. */
export function applyNodeDangling(draft: Draft, command: NodeDangling): CommandResult {
  const stale = staleEpoch(draft, command.epoch);
  if (stale !== undefined) return rejected(stale);
  const node = draft.node(command.nodeId);
  if (node === undefined) return rejected(nodeNotFound(command.nodeId));
  const dangling = sortedDangling(command.dangling);
  if (sameDangling(node.dangling, dangling)) return done();
  draft.setNode(command.nodeId, { ...node, dangling });
  return done();
}

/** The order of dangling shards: index name, uuid, shard. */
export function compareDangling(a: DanglingShard, b: DanglingShard): number {
  if (a.indexName !== b.indexName) return a.indexName < b.indexName ? -1 : 1;
  if (a.indexUuid !== b.indexUuid) return a.indexUuid < b.indexUuid ? -1 : 1;
  return a.shard - b.shard;
}

function sortedDangling(list: readonly DanglingShard[]): readonly DanglingShard[] {
  const sorted = [...list].sort(compareDangling);
  const unique = sorted.filter((item, at) => {
    const previous = sorted[at - 1];
    return previous === undefined || compareDangling(previous, item) !== 0;
  });
  return unique.slice(0, limits.danglingShardsPerNodeMax);
}

function sameDangling(a: readonly DanglingShard[], b: readonly DanglingShard[]): boolean {
  return (
    a.length === b.length &&
    a.every((item, at) => {
      const other = b[at];
      return other !== undefined && compareDangling(item, other) === 0;
    })
  );
}

/** Every copy on the node becomes unassigned, with its node and allocation id kept. */
function loseNode(draft: Draft, nodeId: string, detail: string): void {
  const loss = { reason: "node_left", nowMs: draft.context.nowMs, detail } as const;
  for (const name of indexNamesOnNode(draft.before, nodeId)) {
    for (const shard of draft.before.indices.get(name)?.shards ?? []) {
      const copy = shard.copies.find(
        (candidate) => candidate.state !== "UNASSIGNED" && candidate.nodeId === nodeId,
      );
      if (copy !== undefined) draft.setShard(name, loseCopy(shard, copy, loss));
    }
  }
}

/** Sorted names of the indices with a copy on the node. Looks at every copy of the cluster. */
function indexNamesOnNode(state: ClusterState, nodeId: string): string[] {
  const isOnNode = (copy: ShardCopy): boolean =>
    copy.nodeId === nodeId && copy.state !== "UNASSIGNED";
  const names: string[] = [];
  for (const [name, index] of state.indices.entries()) {
    if (index.shards.some((shard) => shard.copies.some(isOnNode))) names.push(name);
  }
  return sortedStrings(names);
}
