// Original file: proto/raft.proto

import type { MembersDescription as _quidditch_raft_MembersDescription, MembersDescription__Output as _quidditch_raft_MembersDescription__Output } from '../../quidditch/raft/MembersDescription.js';
import type { Long } from '@grpc/proto-loader';

export interface AdministerResponse {
  'accepted'?: (boolean);
  'code'?: (string);
  'message'?: (string);
  'member_id'?: (number | string | Long);
  'members'?: (_quidditch_raft_MembersDescription | null);
}

export interface AdministerResponse__Output {
  'accepted': (boolean);
  'code': (string);
  'message': (string);
  'member_id': (number);
  'members': (_quidditch_raft_MembersDescription__Output | null);
}
