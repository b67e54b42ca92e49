// Original file: proto/master.proto


export interface AllocateShardRequest {
  'index_name'?: (string);
  'shard_id'?: (number);
  'is_primary'?: (boolean);
  'preferred_node_id'?: (string);
}

export interface AllocateShardRequest__Output {
  'index_name': (string);
  'shard_id': (number);
  'is_primary': (boolean);
  'preferred_node_id': (string);
}
