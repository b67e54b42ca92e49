// Original file: proto/raft.proto

import type { Hello as _quidditch_raft_Hello, Hello__Output as _quidditch_raft_Hello__Output } from '../../quidditch/raft/Hello.js';
import type { RaftMessage as _quidditch_raft_RaftMessage, RaftMessage__Output as _quidditch_raft_RaftMessage__Output } from '../../quidditch/raft/RaftMessage.js';
import type { StateReport as _quidditch_raft_StateReport, StateReport__Output as _quidditch_raft_StateReport__Output } from '../../quidditch/raft/StateReport.js';

export interface PeerFrame {
  'hello'?: (_quidditch_raft_Hello | null);
  'messages'?: (_quidditch_raft_RaftMessage)[];
  'report'?: (_quidditch_raft_StateReport | null);
}

export interface PeerFrame__Output {
  'hello': (_quidditch_raft_Hello__Output | null);
  'messages': (_quidditch_raft_RaftMessage__Output)[];
  'report': (_quidditch_raft_StateReport__Output | null);
}
