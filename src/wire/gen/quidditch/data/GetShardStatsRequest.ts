// Original file: proto/data.proto


export interface GetShardStatsRequest {
  'index_name'?: (string);
  'shard_id'?: (number);
}

export interface GetShardStatsRequest__Output {
  'index_name': (string);
  'shard_id': (number);
}
