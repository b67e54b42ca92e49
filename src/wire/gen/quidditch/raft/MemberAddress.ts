// Original file: proto/raft.proto

import type { Long } from '@grpc/proto-loader';

export interface MemberAddress {
  'member_id'?: (number | string | Long);
  'node_id'?: (string);
  'address'?: (string);
}

export interface MemberAddress__Output {
  'member_id': (number);
  'node_id': (string);
  'address': (string);
}
