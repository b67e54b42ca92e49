// Original file: proto/master.proto

import type { ShardAllocation as _quidditch_master_ShardAllocation, ShardAllocation__Output as _quidditch_master_ShardAllocation__Output } from '../../quidditch/master/ShardAllocation.js';

export interface AllocateShardResponse {
  'acknowledged'?: (boolean);
  'node_id'?: (string);
  'allocation'?: (_quidditch_master_ShardAllocation | null);
}

export interface AllocateShardResponse__Output {
  'acknowledged': (boolean);
  'node_id': (string);
  'allocation': (_quidditch_master_ShardAllocation__Output | null);
}
