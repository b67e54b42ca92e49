// Original file: proto/data.proto


export interface GetNodeStatsRequest {
  'include_shards'?: (boolean);
}

export interface GetNodeStatsRequest__Output {
  'include_shards': (boolean);
}
