// Original file: proto/data.proto


export interface GetShardInfoRequest {
  'index_name'?: (string);
  'shard_id'?: (number);
}

export interface GetShardInfoRequest__Output {
  'index_name': (string);
  'shard_id': (number);
}
