// Original file: proto/master.proto

import type { Long } from '@grpc/proto-loader';

export interface ReportShardFailedRequest {
  'node_id'?: (string);
  'index_name'?: (string);
  'index_uuid'?: (string);
  'shard_id'?: (number);
  'allocation_id'?: (string);
  'detail'?: (string);
  'primary_allocation_id'?: (string);
  'primary_term'?: (number | string | Long);
  '_primary_allocation_id'?: "primary_allocation_id";
  '_primary_term'?: "primary_term";
}

export interface ReportShardFailedRequest__Output {
  'node_id': (string);
  'index_name': (string);
  'index_uuid': (string);
  'shard_id': (number);
  'allocation_id': (string);
  'detail': (string);
  'primary_allocation_id'?: (string);
  'primary_term'?: (number);
  '_primary_allocation_id'?: "primary_allocation_id";
  '_primary_term'?: "primary_term";
}
