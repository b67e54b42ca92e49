// Original file: proto/devnode.proto


export interface ListDocumentsResponse {
  'document_ids'?: (string)[];
}

export interface ListDocumentsResponse__Output {
  'document_ids': (string)[];
}
