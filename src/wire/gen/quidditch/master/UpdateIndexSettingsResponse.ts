// Original file: proto/master.proto

import type { Long } from '@grpc/proto-loader';

export interface UpdateIndexSettingsResponse {
  'acknowledged'?: (boolean);
  'version'?: (number | string | Long);
  '_version'?: "version";
}

export interface UpdateIndexSettingsResponse__Output {
  'acknowledged': (boolean);
  'version'?: (number);
  '_version'?: "version";
}
