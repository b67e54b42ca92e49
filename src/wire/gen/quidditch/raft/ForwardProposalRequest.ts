// Original file: proto/raft.proto

import type { Long } from '@grpc/proto-loader';

export interface ForwardProposalRequest {
  'cluster_uuid'?: (string);
  'from'?: (number | string | Long);
  'epoch'?: (number | string | Long);
  'command'?: (Buffer | Uint8Array | string);
  'tag_member'?: (number | string | Long);
  'tag_boot'?: (number | string | Long);
  'tag_sequence'?: (number | string | Long);
  'origin'?: (string);
}

export interface ForwardProposalRequest__Output {
  'cluster_uuid': (string);
  'from': (number);
  'epoch': (number);
  'command': (Buffer);
  'tag_member': (number);
  'tag_boot': (number);
  'tag_sequence': (number);
  'origin': (string);
}
