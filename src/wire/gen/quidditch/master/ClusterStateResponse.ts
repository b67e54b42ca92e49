// Original file: proto/master.proto

import type { ClusterStatus as _quidditch_master_ClusterStatus, ClusterStatus__Output as _quidditch_master_ClusterStatus__Output } from '../../quidditch/master/ClusterStatus.js';
import type { IndexMetadata as _quidditch_master_IndexMetadata, IndexMetadata__Output as _quidditch_master_IndexMetadata__Output } from '../../quidditch/master/IndexMetadata.js';
import type { RoutingTable as _quidditch_master_RoutingTable, RoutingTable__Output as _quidditch_master_RoutingTable__Output } from '../../quidditch/master/RoutingTable.js';
import type { NodeInfo as _quidditch_master_NodeInfo, NodeInfo__Output as _quidditch_master_NodeInfo__Output } from '../../quidditch/master/NodeInfo.js';
import type { MasterNode as _quidditch_master_MasterNode, MasterNode__Output as _quidditch_master_MasterNode__Output } from '../../quidditch/master/MasterNode.js';
import type { Long } from '@grpc/proto-loader';

export interface ClusterStateResponse {
  'version'?: (number | string | Long);
  'cluster_name'?: (string);
  'cluster_uuid'?: (string);
  'status'?: (_quidditch_master_ClusterStatus);
  'indices'?: (_quidditch_master_IndexMetadata)[];
  'routing_table'?: (_quidditch_master_RoutingTable | null);
  'nodes'?: (_quidditch_master_NodeInfo)[];
  'master_node'?: (_quidditch_master_MasterNode | null);
  'stale'?: (boolean);
  'next_page_token'?: (string);
  'settings'?: ({[key: string]: string});
  '_stale'?: "stale";
  '_next_page_token'?: "next_page_token";
}

export interface ClusterStateResponse__Output {
  'version': (number);
  'cluster_name': (string);
  'cluster_uuid': (string);
  'status': (_quidditch_master_ClusterStatus__Output);
  'indices': (_quidditch_master_IndexMetadata__Output)[];
  'routing_table': (_quidditch_master_RoutingTable__Output | null);
  'nodes': (_quidditch_master_NodeInfo__Output)[];
  'master_node': (_quidditch_master_MasterNode__Output | null);
  'stale'?: (boolean);
  'next_page_token'?: (string);
  'settings': ({[key: string]: string});
  '_stale'?: "stale";
  '_next_page_token'?: "next_page_token";
}
