// Original file: proto/raft.proto

import type { Long } from '@grpc/proto-loader';

export interface MemberDescription {
  'member_id'?: (number | string | Long);
  'node_id'?: (string);
  'peer_address'?: (string);
  'grpc_address'?: (string);
  'learner'?: (boolean);
  'leader'?: (boolean);
  'promotes'?: (boolean);
  'replaces'?: (number | string | Long);
  'term'?: (number | string | Long);
  'last_log_index'?: (number | string | Long);
  'commit_log_index'?: (number | string | Long);
  'applied_log_index'?: (number | string | Long);
  'lag_entries_count'?: (number | string | Long);
  'last_contact_ms'?: (number | string | Long);
  '_last_contact_ms'?: "last_contact_ms";
}

export interface MemberDescription__Output {
  'member_id': (number);
  'node_id': (string);
  'peer_address': (string);
  'grpc_address': (string);
  'learner': (boolean);
  'leader': (boolean);
  'promotes': (boolean);
  'replaces': (number);
  'term': (number);
  'last_log_index': (number);
  'commit_log_index': (number);
  'applied_log_index': (number);
  'lag_entries_count': (number);
  'last_contact_ms'?: (number);
  '_last_contact_ms'?: "last_contact_ms";
}
