// Original file: proto/master.proto

import type { IndexSettings as _quidditch_master_IndexSettings, IndexSettings__Output as _quidditch_master_IndexSettings__Output } from '../../quidditch/master/IndexSettings.js';
import type { FieldMapping as _quidditch_master_FieldMapping, FieldMapping__Output as _quidditch_master_FieldMapping__Output } from '../../quidditch/master/FieldMapping.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.js';
import type { Long } from '@grpc/proto-loader';

// Original file: proto/master.proto

export const _quidditch_master_IndexMetadata_IndexState = {
  INDEX_STATE_UNKNOWN: 'INDEX_STATE_UNKNOWN',
  INDEX_STATE_CREATING: 'INDEX_STATE_CREATING',
  INDEX_STATE_OPEN: 'INDEX_STATE_OPEN',
  INDEX_STATE_CLOSED: 'INDEX_STATE_CLOSED',
  INDEX_STATE_DELETING: 'INDEX_STATE_DELETING',
} as const;

export type _quidditch_master_IndexMetadata_IndexState =
  | 'INDEX_STATE_UNKNOWN'
  | 0
  | 'INDEX_STATE_CREATING'
  | 1
  | 'INDEX_STATE_OPEN'
  | 2
  | 'INDEX_STATE_CLOSED'
  | 3
  | 'INDEX_STATE_DELETING'
  | 4

export type _quidditch_master_IndexMetadata_IndexState__Output = typeof _quidditch_master_IndexMetadata_IndexState[keyof typeof _quidditch_master_IndexMetadata_IndexState]

export interface IndexMetadata {
  'index_name'?: (string);
  'index_uuid'?: (string);
  'version'?: (number | string | Long);
  'settings'?: (_quidditch_master_IndexSettings | null);
  'mappings'?: ({[key: string]: _quidditch_master_FieldMapping});
  'aliases'?: ({[key: string]: string});
  'state'?: (_quidditch_master_IndexMetadata_IndexState);
  'created_at'?: (_google_protobuf_Timestamp | null);
}

export interface IndexMetadata__Output {
  'index_name': (string);
  'index_uuid': (string);
  'version': (number);
  'settings': (_quidditch_master_IndexSettings__Output | null);
  'mappings': ({[key: string]: _quidditch_master_FieldMapping__Output});
  'aliases': ({[key: string]: string});
  'state': (_quidditch_master_IndexMetadata_IndexState__Output);
  'created_at': (_google_protobuf_Timestamp__Output | null);
}
