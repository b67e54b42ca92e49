// Original file: proto/admin.proto

import type { Suffrage as _quidditch_master_Suffrage, Suffrage__Output as _quidditch_master_Suffrage__Output } from '../../quidditch/master/Suffrage.js';
import type { Long } from '@grpc/proto-loader';

export interface Member {
  'member_id'?: (number | string | Long);
  'node_id'?: (string);
  'peer_address'?: (string);
  'grpc_address'?: (string);
  'suffrage'?: (_quidditch_master_Suffrage);
  'is_leader'?: (boolean);
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

export interface Member__Output {
  'member_id': (number);
  'node_id': (string);
  'peer_address': (string);
  'grpc_address': (string);
  'suffrage': (_quidditch_master_Suffrage__Output);
  'is_leader': (boolean);
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
