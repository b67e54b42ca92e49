// Original file: proto/data.proto


export interface RefreshShardRequest {
  'index_name'?: (string);
  'shard_id'?: (number);
}

export interface RefreshShardRequest__Output {
  'index_name': (string);
  'shard_id': (number);
}
