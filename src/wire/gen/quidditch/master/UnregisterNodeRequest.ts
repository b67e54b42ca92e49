// Original file: proto/master.proto


export interface UnregisterNodeRequest {
  'node_id'?: (string);
}

export interface UnregisterNodeRequest__Output {
  'node_id': (string);
}
