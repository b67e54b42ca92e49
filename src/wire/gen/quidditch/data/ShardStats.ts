// Original file: proto/data.proto

import type { _quidditch_data_ShardInfo_ShardState, _quidditch_data_ShardInfo_ShardState__Output } from '../../quidditch/data/ShardInfo.js';
import type { Long } from '@grpc/proto-loader';

export interface ShardStats {
  'index_name'?: (string);
  'shard_id'?: (number);
  'is_primary'?: (boolean);
  'docs_count'?: (number | string | Long);
  'docs_deleted'?: (number | string | Long);
  'size_bytes'?: (number | string | Long);
  'search_queries_total'?: (number | string | Long);
  'search_queries_time_millis'?: (number | string | Long);
  'indexing_total'?: (number | string | Long);
  'indexing_time_millis'?: (number | string | Long);
  'index_uuid'?: (string);
  'allocation_id'?: (string);
  'primary_term'?: (number | string | Long);
  'state'?: (_quidditch_data_ShardInfo_ShardState);
  'shard_version'?: (number | string | Long);
  'failure'?: (string);
  '_index_uuid'?: "index_uuid";
  '_allocation_id'?: "allocation_id";
  '_primary_term'?: "primary_term";
  '_state'?: "state";
  '_shard_version'?: "shard_version";
  '_failure'?: "failure";
}

export interface ShardStats__Output {
  'index_name': (string);
  'shard_id': (number);
  'is_primary': (boolean);
  'docs_count': (number);
  'docs_deleted': (number);
  'size_bytes': (number);
  'search_queries_total': (number);
  'search_queries_time_millis': (number);
  'indexing_total': (number);
  'indexing_time_millis': (number);
  'index_uuid'?: (string);
  'allocation_id'?: (string);
  'primary_term'?: (number);
  'state'?: (_quidditch_data_ShardInfo_ShardState__Output);
  'shard_version'?: (number);
  'failure'?: (string);
  '_index_uuid'?: "index_uuid";
  '_allocation_id'?: "allocation_id";
  '_primary_term'?: "primary_term";
  '_state'?: "state";
  '_shard_version'?: "shard_version";
  '_failure'?: "failure";
}
