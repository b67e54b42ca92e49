// Original file: proto/data.proto


export interface PeerCopy {
  'node_id'?: (string);
  'address'?: (string);
  'allocation_id'?: (string);
  'in_sync'?: (boolean);
}

export interface PeerCopy__Output {
  'node_id': (string);
  'address': (string);
  'allocation_id': (string);
  'in_sync': (boolean);
}
