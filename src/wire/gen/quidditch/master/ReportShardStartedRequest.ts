// Original file: proto/master.proto

import type { Long } from '@grpc/proto-loader';

export interface ReportShardStartedRequest {
  'node_id'?: (string);
  'index_name'?: (string);
  'index_uuid'?: (string);
  'shard_id'?: (number);
  'allocation_id'?: (string);
  'primary_term'?: (number | string | Long);
}

export interface ReportShardStartedRequest__Output {
  'node_id': (string);
  'index_name': (string);
  'index_uuid': (string);
  'shard_id': (number);
  'allocation_id': (string);
  'primary_term': (number);
}
