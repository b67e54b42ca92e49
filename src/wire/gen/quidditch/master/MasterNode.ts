// Original file: proto/master.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.js';
import type { Long } from '@grpc/proto-loader';

export interface MasterNode {
  'node_id'?: (string);
  'node_name'?: (string);
  'elected_at'?: (_google_protobuf_Timestamp | null);
  'term'?: (number | string | Long);
}

export interface MasterNode__Output {
  'node_id': (string);
  'node_name': (string);
  'elected_at': (_google_protobuf_Timestamp__Output | null);
  'term': (number);
}
