// Original file: proto/devnode.proto

import type { Long } from '@grpc/proto-loader';

export interface ReplicateDocumentRequest {
  'index_name'?: (string);
  'index_uuid'?: (string);
  'shard_id'?: (number);
  'allocation_id'?: (string);
  'primary_term'?: (number | string | Long);
  'sequence'?: (number | string | Long);
  'document_id'?: (string);
  'body'?: (Buffer | Uint8Array | string);
  'node_id'?: (string);
}

export interface ReplicateDocumentRequest__Output {
  'index_name': (string);
  'index_uuid': (string);
  'shard_id': (number);
  'allocation_id': (string);
  'primary_term': (number);
  'sequence': (number);
  'document_id': (string);
  'body': (Buffer);
  'node_id': (string);
}
