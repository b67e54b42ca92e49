// Original file: proto/master.proto

export const ClusterStatus = {
  CLUSTER_STATUS_UNKNOWN: 'CLUSTER_STATUS_UNKNOWN',
  CLUSTER_STATUS_GREEN: 'CLUSTER_STATUS_GREEN',
  CLUSTER_STATUS_YELLOW: 'CLUSTER_STATUS_YELLOW',
  CLUSTER_STATUS_RED: 'CLUSTER_STATUS_RED',
} as const;

export type ClusterStatus =
  | 'CLUSTER_STATUS_UNKNOWN'
  | 0
  | 'CLUSTER_STATUS_GREEN'
  | 1
  | 'CLUSTER_STATUS_YELLOW'
  | 2
  | 'CLUSTER_STATUS_RED'
  | 3

export type ClusterStatus__Output = typeof ClusterStatus[keyof typeof ClusterStatus]
