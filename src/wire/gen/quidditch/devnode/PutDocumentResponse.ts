// Original file: proto/devnode.proto

import type { Long } from '@grpc/proto-loader';

export interface PutDocumentResponse {
  'sequence'?: (number | string | Long);
  'primary_term'?: (number | string | Long);
}

export interface PutDocumentResponse__Output {
  'sequence': (number);
  'primary_term': (number);
}
