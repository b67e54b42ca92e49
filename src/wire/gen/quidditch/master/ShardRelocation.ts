// Original file: proto/master.proto


export interface ShardRelocation {
  'index_name'?: (string);
  'shard_id'?: (number);
  'from_node'?: (string);
  'to_node'?: (string);
}

export interface ShardRelocation__Output {
  'index_name': (string);
  'shard_id': (number);
  'from_node': (string);
  'to_node': (string);
}
