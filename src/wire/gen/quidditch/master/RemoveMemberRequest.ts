// Original file: proto/admin.proto

import type { Long } from '@grpc/proto-loader';

export interface RemoveMemberRequest {
  'member_id'?: (number | string | Long);
}

export interface RemoveMemberRequest__Output {
  'member_id': (number);
}
