// Original file: proto/raft.proto


export interface StreamEnd {
}

export interface StreamEnd__Output {
}
