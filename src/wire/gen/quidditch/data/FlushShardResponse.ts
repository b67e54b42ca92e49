// Original file: proto/data.proto


export interface FlushShardResponse {
  'acknowledged'?: (boolean);
}

export interface FlushShardResponse__Output {
  'acknowledged': (boolean);
}
