// Original file: proto/raft.proto

import type { MemberAddress as _quidditch_raft_MemberAddress, MemberAddress__Output as _quidditch_raft_MemberAddress__Output } from '../../quidditch/raft/MemberAddress.js';

export interface CurrentMember {
  'member'?: (_quidditch_raft_MemberAddress | null);
  'learner'?: (boolean);
}

export interface CurrentMember__Output {
  'member': (_quidditch_raft_MemberAddress__Output | null);
  'learner': (boolean);
}
