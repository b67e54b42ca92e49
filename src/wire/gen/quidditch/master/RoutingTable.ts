// Original file: proto/master.proto

import type { IndexRoutingTable as _quidditch_master_IndexRoutingTable, IndexRoutingTable__Output as _quidditch_master_IndexRoutingTable__Output } from '../../quidditch/master/IndexRoutingTable.js';
import type { Long } from '@grpc/proto-loader';

export interface RoutingTable {
  'version'?: (number | string | Long);
  'indices'?: ({[key: string]: _quidditch_master_IndexRoutingTable});
}

export interface RoutingTable__Output {
  'version': (number);
  'indices': ({[key: string]: _quidditch_master_IndexRoutingTable__Output});
}
