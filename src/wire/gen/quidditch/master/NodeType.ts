// Original file: proto/master.proto

export const NodeType = {
  NODE_TYPE_UNKNOWN: 'NODE_TYPE_UNKNOWN',
  NODE_TYPE_MASTER: 'NODE_TYPE_MASTER',
  NODE_TYPE_COORDINATION: 'NODE_TYPE_COORDINATION',
  NODE_TYPE_DATA: 'NODE_TYPE_DATA',
  NODE_TYPE_INGEST: 'NODE_TYPE_INGEST',
} as const;

export type NodeType =
  | 'NODE_TYPE_UNKNOWN'
  | 0
  | 'NODE_TYPE_MASTER'
  | 1
  | 'NODE_TYPE_COORDINATION'
  | 2
  | 'NODE_TYPE_DATA'
  | 3
  | 'NODE_TYPE_INGEST'
  | 4

export type NodeType__Output = typeof NodeType[keyof typeof NodeType]
