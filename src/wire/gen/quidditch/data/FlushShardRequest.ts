// Original file: proto/data.proto


export interface FlushShardRequest {
  'index_name'?: (string);
  'shard_id'?: (number);
}

export interface FlushShardRequest__Output {
  'index_name': (string);
  'shard_id': (number);
}
