// Original file: proto/master.proto

import type { ShardRouting as _quidditch_master_ShardRouting, ShardRouting__Output as _quidditch_master_ShardRouting__Output } from '../../quidditch/master/ShardRouting.js';

export interface IndexRoutingTable {
  'index_name'?: (string);
  'shards'?: ({[key: number]: _quidditch_master_ShardRouting});
}

export interface IndexRoutingTable__Output {
  'index_name': (string);
  'shards': ({[key: number]: _quidditch_master_ShardRouting__Output});
}
