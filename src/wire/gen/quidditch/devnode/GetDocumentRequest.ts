// Original file: proto/devnode.proto


export interface GetDocumentRequest {
  'index_name'?: (string);
  'shard_id'?: (number);
  'document_id'?: (string);
}

export interface GetDocumentRequest__Output {
  'index_name': (string);
  'shard_id': (number);
  'document_id': (string);
}
