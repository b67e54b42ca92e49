// Original file: proto/master.proto

import type { Long } from '@grpc/proto-loader';

export interface ReportShardFailedResponse {
  'acknowledged'?: (boolean);
  'cluster_version'?: (number | string | Long);
}

export interface ReportShardFailedResponse__Output {
  'acknowledged': (boolean);
  'cluster_version': (number);
}
