// Original file: proto/raft.proto

import type { MemberAddress as _quidditch_raft_MemberAddress, MemberAddress__Output as _quidditch_raft_MemberAddress__Output } from '../../quidditch/raft/MemberAddress.js';

export interface Formation {
  'cluster_uuid'?: (string);
  'members'?: (_quidditch_raft_MemberAddress)[];
}

export interface Formation__Output {
  'cluster_uuid': (string);
  'members': (_quidditch_raft_MemberAddress__Output)[];
}
