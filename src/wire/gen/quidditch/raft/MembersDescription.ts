// Original file: proto/raft.proto

import type { MemberDescription as _quidditch_raft_MemberDescription, MemberDescription__Output as _quidditch_raft_MemberDescription__Output } from '../../quidditch/raft/MemberDescription.js';
import type { Long } from '@grpc/proto-loader';

export interface MembersDescription {
  'cluster_uuid'?: (string);
  'epoch'?: (number | string | Long);
  'members'?: (_quidditch_raft_MemberDescription)[];
  'joint'?: (boolean);
  'removed'?: (number | string | Long)[];
}

export interface MembersDescription__Output {
  'cluster_uuid': (string);
  'epoch': (number);
  'members': (_quidditch_raft_MemberDescription__Output)[];
  'joint': (boolean);
  'removed': (number)[];
}
