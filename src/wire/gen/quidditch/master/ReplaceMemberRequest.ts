// Original file: proto/admin.proto

import type { Long } from '@grpc/proto-loader';

export interface ReplaceMemberRequest {
  'member_id'?: (number | string | Long);
  'peer_address'?: (string);
}

export interface ReplaceMemberRequest__Output {
  'member_id': (number);
  'peer_address': (string);
}
