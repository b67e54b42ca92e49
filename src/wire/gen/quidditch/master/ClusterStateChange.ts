// Original file: proto/master.proto

import type { IndexMetadata as _quidditch_master_IndexMetadata, IndexMetadata__Output as _quidditch_master_IndexMetadata__Output } from '../../quidditch/master/IndexMetadata.js';
import type { IndexRoutingTable as _quidditch_master_IndexRoutingTable, IndexRoutingTable__Output as _quidditch_master_IndexRoutingTable__Output } from '../../quidditch/master/IndexRoutingTable.js';
import type { NodeInfo as _quidditch_master_NodeInfo, NodeInfo__Output as _quidditch_master_NodeInfo__Output } from '../../quidditch/master/NodeInfo.js';
import type { ShardChange as _quidditch_master_ShardChange, ShardChange__Output as _quidditch_master_ShardChange__Output } from '../../quidditch/master/ShardChange.js';

export interface ClusterStateChange {
  'cluster_uuid'?: (string);
  'cluster_name'?: (string);
  'indices'?: (_quidditch_master_IndexMetadata)[];
  'routing'?: (_quidditch_master_IndexRoutingTable)[];
  'nodes'?: (_quidditch_master_NodeInfo)[];
  'deleted_indices'?: (string)[];
  'left_nodes'?: (string)[];
  'shards'?: (_quidditch_master_ShardChange)[];
  'settings'?: ({[key: string]: string});
  'has_settings'?: (boolean);
}

export interface ClusterStateChange__Output {
  'cluster_uuid': (string);
  'cluster_name': (string);
  'indices': (_quidditch_master_IndexMetadata__Output)[];
  'routing': (_quidditch_master_IndexRoutingTable__Output)[];
  'nodes': (_quidditch_master_NodeInfo__Output)[];
  'deleted_indices': (string)[];
  'left_nodes': (string)[];
  'shards': (_quidditch_master_ShardChange__Output)[];
  'settings': ({[key: string]: string});
  'has_settings': (boolean);
}
