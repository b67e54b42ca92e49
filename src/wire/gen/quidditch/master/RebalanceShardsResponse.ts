// Original file: proto/master.proto

import type { ShardRelocation as _quidditch_master_ShardRelocation, ShardRelocation__Output as _quidditch_master_ShardRelocation__Output } from '../../quidditch/master/ShardRelocation.js';

export interface RebalanceShardsResponse {
  'relocations'?: (_quidditch_master_ShardRelocation)[];
}

export interface RebalanceShardsResponse__Output {
  'relocations': (_quidditch_master_ShardRelocation__Output)[];
}
