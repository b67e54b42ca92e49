// Original file: proto/raft.proto

import type { Long } from '@grpc/proto-loader';

export interface RaftEntry {
  'log_index'?: (number | string | Long);
  'term'?: (number | string | Long);
  'kind'?: (number);
  'data'?: (Buffer | Uint8Array | string);
}

export interface RaftEntry__Output {
  'log_index': (number);
  'term': (number);
  'kind': (number);
  'data': (Buffer);
}
