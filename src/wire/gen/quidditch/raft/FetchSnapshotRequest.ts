// Original file: proto/raft.proto

import type { Long } from '@grpc/proto-loader';

export interface FetchSnapshotRequest {
  'cluster_uuid'?: (string);
  'log_index'?: (number | string | Long);
  'term'?: (number | string | Long);
}

export interface FetchSnapshotRequest__Output {
  'cluster_uuid': (string);
  'log_index': (number);
  'term': (number);
}
