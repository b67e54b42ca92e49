// Original file: proto/master.proto

import type { IndexSettings as _quidditch_master_IndexSettings, IndexSettings__Output as _quidditch_master_IndexSettings__Output } from '../../quidditch/master/IndexSettings.js';
import type { Long } from '@grpc/proto-loader';

export interface UpdateIndexSettingsRequest {
  'index_name'?: (string);
  'settings'?: (_quidditch_master_IndexSettings | null);
  'expected_version'?: (number | string | Long);
  'expected_index_uuid'?: (string);
  '_expected_version'?: "expected_version";
  '_expected_index_uuid'?: "expected_index_uuid";
}

export interface UpdateIndexSettingsRequest__Output {
  'index_name': (string);
  'settings': (_quidditch_master_IndexSettings__Output | null);
  'expected_version'?: (number);
  'expected_index_uuid'?: (string);
  '_expected_version'?: "expected_version";
  '_expected_index_uuid'?: "expected_index_uuid";
}
