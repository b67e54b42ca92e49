// Original file: proto/raft.proto

import type { Long } from '@grpc/proto-loader';

export interface Hello {
  'cluster_uuid'?: (string);
  'from'?: (number | string | Long);
  'to'?: (number | string | Long);
  'node_id'?: (string);
  'grpc_address'?: (string);
  'peer_address'?: (string);
  'boot_count'?: (number | string | Long);
  'boot_nonce'?: (number | string | Long);
}

export interface Hello__Output {
  'cluster_uuid': (string);
  'from': (number);
  'to': (number);
  'node_id': (string);
  'grpc_address': (string);
  'peer_address': (string);
  'boot_count': (number);
  'boot_nonce': (number);
}
