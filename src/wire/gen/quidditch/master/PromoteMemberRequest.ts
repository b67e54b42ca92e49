// Original file: proto/admin.proto

import type { Long } from '@grpc/proto-loader';

export interface PromoteMemberRequest {
  'member_id'?: (number | string | Long);
}

export interface PromoteMemberRequest__Output {
  'member_id': (number);
}
