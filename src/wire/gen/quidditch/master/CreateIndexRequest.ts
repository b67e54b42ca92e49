// Original file: proto/master.proto

import type { IndexSettings as _quidditch_master_IndexSettings, IndexSettings__Output as _quidditch_master_IndexSettings__Output } from '../../quidditch/master/IndexSettings.js';
import type { FieldMapping as _quidditch_master_FieldMapping, FieldMapping__Output as _quidditch_master_FieldMapping__Output } from '../../quidditch/master/FieldMapping.js';

export interface CreateIndexRequest {
  'index_name'?: (string);
  'settings'?: (_quidditch_master_IndexSettings | null);
  'mappings'?: ({[key: string]: _quidditch_master_FieldMapping});
  'aliases'?: ({[key: string]: string});
  'wait_for_active_shards'?: (number);
  '_wait_for_active_shards'?: "wait_for_active_shards";
}

export interface CreateIndexRequest__Output {
  'index_name': (string);
  'settings': (_quidditch_master_IndexSettings__Output | null);
  'mappings': ({[key: string]: _quidditch_master_FieldMapping__Output});
  'aliases': ({[key: string]: string});
  'wait_for_active_shards'?: (number);
  '_wait_for_active_shards'?: "wait_for_active_shards";
}
