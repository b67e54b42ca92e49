/** RegisterNode, UnregisterNode and NodeHeartbeat. */
import { MasterError } from "../../base/errors.js";
import type { NodeRegister } from "../../state/commands.js";
import type { NodeHeartbeatRequest__Output } from "../../wire/gen/quidditch/master/NodeHeartbeatRequest.js";
import type { NodeHeartbeatResponse } from "../../wire/gen/quidditch/master/NodeHeartbeatResponse.js";
import type { RegisterNodeRequest__Output } from "../../wire/gen/quidditch/master/RegisterNodeRequest.js";
import type { RegisterNodeResponse } from "../../wire/gen/quidditch/master/RegisterNodeResponse.js";
import type { UnregisterNodeRequest__Output } from "../../wire/gen/quidditch/master/UnregisterNodeRequest.js";
import type { UnregisterNodeResponse } from "../../wire/gen/quidditch/master/UnregisterNodeResponse.js";
import { heartbeatForwardMs, registerRetryMs } from "../limits.js";
import type { Answer, CallContext } from "./call.js";
import type { HeartbeatForwarder } from "./heartbeat-forwarder.js";
import { forwardedMarker } from "./heartbeat-forwarder.js";
import type { WriteDeps } from "./index-writes.js";
import { writeOptions } from "./index-writes.js";
import { resolveNodeHost } from "./node-address.js";
import {
  requireCount,
  requireText,
  requireValid,
  toAttributes,
  toCapabilities,
  toNodeType,
  toStats,
} from "./requests.js";
import type { Committed } from "./writes.js";

/** What the methods about nodes work with. */
export interface NodeDeps extends WriteDeps {
  readonly forwarder: Pick<HeartbeatForwarder, "forward">;
  /** The host that others reach this member by. */
  readonly advertiseHost: string;
}

/** Registers a node, and waits for a leader as long as the caller does. */
export async function registerNode(
  request: RegisterNodeRequest__Output,
  context: CallContext,
  deps: NodeDeps,
): Promise<Answer<RegisterNodeResponse>> {
  const command = toRegister(request, context, deps);
  requireValid(command);
  const address = { host: command.bindAddr, port: command.grpcPort };
  if (!(await deps.nodeReports.mayRegister(command.nodeId, address))) {
    throw new MasterError(
      "wrong_state",
      `node [${command.nodeId}] still answers at its registered address; stop it first, ` +
        "or give this node an id of its own",
      { nodeId: command.nodeId },
    );
  }
  const { version } = await registerPatiently(command, context, deps);
  const { state, leader } = deps.controlPlane.local();
  return {
    message: {
      acknowledged: true,
      cluster_version: version,
      cluster_uuid: state.clusterUuid,
      epoch: leader.epoch,
    },
  };
}

/** Removes a node; one that is not there has gone already. */
export async function unregisterNode(
  request: UnregisterNodeRequest__Output,
  context: CallContext,
  deps: NodeDeps,
): Promise<Answer<UnregisterNodeResponse>> {
  const nodeId = requireText(request.node_id, "node_id");
  await deps.writer.write({ kind: "node.unregister", nodeId }, writeOptions(context));
  return { message: { acknowledged: true } };
}

/** Takes a sign of life to where liveness is kept; the state does not change. */
export async function nodeHeartbeat(
  request: NodeHeartbeatRequest__Output,
  context: CallContext,
  deps: NodeDeps,
): Promise<Answer<NodeHeartbeatResponse>> {
  const nodeId = requireText(request.node_id, "node_id");
  const leader = deps.controlPlane.leader();
  if (!leader.isSelf && context.metadata.get(forwardedMarker).length === 0) {
    deps.forwarder.forward(request, leader.grpcAddress);
  }
  const state = await stateWith(nodeId, context, deps);
  const registered = state.nodes.has(nodeId);
  if (registered && deps.controlPlane.leader().isSelf) {
    deps.nodeReports.heartbeat(nodeId, toStats(request.stats));
  }
  return {
    message: {
      acknowledged: registered,
      cluster_version: state.version,
      cluster_uuid: state.clusterUuid,
    },
  };
}

function toRegister(
  request: RegisterNodeRequest__Output,
  context: CallContext,
  deps: NodeDeps,
): NodeRegister {
  return {
    kind: "node.register",
    nodeId: requireText(request.node_id, "node_id"),
    nodeType: toNodeType(request.node_type),
    bindAddr: resolveNodeHost({
      claimed: request.bind_addr,
      peerHost: context.peerHost,
      advertiseHost: deps.advertiseHost,
    }),
    grpcPort: requireCount(request.grpc_port, "grpc_port"),
    attributes: toAttributes(request.attributes),
    capabilities: toCapabilities(request.capabilities),
  };
}

/**
 * An old data node tries to register only once, so nothing that may pass ends the call. Repeating
 * one whose outcome is unknown is harmless: it registers the same process again.
 */
async function registerPatiently(
  command: NodeRegister,
  context: CallContext,
  deps: NodeDeps,
): Promise<Committed> {
  for (;;) {
    const budgetMs = context.patienceMs();
    try {
      const { origin, signal } = context;
      return await deps.writer.write(command, { origin, budgetMs, signal });
    } catch (thrown) {
      const lateForMore = (context.patienceMs() ?? Infinity) <= registerRetryMs;
      if (lateForMore || !isPassing(thrown)) throw thrown;
    }
    await new Promise<void>((resolve) => {
      deps.clock.after(registerRetryMs, resolve);
    });
    if (context.signal.aborted) throw new MasterError("cancelled", "the caller has gone");
  }
}

function isPassing(thrown: unknown): boolean {
  return (
    thrown instanceof MasterError &&
    (thrown.code === "leader_lost" || thrown.code === "no_leader" || thrown.code === "overloaded")
  );
}

/** A node that this member does not know may have registered through another one just now. */
async function stateWith(
  nodeId: string,
  context: CallContext,
  deps: NodeDeps,
): Promise<{
  readonly version: number;
  readonly clusterUuid: string;
  readonly nodes: { has(id: string): boolean };
}> {
  const local = deps.controlPlane.local().state;
  if (local.nodes.has(nodeId)) return local;
  const budgetMs = Math.min(heartbeatForwardMs, context.remainingMs());
  try {
    const { signal } = context;
    return (await deps.controlPlane.read("linearizable", { budgetMs, signal })).state;
  } catch (thrown) {
    if (thrown instanceof MasterError) return local;
    throw thrown;
  }
}
