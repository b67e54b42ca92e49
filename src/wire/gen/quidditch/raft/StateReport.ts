// Original file: proto/raft.proto

import type { Long } from '@grpc/proto-loader';

export interface StateReport {
  'term'?: (number | string | Long);
  'last_log_index'?: (number | string | Long);
  'commit_log_index'?: (number | string | Long);
  'applied_log_index'?: (number | string | Long);
  'state_hash'?: (string);
  'disk_low'?: (boolean);
  'boot_count'?: (number | string | Long);
  'hash_log_index'?: (number | string | Long);
}

export interface StateReport__Output {
  'term': (number);
  'last_log_index': (number);
  'commit_log_index': (number);
  'applied_log_index': (number);
  'state_hash': (string);
  'disk_low': (boolean);
  'boot_count': (number);
  'hash_log_index': (number);
}
