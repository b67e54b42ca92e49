// Original file: proto/admin.proto

import type { Members as _quidditch_master_Members, Members__Output as _quidditch_master_Members__Output } from '../../quidditch/master/Members.js';
import type { Long } from '@grpc/proto-loader';

export interface AddMemberResponse {
  'member_id'?: (number | string | Long);
  'members'?: (_quidditch_master_Members | null);
}

export interface AddMemberResponse__Output {
  'member_id': (number);
  'members': (_quidditch_master_Members__Output | null);
}
