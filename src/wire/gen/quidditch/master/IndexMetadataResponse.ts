// Original file: proto/master.proto

import type { IndexMetadata as _quidditch_master_IndexMetadata, IndexMetadata__Output as _quidditch_master_IndexMetadata__Output } from '../../quidditch/master/IndexMetadata.js';
import type { Long } from '@grpc/proto-loader';

export interface IndexMetadataResponse {
  'metadata'?: (_quidditch_master_IndexMetadata | null);
  'stale'?: (boolean);
  'cluster_version'?: (number | string | Long);
  '_stale'?: "stale";
  '_cluster_version'?: "cluster_version";
}

export interface IndexMetadataResponse__Output {
  'metadata': (_quidditch_master_IndexMetadata__Output | null);
  'stale'?: (boolean);
  'cluster_version'?: (number);
  '_stale'?: "stale";
  '_cluster_version'?: "cluster_version";
}
