// Original file: proto/raft.proto

import type { Long } from '@grpc/proto-loader';

export interface SnapshotDescription {
  'log_index'?: (number | string | Long);
  'term'?: (number | string | Long);
  'voters'?: (number | string | Long)[];
  'voters_outgoing'?: (number | string | Long)[];
  'learners'?: (number | string | Long)[];
  'learners_next'?: (number | string | Long)[];
  'auto_leave'?: (boolean);
}

export interface SnapshotDescription__Output {
  'log_index': (number);
  'term': (number);
  'voters': (number)[];
  'voters_outgoing': (number)[];
  'learners': (number)[];
  'learners_next': (number)[];
  'auto_leave': (boolean);
}
