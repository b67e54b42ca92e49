// Original file: proto/master.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AllocateShardRequest as _quidditch_master_AllocateShardRequest, AllocateShardRequest__Output as _quidditch_master_AllocateShardRequest__Output } from '../../quidditch/master/AllocateShardRequest.js';
import type { AllocateShardResponse as _quidditch_master_AllocateShardResponse, AllocateShardResponse__Output as _quidditch_master_AllocateShardResponse__Output } from '../../quidditch/master/AllocateShardResponse.js';
import type { ClusterStateEvent as _quidditch_master_ClusterStateEvent, ClusterStateEvent__Output as _quidditch_master_ClusterStateEvent__Output } from '../../quidditch/master/ClusterStateEvent.js';
import type { ClusterStateResponse as _quidditch_master_ClusterStateResponse, ClusterStateResponse__Output as _quidditch_master_ClusterStateResponse__Output } from '../../quidditch/master/ClusterStateResponse.js';
import type { CreateIndexRequest as _quidditch_master_CreateIndexRequest, CreateIndexRequest__Output as _quidditch_master_CreateIndexRequest__Output } from '../../quidditch/master/CreateIndexRequest.js';
import type { CreateIndexResponse as _quidditch_master_CreateIndexResponse, CreateIndexResponse__Output as _quidditch_master_CreateIndexResponse__Output } from '../../quidditch/master/CreateIndexResponse.js';
import type { DeleteIndexRequest as _quidditch_master_DeleteIndexRequest, DeleteIndexRequest__Output as _quidditch_master_DeleteIndexRequest__Output } from '../../quidditch/master/DeleteIndexRequest.js';
import type { DeleteIndexResponse as _quidditch_master_DeleteIndexResponse, DeleteIndexResponse__Output as _quidditch_master_DeleteIndexResponse__Output } from '../../quidditch/master/DeleteIndexResponse.js';
import type { GetClusterStateRequest as _quidditch_master_GetClusterStateRequest, GetClusterStateRequest__Output as _quidditch_master_GetClusterStateRequest__Output } from '../../quidditch/master/GetClusterStateRequest.js';
import type { GetIndexMetadataRequest as _quidditch_master_GetIndexMetadataRequest, GetIndexMetadataRequest__Output as _quidditch_master_GetIndexMetadataRequest__Output } from '../../quidditch/master/GetIndexMetadataRequest.js';
import type { IndexMetadataResponse as _quidditch_master_IndexMetadataResponse, IndexMetadataResponse__Output as _quidditch_master_IndexMetadataResponse__Output } from '../../quidditch/master/IndexMetadataResponse.js';
import type { NodeHeartbeatRequest as _quidditch_master_NodeHeartbeatRequest, NodeHeartbeatRequest__Output as _quidditch_master_NodeHeartbeatRequest__Output } from '../../quidditch/master/NodeHeartbeatRequest.js';
import type { NodeHeartbeatResponse as _quidditch_master_NodeHeartbeatResponse, NodeHeartbeatResponse__Output as _quidditch_master_NodeHeartbeatResponse__Output } from '../../quidditch/master/NodeHeartbeatResponse.js';
import type { RebalanceShardsRequest as _quidditch_master_RebalanceShardsRequest, RebalanceShardsRequest__Output as _quidditch_master_RebalanceShardsRequest__Output } from '../../quidditch/master/RebalanceShardsRequest.js';
import type { RebalanceShardsResponse as _quidditch_master_RebalanceShardsResponse, RebalanceShardsResponse__Output as _quidditch_master_RebalanceShardsResponse__Output } from '../../quidditch/master/RebalanceShardsResponse.js';
import type { RegisterNodeRequest as _quidditch_master_RegisterNodeRequest, RegisterNodeRequest__Output as _quidditch_master_RegisterNodeRequest__Output } from '../../quidditch/master/RegisterNodeRequest.js';
import type { RegisterNodeResponse as _quidditch_master_RegisterNodeResponse, RegisterNodeResponse__Output as _quidditch_master_RegisterNodeResponse__Output } from '../../quidditch/master/RegisterNodeResponse.js';
import type { ReportShardFailedRequest as _quidditch_master_ReportShardFailedRequest, ReportShardFailedRequest__Output as _quidditch_master_ReportShardFailedRequest__Output } from '../../quidditch/master/ReportShardFailedRequest.js';
import type { ReportShardFailedResponse as _quidditch_master_ReportShardFailedResponse, ReportShardFailedResponse__Output as _quidditch_master_ReportShardFailedResponse__Output } from '../../quidditch/master/ReportShardFailedResponse.js';
import type { ReportShardStartedRequest as _quidditch_master_ReportShardStartedRequest, ReportShardStartedRequest__Output as _quidditch_master_ReportShardStartedRequest__Output } from '../../quidditch/master/ReportShardStartedRequest.js';
import type { ReportShardStartedResponse as _quidditch_master_ReportShardStartedResponse, ReportShardStartedResponse__Output as _quidditch_master_ReportShardStartedResponse__Output } from '../../quidditch/master/ReportShardStartedResponse.js';
import type { UnregisterNodeRequest as _quidditch_master_UnregisterNodeRequest, UnregisterNodeRequest__Output as _quidditch_master_UnregisterNodeRequest__Output } from '../../quidditch/master/UnregisterNodeRequest.js';
import type { UnregisterNodeResponse as _quidditch_master_UnregisterNodeResponse, UnregisterNodeResponse__Output as _quidditch_master_UnregisterNodeResponse__Output } from '../../quidditch/master/UnregisterNodeResponse.js';
import type { UpdateIndexSettingsRequest as _quidditch_master_UpdateIndexSettingsRequest, UpdateIndexSettingsRequest__Output as _quidditch_master_UpdateIndexSettingsRequest__Output } from '../../quidditch/master/UpdateIndexSettingsRequest.js';
import type { UpdateIndexSettingsResponse as _quidditch_master_UpdateIndexSettingsResponse, UpdateIndexSettingsResponse__Output as _quidditch_master_UpdateIndexSettingsResponse__Output } from '../../quidditch/master/UpdateIndexSettingsResponse.js';
import type { WatchClusterStateRequest as _quidditch_master_WatchClusterStateRequest, WatchClusterStateRequest__Output as _quidditch_master_WatchClusterStateRequest__Output } from '../../quidditch/master/WatchClusterStateRequest.js';

export interface MasterServiceClient extends grpc.Client {
  AllocateShard(argument: _quidditch_master_AllocateShardRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_AllocateShardResponse__Output>): grpc.ClientUnaryCall;
  AllocateShard(argument: _quidditch_master_AllocateShardRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_AllocateShardResponse__Output>): grpc.ClientUnaryCall;
  AllocateShard(argument: _quidditch_master_AllocateShardRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_AllocateShardResponse__Output>): grpc.ClientUnaryCall;
  AllocateShard(argument: _quidditch_master_AllocateShardRequest, callback: grpc.requestCallback<_quidditch_master_AllocateShardResponse__Output>): grpc.ClientUnaryCall;
  allocateShard(argument: _quidditch_master_AllocateShardRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_AllocateShardResponse__Output>): grpc.ClientUnaryCall;
  allocateShard(argument: _quidditch_master_AllocateShardRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_AllocateShardResponse__Output>): grpc.ClientUnaryCall;
  allocateShard(argument: _quidditch_master_AllocateShardRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_AllocateShardResponse__Output>): grpc.ClientUnaryCall;
  allocateShard(argument: _quidditch_master_AllocateShardRequest, callback: grpc.requestCallback<_quidditch_master_AllocateShardResponse__Output>): grpc.ClientUnaryCall;
  
  CreateIndex(argument: _quidditch_master_CreateIndexRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_CreateIndexResponse__Output>): grpc.ClientUnaryCall;
  CreateIndex(argument: _quidditch_master_CreateIndexRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_CreateIndexResponse__Output>): grpc.ClientUnaryCall;
  CreateIndex(argument: _quidditch_master_CreateIndexRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_CreateIndexResponse__Output>): grpc.ClientUnaryCall;
  CreateIndex(argument: _quidditch_master_CreateIndexRequest, callback: grpc.requestCallback<_quidditch_master_CreateIndexResponse__Output>): grpc.ClientUnaryCall;
  createIndex(argument: _quidditch_master_CreateIndexRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_CreateIndexResponse__Output>): grpc.ClientUnaryCall;
  createIndex(argument: _quidditch_master_CreateIndexRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_CreateIndexResponse__Output>): grpc.ClientUnaryCall;
  createIndex(argument: _quidditch_master_CreateIndexRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_CreateIndexResponse__Output>): grpc.ClientUnaryCall;
  createIndex(argument: _quidditch_master_CreateIndexRequest, callback: grpc.requestCallback<_quidditch_master_CreateIndexResponse__Output>): grpc.ClientUnaryCall;
  
  DeleteIndex(argument: _quidditch_master_DeleteIndexRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_DeleteIndexResponse__Output>): grpc.ClientUnaryCall;
  DeleteIndex(argument: _quidditch_master_DeleteIndexRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_DeleteIndexResponse__Output>): grpc.ClientUnaryCall;
  DeleteIndex(argument: _quidditch_master_DeleteIndexRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_DeleteIndexResponse__Output>): grpc.ClientUnaryCall;
  DeleteIndex(argument: _quidditch_master_DeleteIndexRequest, callback: grpc.requestCallback<_quidditch_master_DeleteIndexResponse__Output>): grpc.ClientUnaryCall;
  deleteIndex(argument: _quidditch_master_DeleteIndexRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_DeleteIndexResponse__Output>): grpc.ClientUnaryCall;
  deleteIndex(argument: _quidditch_master_DeleteIndexRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_DeleteIndexResponse__Output>): grpc.ClientUnaryCall;
  deleteIndex(argument: _quidditch_master_DeleteIndexRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_DeleteIndexResponse__Output>): grpc.ClientUnaryCall;
  deleteIndex(argument: _quidditch_master_DeleteIndexRequest, callback: grpc.requestCallback<_quidditch_master_DeleteIndexResponse__Output>): grpc.ClientUnaryCall;
  
  GetClusterState(argument: _quidditch_master_GetClusterStateRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_ClusterStateResponse__Output>): grpc.ClientUnaryCall;
  GetClusterState(argument: _quidditch_master_GetClusterStateRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_ClusterStateResponse__Output>): grpc.ClientUnaryCall;
  GetClusterState(argument: _quidditch_master_GetClusterStateRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_ClusterStateResponse__Output>): grpc.ClientUnaryCall;
  GetClusterState(argument: _quidditch_master_GetClusterStateRequest, callback: grpc.requestCallback<_quidditch_master_ClusterStateResponse__Output>): grpc.ClientUnaryCall;
  getClusterState(argument: _quidditch_master_GetClusterStateRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_ClusterStateResponse__Output>): grpc.ClientUnaryCall;
  getClusterState(argument: _quidditch_master_GetClusterStateRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_ClusterStateResponse__Output>): grpc.ClientUnaryCall;
  getClusterState(argument: _quidditch_master_GetClusterStateRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_ClusterStateResponse__Output>): grpc.ClientUnaryCall;
  getClusterState(argument: _quidditch_master_GetClusterStateRequest, callback: grpc.requestCallback<_quidditch_master_ClusterStateResponse__Output>): grpc.ClientUnaryCall;
  
  GetIndexMetadata(argument: _quidditch_master_GetIndexMetadataRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_IndexMetadataResponse__Output>): grpc.ClientUnaryCall;
  GetIndexMetadata(argument: _quidditch_master_GetIndexMetadataRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_IndexMetadataResponse__Output>): grpc.ClientUnaryCall;
  GetIndexMetadata(argument: _quidditch_master_GetIndexMetadataRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_IndexMetadataResponse__Output>): grpc.ClientUnaryCall;
  GetIndexMetadata(argument: _quidditch_master_GetIndexMetadataRequest, callback: grpc.requestCallback<_quidditch_master_IndexMetadataResponse__Output>): grpc.ClientUnaryCall;
  getIndexMetadata(argument: _quidditch_master_GetIndexMetadataRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_IndexMetadataResponse__Output>): grpc.ClientUnaryCall;
  getIndexMetadata(argument: _quidditch_master_GetIndexMetadataRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_IndexMetadataResponse__Output>): grpc.ClientUnaryCall;
  getIndexMetadata(argument: _quidditch_master_GetIndexMetadataRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_IndexMetadataResponse__Output>): grpc.ClientUnaryCall;
  getIndexMetadata(argument: _quidditch_master_GetIndexMetadataRequest, callback: grpc.requestCallback<_quidditch_master_IndexMetadataResponse__Output>): grpc.ClientUnaryCall;
  
  NodeHeartbeat(argument: _quidditch_master_NodeHeartbeatRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_NodeHeartbeatResponse__Output>): grpc.ClientUnaryCall;
  NodeHeartbeat(argument: _quidditch_master_NodeHeartbeatRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_NodeHeartbeatResponse__Output>): grpc.ClientUnaryCall;
  NodeHeartbeat(argument: _quidditch_master_NodeHeartbeatRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_NodeHeartbeatResponse__Output>): grpc.ClientUnaryCall;
  NodeHeartbeat(argument: _quidditch_master_NodeHeartbeatRequest, callback: grpc.requestCallback<_quidditch_master_NodeHeartbeatResponse__Output>): grpc.ClientUnaryCall;
  nodeHeartbeat(argument: _quidditch_master_NodeHeartbeatRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_NodeHeartbeatResponse__Output>): grpc.ClientUnaryCall;
  nodeHeartbeat(argument: _quidditch_master_NodeHeartbeatRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_NodeHeartbeatResponse__Output>): grpc.ClientUnaryCall;
  nodeHeartbeat(argument: _quidditch_master_NodeHeartbeatRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_NodeHeartbeatResponse__Output>): grpc.ClientUnaryCall;
  nodeHeartbeat(argument: _quidditch_master_NodeHeartbeatRequest, callback: grpc.requestCallback<_quidditch_master_NodeHeartbeatResponse__Output>): grpc.ClientUnaryCall;
  
  RebalanceShards(argument: _quidditch_master_RebalanceShardsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_RebalanceShardsResponse__Output>): grpc.ClientUnaryCall;
  RebalanceShards(argument: _quidditch_master_RebalanceShardsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_RebalanceShardsResponse__Output>): grpc.ClientUnaryCall;
  RebalanceShards(argument: _quidditch_master_RebalanceShardsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_RebalanceShardsResponse__Output>): grpc.ClientUnaryCall;
  RebalanceShards(argument: _quidditch_master_RebalanceShardsRequest, callback: grpc.requestCallback<_quidditch_master_RebalanceShardsResponse__Output>): grpc.ClientUnaryCall;
  rebalanceShards(argument: _quidditch_master_RebalanceShardsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_RebalanceShardsResponse__Output>): grpc.ClientUnaryCall;
  rebalanceShards(argument: _quidditch_master_RebalanceShardsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_RebalanceShardsResponse__Output>): grpc.ClientUnaryCall;
  rebalanceShards(argument: _quidditch_master_RebalanceShardsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_RebalanceShardsResponse__Output>): grpc.ClientUnaryCall;
  rebalanceShards(argument: _quidditch_master_RebalanceShardsRequest, callback: grpc.requestCallback<_quidditch_master_RebalanceShardsResponse__Output>): grpc.ClientUnaryCall;
  
  RegisterNode(argument: _quidditch_master_RegisterNodeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_RegisterNodeResponse__Output>): grpc.ClientUnaryCall;
  RegisterNode(argument: _quidditch_master_RegisterNodeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_RegisterNodeResponse__Output>): grpc.ClientUnaryCall;
  RegisterNode(argument: _quidditch_master_RegisterNodeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_RegisterNodeResponse__Output>): grpc.ClientUnaryCall;
  RegisterNode(argument: _quidditch_master_RegisterNodeRequest, callback: grpc.requestCallback<_quidditch_master_RegisterNodeResponse__Output>): grpc.ClientUnaryCall;
  registerNode(argument: _quidditch_master_RegisterNodeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_RegisterNodeResponse__Output>): grpc.ClientUnaryCall;
  registerNode(argument: _quidditch_master_RegisterNodeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_RegisterNodeResponse__Output>): grpc.ClientUnaryCall;
  registerNode(argument: _quidditch_master_RegisterNodeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_RegisterNodeResponse__Output>): grpc.ClientUnaryCall;
  registerNode(argument: _quidditch_master_RegisterNodeRequest, callback: grpc.requestCallback<_quidditch_master_RegisterNodeResponse__Output>): grpc.ClientUnaryCall;
  
  ReportShardFailed(argument: _quidditch_master_ReportShardFailedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_ReportShardFailedResponse__Output>): grpc.ClientUnaryCall;
  ReportShardFailed(argument: _quidditch_master_ReportShardFailedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_ReportShardFailedResponse__Output>): grpc.ClientUnaryCall;
  ReportShardFailed(argument: _quidditch_master_ReportShardFailedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_ReportShardFailedResponse__Output>): grpc.ClientUnaryCall;
  ReportShardFailed(argument: _quidditch_master_ReportShardFailedRequest, callback: grpc.requestCallback<_quidditch_master_ReportShardFailedResponse__Output>): grpc.ClientUnaryCall;
  reportShardFailed(argument: _quidditch_master_ReportShardFailedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_ReportShardFailedResponse__Output>): grpc.ClientUnaryCall;
  reportShardFailed(argument: _quidditch_master_ReportShardFailedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_ReportShardFailedResponse__Output>): grpc.ClientUnaryCall;
  reportShardFailed(argument: _quidditch_master_ReportShardFailedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_ReportShardFailedResponse__Output>): grpc.ClientUnaryCall;
  reportShardFailed(argument: _quidditch_master_ReportShardFailedRequest, callback: grpc.requestCallback<_quidditch_master_ReportShardFailedResponse__Output>): grpc.ClientUnaryCall;
  
  ReportShardStarted(argument: _quidditch_master_ReportShardStartedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_ReportShardStartedResponse__Output>): grpc.ClientUnaryCall;
  ReportShardStarted(argument: _quidditch_master_ReportShardStartedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_ReportShardStartedResponse__Output>): grpc.ClientUnaryCall;
  ReportShardStarted(argument: _quidditch_master_ReportShardStartedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_ReportShardStartedResponse__Output>): grpc.ClientUnaryCall;
  ReportShardStarted(argument: _quidditch_master_ReportShardStartedRequest, callback: grpc.requestCallback<_quidditch_master_ReportShardStartedResponse__Output>): grpc.ClientUnaryCall;
  reportShardStarted(argument: _quidditch_master_ReportShardStartedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_ReportShardStartedResponse__Output>): grpc.ClientUnaryCall;
  reportShardStarted(argument: _quidditch_master_ReportShardStartedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_ReportShardStartedResponse__Output>): grpc.ClientUnaryCall;
  reportShardStarted(argument: _quidditch_master_ReportShardStartedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_ReportShardStartedResponse__Output>): grpc.ClientUnaryCall;
  reportShardStarted(argument: _quidditch_master_ReportShardStartedRequest, callback: grpc.requestCallback<_quidditch_master_ReportShardStartedResponse__Output>): grpc.ClientUnaryCall;
  
  UnregisterNode(argument: _quidditch_master_UnregisterNodeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_UnregisterNodeResponse__Output>): grpc.ClientUnaryCall;
  UnregisterNode(argument: _quidditch_master_UnregisterNodeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_UnregisterNodeResponse__Output>): grpc.ClientUnaryCall;
  UnregisterNode(argument: _quidditch_master_UnregisterNodeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_UnregisterNodeResponse__Output>): grpc.ClientUnaryCall;
  UnregisterNode(argument: _quidditch_master_UnregisterNodeRequest, callback: grpc.requestCallback<_quidditch_master_UnregisterNodeResponse__Output>): grpc.ClientUnaryCall;
  unregisterNode(argument: _quidditch_master_UnregisterNodeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_UnregisterNodeResponse__Output>): grpc.ClientUnaryCall;
  unregisterNode(argument: _quidditch_master_UnregisterNodeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_UnregisterNodeResponse__Output>): grpc.ClientUnaryCall;
  unregisterNode(argument: _quidditch_master_UnregisterNodeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_UnregisterNodeResponse__Output>): grpc.ClientUnaryCall;
  unregisterNode(argument: _quidditch_master_UnregisterNodeRequest, callback: grpc.requestCallback<_quidditch_master_UnregisterNodeResponse__Output>): grpc.ClientUnaryCall;
  
  UpdateIndexSettings(argument: _quidditch_master_UpdateIndexSettingsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_UpdateIndexSettingsResponse__Output>): grpc.ClientUnaryCall;
  UpdateIndexSettings(argument: _quidditch_master_UpdateIndexSettingsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_UpdateIndexSettingsResponse__Output>): grpc.ClientUnaryCall;
  UpdateIndexSettings(argument: _quidditch_master_UpdateIndexSettingsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_UpdateIndexSettingsResponse__Output>): grpc.ClientUnaryCall;
  UpdateIndexSettings(argument: _quidditch_master_UpdateIndexSettingsRequest, callback: grpc.requestCallback<_quidditch_master_UpdateIndexSettingsResponse__Output>): grpc.ClientUnaryCall;
  updateIndexSettings(argument: _quidditch_master_UpdateIndexSettingsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_UpdateIndexSettingsResponse__Output>): grpc.ClientUnaryCall;
  updateIndexSettings(argument: _quidditch_master_UpdateIndexSettingsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_UpdateIndexSettingsResponse__Output>): grpc.ClientUnaryCall;
  updateIndexSettings(argument: _quidditch_master_UpdateIndexSettingsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_UpdateIndexSettingsResponse__Output>): grpc.ClientUnaryCall;
  updateIndexSettings(argument: _quidditch_master_UpdateIndexSettingsRequest, callback: grpc.requestCallback<_quidditch_master_UpdateIndexSettingsResponse__Output>): grpc.ClientUnaryCall;
  
  WatchClusterState(argument: _quidditch_master_WatchClusterStateRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_quidditch_master_ClusterStateEvent__Output>;
  WatchClusterState(argument: _quidditch_master_WatchClusterStateRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_quidditch_master_ClusterStateEvent__Output>;
  watchClusterState(argument: _quidditch_master_WatchClusterStateRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_quidditch_master_ClusterStateEvent__Output>;
  watchClusterState(argument: _quidditch_master_WatchClusterStateRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_quidditch_master_ClusterStateEvent__Output>;
  
}

export interface MasterServiceHandlers extends grpc.UntypedServiceImplementation {
  AllocateShard: grpc.handleUnaryCall<_quidditch_master_AllocateShardRequest__Output, _quidditch_master_AllocateShardResponse>;
  
  CreateIndex: grpc.handleUnaryCall<_quidditch_master_CreateIndexRequest__Output, _quidditch_master_CreateIndexResponse>;
  
  DeleteIndex: grpc.handleUnaryCall<_quidditch_master_DeleteIndexRequest__Output, _quidditch_master_DeleteIndexResponse>;
  
  GetClusterState: grpc.handleUnaryCall<_quidditch_master_GetClusterStateRequest__Output, _quidditch_master_ClusterStateResponse>;
  
  GetIndexMetadata: grpc.handleUnaryCall<_quidditch_master_GetIndexMetadataRequest__Output, _quidditch_master_IndexMetadataResponse>;
  
  NodeHeartbeat: grpc.handleUnaryCall<_quidditch_master_NodeHeartbeatRequest__Output, _quidditch_master_NodeHeartbeatResponse>;
  
  RebalanceShards: grpc.handleUnaryCall<_quidditch_master_RebalanceShardsRequest__Output, _quidditch_master_RebalanceShardsResponse>;
  
  RegisterNode: grpc.handleUnaryCall<_quidditch_master_RegisterNodeRequest__Output, _quidditch_master_RegisterNodeResponse>;
  
  ReportShardFailed: grpc.handleUnaryCall<_quidditch_master_ReportShardFailedRequest__Output, _quidditch_master_ReportShardFailedResponse>;
  
  ReportShardStarted: grpc.handleUnaryCall<_quidditch_master_ReportShardStartedRequest__Output, _quidditch_master_ReportShardStartedResponse>;
  
  UnregisterNode: grpc.handleUnaryCall<_quidditch_master_UnregisterNodeRequest__Output, _quidditch_master_UnregisterNodeResponse>;
  
  UpdateIndexSettings: grpc.handleUnaryCall<_quidditch_master_UpdateIndexSettingsRequest__Output, _quidditch_master_UpdateIndexSettingsResponse>;
  
  WatchClusterState: grpc.handleServerStreamingCall<_quidditch_master_WatchClusterStateRequest__Output, _quidditch_master_ClusterStateEvent>;
  
}

export interface MasterServiceDefinition extends grpc.ServiceDefinition {
  AllocateShard: MethodDefinition<_quidditch_master_AllocateShardRequest, _quidditch_master_AllocateShardResponse, _quidditch_master_AllocateShardRequest__Output, _quidditch_master_AllocateShardResponse__Output>
  CreateIndex: MethodDefinition<_quidditch_master_CreateIndexRequest, _quidditch_master_CreateIndexResponse, _quidditch_master_CreateIndexRequest__Output, _quidditch_master_CreateIndexResponse__Output>
  DeleteIndex: MethodDefinition<_quidditch_master_DeleteIndexRequest, _quidditch_master_DeleteIndexResponse, _quidditch_master_DeleteIndexRequest__Output, _quidditch_master_DeleteIndexResponse__Output>
  GetClusterState: MethodDefinition<_quidditch_master_GetClusterStateRequest, _quidditch_master_ClusterStateResponse, _quidditch_master_GetClusterStateRequest__Output, _quidditch_master_ClusterStateResponse__Output>
  GetIndexMetadata: MethodDefinition<_quidditch_master_GetIndexMetadataRequest, _quidditch_master_IndexMetadataResponse, _quidditch_master_GetIndexMetadataRequest__Output, _quidditch_master_IndexMetadataResponse__Output>
  NodeHeartbeat: MethodDefinition<_quidditch_master_NodeHeartbeatRequest, _quidditch_master_NodeHeartbeatResponse, _quidditch_master_NodeHeartbeatRequest__Output, _quidditch_master_NodeHeartbeatResponse__Output>
  RebalanceShards: MethodDefinition<_quidditch_master_RebalanceShardsRequest, _quidditch_master_RebalanceShardsResponse, _quidditch_master_RebalanceShardsRequest__Output, _quidditch_master_RebalanceShardsResponse__Output>
  RegisterNode: MethodDefinition<_quidditch_master_RegisterNodeRequest, _quidditch_master_RegisterNodeResponse, _quidditch_master_RegisterNodeRequest__Output, _quidditch_master_RegisterNodeResponse__Output>
  ReportShardFailed: MethodDefinition<_quidditch_master_ReportShardFailedRequest, _quidditch_master_ReportShardFailedResponse, _quidditch_master_ReportShardFailedRequest__Output, _quidditch_master_ReportShardFailedResponse__Output>
  ReportShardStarted: MethodDefinition<_quidditch_master_ReportShardStartedRequest, _quidditch_master_ReportShardStartedResponse, _quidditch_master_ReportShardStartedRequest__Output, _quidditch_master_ReportShardStartedResponse__Output>
  UnregisterNode: MethodDefinition<_quidditch_master_UnregisterNodeRequest, _quidditch_master_UnregisterNodeResponse, _quidditch_master_UnregisterNodeRequest__Output, _quidditch_master_UnregisterNodeResponse__Output>
  UpdateIndexSettings: MethodDefinition<_quidditch_master_UpdateIndexSettingsRequest, _quidditch_master_UpdateIndexSettingsResponse, _quidditch_master_UpdateIndexSettingsRequest__Output, _quidditch_master_UpdateIndexSettingsResponse__Output>
  WatchClusterState: MethodDefinition<_quidditch_master_WatchClusterStateRequest, _quidditch_master_ClusterStateEvent, _quidditch_master_WatchClusterStateRequest__Output, _quidditch_master_ClusterStateEvent__Output>
}
