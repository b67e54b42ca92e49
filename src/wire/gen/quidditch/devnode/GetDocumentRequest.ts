// Original file: proto/devnode.proto


export interface GetDocumentRequest {
  'index_name'?: (string);
  'shard_id'?: (number);
  'document_id'?: (string);
  'index_uuid'?: (string);
  '_index_uuid'?: "index_uuid";
}

export interface GetDocumentRequest__Output {
  'index_name': (string);
  'shard_id': (number);
  'document_id': (string);
  'index_uuid'?: (string);
  '_index_uuid'?: "index_uuid";
}
