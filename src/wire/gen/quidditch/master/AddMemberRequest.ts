// Original file: proto/admin.proto


export interface AddMemberRequest {
  'peer_address'?: (string);
  'learner'?: (boolean);
}

export interface AddMemberRequest__Output {
  'peer_address': (string);
  'learner': (boolean);
}
