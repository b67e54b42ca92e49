// Original file: proto/raft.proto

import type { Long } from '@grpc/proto-loader';

export interface ForwardProposalResponse {
  'accepted'?: (boolean);
  'code'?: (string);
  'message'?: (string);
  'epoch'?: (number | string | Long);
}

export interface ForwardProposalResponse__Output {
  'accepted': (boolean);
  'code': (string);
  'message': (string);
  'epoch': (number);
}
