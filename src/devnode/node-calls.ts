/**
 * The calls that a data node answers, as plain functions from request to response: grpc-service.ts
 * puts them behind a server, a simulated network calls them as they are. What a function throws
 * becomes a status (see call-error.ts).
 */
import type { CreateShardRequest__Output } from "../wire/gen/quidditch/data/CreateShardRequest.js";
import type { CreateShardResponse } from "../wire/gen/quidditch/data/CreateShardResponse.js";
import type { DataNodeStats } from "../wire/gen/quidditch/data/DataNodeStats.js";
import type { DeleteShardRequest__Output } from "../wire/gen/quidditch/data/DeleteShardRequest.js";
import type { DeleteShardResponse } from "../wire/gen/quidditch/data/DeleteShardResponse.js";
import type { FlushShardRequest__Output } from "../wire/gen/quidditch/data/FlushShardRequest.js";
import type { FlushShardResponse } from "../wire/gen/quidditch/data/FlushShardResponse.js";
import type { GetNodeStatsRequest__Output } from "../wire/gen/quidditch/data/GetNodeStatsRequest.js";
import type { GetShardInfoRequest__Output } from "../wire/gen/quidditch/data/GetShardInfoRequest.js";
import type { GetShardStatsRequest__Output } from "../wire/gen/quidditch/data/GetShardStatsRequest.js";
import type { RefreshShardRequest__Output } from "../wire/gen/quidditch/data/RefreshShardRequest.js";
import type { RefreshShardResponse } from "../wire/gen/quidditch/data/RefreshShardResponse.js";
import type { ShardInfo } from "../wire/gen/quidditch/data/ShardInfo.js";
import type { ShardStats } from "../wire/gen/quidditch/data/ShardStats.js";
import type { UpdateShardRequest__Output } from "../wire/gen/quidditch/data/UpdateShardRequest.js";
import type { UpdateShardResponse } from "../wire/gen/quidditch/data/UpdateShardResponse.js";
import type { GetDocumentRequest__Output } from "../wire/gen/quidditch/devnode/GetDocumentRequest.js";
import type { GetDocumentResponse } from "../wire/gen/quidditch/devnode/GetDocumentResponse.js";
import type { ListDocumentsRequest__Output } from "../wire/gen/quidditch/devnode/ListDocumentsRequest.js";
import type { ListDocumentsResponse } from "../wire/gen/quidditch/devnode/ListDocumentsResponse.js";
import type { PutDocumentRequest__Output } from "../wire/gen/quidditch/devnode/PutDocumentRequest.js";
import type { PutDocumentResponse } from "../wire/gen/quidditch/devnode/PutDocumentResponse.js";
import type { RecoverChunk } from "../wire/gen/quidditch/devnode/RecoverChunk.js";
import type { RecoverRequest__Output } from "../wire/gen/quidditch/devnode/RecoverRequest.js";
import type { ReplicateDocumentRequest__Output } from "../wire/gen/quidditch/devnode/ReplicateDocumentRequest.js";
import type { ReplicateDocumentResponse } from "../wire/gen/quidditch/devnode/ReplicateDocumentResponse.js";

/** A unary call. */
export type UnaryCall<Req, Res> = (request: Req) => Res | Promise<Res>;

/** A call that is answered with a stream; whoever reads it ends it by reading no more. */
export type StreamCall<Req, Res> = (request: Req) => Iterable<Res>;

/** DataService. */
export interface DataCalls {
  readonly CreateShard: UnaryCall<CreateShardRequest__Output, CreateShardResponse>;
  readonly UpdateShard: UnaryCall<UpdateShardRequest__Output, UpdateShardResponse>;
  readonly DeleteShard: UnaryCall<DeleteShardRequest__Output, DeleteShardResponse>;
  readonly GetShardInfo: UnaryCall<GetShardInfoRequest__Output, ShardInfo>;
  readonly GetShardStats: UnaryCall<GetShardStatsRequest__Output, ShardStats>;
  readonly RefreshShard: UnaryCall<RefreshShardRequest__Output, RefreshShardResponse>;
  readonly FlushShard: UnaryCall<FlushShardRequest__Output, FlushShardResponse>;
  readonly GetNodeStats: UnaryCall<GetNodeStatsRequest__Output, DataNodeStats>;
}

/** DocumentService. */
export interface DocumentCalls {
  readonly PutDocument: UnaryCall<PutDocumentRequest__Output, PutDocumentResponse>;
  readonly GetDocument: UnaryCall<GetDocumentRequest__Output, GetDocumentResponse>;
  readonly ListDocuments: UnaryCall<ListDocumentsRequest__Output, ListDocumentsResponse>;
  readonly ReplicateDocument: UnaryCall<
    ReplicateDocumentRequest__Output,
    ReplicateDocumentResponse
  >;
  readonly Recover: StreamCall<RecoverRequest__Output, RecoverChunk>;
}
