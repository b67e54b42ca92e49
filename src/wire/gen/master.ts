import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.js';
import type { AllocateShardRequest as _quidditch_master_AllocateShardRequest, AllocateShardRequest__Output as _quidditch_master_AllocateShardRequest__Output } from './quidditch/master/AllocateShardRequest.js';
import type { AllocateShardResponse as _quidditch_master_AllocateShardResponse, AllocateShardResponse__Output as _quidditch_master_AllocateShardResponse__Output } from './quidditch/master/AllocateShardResponse.js';
import type { ClusterStateChange as _quidditch_master_ClusterStateChange, ClusterStateChange__Output as _quidditch_master_ClusterStateChange__Output } from './quidditch/master/ClusterStateChange.js';
import type { ClusterStateEvent as _quidditch_master_ClusterStateEvent, ClusterStateEvent__Output as _quidditch_master_ClusterStateEvent__Output } from './quidditch/master/ClusterStateEvent.js';
import type { ClusterStateResponse as _quidditch_master_ClusterStateResponse, ClusterStateResponse__Output as _quidditch_master_ClusterStateResponse__Output } from './quidditch/master/ClusterStateResponse.js';
import type { CompressionSettings as _quidditch_master_CompressionSettings, CompressionSettings__Output as _quidditch_master_CompressionSettings__Output } from './quidditch/master/CompressionSettings.js';
import type { CreateIndexRequest as _quidditch_master_CreateIndexRequest, CreateIndexRequest__Output as _quidditch_master_CreateIndexRequest__Output } from './quidditch/master/CreateIndexRequest.js';
import type { CreateIndexResponse as _quidditch_master_CreateIndexResponse, CreateIndexResponse__Output as _quidditch_master_CreateIndexResponse__Output } from './quidditch/master/CreateIndexResponse.js';
import type { DanglingShard as _quidditch_master_DanglingShard, DanglingShard__Output as _quidditch_master_DanglingShard__Output } from './quidditch/master/DanglingShard.js';
import type { DeleteIndexRequest as _quidditch_master_DeleteIndexRequest, DeleteIndexRequest__Output as _quidditch_master_DeleteIndexRequest__Output } from './quidditch/master/DeleteIndexRequest.js';
import type { DeleteIndexResponse as _quidditch_master_DeleteIndexResponse, DeleteIndexResponse__Output as _quidditch_master_DeleteIndexResponse__Output } from './quidditch/master/DeleteIndexResponse.js';
import type { FieldMapping as _quidditch_master_FieldMapping, FieldMapping__Output as _quidditch_master_FieldMapping__Output } from './quidditch/master/FieldMapping.js';
import type { GetClusterStateRequest as _quidditch_master_GetClusterStateRequest, GetClusterStateRequest__Output as _quidditch_master_GetClusterStateRequest__Output } from './quidditch/master/GetClusterStateRequest.js';
import type { GetIndexMetadataRequest as _quidditch_master_GetIndexMetadataRequest, GetIndexMetadataRequest__Output as _quidditch_master_GetIndexMetadataRequest__Output } from './quidditch/master/GetIndexMetadataRequest.js';
import type { IndexMetadata as _quidditch_master_IndexMetadata, IndexMetadata__Output as _quidditch_master_IndexMetadata__Output } from './quidditch/master/IndexMetadata.js';
import type { IndexMetadataResponse as _quidditch_master_IndexMetadataResponse, IndexMetadataResponse__Output as _quidditch_master_IndexMetadataResponse__Output } from './quidditch/master/IndexMetadataResponse.js';
import type { IndexRoutingTable as _quidditch_master_IndexRoutingTable, IndexRoutingTable__Output as _quidditch_master_IndexRoutingTable__Output } from './quidditch/master/IndexRoutingTable.js';
import type { IndexSettings as _quidditch_master_IndexSettings, IndexSettings__Output as _quidditch_master_IndexSettings__Output } from './quidditch/master/IndexSettings.js';
import type { MasterNode as _quidditch_master_MasterNode, MasterNode__Output as _quidditch_master_MasterNode__Output } from './quidditch/master/MasterNode.js';
import type { MasterServiceClient as _quidditch_master_MasterServiceClient, MasterServiceDefinition as _quidditch_master_MasterServiceDefinition } from './quidditch/master/MasterService.js';
import type { NodeAttributes as _quidditch_master_NodeAttributes, NodeAttributes__Output as _quidditch_master_NodeAttributes__Output } from './quidditch/master/NodeAttributes.js';
import type { NodeHeartbeatRequest as _quidditch_master_NodeHeartbeatRequest, NodeHeartbeatRequest__Output as _quidditch_master_NodeHeartbeatRequest__Output } from './quidditch/master/NodeHeartbeatRequest.js';
import type { NodeHeartbeatResponse as _quidditch_master_NodeHeartbeatResponse, NodeHeartbeatResponse__Output as _quidditch_master_NodeHeartbeatResponse__Output } from './quidditch/master/NodeHeartbeatResponse.js';
import type { NodeInfo as _quidditch_master_NodeInfo, NodeInfo__Output as _quidditch_master_NodeInfo__Output } from './quidditch/master/NodeInfo.js';
import type { NodeStats as _quidditch_master_NodeStats, NodeStats__Output as _quidditch_master_NodeStats__Output } from './quidditch/master/NodeStats.js';
import type { RebalanceShardsRequest as _quidditch_master_RebalanceShardsRequest, RebalanceShardsRequest__Output as _quidditch_master_RebalanceShardsRequest__Output } from './quidditch/master/RebalanceShardsRequest.js';
import type { RebalanceShardsResponse as _quidditch_master_RebalanceShardsResponse, RebalanceShardsResponse__Output as _quidditch_master_RebalanceShardsResponse__Output } from './quidditch/master/RebalanceShardsResponse.js';
import type { RegisterNodeRequest as _quidditch_master_RegisterNodeRequest, RegisterNodeRequest__Output as _quidditch_master_RegisterNodeRequest__Output } from './quidditch/master/RegisterNodeRequest.js';
import type { RegisterNodeResponse as _quidditch_master_RegisterNodeResponse, RegisterNodeResponse__Output as _quidditch_master_RegisterNodeResponse__Output } from './quidditch/master/RegisterNodeResponse.js';
import type { ReportShardFailedRequest as _quidditch_master_ReportShardFailedRequest, ReportShardFailedRequest__Output as _quidditch_master_ReportShardFailedRequest__Output } from './quidditch/master/ReportShardFailedRequest.js';
import type { ReportShardFailedResponse as _quidditch_master_ReportShardFailedResponse, ReportShardFailedResponse__Output as _quidditch_master_ReportShardFailedResponse__Output } from './quidditch/master/ReportShardFailedResponse.js';
import type { ReportShardStartedRequest as _quidditch_master_ReportShardStartedRequest, ReportShardStartedRequest__Output as _quidditch_master_ReportShardStartedRequest__Output } from './quidditch/master/ReportShardStartedRequest.js';
import type { ReportShardStartedResponse as _quidditch_master_ReportShardStartedResponse, ReportShardStartedResponse__Output as _quidditch_master_ReportShardStartedResponse__Output } from './quidditch/master/ReportShardStartedResponse.js';
import type { RoutingTable as _quidditch_master_RoutingTable, RoutingTable__Output as _quidditch_master_RoutingTable__Output } from './quidditch/master/RoutingTable.js';
import type { ShardAllocation as _quidditch_master_ShardAllocation, ShardAllocation__Output as _quidditch_master_ShardAllocation__Output } from './quidditch/master/ShardAllocation.js';
import type { ShardChange as _quidditch_master_ShardChange, ShardChange__Output as _quidditch_master_ShardChange__Output } from './quidditch/master/ShardChange.js';
import type { ShardCopy as _quidditch_master_ShardCopy, ShardCopy__Output as _quidditch_master_ShardCopy__Output } from './quidditch/master/ShardCopy.js';
import type { ShardRelocation as _quidditch_master_ShardRelocation, ShardRelocation__Output as _quidditch_master_ShardRelocation__Output } from './quidditch/master/ShardRelocation.js';
import type { ShardRouting as _quidditch_master_ShardRouting, ShardRouting__Output as _quidditch_master_ShardRouting__Output } from './quidditch/master/ShardRouting.js';
import type { TieringSettings as _quidditch_master_TieringSettings, TieringSettings__Output as _quidditch_master_TieringSettings__Output } from './quidditch/master/TieringSettings.js';
import type { UnregisterNodeRequest as _quidditch_master_UnregisterNodeRequest, UnregisterNodeRequest__Output as _quidditch_master_UnregisterNodeRequest__Output } from './quidditch/master/UnregisterNodeRequest.js';
import type { UnregisterNodeResponse as _quidditch_master_UnregisterNodeResponse, UnregisterNodeResponse__Output as _quidditch_master_UnregisterNodeResponse__Output } from './quidditch/master/UnregisterNodeResponse.js';
import type { UpdateIndexSettingsRequest as _quidditch_master_UpdateIndexSettingsRequest, UpdateIndexSettingsRequest__Output as _quidditch_master_UpdateIndexSettingsRequest__Output } from './quidditch/master/UpdateIndexSettingsRequest.js';
import type { UpdateIndexSettingsResponse as _quidditch_master_UpdateIndexSettingsResponse, UpdateIndexSettingsResponse__Output as _quidditch_master_UpdateIndexSettingsResponse__Output } from './quidditch/master/UpdateIndexSettingsResponse.js';
import type { WatchClusterStateRequest as _quidditch_master_WatchClusterStateRequest, WatchClusterStateRequest__Output as _quidditch_master_WatchClusterStateRequest__Output } from './quidditch/master/WatchClusterStateRequest.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  google: {
    protobuf: {
      Timestamp: MessageTypeDefinition<_google_protobuf_Timestamp, _google_protobuf_Timestamp__Output>
    }
  }
  quidditch: {
    master: {
      AllocateShardRequest: MessageTypeDefinition<_quidditch_master_AllocateShardRequest, _quidditch_master_AllocateShardRequest__Output>
      AllocateShardResponse: MessageTypeDefinition<_quidditch_master_AllocateShardResponse, _quidditch_master_AllocateShardResponse__Output>
      ClusterStateChange: MessageTypeDefinition<_quidditch_master_ClusterStateChange, _quidditch_master_ClusterStateChange__Output>
      ClusterStateEvent: MessageTypeDefinition<_quidditch_master_ClusterStateEvent, _quidditch_master_ClusterStateEvent__Output>
      ClusterStateResponse: MessageTypeDefinition<_quidditch_master_ClusterStateResponse, _quidditch_master_ClusterStateResponse__Output>
      ClusterStatus: EnumTypeDefinition
      CompressionSettings: MessageTypeDefinition<_quidditch_master_CompressionSettings, _quidditch_master_CompressionSettings__Output>
      Consistency: EnumTypeDefinition
      CreateIndexRequest: MessageTypeDefinition<_quidditch_master_CreateIndexRequest, _quidditch_master_CreateIndexRequest__Output>
      CreateIndexResponse: MessageTypeDefinition<_quidditch_master_CreateIndexResponse, _quidditch_master_CreateIndexResponse__Output>
      DanglingShard: MessageTypeDefinition<_quidditch_master_DanglingShard, _quidditch_master_DanglingShard__Output>
      DeleteIndexRequest: MessageTypeDefinition<_quidditch_master_DeleteIndexRequest, _quidditch_master_DeleteIndexRequest__Output>
      DeleteIndexResponse: MessageTypeDefinition<_quidditch_master_DeleteIndexResponse, _quidditch_master_DeleteIndexResponse__Output>
      FieldMapping: MessageTypeDefinition<_quidditch_master_FieldMapping, _quidditch_master_FieldMapping__Output>
      GetClusterStateRequest: MessageTypeDefinition<_quidditch_master_GetClusterStateRequest, _quidditch_master_GetClusterStateRequest__Output>
      GetIndexMetadataRequest: MessageTypeDefinition<_quidditch_master_GetIndexMetadataRequest, _quidditch_master_GetIndexMetadataRequest__Output>
      IndexMetadata: MessageTypeDefinition<_quidditch_master_IndexMetadata, _quidditch_master_IndexMetadata__Output>
      IndexMetadataResponse: MessageTypeDefinition<_quidditch_master_IndexMetadataResponse, _quidditch_master_IndexMetadataResponse__Output>
      IndexRoutingTable: MessageTypeDefinition<_quidditch_master_IndexRoutingTable, _quidditch_master_IndexRoutingTable__Output>
      IndexSettings: MessageTypeDefinition<_quidditch_master_IndexSettings, _quidditch_master_IndexSettings__Output>
      MasterNode: MessageTypeDefinition<_quidditch_master_MasterNode, _quidditch_master_MasterNode__Output>
      MasterService: SubtypeConstructor<typeof grpc.Client, _quidditch_master_MasterServiceClient> & { service: _quidditch_master_MasterServiceDefinition }
      NodeAttributes: MessageTypeDefinition<_quidditch_master_NodeAttributes, _quidditch_master_NodeAttributes__Output>
      NodeHeartbeatRequest: MessageTypeDefinition<_quidditch_master_NodeHeartbeatRequest, _quidditch_master_NodeHeartbeatRequest__Output>
      NodeHeartbeatResponse: MessageTypeDefinition<_quidditch_master_NodeHeartbeatResponse, _quidditch_master_NodeHeartbeatResponse__Output>
      NodeInfo: MessageTypeDefinition<_quidditch_master_NodeInfo, _quidditch_master_NodeInfo__Output>
      NodeStats: MessageTypeDefinition<_quidditch_master_NodeStats, _quidditch_master_NodeStats__Output>
      NodeStatus: EnumTypeDefinition
      NodeType: EnumTypeDefinition
      RebalanceShardsRequest: MessageTypeDefinition<_quidditch_master_RebalanceShardsRequest, _quidditch_master_RebalanceShardsRequest__Output>
      RebalanceShardsResponse: MessageTypeDefinition<_quidditch_master_RebalanceShardsResponse, _quidditch_master_RebalanceShardsResponse__Output>
      RegisterNodeRequest: MessageTypeDefinition<_quidditch_master_RegisterNodeRequest, _quidditch_master_RegisterNodeRequest__Output>
      RegisterNodeResponse: MessageTypeDefinition<_quidditch_master_RegisterNodeResponse, _quidditch_master_RegisterNodeResponse__Output>
      ReportShardFailedRequest: MessageTypeDefinition<_quidditch_master_ReportShardFailedRequest, _quidditch_master_ReportShardFailedRequest__Output>
      ReportShardFailedResponse: MessageTypeDefinition<_quidditch_master_ReportShardFailedResponse, _quidditch_master_ReportShardFailedResponse__Output>
      ReportShardStartedRequest: MessageTypeDefinition<_quidditch_master_ReportShardStartedRequest, _quidditch_master_ReportShardStartedRequest__Output>
      ReportShardStartedResponse: MessageTypeDefinition<_quidditch_master_ReportShardStartedResponse, _quidditch_master_ReportShardStartedResponse__Output>
      RoutingTable: MessageTypeDefinition<_quidditch_master_RoutingTable, _quidditch_master_RoutingTable__Output>
      ShardAllocation: MessageTypeDefinition<_quidditch_master_ShardAllocation, _quidditch_master_ShardAllocation__Output>
      ShardChange: MessageTypeDefinition<_quidditch_master_ShardChange, _quidditch_master_ShardChange__Output>
      ShardCopy: MessageTypeDefinition<_quidditch_master_ShardCopy, _quidditch_master_ShardCopy__Output>
      ShardRelocation: MessageTypeDefinition<_quidditch_master_ShardRelocation, _quidditch_master_ShardRelocation__Output>
      ShardRouting: MessageTypeDefinition<_quidditch_master_ShardRouting, _quidditch_master_ShardRouting__Output>
      TieringSettings: MessageTypeDefinition<_quidditch_master_TieringSettings, _quidditch_master_TieringSettings__Output>
      UnregisterNodeRequest: MessageTypeDefinition<_quidditch_master_UnregisterNodeRequest, _quidditch_master_UnregisterNodeRequest__Output>
      UnregisterNodeResponse: MessageTypeDefinition<_quidditch_master_UnregisterNodeResponse, _quidditch_master_UnregisterNodeResponse__Output>
      UpdateIndexSettingsRequest: MessageTypeDefinition<_quidditch_master_UpdateIndexSettingsRequest, _quidditch_master_UpdateIndexSettingsRequest__Output>
      UpdateIndexSettingsResponse: MessageTypeDefinition<_quidditch_master_UpdateIndexSettingsResponse, _quidditch_master_UpdateIndexSettingsResponse__Output>
      WatchClusterStateRequest: MessageTypeDefinition<_quidditch_master_WatchClusterStateRequest, _quidditch_master_WatchClusterStateRequest__Output>
    }
  }
}

