// Original file: proto/devnode.proto


export interface RecoverRequest {
  'index_name'?: (string);
  'index_uuid'?: (string);
  'shard_id'?: (number);
  'allocation_id'?: (string);
  'address'?: (string);
}

export interface RecoverRequest__Output {
  'index_name': (string);
  'index_uuid': (string);
  'shard_id': (number);
  'allocation_id': (string);
  'address': (string);
}
