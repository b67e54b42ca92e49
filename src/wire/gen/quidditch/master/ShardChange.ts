// Original file: proto/master.proto

import type { ShardRouting as _quidditch_master_ShardRouting, ShardRouting__Output as _quidditch_master_ShardRouting__Output } from '../../quidditch/master/ShardRouting.js';

export interface ShardChange {
  'index_name'?: (string);
  'index_uuid'?: (string);
  'routing'?: (_quidditch_master_ShardRouting | null);
}

export interface ShardChange__Output {
  'index_name': (string);
  'index_uuid': (string);
  'routing': (_quidditch_master_ShardRouting__Output | null);
}
