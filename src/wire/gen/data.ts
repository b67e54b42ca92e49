import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.js';
import type { CreateShardRequest as _quidditch_data_CreateShardRequest, CreateShardRequest__Output as _quidditch_data_CreateShardRequest__Output } from './quidditch/data/CreateShardRequest.js';
import type { CreateShardResponse as _quidditch_data_CreateShardResponse, CreateShardResponse__Output as _quidditch_data_CreateShardResponse__Output } from './quidditch/data/CreateShardResponse.js';
import type { DataNodeStats as _quidditch_data_DataNodeStats, DataNodeStats__Output as _quidditch_data_DataNodeStats__Output } from './quidditch/data/DataNodeStats.js';
import type { DataServiceClient as _quidditch_data_DataServiceClient, DataServiceDefinition as _quidditch_data_DataServiceDefinition } from './quidditch/data/DataService.js';
import type { DeleteShardRequest as _quidditch_data_DeleteShardRequest, DeleteShardRequest__Output as _quidditch_data_DeleteShardRequest__Output } from './quidditch/data/DeleteShardRequest.js';
import type { DeleteShardResponse as _quidditch_data_DeleteShardResponse, DeleteShardResponse__Output as _quidditch_data_DeleteShardResponse__Output } from './quidditch/data/DeleteShardResponse.js';
import type { FlushShardRequest as _quidditch_data_FlushShardRequest, FlushShardRequest__Output as _quidditch_data_FlushShardRequest__Output } from './quidditch/data/FlushShardRequest.js';
import type { FlushShardResponse as _quidditch_data_FlushShardResponse, FlushShardResponse__Output as _quidditch_data_FlushShardResponse__Output } from './quidditch/data/FlushShardResponse.js';
import type { GetNodeStatsRequest as _quidditch_data_GetNodeStatsRequest, GetNodeStatsRequest__Output as _quidditch_data_GetNodeStatsRequest__Output } from './quidditch/data/GetNodeStatsRequest.js';
import type { GetShardInfoRequest as _quidditch_data_GetShardInfoRequest, GetShardInfoRequest__Output as _quidditch_data_GetShardInfoRequest__Output } from './quidditch/data/GetShardInfoRequest.js';
import type { GetShardStatsRequest as _quidditch_data_GetShardStatsRequest, GetShardStatsRequest__Output as _quidditch_data_GetShardStatsRequest__Output } from './quidditch/data/GetShardStatsRequest.js';
import type { PeerCopy as _quidditch_data_PeerCopy, PeerCopy__Output as _quidditch_data_PeerCopy__Output } from './quidditch/data/PeerCopy.js';
import type { RefreshShardRequest as _quidditch_data_RefreshShardRequest, RefreshShardRequest__Output as _quidditch_data_RefreshShardRequest__Output } from './quidditch/data/RefreshShardRequest.js';
import type { RefreshShardResponse as _quidditch_data_RefreshShardResponse, RefreshShardResponse__Output as _quidditch_data_RefreshShardResponse__Output } from './quidditch/data/RefreshShardResponse.js';
import type { ShardInfo as _quidditch_data_ShardInfo, ShardInfo__Output as _quidditch_data_ShardInfo__Output } from './quidditch/data/ShardInfo.js';
import type { ShardOrder as _quidditch_data_ShardOrder, ShardOrder__Output as _quidditch_data_ShardOrder__Output } from './quidditch/data/ShardOrder.js';
import type { ShardStats as _quidditch_data_ShardStats, ShardStats__Output as _quidditch_data_ShardStats__Output } from './quidditch/data/ShardStats.js';
import type { UpdateShardRequest as _quidditch_data_UpdateShardRequest, UpdateShardRequest__Output as _quidditch_data_UpdateShardRequest__Output } from './quidditch/data/UpdateShardRequest.js';
import type { UpdateShardResponse as _quidditch_data_UpdateShardResponse, UpdateShardResponse__Output as _quidditch_data_UpdateShardResponse__Output } from './quidditch/data/UpdateShardResponse.js';

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
    data: {
      CreateShardRequest: MessageTypeDefinition<_quidditch_data_CreateShardRequest, _quidditch_data_CreateShardRequest__Output>
      CreateShardResponse: MessageTypeDefinition<_quidditch_data_CreateShardResponse, _quidditch_data_CreateShardResponse__Output>
      DataNodeStats: MessageTypeDefinition<_quidditch_data_DataNodeStats, _quidditch_data_DataNodeStats__Output>
      DataService: SubtypeConstructor<typeof grpc.Client, _quidditch_data_DataServiceClient> & { service: _quidditch_data_DataServiceDefinition }
      DeleteShardRequest: MessageTypeDefinition<_quidditch_data_DeleteShardRequest, _quidditch_data_DeleteShardRequest__Output>
      DeleteShardResponse: MessageTypeDefinition<_quidditch_data_DeleteShardResponse, _quidditch_data_DeleteShardResponse__Output>
      FlushShardRequest: MessageTypeDefinition<_quidditch_data_FlushShardRequest, _quidditch_data_FlushShardRequest__Output>
      FlushShardResponse: MessageTypeDefinition<_quidditch_data_FlushShardResponse, _quidditch_data_FlushShardResponse__Output>
      GetNodeStatsRequest: MessageTypeDefinition<_quidditch_data_GetNodeStatsRequest, _quidditch_data_GetNodeStatsRequest__Output>
      GetShardInfoRequest: MessageTypeDefinition<_quidditch_data_GetShardInfoRequest, _quidditch_data_GetShardInfoRequest__Output>
      GetShardStatsRequest: MessageTypeDefinition<_quidditch_data_GetShardStatsRequest, _quidditch_data_GetShardStatsRequest__Output>
      PeerCopy: MessageTypeDefinition<_quidditch_data_PeerCopy, _quidditch_data_PeerCopy__Output>
      RecoverySource: EnumTypeDefinition
      RefreshShardRequest: MessageTypeDefinition<_quidditch_data_RefreshShardRequest, _quidditch_data_RefreshShardRequest__Output>
      RefreshShardResponse: MessageTypeDefinition<_quidditch_data_RefreshShardResponse, _quidditch_data_RefreshShardResponse__Output>
      ShardInfo: MessageTypeDefinition<_quidditch_data_ShardInfo, _quidditch_data_ShardInfo__Output>
      ShardOrder: MessageTypeDefinition<_quidditch_data_ShardOrder, _quidditch_data_ShardOrder__Output>
      ShardStats: MessageTypeDefinition<_quidditch_data_ShardStats, _quidditch_data_ShardStats__Output>
      UpdateShardRequest: MessageTypeDefinition<_quidditch_data_UpdateShardRequest, _quidditch_data_UpdateShardRequest__Output>
      UpdateShardResponse: MessageTypeDefinition<_quidditch_data_UpdateShardResponse, _quidditch_data_UpdateShardResponse__Output>
    }
  }
}

