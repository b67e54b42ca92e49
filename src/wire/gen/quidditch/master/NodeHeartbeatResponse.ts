// Original file: proto/master.proto

import type { Long } from '@grpc/proto-loader';

export interface NodeHeartbeatResponse {
  'acknowledged'?: (boolean);
  'cluster_version'?: (number | string | Long);
  'cluster_uuid'?: (string);
  '_cluster_uuid'?: "cluster_uuid";
}

export interface NodeHeartbeatResponse__Output {
  'acknowledged': (boolean);
  'cluster_version': (number);
  'cluster_uuid'?: (string);
  '_cluster_uuid'?: "cluster_uuid";
}
