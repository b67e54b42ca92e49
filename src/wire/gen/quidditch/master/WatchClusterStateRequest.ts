// Original file: proto/master.proto

import type { Long } from '@grpc/proto-loader';

export interface WatchClusterStateRequest {
  'from_version'?: (number | string | Long);
  'cluster_uuid'?: (string);
  '_cluster_uuid'?: "cluster_uuid";
}

export interface WatchClusterStateRequest__Output {
  'from_version': (number);
  'cluster_uuid'?: (string);
  '_cluster_uuid'?: "cluster_uuid";
}
