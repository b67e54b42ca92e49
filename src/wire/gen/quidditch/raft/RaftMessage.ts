// Original file: proto/raft.proto

import type { RaftEntry as _quidditch_raft_RaftEntry, RaftEntry__Output as _quidditch_raft_RaftEntry__Output } from '../../quidditch/raft/RaftEntry.js';
import type { SnapshotDescription as _quidditch_raft_SnapshotDescription, SnapshotDescription__Output as _quidditch_raft_SnapshotDescription__Output } from '../../quidditch/raft/SnapshotDescription.js';
import type { Long } from '@grpc/proto-loader';

// Original file: proto/raft.proto

export const _quidditch_raft_RaftMessage_Kind = {
  KIND_UNSPECIFIED: 'KIND_UNSPECIFIED',
  KIND_APPEND: 'KIND_APPEND',
  KIND_APPEND_RESPONSE: 'KIND_APPEND_RESPONSE',
  KIND_VOTE: 'KIND_VOTE',
  KIND_VOTE_RESPONSE: 'KIND_VOTE_RESPONSE',
  KIND_PRE_VOTE: 'KIND_PRE_VOTE',
  KIND_PRE_VOTE_RESPONSE: 'KIND_PRE_VOTE_RESPONSE',
  KIND_HEARTBEAT: 'KIND_HEARTBEAT',
  KIND_HEARTBEAT_RESPONSE: 'KIND_HEARTBEAT_RESPONSE',
  KIND_SNAPSHOT: 'KIND_SNAPSHOT',
  KIND_READ_INDEX: 'KIND_READ_INDEX',
  KIND_READ_INDEX_RESPONSE: 'KIND_READ_INDEX_RESPONSE',
  KIND_TIMEOUT_NOW: 'KIND_TIMEOUT_NOW',
  KIND_TRANSFER_LEADER: 'KIND_TRANSFER_LEADER',
  KIND_PROPOSE: 'KIND_PROPOSE',
} as const;

export type _quidditch_raft_RaftMessage_Kind =
  | 'KIND_UNSPECIFIED'
  | 0
  | 'KIND_APPEND'
  | 1
  | 'KIND_APPEND_RESPONSE'
  | 2
  | 'KIND_VOTE'
  | 3
  | 'KIND_VOTE_RESPONSE'
  | 4
  | 'KIND_PRE_VOTE'
  | 5
  | 'KIND_PRE_VOTE_RESPONSE'
  | 6
  | 'KIND_HEARTBEAT'
  | 7
  | 'KIND_HEARTBEAT_RESPONSE'
  | 8
  | 'KIND_SNAPSHOT'
  | 9
  | 'KIND_READ_INDEX'
  | 10
  | 'KIND_READ_INDEX_RESPONSE'
  | 11
  | 'KIND_TIMEOUT_NOW'
  | 12
  | 'KIND_TRANSFER_LEADER'
  | 13
  | 'KIND_PROPOSE'
  | 14

export type _quidditch_raft_RaftMessage_Kind__Output = typeof _quidditch_raft_RaftMessage_Kind[keyof typeof _quidditch_raft_RaftMessage_Kind]

export interface RaftMessage {
  'kind'?: (_quidditch_raft_RaftMessage_Kind);
  'from'?: (number | string | Long);
  'to'?: (number | string | Long);
  'term'?: (number | string | Long);
  'log_index'?: (number | string | Long);
  'log_term'?: (number | string | Long);
  'entries'?: (_quidditch_raft_RaftEntry)[];
  'commit'?: (number | string | Long);
  'reject'?: (boolean);
  'hint_log_index'?: (number | string | Long);
  'hint_term'?: (number | string | Long);
  'transfer'?: (boolean);
  'context'?: (number | string | Long);
  'snapshot'?: (_quidditch_raft_SnapshotDescription | null);
}

export interface RaftMessage__Output {
  'kind': (_quidditch_raft_RaftMessage_Kind__Output);
  'from': (number);
  'to': (number);
  'term': (number);
  'log_index': (number);
  'log_term': (number);
  'entries': (_quidditch_raft_RaftEntry__Output)[];
  'commit': (number);
  'reject': (boolean);
  'hint_log_index': (number);
  'hint_term': (number);
  'transfer': (boolean);
  'context': (number);
  'snapshot': (_quidditch_raft_SnapshotDescription__Output | null);
}
