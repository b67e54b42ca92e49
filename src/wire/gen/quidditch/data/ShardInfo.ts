// Original file: proto/data.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.js';
import type { Long } from '@grpc/proto-loader';

// Original file: proto/data.proto

export const _quidditch_data_ShardInfo_ShardState = {
  SHARD_STATE_UNKNOWN: 'SHARD_STATE_UNKNOWN',
  SHARD_STATE_INITIALIZING: 'SHARD_STATE_INITIALIZING',
  SHARD_STATE_STARTED: 'SHARD_STATE_STARTED',
  SHARD_STATE_RELOCATING: 'SHARD_STATE_RELOCATING',
  SHARD_STATE_CLOSED: 'SHARD_STATE_CLOSED',
} as const;

export type _quidditch_data_ShardInfo_ShardState =
  | 'SHARD_STATE_UNKNOWN'
  | 0
  | 'SHARD_STATE_INITIALIZING'
  | 1
  | 'SHARD_STATE_STARTED'
  | 2
  | 'SHARD_STATE_RELOCATING'
  | 3
  | 'SHARD_STATE_CLOSED'
  | 4

export type _quidditch_data_ShardInfo_ShardState__Output = typeof _quidditch_data_ShardInfo_ShardState[keyof typeof _quidditch_data_ShardInfo_ShardState]

export interface ShardInfo {
  'index_name'?: (string);
  'shard_id'?: (number);
  'is_primary'?: (boolean);
  'state'?: (_quidditch_data_ShardInfo_ShardState);
  'docs_count'?: (number | string | Long);
  'size_bytes'?: (number | string | Long);
  'created_at'?: (_google_protobuf_Timestamp | null);
  'last_updated'?: (_google_protobuf_Timestamp | null);
}

export interface ShardInfo__Output {
  'index_name': (string);
  'shard_id': (number);
  'is_primary': (boolean);
  'state': (_quidditch_data_ShardInfo_ShardState__Output);
  'docs_count': (number);
  'size_bytes': (number);
  'created_at': (_google_protobuf_Timestamp__Output | null);
  'last_updated': (_google_protobuf_Timestamp__Output | null);
}
