// Original file: proto/data.proto


export interface DeleteShardResponse {
  'acknowledged'?: (boolean);
}

export interface DeleteShardResponse__Output {
  'acknowledged': (boolean);
}
