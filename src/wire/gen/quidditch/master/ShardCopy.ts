// Original file: proto/master.proto

import type { _quidditch_master_ShardAllocation_ShardState, _quidditch_master_ShardAllocation_ShardState__Output } from '../../quidditch/master/ShardAllocation.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.js';

export interface ShardCopy {
  'allocation_id'?: (string);
  'is_primary'?: (boolean);
  'node_id'?: (string);
  'state'?: (_quidditch_master_ShardAllocation_ShardState);
  'unassigned_reason'?: (string);
  'unassigned_since'?: (_google_protobuf_Timestamp | null);
  'failed_attempts'?: (number);
  'unassigned_detail'?: (string);
  'relocating_node_id'?: (string);
}

export interface ShardCopy__Output {
  'allocation_id': (string);
  'is_primary': (boolean);
  'node_id': (string);
  'state': (_quidditch_master_ShardAllocation_ShardState__Output);
  'unassigned_reason': (string);
  'unassigned_since': (_google_protobuf_Timestamp__Output | null);
  'failed_attempts': (number);
  'unassigned_detail': (string);
  'relocating_node_id': (string);
}
