// Original file: proto/data.proto

import type { Long } from '@grpc/proto-loader';

export interface ShardOrder {
  'cluster_uuid'?: (string);
  'epoch'?: (number | string | Long);
  'index_uuid'?: (string);
  'allocation_id'?: (string);
  'primary_term'?: (number | string | Long);
}

export interface ShardOrder__Output {
  'cluster_uuid': (string);
  'epoch': (number);
  'index_uuid': (string);
  'allocation_id': (string);
  'primary_term': (number);
}
