// Original file: proto/data.proto

export const RecoverySource = {
  RECOVERY_SOURCE_UNSPECIFIED: 'RECOVERY_SOURCE_UNSPECIFIED',
  RECOVERY_SOURCE_EMPTY: 'RECOVERY_SOURCE_EMPTY',
  RECOVERY_SOURCE_PEER: 'RECOVERY_SOURCE_PEER',
} as const;

export type RecoverySource =
  | 'RECOVERY_SOURCE_UNSPECIFIED'
  | 0
  | 'RECOVERY_SOURCE_EMPTY'
  | 1
  | 'RECOVERY_SOURCE_PEER'
  | 2

export type RecoverySource__Output = typeof RecoverySource[keyof typeof RecoverySource]
