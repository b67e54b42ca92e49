// Original file: proto/master.proto

import type { Long } from '@grpc/proto-loader';

export interface CreateIndexResponse {
  'acknowledged'?: (boolean);
  'index_name'?: (string);
  'version'?: (number | string | Long);
  'shards_acknowledged'?: (boolean);
  'index_uuid'?: (string);
  '_shards_acknowledged'?: "shards_acknowledged";
  '_index_uuid'?: "index_uuid";
}

export interface CreateIndexResponse__Output {
  'acknowledged': (boolean);
  'index_name': (string);
  'version': (number);
  'shards_acknowledged'?: (boolean);
  'index_uuid'?: (string);
  '_shards_acknowledged'?: "shards_acknowledged";
  '_index_uuid'?: "index_uuid";
}
