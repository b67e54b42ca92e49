// Original file: proto/devnode.proto


export interface ListDocumentsRequest {
  'index_name'?: (string);
  'shard_id'?: (number);
}

export interface ListDocumentsRequest__Output {
  'index_name': (string);
  'shard_id': (number);
}
