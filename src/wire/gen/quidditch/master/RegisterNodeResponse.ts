// Original file: proto/master.proto

import type { Long } from '@grpc/proto-loader';

export interface RegisterNodeResponse {
  'acknowledged'?: (boolean);
  'cluster_version'?: (number | string | Long);
  'cluster_uuid'?: (string);
  'epoch'?: (number | string | Long);
  '_cluster_uuid'?: "cluster_uuid";
  '_epoch'?: "epoch";
}

export interface RegisterNodeResponse__Output {
  'acknowledged': (boolean);
  'cluster_version': (number);
  'cluster_uuid'?: (string);
  'epoch'?: (number);
  '_cluster_uuid'?: "cluster_uuid";
  '_epoch'?: "epoch";
}
