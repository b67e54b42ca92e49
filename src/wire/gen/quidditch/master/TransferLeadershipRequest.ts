// Original file: proto/admin.proto

import type { Long } from '@grpc/proto-loader';

export interface TransferLeadershipRequest {
  'member_id'?: (number | string | Long);
}

export interface TransferLeadershipRequest__Output {
  'member_id': (number);
}
