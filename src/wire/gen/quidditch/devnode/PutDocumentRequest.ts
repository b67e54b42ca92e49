// Original file: proto/devnode.proto


export interface PutDocumentRequest {
  'index_name'?: (string);
  'shard_id'?: (number);
  'document_id'?: (string);
  'body'?: (Buffer | Uint8Array | string);
  'index_uuid'?: (string);
  '_index_uuid'?: "index_uuid";
}

export interface PutDocumentRequest__Output {
  'index_name': (string);
  'shard_id': (number);
  'document_id': (string);
  'body': (Buffer);
  'index_uuid'?: (string);
  '_index_uuid'?: "index_uuid";
}
