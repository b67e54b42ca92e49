// Original file: proto/master.proto

import type { ShardAllocation as _quidditch_master_ShardAllocation, ShardAllocation__Output as _quidditch_master_ShardAllocation__Output } from '../../quidditch/master/ShardAllocation.js';
import type { ShardCopy as _quidditch_master_ShardCopy, ShardCopy__Output as _quidditch_master_ShardCopy__Output } from '../../quidditch/master/ShardCopy.js';
import type { Long } from '@grpc/proto-loader';

export interface ShardRouting {
  'shard_id'?: (number);
  'is_primary'?: (boolean);
  'allocation'?: (_quidditch_master_ShardAllocation | null);
  'copies'?: (_quidditch_master_ShardCopy)[];
  'primary_term'?: (number | string | Long);
  'in_sync_allocation_ids'?: (string)[];
  '_primary_term'?: "primary_term";
}

export interface ShardRouting__Output {
  'shard_id': (number);
  'is_primary': (boolean);
  'allocation': (_quidditch_master_ShardAllocation__Output | null);
  'copies': (_quidditch_master_ShardCopy__Output)[];
  'primary_term'?: (number);
  'in_sync_allocation_ids': (string)[];
  '_primary_term'?: "primary_term";
}
