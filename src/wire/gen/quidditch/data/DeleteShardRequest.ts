// Original file: proto/data.proto

import type { ShardOrder as _quidditch_data_ShardOrder, ShardOrder__Output as _quidditch_data_ShardOrder__Output } from '../../quidditch/data/ShardOrder.js';

export interface DeleteShardRequest {
  'index_name'?: (string);
  'shard_id'?: (number);
  'order'?: (_quidditch_data_ShardOrder | null);
}

export interface DeleteShardRequest__Output {
  'index_name': (string);
  'shard_id': (number);
  'order': (_quidditch_data_ShardOrder__Output | null);
}
