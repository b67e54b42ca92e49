// Original file: proto/raft.proto

import type { Long } from '@grpc/proto-loader';

export interface ProbeRequest {
  'nonce'?: (number | string | Long);
}

export interface ProbeRequest__Output {
  'nonce': (number);
}
