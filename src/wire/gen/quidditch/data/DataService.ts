// Original file: proto/data.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CreateShardRequest as _quidditch_data_CreateShardRequest, CreateShardRequest__Output as _quidditch_data_CreateShardRequest__Output } from '../../quidditch/data/CreateShardRequest.js';
import type { CreateShardResponse as _quidditch_data_CreateShardResponse, CreateShardResponse__Output as _quidditch_data_CreateShardResponse__Output } from '../../quidditch/data/CreateShardResponse.js';
import type { DataNodeStats as _quidditch_data_DataNodeStats, DataNodeStats__Output as _quidditch_data_DataNodeStats__Output } from '../../quidditch/data/DataNodeStats.js';
import type { DeleteShardRequest as _quidditch_data_DeleteShardRequest, DeleteShardRequest__Output as _quidditch_data_DeleteShardRequest__Output } from '../../quidditch/data/DeleteShardRequest.js';
import type { DeleteShardResponse as _quidditch_data_DeleteShardResponse, DeleteShardResponse__Output as _quidditch_data_DeleteShardResponse__Output } from '../../quidditch/data/DeleteShardResponse.js';
import type { FlushShardRequest as _quidditch_data_FlushShardRequest, FlushShardRequest__Output as _quidditch_data_FlushShardRequest__Output } from '../../quidditch/data/FlushShardRequest.js';
import type { FlushShardResponse as _quidditch_data_FlushShardResponse, FlushShardResponse__Output as _quidditch_data_FlushShardResponse__Output } from '../../quidditch/data/FlushShardResponse.js';
import type { GetNodeStatsRequest as _quidditch_data_GetNodeStatsRequest, GetNodeStatsRequest__Output as _quidditch_data_GetNodeStatsRequest__Output } from '../../quidditch/data/GetNodeStatsRequest.js';
import type { GetShardInfoRequest as _quidditch_data_GetShardInfoRequest, GetShardInfoRequest__Output as _quidditch_data_GetShardInfoRequest__Output } from '../../quidditch/data/GetShardInfoRequest.js';
import type { GetShardStatsRequest as _quidditch_data_GetShardStatsRequest, GetShardStatsRequest__Output as _quidditch_data_GetShardStatsRequest__Output } from '../../quidditch/data/GetShardStatsRequest.js';
import type { RefreshShardRequest as _quidditch_data_RefreshShardRequest, RefreshShardRequest__Output as _quidditch_data_RefreshShardRequest__Output } from '../../quidditch/data/RefreshShardRequest.js';
import type { RefreshShardResponse as _quidditch_data_RefreshShardResponse, RefreshShardResponse__Output as _quidditch_data_RefreshShardResponse__Output } from '../../quidditch/data/RefreshShardResponse.js';
import type { ShardInfo as _quidditch_data_ShardInfo, ShardInfo__Output as _quidditch_data_ShardInfo__Output } from '../../quidditch/data/ShardInfo.js';
import type { ShardStats as _quidditch_data_ShardStats, ShardStats__Output as _quidditch_data_ShardStats__Output } from '../../quidditch/data/ShardStats.js';
import type { UpdateShardRequest as _quidditch_data_UpdateShardRequest, UpdateShardRequest__Output as _quidditch_data_UpdateShardRequest__Output } from '../../quidditch/data/UpdateShardRequest.js';
import type { UpdateShardResponse as _quidditch_data_UpdateShardResponse, UpdateShardResponse__Output as _quidditch_data_UpdateShardResponse__Output } from '../../quidditch/data/UpdateShardResponse.js';

export interface DataServiceClient extends grpc.Client {
  CreateShard(argument: _quidditch_data_CreateShardRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_CreateShardResponse__Output>): grpc.ClientUnaryCall;
  CreateShard(argument: _quidditch_data_CreateShardRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_data_CreateShardResponse__Output>): grpc.ClientUnaryCall;
  CreateShard(argument: _quidditch_data_CreateShardRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_CreateShardResponse__Output>): grpc.ClientUnaryCall;
  CreateShard(argument: _quidditch_data_CreateShardRequest, callback: grpc.requestCallback<_quidditch_data_CreateShardResponse__Output>): grpc.ClientUnaryCall;
  createShard(argument: _quidditch_data_CreateShardRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_CreateShardResponse__Output>): grpc.ClientUnaryCall;
  createShard(argument: _quidditch_data_CreateShardRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_data_CreateShardResponse__Output>): grpc.ClientUnaryCall;
  createShard(argument: _quidditch_data_CreateShardRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_CreateShardResponse__Output>): grpc.ClientUnaryCall;
  createShard(argument: _quidditch_data_CreateShardRequest, callback: grpc.requestCallback<_quidditch_data_CreateShardResponse__Output>): grpc.ClientUnaryCall;
  
  DeleteShard(argument: _quidditch_data_DeleteShardRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_DeleteShardResponse__Output>): grpc.ClientUnaryCall;
  DeleteShard(argument: _quidditch_data_DeleteShardRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_data_DeleteShardResponse__Output>): grpc.ClientUnaryCall;
  DeleteShard(argument: _quidditch_data_DeleteShardRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_DeleteShardResponse__Output>): grpc.ClientUnaryCall;
  DeleteShard(argument: _quidditch_data_DeleteShardRequest, callback: grpc.requestCallback<_quidditch_data_DeleteShardResponse__Output>): grpc.ClientUnaryCall;
  deleteShard(argument: _quidditch_data_DeleteShardRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_DeleteShardResponse__Output>): grpc.ClientUnaryCall;
  deleteShard(argument: _quidditch_data_DeleteShardRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_data_DeleteShardResponse__Output>): grpc.ClientUnaryCall;
  deleteShard(argument: _quidditch_data_DeleteShardRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_DeleteShardResponse__Output>): grpc.ClientUnaryCall;
  deleteShard(argument: _quidditch_data_DeleteShardRequest, callback: grpc.requestCallback<_quidditch_data_DeleteShardResponse__Output>): grpc.ClientUnaryCall;
  
  FlushShard(argument: _quidditch_data_FlushShardRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_FlushShardResponse__Output>): grpc.ClientUnaryCall;
  FlushShard(argument: _quidditch_data_FlushShardRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_data_FlushShardResponse__Output>): grpc.ClientUnaryCall;
  FlushShard(argument: _quidditch_data_FlushShardRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_FlushShardResponse__Output>): grpc.ClientUnaryCall;
  FlushShard(argument: _quidditch_data_FlushShardRequest, callback: grpc.requestCallback<_quidditch_data_FlushShardResponse__Output>): grpc.ClientUnaryCall;
  flushShard(argument: _quidditch_data_FlushShardRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_FlushShardResponse__Output>): grpc.ClientUnaryCall;
  flushShard(argument: _quidditch_data_FlushShardRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_data_FlushShardResponse__Output>): grpc.ClientUnaryCall;
  flushShard(argument: _quidditch_data_FlushShardRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_FlushShardResponse__Output>): grpc.ClientUnaryCall;
  flushShard(argument: _quidditch_data_FlushShardRequest, callback: grpc.requestCallback<_quidditch_data_FlushShardResponse__Output>): grpc.ClientUnaryCall;
  
  GetNodeStats(argument: _quidditch_data_GetNodeStatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_DataNodeStats__Output>): grpc.ClientUnaryCall;
  GetNodeStats(argument: _quidditch_data_GetNodeStatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_data_DataNodeStats__Output>): grpc.ClientUnaryCall;
  GetNodeStats(argument: _quidditch_data_GetNodeStatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_DataNodeStats__Output>): grpc.ClientUnaryCall;
  GetNodeStats(argument: _quidditch_data_GetNodeStatsRequest, callback: grpc.requestCallback<_quidditch_data_DataNodeStats__Output>): grpc.ClientUnaryCall;
  getNodeStats(argument: _quidditch_data_GetNodeStatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_DataNodeStats__Output>): grpc.ClientUnaryCall;
  getNodeStats(argument: _quidditch_data_GetNodeStatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_data_DataNodeStats__Output>): grpc.ClientUnaryCall;
  getNodeStats(argument: _quidditch_data_GetNodeStatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_DataNodeStats__Output>): grpc.ClientUnaryCall;
  getNodeStats(argument: _quidditch_data_GetNodeStatsRequest, callback: grpc.requestCallback<_quidditch_data_DataNodeStats__Output>): grpc.ClientUnaryCall;
  
  GetShardInfo(argument: _quidditch_data_GetShardInfoRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_ShardInfo__Output>): grpc.ClientUnaryCall;
  GetShardInfo(argument: _quidditch_data_GetShardInfoRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_data_ShardInfo__Output>): grpc.ClientUnaryCall;
  GetShardInfo(argument: _quidditch_data_GetShardInfoRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_ShardInfo__Output>): grpc.ClientUnaryCall;
  GetShardInfo(argument: _quidditch_data_GetShardInfoRequest, callback: grpc.requestCallback<_quidditch_data_ShardInfo__Output>): grpc.ClientUnaryCall;
  getShardInfo(argument: _quidditch_data_GetShardInfoRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_ShardInfo__Output>): grpc.ClientUnaryCall;
  getShardInfo(argument: _quidditch_data_GetShardInfoRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_data_ShardInfo__Output>): grpc.ClientUnaryCall;
  getShardInfo(argument: _quidditch_data_GetShardInfoRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_ShardInfo__Output>): grpc.ClientUnaryCall;
  getShardInfo(argument: _quidditch_data_GetShardInfoRequest, callback: grpc.requestCallback<_quidditch_data_ShardInfo__Output>): grpc.ClientUnaryCall;
  
  GetShardStats(argument: _quidditch_data_GetShardStatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_ShardStats__Output>): grpc.ClientUnaryCall;
  GetShardStats(argument: _quidditch_data_GetShardStatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_data_ShardStats__Output>): grpc.ClientUnaryCall;
  GetShardStats(argument: _quidditch_data_GetShardStatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_ShardStats__Output>): grpc.ClientUnaryCall;
  GetShardStats(argument: _quidditch_data_GetShardStatsRequest, callback: grpc.requestCallback<_quidditch_data_ShardStats__Output>): grpc.ClientUnaryCall;
  getShardStats(argument: _quidditch_data_GetShardStatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_ShardStats__Output>): grpc.ClientUnaryCall;
  getShardStats(argument: _quidditch_data_GetShardStatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_data_ShardStats__Output>): grpc.ClientUnaryCall;
  getShardStats(argument: _quidditch_data_GetShardStatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_ShardStats__Output>): grpc.ClientUnaryCall;
  getShardStats(argument: _quidditch_data_GetShardStatsRequest, callback: grpc.requestCallback<_quidditch_data_ShardStats__Output>): grpc.ClientUnaryCall;
  
  RefreshShard(argument: _quidditch_data_RefreshShardRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_RefreshShardResponse__Output>): grpc.ClientUnaryCall;
  RefreshShard(argument: _quidditch_data_RefreshShardRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_data_RefreshShardResponse__Output>): grpc.ClientUnaryCall;
  RefreshShard(argument: _quidditch_data_RefreshShardRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_RefreshShardResponse__Output>): grpc.ClientUnaryCall;
  RefreshShard(argument: _quidditch_data_RefreshShardRequest, callback: grpc.requestCallback<_quidditch_data_RefreshShardResponse__Output>): grpc.ClientUnaryCall;
  refreshShard(argument: _quidditch_data_RefreshShardRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_RefreshShardResponse__Output>): grpc.ClientUnaryCall;
  refreshShard(argument: _quidditch_data_RefreshShardRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_data_RefreshShardResponse__Output>): grpc.ClientUnaryCall;
  refreshShard(argument: _quidditch_data_RefreshShardRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_RefreshShardResponse__Output>): grpc.ClientUnaryCall;
  refreshShard(argument: _quidditch_data_RefreshShardRequest, callback: grpc.requestCallback<_quidditch_data_RefreshShardResponse__Output>): grpc.ClientUnaryCall;
  
  UpdateShard(argument: _quidditch_data_UpdateShardRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_UpdateShardResponse__Output>): grpc.ClientUnaryCall;
  UpdateShard(argument: _quidditch_data_UpdateShardRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_data_UpdateShardResponse__Output>): grpc.ClientUnaryCall;
  UpdateShard(argument: _quidditch_data_UpdateShardRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_UpdateShardResponse__Output>): grpc.ClientUnaryCall;
  UpdateShard(argument: _quidditch_data_UpdateShardRequest, callback: grpc.requestCallback<_quidditch_data_UpdateShardResponse__Output>): grpc.ClientUnaryCall;
  updateShard(argument: _quidditch_data_UpdateShardRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_UpdateShardResponse__Output>): grpc.ClientUnaryCall;
  updateShard(argument: _quidditch_data_UpdateShardRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_data_UpdateShardResponse__Output>): grpc.ClientUnaryCall;
  updateShard(argument: _quidditch_data_UpdateShardRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_data_UpdateShardResponse__Output>): grpc.ClientUnaryCall;
  updateShard(argument: _quidditch_data_UpdateShardRequest, callback: grpc.requestCallback<_quidditch_data_UpdateShardResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface DataServiceHandlers extends grpc.UntypedServiceImplementation {
  CreateShard: grpc.handleUnaryCall<_quidditch_data_CreateShardRequest__Output, _quidditch_data_CreateShardResponse>;
  
  DeleteShard: grpc.handleUnaryCall<_quidditch_data_DeleteShardRequest__Output, _quidditch_data_DeleteShardResponse>;
  
  FlushShard: grpc.handleUnaryCall<_quidditch_data_FlushShardRequest__Output, _quidditch_data_FlushShardResponse>;
  
  GetNodeStats: grpc.handleUnaryCall<_quidditch_data_GetNodeStatsRequest__Output, _quidditch_data_DataNodeStats>;
  
  GetShardInfo: grpc.handleUnaryCall<_quidditch_data_GetShardInfoRequest__Output, _quidditch_data_ShardInfo>;
  
  GetShardStats: grpc.handleUnaryCall<_quidditch_data_GetShardStatsRequest__Output, _quidditch_data_ShardStats>;
  
  RefreshShard: grpc.handleUnaryCall<_quidditch_data_RefreshShardRequest__Output, _quidditch_data_RefreshShardResponse>;
  
  UpdateShard: grpc.handleUnaryCall<_quidditch_data_UpdateShardRequest__Output, _quidditch_data_UpdateShardResponse>;
  
}

export interface DataServiceDefinition extends grpc.ServiceDefinition {
  CreateShard: MethodDefinition<_quidditch_data_CreateShardRequest, _quidditch_data_CreateShardResponse, _quidditch_data_CreateShardRequest__Output, _quidditch_data_CreateShardResponse__Output>
  DeleteShard: MethodDefinition<_quidditch_data_DeleteShardRequest, _quidditch_data_DeleteShardResponse, _quidditch_data_DeleteShardRequest__Output, _quidditch_data_DeleteShardResponse__Output>
  FlushShard: MethodDefinition<_quidditch_data_FlushShardRequest, _quidditch_data_FlushShardResponse, _quidditch_data_FlushShardRequest__Output, _quidditch_data_FlushShardResponse__Output>
  GetNodeStats: MethodDefinition<_quidditch_data_GetNodeStatsRequest, _quidditch_data_DataNodeStats, _quidditch_data_GetNodeStatsRequest__Output, _quidditch_data_DataNodeStats__Output>
  GetShardInfo: MethodDefinition<_quidditch_data_GetShardInfoRequest, _quidditch_data_ShardInfo, _quidditch_data_GetShardInfoRequest__Output, _quidditch_data_ShardInfo__Output>
  GetShardStats: MethodDefinition<_quidditch_data_GetShardStatsRequest, _quidditch_data_ShardStats, _quidditch_data_GetShardStatsRequest__Output, _quidditch_data_ShardStats__Output>
  RefreshShard: MethodDefinition<_quidditch_data_RefreshShardRequest, _quidditch_data_RefreshShardResponse, _quidditch_data_RefreshShardRequest__Output, _quidditch_data_RefreshShardResponse__Output>
  UpdateShard: MethodDefinition<_quidditch_data_UpdateShardRequest, _quidditch_data_UpdateShardResponse, _quidditch_data_UpdateShardRequest__Output, _quidditch_data_UpdateShardResponse__Output>
}
