// Original file: proto/master.proto


export interface NodeAttributes {
  'storage_tier'?: (string);
  'max_shards'?: (number);
  'simd_enabled'?: (boolean);
  'version'?: (string);
  'labels'?: ({[key: string]: string});
}

export interface NodeAttributes__Output {
  'storage_tier': (string);
  'max_shards': (number);
  'simd_enabled': (boolean);
  'version': (string);
  'labels': ({[key: string]: string});
}
