// Original file: proto/raft.proto

import type { Long } from '@grpc/proto-loader';

// Original file: proto/raft.proto

export const _quidditch_raft_AdministerRequest_Kind = {
  KIND_UNSPECIFIED: 'KIND_UNSPECIFIED',
  KIND_LIST: 'KIND_LIST',
  KIND_ADD: 'KIND_ADD',
  KIND_PROMOTE: 'KIND_PROMOTE',
  KIND_REMOVE: 'KIND_REMOVE',
  KIND_REPLACE: 'KIND_REPLACE',
  KIND_TRANSFER: 'KIND_TRANSFER',
  KIND_REJOIN: 'KIND_REJOIN',
} as const;

export type _quidditch_raft_AdministerRequest_Kind =
  | 'KIND_UNSPECIFIED'
  | 0
  | 'KIND_LIST'
  | 1
  | 'KIND_ADD'
  | 2
  | 'KIND_PROMOTE'
  | 3
  | 'KIND_REMOVE'
  | 4
  | 'KIND_REPLACE'
  | 5
  | 'KIND_TRANSFER'
  | 6
  | 'KIND_REJOIN'
  | 7

export type _quidditch_raft_AdministerRequest_Kind__Output = typeof _quidditch_raft_AdministerRequest_Kind[keyof typeof _quidditch_raft_AdministerRequest_Kind]

export interface AdministerRequest {
  'cluster_uuid'?: (string);
  'kind'?: (_quidditch_raft_AdministerRequest_Kind);
  'member_id'?: (number | string | Long);
  'peer_address'?: (string);
  'learner'?: (boolean);
  'new_member_id'?: (number | string | Long);
  'node_id'?: (string);
  'reason'?: (string);
  'budget_ms'?: (number | string | Long);
}

export interface AdministerRequest__Output {
  'cluster_uuid': (string);
  'kind': (_quidditch_raft_AdministerRequest_Kind__Output);
  'member_id': (number);
  'peer_address': (string);
  'learner': (boolean);
  'new_member_id': (number);
  'node_id': (string);
  'reason': (string);
  'budget_ms': (number);
}
