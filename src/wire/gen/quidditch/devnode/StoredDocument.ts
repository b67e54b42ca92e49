// Original file: proto/devnode.proto

import type { Long } from '@grpc/proto-loader';

export interface StoredDocument {
  'document_id'?: (string);
  'body'?: (Buffer | Uint8Array | string);
  'sequence'?: (number | string | Long);
  'primary_term'?: (number | string | Long);
}

export interface StoredDocument__Output {
  'document_id': (string);
  'body': (Buffer);
  'sequence': (number);
  'primary_term': (number);
}
