// Original file: proto/data.proto


export interface CreateShardResponse {
  'acknowledged'?: (boolean);
  'shard_key'?: (string);
}

export interface CreateShardResponse__Output {
  'acknowledged': (boolean);
  'shard_key': (string);
}
