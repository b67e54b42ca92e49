// Original file: proto/data.proto


export interface UpdateShardResponse {
  'acknowledged'?: (boolean);
}

export interface UpdateShardResponse__Output {
  'acknowledged': (boolean);
}
