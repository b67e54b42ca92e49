// Original file: proto/admin.proto


export interface ListMembersRequest {
}

export interface ListMembersRequest__Output {
}
