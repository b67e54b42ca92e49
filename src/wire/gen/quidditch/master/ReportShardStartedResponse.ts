// Original file: proto/master.proto

import type { Long } from '@grpc/proto-loader';

export interface ReportShardStartedResponse {
  'acknowledged'?: (boolean);
  'cluster_version'?: (number | string | Long);
}

export interface ReportShardStartedResponse__Output {
  'acknowledged': (boolean);
  'cluster_version': (number);
}
