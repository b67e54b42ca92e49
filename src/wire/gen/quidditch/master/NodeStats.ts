// Original file: proto/master.proto

import type { Long } from '@grpc/proto-loader';

export interface NodeStats {
  'total_shards'?: (number | string | Long);
  'docs_count'?: (number | string | Long);
  'store_size_bytes'?: (number | string | Long);
  'cpu_usage_percent'?: (number | string);
  'memory_usage_percent'?: (number | string);
  'disk_usage_percent'?: (number | string);
  'search_queries_per_sec'?: (number | string | Long);
  'indexing_rate_per_sec'?: (number | string | Long);
}

export interface NodeStats__Output {
  'total_shards': (number);
  'docs_count': (number);
  'store_size_bytes': (number);
  'cpu_usage_percent': (number);
  'memory_usage_percent': (number);
  'disk_usage_percent': (number);
  'search_queries_per_sec': (number);
  'indexing_rate_per_sec': (number);
}
