// Original file: proto/admin.proto

import type { Members as _quidditch_master_Members, Members__Output as _quidditch_master_Members__Output } from '../../quidditch/master/Members.js';

export interface ListMembersResponse {
  'members'?: (_quidditch_master_Members | null);
}

export interface ListMembersResponse__Output {
  'members': (_quidditch_master_Members__Output | null);
}
