// Original file: proto/devnode.proto


export interface ListDocumentsRequest {
  'index_name'?: (string);
  'shard_id'?: (number);
  'index_uuid'?: (string);
  '_index_uuid'?: "index_uuid";
}

export interface ListDocumentsRequest__Output {
  'index_name': (string);
  'shard_id': (number);
  'index_uuid'?: (string);
  '_index_uuid'?: "index_uuid";
}
