// Original file: proto/master.proto

import type { Long } from '@grpc/proto-loader';

export interface DeleteIndexResponse {
  'acknowledged'?: (boolean);
  'version'?: (number | string | Long);
  '_version'?: "version";
}

export interface DeleteIndexResponse__Output {
  'acknowledged': (boolean);
  'version'?: (number);
  '_version'?: "version";
}
