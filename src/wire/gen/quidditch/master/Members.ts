// Original file: proto/admin.proto

import type { Member as _quidditch_master_Member, Member__Output as _quidditch_master_Member__Output } from '../../quidditch/master/Member.js';
import type { Long } from '@grpc/proto-loader';

export interface Members {
  'cluster_uuid'?: (string);
  'epoch'?: (number | string | Long);
  'members'?: (_quidditch_master_Member)[];
  'is_joint'?: (boolean);
  'removed'?: (number | string | Long)[];
}

export interface Members__Output {
  'cluster_uuid': (string);
  'epoch': (number);
  'members': (_quidditch_master_Member__Output)[];
  'is_joint': (boolean);
  'removed': (number)[];
}
