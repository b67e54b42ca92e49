// Original file: proto/data.proto


export interface RefreshShardResponse {
  'acknowledged'?: (boolean);
}

export interface RefreshShardResponse__Output {
  'acknowledged': (boolean);
}
