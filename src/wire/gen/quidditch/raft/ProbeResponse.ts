// Original file: proto/raft.proto

import type { Formation as _quidditch_raft_Formation, Formation__Output as _quidditch_raft_Formation__Output } from '../../quidditch/raft/Formation.js';
import type { CurrentMember as _quidditch_raft_CurrentMember, CurrentMember__Output as _quidditch_raft_CurrentMember__Output } from '../../quidditch/raft/CurrentMember.js';
import type { Long } from '@grpc/proto-loader';

export interface ProbeResponse {
  'nonce'?: (number | string | Long);
  'member_id'?: (number | string | Long);
  'node_id'?: (string);
  'peers'?: (string)[];
  'formation'?: (_quidditch_raft_Formation | null);
  'joining'?: (boolean);
  'replaces'?: (number | string | Long);
  'replaces_reason'?: (string);
  'members'?: (_quidditch_raft_CurrentMember)[];
  'removed'?: (number | string | Long)[];
  'leader_epoch'?: (number | string | Long);
}

export interface ProbeResponse__Output {
  'nonce': (number);
  'member_id': (number);
  'node_id': (string);
  'peers': (string)[];
  'formation': (_quidditch_raft_Formation__Output | null);
  'joining': (boolean);
  'replaces': (number);
  'replaces_reason': (string);
  'members': (_quidditch_raft_CurrentMember__Output)[];
  'removed': (number)[];
  'leader_epoch': (number);
}
