// Original file: proto/devnode.proto


export interface ReplicateDocumentResponse {
  'acknowledged'?: (boolean);
}

export interface ReplicateDocumentResponse__Output {
  'acknowledged': (boolean);
}
