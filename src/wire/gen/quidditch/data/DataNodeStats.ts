// Original file: proto/data.proto

import type { ShardStats as _quidditch_data_ShardStats, ShardStats__Output as _quidditch_data_ShardStats__Output } from '../../quidditch/data/ShardStats.js';
import type { Long } from '@grpc/proto-loader';

export interface DataNodeStats {
  'node_id'?: (string);
  'total_shards'?: (number);
  'total_docs'?: (number | string | Long);
  'total_size_bytes'?: (number | string | Long);
  'cpu_usage_percent'?: (number | string);
  'memory_usage_percent'?: (number | string);
  'disk_usage_percent'?: (number | string);
  'uptime_seconds'?: (number | string | Long);
  'shards'?: (_quidditch_data_ShardStats)[];
  'cluster_uuid'?: (string);
  'epoch'?: (number | string | Long);
  '_cluster_uuid'?: "cluster_uuid";
  '_epoch'?: "epoch";
}

export interface DataNodeStats__Output {
  'node_id': (string);
  'total_shards': (number);
  'total_docs': (number);
  'total_size_bytes': (number);
  'cpu_usage_percent': (number);
  'memory_usage_percent': (number);
  'disk_usage_percent': (number);
  'uptime_seconds': (number);
  'shards': (_quidditch_data_ShardStats__Output)[];
  'cluster_uuid'?: (string);
  'epoch'?: (number);
  '_cluster_uuid'?: "cluster_uuid";
  '_epoch'?: "epoch";
}
