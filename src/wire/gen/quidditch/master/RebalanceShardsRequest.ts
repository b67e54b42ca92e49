// Original file: proto/master.proto


export interface RebalanceShardsRequest {
  'index_names'?: (string)[];
  'dry_run'?: (boolean);
}

export interface RebalanceShardsRequest__Output {
  'index_names': (string)[];
  'dry_run': (boolean);
}
