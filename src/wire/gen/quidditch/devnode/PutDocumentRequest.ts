// Original file: proto/devnode.proto


export interface PutDocumentRequest {
  'index_name'?: (string);
  'shard_id'?: (number);
  'document_id'?: (string);
  'body'?: (Buffer | Uint8Array | string);
}

export interface PutDocumentRequest__Output {
  'index_name': (string);
  'shard_id': (number);
  'document_id': (string);
  'body': (Buffer);
}
