// Original file: proto/master.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.js';

// Original file: proto/master.proto

export const _quidditch_master_ShardAllocation_ShardState = {
  SHARD_STATE_UNKNOWN: 'SHARD_STATE_UNKNOWN',
  SHARD_STATE_INITIALIZING: 'SHARD_STATE_INITIALIZING',
  SHARD_STATE_STARTED: 'SHARD_STATE_STARTED',
  SHARD_STATE_RELOCATING: 'SHARD_STATE_RELOCATING',
  SHARD_STATE_UNASSIGNED: 'SHARD_STATE_UNASSIGNED',
} as const;

export type _quidditch_master_ShardAllocation_ShardState =
  | 'SHARD_STATE_UNKNOWN'
  | 0
  | 'SHARD_STATE_INITIALIZING'
  | 1
  | 'SHARD_STATE_STARTED'
  | 2
  | 'SHARD_STATE_RELOCATING'
  | 3
  | 'SHARD_STATE_UNASSIGNED'
  | 4

export type _quidditch_master_ShardAllocation_ShardState__Output = typeof _quidditch_master_ShardAllocation_ShardState[keyof typeof _quidditch_master_ShardAllocation_ShardState]

export interface ShardAllocation {
  'node_id'?: (string);
  'state'?: (_quidditch_master_ShardAllocation_ShardState);
  'allocated_at'?: (_google_protobuf_Timestamp | null);
}

export interface ShardAllocation__Output {
  'node_id': (string);
  'state': (_quidditch_master_ShardAllocation_ShardState__Output);
  'allocated_at': (_google_protobuf_Timestamp__Output | null);
}
