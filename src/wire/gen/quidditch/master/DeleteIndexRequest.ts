// Original file: proto/master.proto

import type { Long } from '@grpc/proto-loader';

export interface DeleteIndexRequest {
  'index_name'?: (string);
  'expected_version'?: (number | string | Long);
  'expected_index_uuid'?: (string);
  '_expected_version'?: "expected_version";
  '_expected_index_uuid'?: "expected_index_uuid";
}

export interface DeleteIndexRequest__Output {
  'index_name': (string);
  'expected_version'?: (number);
  'expected_index_uuid'?: (string);
  '_expected_version'?: "expected_version";
  '_expected_index_uuid'?: "expected_index_uuid";
}
