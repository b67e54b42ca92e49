// Original file: proto/master.proto

import type { NodeType as _quidditch_master_NodeType, NodeType__Output as _quidditch_master_NodeType__Output } from '../../quidditch/master/NodeType.js';
import type { NodeAttributes as _quidditch_master_NodeAttributes, NodeAttributes__Output as _quidditch_master_NodeAttributes__Output } from '../../quidditch/master/NodeAttributes.js';

export interface RegisterNodeRequest {
  'node_id'?: (string);
  'node_type'?: (_quidditch_master_NodeType);
  'bind_addr'?: (string);
  'grpc_port'?: (number);
  'attributes'?: (_quidditch_master_NodeAttributes | null);
  'capabilities'?: (string)[];
}

export interface RegisterNodeRequest__Output {
  'node_id': (string);
  'node_type': (_quidditch_master_NodeType__Output);
  'bind_addr': (string);
  'grpc_port': (number);
  'attributes': (_quidditch_master_NodeAttributes__Output | null);
  'capabilities': (string)[];
}
