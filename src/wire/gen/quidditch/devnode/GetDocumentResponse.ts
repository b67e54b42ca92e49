// Original file: proto/devnode.proto


export interface GetDocumentResponse {
  'found'?: (boolean);
  'body'?: (Buffer | Uint8Array | string);
}

export interface GetDocumentResponse__Output {
  'found': (boolean);
  'body': (Buffer);
}
