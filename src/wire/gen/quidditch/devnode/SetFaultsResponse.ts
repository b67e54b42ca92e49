// Original file: proto/devnode.proto


export interface SetFaultsResponse {
}

export interface SetFaultsResponse__Output {
}
