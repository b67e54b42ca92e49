// Original file: proto/master.proto

export const NodeStatus = {
  NODE_STATUS_UNKNOWN: 'NODE_STATUS_UNKNOWN',
  NODE_STATUS_HEALTHY: 'NODE_STATUS_HEALTHY',
  NODE_STATUS_DEGRADED: 'NODE_STATUS_DEGRADED',
  NODE_STATUS_UNHEALTHY: 'NODE_STATUS_UNHEALTHY',
  NODE_STATUS_OFFLINE: 'NODE_STATUS_OFFLINE',
} as const;

export type NodeStatus =
  | 'NODE_STATUS_UNKNOWN'
  | 0
  | 'NODE_STATUS_HEALTHY'
  | 1
  | 'NODE_STATUS_DEGRADED'
  | 2
  | 'NODE_STATUS_UNHEALTHY'
  | 3
  | 'NODE_STATUS_OFFLINE'
  | 4

export type NodeStatus__Output = typeof NodeStatus[keyof typeof NodeStatus]
