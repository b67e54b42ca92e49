// Original file: proto/devnode.proto


export interface SetFaultsRequest {
  'delay_ms'?: (number);
  'fail_create'?: (boolean);
  'hang'?: (boolean);
  'refuse'?: (boolean);
}

export interface SetFaultsRequest__Output {
  'delay_ms': (number);
  'fail_create': (boolean);
  'hang': (boolean);
  'refuse': (boolean);
}
