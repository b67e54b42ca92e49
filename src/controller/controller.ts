/**
 * The leader's hand on the data nodes, as the rest of the process sees it. It follows the port's
 * leadership: while this member leads and its epoch has begun, one session runs; otherwise nothing
 * does. What is known of nodes lives in that session and goes with it.
 */
import type { LeaderView } from "../controlplane/port.js";
import type { ReportedStats, ShardFigures } from "./data-node.js";
import type { ControllerDeps, ControllerOptions } from "./deps.js";
import { LeaderSession, type SessionStats } from "./leader-session.js";
import { limits } from "./limits.js";
import { addressOf } from "./shard-reconciler.js";

/** Numbers for metrics. */
export interface ControllerStats {
  /** Epoch of the running session; 0 while this member does not lead. */
  readonly epoch: number;
  readonly session: SessionStats | undefined;
}

/** See the file comment. */
export interface Controller {
  /** A registered node said that it is alive; of use on the leader only. */
  heartbeat(nodeId: string, stats: ReportedStats): void;
  /** When the node was last heard of, by the wall clock; undefined = not known here. */
  lastSeenMs(nodeId: string): number | undefined;
  /** What the node last said about itself; undefined = not known here. */
  nodeStats(nodeId: string): ReportedStats | undefined;
  /** What the primaries of all shards last reported; nothing while this member does not lead. */
  shardFigures(): Iterable<ShardFigures>;
  /**
   * Whether `nodeId` may register from this address: not while the address it is known by is
   * another one and still answers as this node. Works on every member.
   */
  mayRegister(
    nodeId: string,
    address: { readonly host: string; readonly port: number },
  ): Promise<boolean>;
  stats(): ControllerStats;
  /** Stops following and driving at once. */
  close(): void;
}

/** Starts following the port's leadership. */
export function createController(options: ControllerOptions, deps: ControllerDeps): Controller {
  let session: LeaderSession | undefined;
  let closed = false;
  const start = (epoch: number): void => {
    session = new LeaderSession(epoch, options, deps, () => {
      session = undefined;
      follow(deps.controlPlane.leader());
    });
  };
  const follow = (leader: LeaderView): void => {
    if (closed || (leader.isSelf && session?.epoch === leader.epoch)) return;
    session?.close();
    session = undefined;
    if (leader.isSelf) start(leader.epoch);
  };
  const subscription = deps.controlPlane.onLeaderChange(follow);
  follow(deps.controlPlane.leader());
  return {
    heartbeat: (nodeId, stats) => session?.heartbeat(nodeId, stats),
    lastSeenMs: (nodeId) => session?.lastSeenMs(nodeId),
    nodeStats: (nodeId) => session?.nodeStats(nodeId),
    shardFigures: () => session?.shardFigures() ?? [],
    mayRegister: (nodeId, address) => mayRegister(deps, nodeId, address),
    stats: () => ({ epoch: session?.epoch ?? 0, session: session?.stats() }),
    close: () => {
      closed = true;
      subscription.close();
      session?.close();
      session = undefined;
    },
  };
}

async function mayRegister(
  deps: ControllerDeps,
  nodeId: string,
  address: { readonly host: string; readonly port: number },
): Promise<boolean> {
  const known = deps.controlPlane.local().state.nodes.get(nodeId);
  if (known === undefined) return true;
  const isSame = known.bindAddr === address.host && known.grpcPort === address.port;
  if (isSame) return true;
  const client = deps.dialDataNode(addressOf(known));
  const signal = new AbortController().signal;
  const deadlineMs = limits.addressCheckMs;
  try {
    const answer = await client.getNodeStats({ includeShards: false }, { deadlineMs, signal });
    return !answer.ok || answer.value.nodeId !== nodeId;
  } finally {
    client.close();
  }
}
