// Original file: proto/master.proto


export interface DanglingShard {
  'index_name'?: (string);
  'index_uuid'?: (string);
  'shard_id'?: (number);
}

export interface DanglingShard__Output {
  'index_name': (string);
  'index_uuid': (string);
  'shard_id': (number);
}
