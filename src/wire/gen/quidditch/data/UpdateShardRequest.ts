// Original file: proto/data.proto

import type { ShardOrder as _quidditch_data_ShardOrder, ShardOrder__Output as _quidditch_data_ShardOrder__Output } from '../../quidditch/data/ShardOrder.js';
import type { PeerCopy as _quidditch_data_PeerCopy, PeerCopy__Output as _quidditch_data_PeerCopy__Output } from '../../quidditch/data/PeerCopy.js';
import type { Long } from '@grpc/proto-loader';

export interface UpdateShardRequest {
  'index_name'?: (string);
  'shard_id'?: (number);
  'is_primary'?: (boolean);
  'order'?: (_quidditch_data_ShardOrder | null);
  'peers'?: (_quidditch_data_PeerCopy)[];
  'shard_version'?: (number | string | Long);
}

export interface UpdateShardRequest__Output {
  'index_name': (string);
  'shard_id': (number);
  'is_primary': (boolean);
  'order': (_quidditch_data_ShardOrder__Output | null);
  'peers': (_quidditch_data_PeerCopy__Output)[];
  'shard_version': (number);
}
