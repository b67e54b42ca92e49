// Original file: proto/master.proto


export interface UnregisterNodeResponse {
  'acknowledged'?: (boolean);
}

export interface UnregisterNodeResponse__Output {
  'acknowledged': (boolean);
}
