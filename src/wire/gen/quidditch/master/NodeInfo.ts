// Original file: proto/master.proto

import type { NodeType as _quidditch_master_NodeType, NodeType__Output as _quidditch_master_NodeType__Output } from '../../quidditch/master/NodeType.js';
import type { NodeAttributes as _quidditch_master_NodeAttributes, NodeAttributes__Output as _quidditch_master_NodeAttributes__Output } from '../../quidditch/master/NodeAttributes.js';
import type { NodeStatus as _quidditch_master_NodeStatus, NodeStatus__Output as _quidditch_master_NodeStatus__Output } from '../../quidditch/master/NodeStatus.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.js';
import type { DanglingShard as _quidditch_master_DanglingShard, DanglingShard__Output as _quidditch_master_DanglingShard__Output } from '../../quidditch/master/DanglingShard.js';

export interface NodeInfo {
  'node_id'?: (string);
  'node_name'?: (string);
  'node_type'?: (_quidditch_master_NodeType);
  'bind_addr'?: (string);
  'grpc_port'?: (number);
  'attributes'?: (_quidditch_master_NodeAttributes | null);
  'status'?: (_quidditch_master_NodeStatus);
  'joined_at'?: (_google_protobuf_Timestamp | null);
  'last_seen'?: (_google_protobuf_Timestamp | null);
  'capabilities'?: (string)[];
  'status_reason'?: (string);
  'dangling_shards'?: (_quidditch_master_DanglingShard)[];
  '_status_reason'?: "status_reason";
}

export interface NodeInfo__Output {
  'node_id': (string);
  'node_name': (string);
  'node_type': (_quidditch_master_NodeType__Output);
  'bind_addr': (string);
  'grpc_port': (number);
  'attributes': (_quidditch_master_NodeAttributes__Output | null);
  'status': (_quidditch_master_NodeStatus__Output);
  'joined_at': (_google_protobuf_Timestamp__Output | null);
  'last_seen': (_google_protobuf_Timestamp__Output | null);
  'capabilities': (string)[];
  'status_reason'?: (string);
  'dangling_shards': (_quidditch_master_DanglingShard__Output)[];
  '_status_reason'?: "status_reason";
}
