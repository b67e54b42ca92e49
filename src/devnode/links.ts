/**
 * The calls that a node makes to masters and to other nodes, as ports: grpc-links.ts fills them
 * for a process, a simulated network in tests. A failed call throws an error with a gRPC status
 * (see call-error.ts). Which master is asked, and whether to repeat, is the callers'.
 */
import type { RecoverChunk__Output } from "../wire/gen/quidditch/devnode/RecoverChunk.js";
import type { RecoverRequest } from "../wire/gen/quidditch/devnode/RecoverRequest.js";
import type { ReplicateDocumentRequest } from "../wire/gen/quidditch/devnode/ReplicateDocumentRequest.js";
import type { ReplicateDocumentResponse__Output } from "../wire/gen/quidditch/devnode/ReplicateDocumentResponse.js";
import type { NodeHeartbeatRequest } from "../wire/gen/quidditch/master/NodeHeartbeatRequest.js";
import type { NodeHeartbeatResponse__Output } from "../wire/gen/quidditch/master/NodeHeartbeatResponse.js";
import type { RegisterNodeRequest } from "../wire/gen/quidditch/master/RegisterNodeRequest.js";
import type { RegisterNodeResponse__Output } from "../wire/gen/quidditch/master/RegisterNodeResponse.js";
import type { ReportShardFailedRequest } from "../wire/gen/quidditch/master/ReportShardFailedRequest.js";
import type { ReportShardFailedResponse__Output } from "../wire/gen/quidditch/master/ReportShardFailedResponse.js";
import type { ReportShardStartedRequest } from "../wire/gen/quidditch/master/ReportShardStartedRequest.js";
import type { ReportShardStartedResponse__Output } from "../wire/gen/quidditch/master/ReportShardStartedResponse.js";
import type { UnregisterNodeRequest } from "../wire/gen/quidditch/master/UnregisterNodeRequest.js";
import type { UnregisterNodeResponse__Output } from "../wire/gen/quidditch/master/UnregisterNodeResponse.js";

/** When a call ends without an answer. */
export interface CallLimits {
  /** Infinity = never. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

interface Exchange<Req, Res> {
  readonly request: Req;
  readonly response: Res;
}

/** The methods of MasterService that a data node calls. */
export interface MasterCalls {
  readonly RegisterNode: Exchange<RegisterNodeRequest, RegisterNodeResponse__Output>;
  readonly UnregisterNode: Exchange<UnregisterNodeRequest, UnregisterNodeResponse__Output>;
  readonly NodeHeartbeat: Exchange<NodeHeartbeatRequest, NodeHeartbeatResponse__Output>;
  readonly ReportShardStarted: Exchange<
    ReportShardStartedRequest,
    ReportShardStartedResponse__Output
  >;
  readonly ReportShardFailed: Exchange<ReportShardFailedRequest, ReportShardFailedResponse__Output>;
}

/** A connection to one master, which opens, and opens again, by itself. */
export interface MasterLink {
  call<M extends keyof MasterCalls>(
    method: M,
    request: MasterCalls[M]["request"],
    limits: CallLimits,
  ): Promise<MasterCalls[M]["response"]>;
  close(): void;
}

/** Connections to other data nodes by their `host:port`. */
export interface PeerLinks {
  replicate(
    address: string,
    request: ReplicateDocumentRequest,
    limits: CallLimits,
  ): Promise<ReplicateDocumentResponse__Output>;
  /** Everything that the primary at `address` has; ends, with a failure, when the signal does. */
  recover(
    address: string,
    request: RecoverRequest,
    signal: AbortSignal,
  ): AsyncIterable<RecoverChunk__Output>;
  close(): void;
}
